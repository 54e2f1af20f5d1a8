"""The tables that SQL makes of what is in force, one file a table, and what builds them."""
