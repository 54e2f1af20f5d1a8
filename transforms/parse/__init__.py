"""Text cells to typed values, text rows to typed rows, each with what was wrong."""
