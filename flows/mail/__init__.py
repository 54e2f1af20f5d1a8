"""Mails: written into the outbox in one transaction with what they tell, delivered, and who is reminded of what."""
