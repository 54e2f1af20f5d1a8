"""What may be kept of a file that names people: the same lines, without the values of its identifier columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from transforms.headers import is_identifier
from transforms.read import Damaged, Reading

_STAND_INS = {"LIG-01": "-", "LIG-02": '"-"-', "LIG-03": '"-', "LIG-04": "\x01"}
_WITHHELD = b"contenu non conserve : fichier refuse qui porte des donnees nominatives\n"
_LINES_LOOKED_AT = 60


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def stand_in(damaged: Damaged, reading: Reading) -> dict[int, str]:
    """What stands for a damaged record, by line: it is damaged in the same way, on as many lines, and says nothing."""
    between = [""] * (damaged.last_line - damaged.line - 1)
    if damaged.line == damaged.last_line:
        lines = [_STAND_INS[damaged.rule]]
    elif damaged.rule == "LIG-03":  # the beginning of a record whose last cell is closed further down
        lines = ["-" + reading.delimiter * (len(reading.header) - 1), *between, '-"']
    else:  # a cell with line breaks, in which there is a control character or beside which there is nothing
        lines = ['"\x01' if damaged.rule == "LIG-04" else '"-', *between, '-"']
    return dict(enumerate(lines, start=damaged.line))


def redacted(reading: Reading, identifiers: Sequence[int], cells: Collection[tuple[int, int]] = ()) -> bytes:
    """The file again as UTF-8, line for line, with the cells of the columns at `identifiers` emptied.

    And `cells` besides: line of the record, column.

    Every physical line keeps its number and its role, so that the copy is read exactly as the original was: only
    the line breaks of a dropped cell stay, and a damaged record becomes a stand-in with the same damage.
    """
    dropped = set(identifiers)
    lines: dict[int, str] = {number: "" for number in range(1, reading.physical_lines + 1)}
    for number, role in enumerate(reading.line_roles, start=1):
        if role == "header":
            lines[number] = reading.delimiter.join(_quoted(title) for title in reading.header)
        elif role == "preamble":
            lines[number] = f"sep={reading.delimiter}"  # what stood there may name people; a rare separator must stay known
    for record in reading.records:
        left = [
            re.sub(r"[^\r\n]", "", c) if i in dropped or (record.line, i) in cells else c for i, c in enumerate(record.cells)
        ]
        text = reading.delimiter.join(_quoted(c) for c in left).replace("\r\n", "\n").replace("\r", "\n")
        for offset, part in enumerate(text.split("\n")):
            lines[record.line + offset] = part
    for damaged in reading.damaged:
        lines |= stand_in(damaged, reading)
    return "\n".join(lines[n] for n in sorted(lines)).encode("utf-8") + b"\n"


def redacted_unreadable(data: bytes, blank_lines: int = 0) -> bytes:
    """The bytes of a file without a recognised header; a notice instead where its first lines show identifier columns.

    The notice has as many blank lines as the file, so that the file is told of as before when it is read again.
    """
    text = data.decode("utf-8", "replace") if data[:2] not in (b"\xff\xfe", b"\xfe\xff") else data.decode("utf-16", "replace")
    for line in re.split(r"\r\n|\n|\r", text, maxsplit=_LINES_LOOKED_AT)[:_LINES_LOOKED_AT]:
        cells = [cell.strip(' "') for cell in re.split(r"[;,\t|]", line)]
        if len(cells) > 1 and any(len(cell) <= 60 and is_identifier(cell) for cell in cells):
            return _WITHHELD + b"\n" * blank_lines
    return data
