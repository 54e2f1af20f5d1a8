"""Reads the tables of forms: values/ has one for each type of value, codes/ one for each code list.

Documented in docs/spec/returns.md, "Reading a value".

A line is `form | value` where the form is read and `form | !problem words of the hint` where it is not: V empty, I unreadable,
L not in the list; `-` for the words says that there is no hint; `form | value !A` is read after a repair. What cannot be seen is written `<nbsp>` and the like; spaces
around a form are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNSEEN = {
    "nbsp": "\u00a0", "nnbsp": "\u202f", "thin": "\u2009", "zwsp": "\u200b", "bom": "\ufeff", "lf": "\n", "crlf": "\r\n",
    "cr": "\r", "tab": "\t", "sp": " ", "nul": "\0", "shy": "\u00ad", "64 a": "a" * 64, "65 a": "a" * 65,
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A form, and the value that it is read as or the problem that it has, with words that the hint must hold."""

    line: str
    text: str
    value: str | None
    problem: str | None
    hint: str


def text_of(form: str) -> str:
    """A form with its unseen characters."""
    return re.sub(r"<([a-z0-9 ]+)>", lambda m: _UNSEEN.get(m[1], m[0]), form)


def examples(table: str) -> Iterator[Example]:
    """The lines of a table; `!X words` in the second column is a problem, ` !A words` after a value a repair."""
    for line in filter(None, map(str.strip, table.splitlines())):
        form, _, outcome = (part.strip() for part in line.rpartition("|"))
        value, marked, problem = outcome.partition("!")
        hint = problem[1:].strip()
        yield Example(line, text_of(form), text_of(value.strip()) or None, problem[0] if marked else None, hint)


def _tables(folder: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / folder).glob("*.txt"))}


#: by type of value (and by the one more that test_values.COLUMNS names), and by code list
TABLES = _tables("values")
CODE_TABLES = _tables("codes")
