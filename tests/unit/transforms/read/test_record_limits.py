"""What is too large is set aside before any pattern looks at it, its neighbours unharmed, and is set aside again in every copy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from expectations.contract.codes import fold
from expectations.contract.returns import RETURNS
from tests.growth import is_linear
from tests.spec.paper import VALID, csv_of, titled
from tests.unit.transforms.read.test_read_bytes import HEADER, S, calls, read
from tests.unit.transforms.test_patterns import MODULES
from transforms.parse.columns import parse_columns, text_columns
from transforms.read import Reading, Unreadable, read_return
from transforms.read.match_columns import MatchedHeader
from transforms.read.record_limits import LARGEST_CELL, LARGEST_RECORD, LONGEST_LINE, MOST_COLUMNS
from transforms.redaction.read_and_redact import read_and_redact
from transforms.redaction.unwanted_columns import redacted, redacted_unreadable
from warehouse.reference.places import load_places

GOOD = f"{S};S1;a;b;c"


def outline(reading: Reading) -> tuple[list[int], list[tuple[int, int, str]], list[str]]:
    """Where records and damage lie, and the role of every line."""
    damaged = [(d.line, d.last_line, d.rule) for d in reading.damaged]
    return reading.records.lines.tolist(), damaged, reading.role_names


def titled_siret(cells: Sequence[str]) -> MatchedHeader | None:
    return titled("apprenants", cells) if "siret" in cells[0] else None


def wide(cells: int, length: int) -> str:
    """A header of so many columns, and below it a record of which each cell has that length."""
    return ";".join([HEADER, *(f"c{n}" for n in range(cells - 5))]) + "\n" + ";".join(["a" * length] * cells) + "\n"


TOO_LARGE = {
    "a large cell": (f"{S};S1;{'a' * (LARGEST_CELL + 1)};b;c", 1),
    "a large cell, quoted": (f'{S};S1;"{"a" * (LARGEST_CELL + 1)}";b;c', 1),
    "a large cell of many lines": (f'{S};S1;"' + "a\n" * (LARGEST_CELL // 2 + 1) + '";b;c', LARGEST_CELL // 2 + 2),
    "a long line": ("x" * (LARGEST_RECORD + 1), 1),
    "a long line that opens a quote": (f'{S};S1;"{"x" * LARGEST_RECORD}', 1),
    "a long line of quotes": ('"' * (LONGEST_LINE + 1), 1),
    "a long line of separators": (f"{S};S1;a;b;c" + ";x" * LARGEST_RECORD, 1),
    "a cell of lines without end": (f'{S};S1;"' + ("a" * 999 + "\n") * 3_000 + '";b;c', 3_001),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_record_too_large_is_set_aside_and_its_neighbours_are_read(name: str) -> None:
    text, lines = TOO_LARGE[name]
    reading = read(f"{HEADER}\n{GOOD}\n{text}\n{GOOD}\n{GOOD}\n")
    assert outline(reading)[:2] == ([2, 3 + lines, 4 + lines], [(3, 2 + lines, "LIG-07")])


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_copy_without_a_column_is_read_as_the_original(name: str) -> None:
    header, row = f"{HEADER};nom", f"{GOOD};Canari"
    original = read(f"{header}\n{row}\n{TOO_LARGE[name][0]}\n{row}\n")
    copy = redacted(original, [5])
    assert outline(read_return(copy, titled_siret)) == outline(original)
    assert b"Canari" not in copy and b"xxx" not in copy and b"aaa" not in copy


@pytest.mark.parametrize("cell", ["a", '"', ' "a'])
def test_a_record_just_within_the_limits_is_read_and_so_is_its_copy(cell: str) -> None:
    """In the copy each cell is quoted and each quote doubled, so that it is twice as long."""
    width = LARGEST_RECORD // (LARGEST_CELL // 2)
    content = (cell * LARGEST_CELL)[: LARGEST_CELL // 2 - 1]
    quoted = content.replace('"', '""')
    titles = ";".join([HEADER, *(f"c{n}" for n in range(width - 5))])
    original = read(f"{titles}\n" + ";".join([f'"{quoted}"'] * width) + f"\n{GOOD}{';' * (width - 5)}\n")
    assert outline(original)[:2] == ([2, 3], [])
    again = read_return(redacted(original, ()), titled_siret)
    assert [record.cells for record in again.records.rows()] == [record.cells for record in original.records.rows()]


def test_the_largest_record_is_read_and_one_character_more_is_not() -> None:
    cells = 50
    length = (LARGEST_RECORD - (cells - 1)) // cells
    assert outline(read(wide(cells, length)))[:2] == ([2], [])
    assert outline(read(wide(cells, length + 1)))[1] == [(2, 2, "LIG-07")]


def test_a_quote_lost_above_many_records_does_not_take_them_along() -> None:
    rows = "\n".join(f"{S};S{n};a;b;c" for n in range(100_000))
    reading = read(f'{HEADER}\n{GOOD}\n{S};S1;"a;b;c\n{rows}\n{S};S1;a";b;c\n{GOOD}\n')
    assert len(reading.records) >= 100_002
    assert {damaged.rule for damaged in reading.damaged} <= {"LIG-03", "LIG-01", "LIG-02"}


def parsed(file: bytes) -> None:
    """Read a file, and parse its cells if it has any, as a night does."""
    if reading := read_and_redact(file).reading:
        contract = reading.matched.contract
        parse_columns(contract, [text_columns(reading, np.arange(len(reading.records)))], load_places(), ())


def test_a_header_too_wide_is_told_as_such_and_only_a_notice_stays() -> None:
    file = (";".join([*VALID["apprenants"], *("x" for _ in range(MOST_COLUMNS)), "nom"]) + "\nDupond\n\n;\n").encode()
    content = read_and_redact(file)
    assert content.refusal is not None
    assert (content.refusal.rule, content.blank_lines) == ("FIC-19", 2)
    assert b"Dupond" not in content.archive_bytes
    assert read_and_redact(content.archive_bytes).refusal == content.refusal


def test_a_wide_line_above_the_header_is_passed_over() -> None:
    file = b";x" * 3_000 + b"\n" + csv_of("depenses")
    assert read_return(file).records.lines.tolist() == [3]


def test_of_a_file_whose_lines_are_too_long_to_be_looked_at_only_a_notice_stays() -> None:
    file = b"x" * (LARGEST_RECORD + 1) + b"\nNom;Ville\nDupond;Lille\n"
    with pytest.raises(Unreadable, match="FIC-03"):
        read_return(file)
    assert b"Dupond" not in redacted_unreadable(file, "FIC-03")
    assert b"xxx" not in redacted_unreadable(b"x" * (LARGEST_RECORD + 1), "FIC-03")


class Spied:
    """A pattern that notes the longest text that it is shown."""

    def __init__(self, pattern: re.Pattern[Any], longest: dict[str, int], name: str) -> None:
        self._pattern, self._longest, self._name = pattern, longest, name

    def __getattr__(self, method: str) -> Any:
        def shown(*arguments: Any, **named: Any) -> Any:
            text = arguments[1] if method == "sub" else arguments[0]
            self._longest[self._name] = max(self._longest.get(self._name, 0), len(text))
            return getattr(self._pattern, method)(*arguments, **named)

        return shown


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The longest text that each pattern was shown, by its name."""
    found: dict[str, int] = {}
    for module in MODULES:
        for name, value in list(vars(module).items()):
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Spied(value, found, f"{module.__name__}.{name}"))
    return found


#: patterns that cut a file into lines see all of it: they are what makes lines
CUTTERS = {"transforms.redaction.unwanted_columns._LINE_BREAK", "transforms.read.decode._BREAK_LE", "transforms.read.decode._BREAK_BE"}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "huge",
    [
        "a" * 3_000_000, '"' * 3_000_000, " " * 3_000_000 + "x", ";a" * 1_500_000, "é" * 3_000_000,
        f'{S};S1;"' + ("é" * 99 + "\n") * 25_000 + '"',
    ],
    ids=["letters", "quotes", "spaces", "cells", "accents", "lines"],
)  # fmt: skip
def test_no_pattern_sees_what_is_too_large(huge: str, encoding: str, longest: dict[str, int]) -> None:
    row = ";".join(VALID["apprenants"].values())
    for text in (f"{huge}\n", f"{';'.join(VALID['apprenants'])}\n{row}\n{huge}\n{row}\n"):
        parsed(text.encode(encoding))
    seen = {name: length for name, length in longest.items() if name not in CUTTERS}
    assert seen
    assert {name: length for name, length in seen.items() if length > LARGEST_RECORD} == {}


def test_no_pattern_of_a_value_sees_more_than_a_cell(longest: dict[str, int]) -> None:
    for contract in RETURNS.values():
        row = {name: value + " " * 40_000 + "1" for name, value in VALID[contract.kind].items()}
        parsed(csv_of(contract.kind, row))
    assert {name: length for name, length in longest.items() if "parse" in name and length > LARGEST_CELL} == {}


def test_comparing_titles_is_linear_in_their_combining_marks() -> None:
    """Python puts marks that follow each other in order by moving each past all others."""

    def marks(count: int) -> str:
        return "a" + "\u0301" * count + "\u0316" * count

    assert fold(marks(1_000)) == "A"
    assert is_linear(fold, marks, longest=16_000)


def test_lines_that_end_in_a_lost_quote_do_not_each_go_through_all_above() -> None:
    """Each might close a cell of the last record above: it must not look at every line between."""

    def work(lines: int) -> int:
        return calls(f"{HEADER}\n" + "a;b;c;d;e\n" * lines + "x\n" * lines + 'y"\n' * lines)

    assert work(2_000) < 12 * work(200)
