"""What analysts open: the warehouse of last night, and snapshots of past days."""
