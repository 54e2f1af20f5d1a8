"""What kind of bytes a file is: not text at all, or text in some encoding, cut into physical lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.read.physical_lines import BYTE_ORDER_MARK, PhysicalLines, with_line_feeds
from transforms.read.record_limits import LARGEST_RECORD, is_oversized_line
from transforms.read.records import Unreadable
from transforms.read.workbook_refusals import refusal_told

DELIMITERS = (";", ",", "\t", "|")

#: what counts as nothing in a cell: spaces of every kind, zero-width characters, line breaks; no control characters
NOTHING = (
    " \t\n\r\u00a0\u00ad\u1680"
    + "".join(map(chr, range(0x2000, 0x2010)))
    + "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)

_BLANK = NOTHING + "".join(DELIMITERS) + "\x1a"

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_MAGIC = (
    (b"PK\x03\x04", "un classeur .xlsx, .ods ou une archive .zip"),
    (b"PK\x05\x06", "une archive .zip"),
    (b"PK\x07\x08", "une archive .zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "un classeur .xls ou un document Office ancien, ou protégé par un mot de passe"),
    (b"\x09\x08\x10\x00\x00\x06", "un classeur .xls ancien"),
    (b"%PDF-", "un document PDF"),
    (b"\x1f\x8b", "une archive .gz"),
    (b"BZh91AY&SY", "une archive .bz2"),
    (b"\xfd7zXZ\x00", "une archive .xz"),
    (b"7z\xbc\xaf\x27\x1c", "une archive .7z"),
    (b"Rar!\x1a\x07", "une archive .rar"),
    (b"\x28\xb5\x2f\xfd", "une archive .zst"),
    (b"\x89PNG\r\n\x1a\n", "une image PNG"),
    (b"\xff\xd8\xff", "une image JPEG"),
    (b"GIF87a", "une image GIF"),
    (b"GIF89a", "une image GIF"),
    (b"PAR1", "un fichier Parquet"),
    (b"SQLite format 3\x00", "une base SQLite"),
    (b"{\\rtf", "un document RTF"),
)  # fmt: skip
_MARKUP = re.compile(rb"<(?:\?xml|!doctype|html|table|head|body|meta|workbook)\b", re.IGNORECASE)
_LONGEST_TAG = 16

_EURO = re.compile(rb"[0-9 \xa0(]\xa4")
_C1_BYTE = re.compile(rb"[\x80-\x9f]")
_BREAK_LE = re.compile(rb"\r\x00\n\x00|\r\x00|\n\x00")
_BREAK_BE = re.compile(rb"\x00\r\x00\n|\x00\r|\x00\n")

# Only characters that occur in a return prove that a line is UTF-8: in Windows-1252 an accented letter before a no-break
# space, guillemet, dash or curly quote happens to be a valid sequence too, of some rare character.
_SURELY_UTF_8 = re.compile(
    "[\u00a0-\u017f\u0218-\u021b\u0300-\u0304\u0306-\u030c\u0327\u2010-\u2122\U0001f300-\U0001faff]"
)

_AFTER_LEAD = "".join(bytes([b]).decode("cp1252", "ignore") for b in range(0x80, 0xC0))
# The old code pages of DOS and Macintosh (Excel's "CSV (MS-DOS)", "CSV (Macintosh)") and ISO-8859-15, read as Windows-1252:
# signs where French has a letter (`d‚but`, `dŽbut`, `dipl“me`), a degree, a euro, a no-break space or an oe (`c½ur`).
_LETTER = r"[^\W\d_]"
_OLD_CODE_PAGES = "|".join((
    rf"{_LETTER}[‚ˆ‡ƒ‰‹]", rf"[‚ˆ‡ƒ‰]{_LETTER}", r"[a-z][ŠŽ]", r"[A-Z][ŠŽ][a-z]", r"Ž[a-z]*Ž", r"[a-z][ŒŸ™“”][a-z]",
    r"[a-zA-Z][ÕÏ][a-z]", r"\b[Nn][ø¡](?!\w)", r"[0-9][ÿÊ][0-9]", r"[0-9][ Ê]?Û(?!\w)", r"¤", r"(?<![0-9])[½¼][a-zA-Z]",
))  # fmt: skip
_MIS_DECODED = re.compile(
    f"[\ufffd\x80-\x9f]|[ÂÃ][{re.escape(_AFTER_LEAD)}]|Ã(?![A-ZÀ-Þ])|Å[\u2019\u201c\u0178]|â€|â‚¬|ï»¿|{_OLD_CODE_PAGES}"
)
#: Every such trace has one of these characters in it. Most lines have none, and to ask that first is faster.
_SUSPECT = re.compile("[\ufffd\x80-\x9fÂÃÅâï‚ˆ‡ƒ‰‹ŠŽŒŸ™“”ÕÏÛø¡ÿÊ¤½¼]")


@dataclass(frozen=True)
class DecodedText:
    """The physical lines of a file, without their line breaks, and the encoding they were in.

    `broken` are the indexes of lines that hold half a UTF-16 character: what follows the missing byte is unreadable.
    """

    lines: PhysicalLines
    encoding: str
    broken: frozenset[int] = frozenset()


def is_nothing(cell: str) -> bool:
    """True where a cell holds only spaces of some kind, zero-width characters or line breaks."""
    return not cell.strip(NOTHING)


def is_mis_decoded(text: str) -> bool:
    """True where a text shows the traces of a wrong encoding: `Ã©`, `â€™`, U+FFFD, `d‚but`, U+0080 to U+009F."""
    return not text.isascii() and _SUSPECT.search(text) is not None and _MIS_DECODED.search(text) is not None


def decode(data: bytes) -> DecodedText:
    """Cut a file into decoded physical lines. Raises Unreadable: FIC-01 where it is empty, FIC-02 where it is not text.

    FIC-12, FIC-23 to FIC-27 and FIC-02 too where it is the notice that stands for a refused workbook.
    """
    start = data.removeprefix(BYTE_ORDER_MARK)
    if told := refusal_told(start):
        raise Unreadable(told.rule, told.detail)
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise Unreadable("FIC-02", f"c'est {what}")
    if _MARKUP.match(start.lstrip()[:_LONGEST_TAG]):
        raise Unreadable("FIC-02", "c'est une page HTML ou un document XML")
    text = _decode(data)
    if not any(line.strip(_BLANK + "\x00") for line in text.lines):
        raise Unreadable("FIC-01", "il ne contient aucun texte", blank_lines(text))
    return text


def blank_lines(text: DecodedText) -> int:
    """How many lines hold nothing but spaces, separators and Ctrl-Z (asked when no header tells which separator is meant)."""
    return sum(not line.strip(_BLANK) for line in text.lines)


def is_binary(text: DecodedText) -> bool:
    """True where the beginning holds so many control characters that no person wrote it (asked when no header is found)."""
    beginning = "\n".join(text.lines[:50])[:4096]
    return len(CONTROL.findall(beginning)) > max(3, len(beginning) // 50)


def _decode(data: bytes) -> DecodedText:
    if data.startswith(b"\xff\xfe"):
        return _utf_16(data[2:], "utf-16-le")
    if data.startswith(b"\xfe\xff"):
        return _utf_16(data[2:], "utf-16-be")
    without_bom = _utf_16_by_its_nuls(data[:4096])
    if without_bom:
        return _utf_16(data, without_bom)
    try:
        if not data.isascii():
            data.decode("utf-8")
    except UnicodeDecodeError:
        return _by_line(data)
    return DecodedText(PhysicalLines(_without_marks(with_line_feeds(data.removeprefix(BYTE_ORDER_MARK)))), "utf-8")


def _utf_16_by_its_nuls(beginning: bytes) -> str | None:
    """The byte order of UTF-16 that came without its mark: Latin text then has a NUL in every other byte, on one side."""
    half = len(beginning) // 2
    if half < 8:
        return None
    even, odd = beginning[::2].count(0), beginning[1::2].count(0)
    if odd * 10 > half * 7 and even * 10 < half:
        return "utf-16-le"
    if even * 10 > half * 7 and odd * 10 < half:
        return "utf-16-be"
    return None


def _utf_16(data: bytes, encoding: str) -> DecodedText:
    """Lines are cut before they are decoded, at either alignment: a lost byte then spoils one line, not all that follow."""
    units = np.frombuffer(data[: len(data) // 2 * 2], "<u2" if encoding == "utf-16-le" else ">u2")
    if len(data) % 2 == 0 and not np.isin(units >> 8, (ord("\n"), ord("\r"))).any():  # no line break but between characters
        whole = with_line_feeds(data.decode(encoding, "replace").encode())
        return DecodedText(PhysicalLines(_without_marks(whole)), encoding)
    pieces = (_BREAK_LE if encoding == "utf-16-le" else _BREAK_BE).split(data)
    if len(pieces[-1]) % 2 and pieces[-1][-1:] in (b"\r", b"\n", b"\x00"):  # the end of the file cut a line break in two
        pieces[-1] = pieces[-1][:-1]
    if not pieces[-1]:
        pieces.pop()
    broken = frozenset(at for at, piece in enumerate(pieces) if len(piece) % 2)
    lines = PhysicalLines.of(piece.decode(encoding, "replace").removeprefix("\ufeff") for piece in pieces)
    return DecodedText(lines, encoding, broken)


def _by_line(data: bytes) -> DecodedText:
    """Each line on its own, UTF-8 or else one code page; all in that code page where no line is surely UTF-8."""
    raw = PhysicalLines(with_line_feeds(data.removeprefix(BYTE_ORDER_MARK)))
    changed: dict[int, bytes] = {}
    doubtful: list[int] = []
    other: list[int] = []
    sure = data.startswith(BYTE_ORDER_MARK)
    # a line of ASCII is the same in all of them
    for at in np.unique(raw.of_bytes(np.flatnonzero(np.frombuffer(raw.utf_8, np.uint8) >= 0x80))).tolist():
        line = raw.raw((at, at + 1))[:-1]
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            other.append(at)
            continue
        changed[at] = line.removeprefix(BYTE_ORDER_MARK)
        if not is_oversized_line(text):
            if _SURELY_UTF_8.search(text):
                sure = True
            else:
                doubtful.append(at)
    telling = [line for at in other if len(line := raw.raw((at, at + 1))[:-1]) <= LARGEST_RECORD]
    encoding = "iso-8859-15" if _is_iso_8859_15(telling) else "windows-1252"
    for at in other if sure else [*other, *doubtful]:
        changed[at] = raw.raw((at, at + 1))[:-1].decode(encoding, "replace").encode()
    return DecodedText(raw.with_changed(changed), "mixed" if sure and other else encoding)


def _is_iso_8859_15(lines: Sequence[bytes]) -> bool:
    """True for the code page that has the euro where Windows-1252 has the `¤` of no currency, and no sign in 80 to 9F."""
    return any(map(_EURO.search, lines)) and not any(map(_C1_BYTE.search, lines))


def _without_marks(utf_8: bytes) -> bytes:
    """Without the byte order mark of another file that was appended to this one."""
    if BYTE_ORDER_MARK[:1] not in utf_8:  # one byte is found ten times faster than three
        return utf_8
    return utf_8.removeprefix(BYTE_ORDER_MARK).replace(b"\n" + BYTE_ORDER_MARK, b"\n")
