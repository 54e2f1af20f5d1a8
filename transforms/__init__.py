"""How rows change: bytes to records, records to typed rows, rows to indicators."""
