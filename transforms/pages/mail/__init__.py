"""The mails: to providers, to the data steward, and what they are made of."""
