"""What may be kept of a file: no column that nobody asked for, nobody who was erased."""
