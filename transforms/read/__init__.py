"""Bytes of a return to text records with their line numbers: no line is lost, none is guessed."""

from transforms.read.line_accounting import Miscount, account
from transforms.read.read_bytes import read_return
from transforms.read.records import Damaged, Reading, Record, Records, Role, Unreadable

__all__ = ["Damaged", "Miscount", "Reading", "Record", "Records", "Role", "Unreadable", "account", "read_return"]
