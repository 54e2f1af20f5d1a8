"""Finds out what the bytes are: text or not, in which encoding, on which lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from transforms.read.reading import EMPTY_FILE, NOT_TEXT, Unreadable

_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_UTF8_BOM = b"\xef\xbb\xbf"
#: ZIP (XLSX, ODS), PDF, old Excel, gzip, PNG, JPEG, RTF, 7z, RAR, bzip2
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf",
          b"7z\xbc\xaf", b"Rar!", b"BZh")  # fmt: skip
_NEWLINE = re.compile(b"\r\n|\n|\r")
#: over this share of control characters the bytes are no text
_BINARY_SHARE = 0.1
_LOOKED_AT = 65_536
_CONTROLS = bytes([*range(0, 9), *range(14, 26), *range(27, 32)])
#: UTF-8 read as Windows-1252: two bytes that no French text has side by side, or the replacement character
MIS_DECODED = re.compile("[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|ï¿½|\ufffd")


@dataclass(frozen=True)
class Text:
    """The file's lines, without their ends."""

    encoding: str
    lines: list[str]


def decode(data: bytes) -> Text:
    """The lines of a file, each decoded on its own where the file is not all UTF-8 (or UTF-16 with a BOM).

    Raises Unreadable: empty (FIC-01), not text (FIC-02).
    """
    if not data.strip(b"\r\n\t \x1a" + _UTF8_BOM) or data in _UTF16:
        raise Unreadable(EMPTY_FILE)
    if data.startswith(_MAGIC):
        raise Unreadable(NOT_TEXT)
    if data[:2] in _UTF16:
        text = data[2:].decode(_UTF16[data[:2]], errors="replace")
        if not text.strip():
            raise Unreadable(EMPTY_FILE)
        return Text("utf-16", _without_last_empty(re.split("\r\n|\n|\r", text)))
    body = data.removeprefix(_UTF8_BOM)
    head = body[:_LOOKED_AT]
    if len(head) - len(head.translate(None, _CONTROLS)) > _BINARY_SHARE * len(head):
        raise Unreadable(NOT_TEXT)
    raw = _without_last_empty(_NEWLINE.split(body))
    try:
        body.decode("utf-8")
        encoding = "utf-8-sig" if data.startswith(_UTF8_BOM) else "utf-8"
        return Text(encoding, [line.decode("utf-8") for line in raw])
    except UnicodeDecodeError:
        lines = []
        for line in raw:
            try:
                lines.append(line.decode("utf-8"))
            except UnicodeDecodeError:
                lines.append(line.decode("windows-1252", errors="replace"))
        ascii_only = all(line.isascii() for line in raw if _is_utf8(line))
        return Text("windows-1252" if ascii_only else "mixed", lines)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_last_empty(lines: list[Any]) -> list[Any]:
    """A final line end ends the last line; it does not begin another."""
    return lines[:-1] if lines and not lines[-1] else lines
