"""A home that has to be made again or looked back at: rebuilding, replaying, past days, a night that was missed."""
