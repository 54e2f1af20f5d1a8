"""What a night must survive: kills, writes that fail, full disks, clocks, readers."""
