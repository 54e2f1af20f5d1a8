"""The private store: its tables, what is put in, and what a new file does to earlier ones."""
