"""What comes in and is kept as it came: inbox, senders, held files, archive, and the ledger beside it."""
