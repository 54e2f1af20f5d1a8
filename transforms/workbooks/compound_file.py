"""Reads the streams of an OLE compound file, the container of .xls and of protected workbooks."""

from __future__ import annotations

import struct
from array import array

from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal

_END = 0xFFFFFFFA  # and above: no sector
_ENTRY = 128
_STREAM, _ROOT = 2, 5


class CompoundFile:
    """The streams of such a file, by name. RefusedWorkbook where it is damaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            shift, self._mini_shift = struct.unpack_from("<2H", data, 30)
            if shift not in (9, 12) or self._mini_shift != 6:
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            self._size = 1 << shift
            first_directory, = struct.unpack_from("<I", data, 48)
            self._cutoff, first_mini, _, first_more, _ = struct.unpack_from("<5I", data, 56)
            self._table = self._allocation(list(struct.unpack_from("<109I", data, 76)), first_more)
            self._mini_table = _numbers(self._chain(first_mini))
            self._entries = self._directory(self._chain(first_directory))
        except struct.error as error:
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def stream(self, name: str) -> bytes:
        """The content of a stream that is there."""
        start, size = self._entries[name]
        if size >= self._cutoff:
            return self._chain(start)[:size]
        pieces, seen = [], set[int]()
        while start < _END:
            if start in seen or start >= len(self._mini_table):
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            seen.add(start)
            at = start << self._mini_shift
            pieces.append(self._small[at : at + (1 << self._mini_shift)])
            start = self._mini_table[start]
        return b"".join(pieces)[:size]

    def replaced(self, name: str, at: int, text: bytes) -> bytes:
        """The bytes of the whole file, with others in the place of those that the stream has from `at` on."""
        data = bytearray(self._data)
        for which, byte in enumerate(text, start=at):
            data[self._place(name, which)] = byte
        return bytes(data)

    def _place(self, name: str, at: int) -> int:
        """Where in the file a byte of a stream lies."""
        start, size = self._entries[name]
        if size < self._cutoff:
            for _ in range(at >> self._mini_shift):
                start = self._mini_table[start]
            at = (start << self._mini_shift) + at % (1 << self._mini_shift)
            start = self._root
        for _ in range(at // self._size):
            start = self._table[start]
        return (start + 1) * self._size + at % self._size

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        if at >= len(self._data):
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
        return self._data[at : at + self._size]

    def _allocation(self, sectors: list[int], more: int) -> array[int]:
        """The table that says of each sector which one follows it."""
        seen = set[int]()
        while more < _END:
            if more in seen:
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            seen.add(more)
            *listed, more = _numbers(self._sector(more))
            sectors += listed
        return _numbers(b"".join(self._sector(number) for number in sectors if number < _END))

    def _chain(self, number: int) -> bytes:
        pieces, seen = [], set[int]()
        while number < _END:
            if number in seen or number >= len(self._table):
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            seen.add(number)
            pieces.append(self._sector(number))
            number = self._table[number]
        return b"".join(pieces)

    def _directory(self, data: bytes) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        self._small, self._root = b"", _END
        for at in range(0, len(data) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", data, at + 64)
            start, size = struct.unpack_from("<2I", data, at + 116)
            if kind == _ROOT:
                self._small, self._root = self._chain(start)[:size], start
            elif kind == _STREAM:
                name = data[at : at + min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")
                found.setdefault(name, (start, size))
        return found


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data[: len(data) // 4 * 4])
    return numbers
