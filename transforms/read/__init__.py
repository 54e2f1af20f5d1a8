"""Bytes to text records with their line numbers; no line is lost, none is guessed.

One door, two readers: `read_return` is where a fast path for clean files can stand beside the exact one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from transforms.read.detect import decode
from transforms.read.exact import read_exactly
from transforms.read.reading import Damaged, Reading, Record, Unreadable, account

__all__ = ["Damaged", "Reading", "Record", "Unreadable", "read_return"]


def read_return(data: bytes, is_header: Callable[[Sequence[str]], bool]) -> Reading:
    """Read one file.

    Args:
        data: the bytes received.
        is_header: tells whether cells are the header of a return.

    Raises:
        Unreadable: nothing in it (FIC-01), not text (FIC-02), no header (FIC-03).
        AssertionError: a line is not accounted for, which is a defect of ours.
    """
    reading = read_exactly(decode(data), is_header)
    account(reading)
    return reading
