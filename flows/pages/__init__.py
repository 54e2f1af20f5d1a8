"""Writes what people open: the receipts, the dashboard, and the JSON that says the same to programs."""
