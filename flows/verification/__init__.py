"""Audits: leavers drawn to have what was reported of them verified, and what was found. Not the audit log (flows/audit.py)."""
