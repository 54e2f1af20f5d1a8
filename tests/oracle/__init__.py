"""Judging a file row by row, as plainly as it can be said: what judging by columns must come to, on whatever file."""
