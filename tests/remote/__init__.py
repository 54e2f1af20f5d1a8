"""Inboxes on other machines: a real OpenSSH server and an S3 service, both on loopback."""
