"""The accounting: every physical line of a file is in exactly one role, and every record owns the lines it claims."""

from __future__ import annotations

from transforms.read.records import Damaged, Reading, Record, Role


class Miscount(AssertionError):
    """The reader lost, shared or invented a line: a defect of ours, never of the file."""


def account(reading: Reading) -> None:
    """Prove the accounting of `reading`; raises Miscount, whose text names line numbers only."""
    left: list[Role | None] = list(reading.line_roles)
    _claim(reading.records, "record", left)
    _claim(reading.damaged, "damaged", left)
    for at, role in enumerate(left):
        if role in ("record", "damaged"):
            raise Miscount(f"line {at + 1} has the role {role} and belongs to no record")
    if not 1 <= reading.header_line <= len(left) or left[reading.header_line - 1] != "header":
        raise Miscount("the header's line has not the role header")
    width = len(reading.header)
    for record in reading.records:
        if len(record.cells) != width:
            raise Miscount(f"line {record.line}: the record is not as wide as the header")


def _claim(owners: list[Record] | list[Damaged], role: Role, left: list[Role | None]) -> None:
    """Take each owner's lines out of `left`, so that no line can be claimed twice."""
    previous = 0
    for owner in owners:
        if not previous < owner.line <= owner.last_line <= len(left):
            raise Miscount(f"line {owner.line}: out of order, or beyond the file")
        previous = owner.last_line
        for at in range(owner.line - 1, owner.last_line):
            if left[at] != role:
                raise Miscount(f"line {at + 1} is claimed as {role} and is not")
            left[at] = None
