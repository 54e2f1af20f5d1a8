"""What people see: receipts, mails, the dashboard; French, and inert whatever a file holds."""
