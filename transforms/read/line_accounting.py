"""The accounting: every physical line of a file is in exactly one role, and every record owns the lines it claims."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transforms.read.records import Reading, Role


class Miscount(AssertionError):
    """The reader lost, shared or invented a line: a defect of ours, never of the file."""


def account(reading: Reading) -> None:
    """Prove the accounting of `reading`; raises Miscount, whose text names line numbers only."""
    roles, records, damaged = reading.line_roles, reading.records, reading.damaged
    if (roles > max(Role)).any():
        raise Miscount("a line has no role")
    _claim(records.lines, records.last_lines, Role.RECORD, roles)
    first, last = ([record.line for record in damaged], [record.last_line for record in damaged])
    _claim(np.array(first, np.int32), np.array(last, np.int32), Role.DAMAGED, roles)
    if not 1 <= reading.header_line <= len(roles) or roles[reading.header_line - 1] != Role.HEADER:
        raise Miscount("the header's line has not the role header")
    if {len(column) for column in records.cells} - {len(records)} or len(records.cells) != len(reading.header):
        raise Miscount("the records are not as wide as the header")


def _claim(first: NDArray[np.int32], last: NDArray[np.int32], role: Role, roles: NDArray[np.uint8]) -> None:
    """Prove that the owners, each of its lines from first to last, own all lines of this role, no other, and none twice."""
    before = np.append(0, last)
    wrong = np.flatnonzero((first <= before[:-1]) | (last < first) | (last > len(roles)))
    if len(wrong):
        raise Miscount(f"line {first[wrong[0]]}: out of order, or beyond the file")
    change = np.zeros(len(roles) + 1, np.int8)
    change[first - 1] += 1
    change[last] -= 1
    wrong = np.flatnonzero((change[:-1].cumsum(dtype=np.int8) == 1) != (roles == role))
    if len(wrong):
        raise Miscount(f"line {wrong[0] + 1} is claimed as {role.name.lower()} and is not, or belongs to nobody")
