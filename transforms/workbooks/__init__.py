"""The door of workbooks: their sheets that are returns, each as the CSV text of its cells, and why one is refused."""
