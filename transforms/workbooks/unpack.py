"""Unpacks a zipped workbook: every part is inflated and counted, whatever the archive says of its size; few are kept."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal

#: all parts together, in bytes, and as a multiple of the packed size
LARGEST_UNPACKED, LARGEST_RATIO = 500_000_000, 200
_MOST_PARTS = 10_000
_BLOCK = 1 << 20
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


def unpacked(data: bytes, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The parts of a zip archive by name, in lower case, without a slash before it; those not wanted are empty.

    Nothing that the archive's directory says of sizes is trusted, and no part is kept that nobody reads (pictures, macros).

    Raises:
        RefusedWorkbook: it is damaged, protected, or larger than the limits once unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error) as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
    if len(entries) > _MOST_PARTS:
        raise RefusedWorkbook(WorkbookRefusal.UNPACKED)
    parts: dict[str, bytes] = {}
    size = 0
    for entry in entries:
        name = part_name(entry.filename)
        if name in parts:
            raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
        kept = bytearray()
        for block in _inflated(data, entry):
            size += len(block)
            if size > LARGEST_UNPACKED:
                raise RefusedWorkbook(WorkbookRefusal.UNPACKED)
            if size > LARGEST_RATIO * len(data):
                raise RefusedWorkbook(WorkbookRefusal.RATIO)
            if is_wanted(name):
                kept += block
        parts[name] = bytes(kept)
    return parts


def part_name(path: str) -> str:
    """A part's name as it is compared."""
    return unquote(path).replace("\\", "/").lstrip("/").lower()


def _inflated(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of one part, block by block."""
    if entry.flag_bits & 1:
        raise RefusedWorkbook(WorkbookRefusal.PROTECTED)
    start, length = entry.header_offset + _LOCAL_HEADER.size, entry.compress_size
    try:
        signature, *_, name_length, extra_length = _LOCAL_HEADER.unpack(data[entry.header_offset : start])
    except struct.error as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
    start += name_length + extra_length
    if signature != b"PK\x03\x04" or start + length > len(data):
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    if not length:  # some programs say of an empty part that it is deflated
        return
    if entry.compress_type == zipfile.ZIP_STORED:
        yield data[start : start + length]
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    packed: bytes | memoryview = memoryview(data)[start : start + length]
    try:
        while not inflater.eof:
            block = inflater.decompress(packed, _BLOCK)
            packed = inflater.unconsumed_tail
            if not block and not packed and not inflater.eof:  # cut off
                raise RefusedWorkbook(WorkbookRefusal.DAMAGED)
            yield block
    except zlib.error as error:
        raise RefusedWorkbook(WorkbookRefusal.DAMAGED) from error
