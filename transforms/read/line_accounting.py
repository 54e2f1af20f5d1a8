"""The accounting: every physical line of a file is in exactly one role, and every record owns the lines it claims."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.read.records import Reading, Role


class Miscount(AssertionError):
    """The reader lost, shared or invented a line: a defect of ours, never of the file."""


def account(reading: Reading) -> None:
    """Prove the accounting of `reading`; raises Miscount, whose text names line numbers only."""
    left: list[Role | None] = list(reading.line_roles)
    records = reading.records
    _claim(zip(records.lines.tolist(), records.last_lines.tolist(), strict=True), "record", left)
    _claim(((damaged.line, damaged.last_line) for damaged in reading.damaged), "damaged", left)
    for at, role in enumerate(left):
        if role in ("record", "damaged"):
            raise Miscount(f"line {at + 1} has the role {role} and belongs to no record")
    if not 1 <= reading.header_line <= len(left) or left[reading.header_line - 1] != "header":
        raise Miscount("the header's line has not the role header")
    if {len(column) for column in records.cells} - {len(records)} or len(records.cells) != len(reading.header):
        raise Miscount("the records are not as wide as the header")


def _claim(owners: Iterable[tuple[int, int]], role: Role, left: list[Role | None]) -> None:
    """Take each owner's lines, from first to last, out of `left`, so that no line can be claimed twice."""
    previous = 0
    for line, last_line in owners:
        if not previous < line <= last_line <= len(left):
            raise Miscount(f"line {line}: out of order, or beyond the file")
        previous = last_line
        for at in range(line - 1, last_line):
            if left[at] != role:
                raise Miscount(f"line {at + 1} is claimed as {role} and is not")
            left[at] = None
