"""What people have been told and are still to be told: updates, outbox, addresses, receipts."""
