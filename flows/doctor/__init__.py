"""What in the set-up of a home is wrong, where, and what to do about it; nothing is changed and no mail is sent."""
