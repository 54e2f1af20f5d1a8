"""What becomes of a file and of each of its rows, and why."""
