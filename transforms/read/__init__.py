"""Bytes of a return to text records with their line numbers: no line is lost, none is guessed."""

from transforms.read.account import Miscount, account
from transforms.read.door import read_return
from transforms.read.reading import Damaged, Reading, Record, Role, Unreadable

__all__ = ["Damaged", "Miscount", "Reading", "Record", "Role", "Unreadable", "account", "read_return"]
