"""The receipt of a file: its page, its words, and the CSV of its rejected lines."""
