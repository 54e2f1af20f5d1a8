"""What people were notified of and are still to be notified of: pending updates, outbox, addresses, receipts."""
