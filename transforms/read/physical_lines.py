"""The physical lines of a file as one UTF-8 text: found by their line breaks, decoded one by one when they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_LINES_AT_ONCE = 64


def with_line_feeds(data: bytes) -> bytes:
    """The same lines, each ended by `\\n`, the last one too."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data if data.endswith(b"\n") or not data else data + b"\n"


class PhysicalLines(Sequence[str]):
    """The lines of a text, without their line breaks.

    `utf_8` is the text, every line of it ended by `\\n`. `starts` (int64, one more than lines) says at which byte each line
    begins, and where the last one ends.
    """

    def __init__(self, utf_8: bytes) -> None:
        self.utf_8 = utf_8
        self.starts: NDArray[np.int64] = np.append(0, np.flatnonzero(np.frombuffer(utf_8, np.uint8) == ord("\n")) + 1)
        self._starts = memoryview(self.starts)  # an array gives one of its numbers three times slower

    @classmethod
    def of(cls, lines: Iterable[str]) -> PhysicalLines:
        """These lines; none of them may hold a `\\n`."""
        return cls("".join(line + "\n" for line in lines).encode())

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            first, stop, step = at.indices(len(self))
            if step != 1:
                return [self[one] for one in range(first, stop, step)]
            return self.utf_8[self._starts[first] : self._starts[max(first, stop)]].decode().split("\n")[:-1]
        if at < 0:
            at += len(self)
        return self.utf_8[self._starts[at] : self._starts[at + 1] - 1].decode()

    def __iter__(self) -> Iterator[str]:
        for first in range(0, len(self), _LINES_AT_ONCE):
            yield from self[first : first + _LINES_AT_ONCE]

    def of_bytes(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """On which line (index) each of these bytes lies."""
        return np.searchsorted(self.starts, positions, "right") - 1

    def raw(self, run: tuple[int, int]) -> bytes:
        """The bytes of these lines (index of the first, and that after the last), with their line breaks."""
        return self.utf_8[self._starts[run[0]] : self._starts[run[1]]]

    def with_changed(self, changed: Mapping[int, bytes]) -> PhysicalLines:
        """The same lines, but for those at the indexes in `changed`."""
        pieces, done = [], 0
        for at in sorted(changed):
            pieces += self.utf_8[done : self._starts[at]], changed[at]
            done = self._starts[at + 1] - 1
        return PhysicalLines(b"".join([*pieces, self.utf_8[done:]])) if changed else self
