"""Every regular expression that looks at what was sent is linear: its worst input takes time in proportion to its length."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

import pytest

import transforms.parse
import transforms.read
import transforms.workbooks
from expectations.contract import codes
from flows.deposit import provider_pages, staff_pages
from tests.growth import is_linear
from transforms.pages.receipt import rejected_lines
from transforms.read import match_columns
from transforms.redaction import erase_records, unwanted_columns
from warehouse import safe_text
from warehouse.erasure import erased_persons, spelling

#: whatever reads, parses, compares titles, redacts, or looks for a person in what was sent
MODULES: list[ModuleType] = [
    *(
        importlib.import_module(f"{room.__name__}.{found.name}")
        for room in (transforms.read, transforms.parse, transforms.workbooks)
        for found in pkgutil.iter_modules(room.__path__)
    ),
    codes, erase_records, erased_persons, match_columns, safe_text, rejected_lines, unwanted_columns, spelling, provider_pages, staff_pages,
]  # fmt: skip

Use = Callable[[re.Pattern[Any], Any], object]


def search(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.search(text)


def fullmatch(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.fullmatch(text)


def match(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.match(text)


def split(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.split(text)


def findall(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.findall(text)


def sub(pattern: re.Pattern[Any], text: Any) -> object:
    return pattern.sub("x" if isinstance(text, str) else b"x", text)


Worst = tuple[Use, Callable[[int], Any]]


def _repeated(piece: str, before: str = "", after: str = "") -> Callable[[int], str]:
    return lambda n: before + piece * (n // len(piece)) + after


def _bytes(piece: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    return lambda n: before + piece * (n // len(piece)) + after


#: for each pattern, as it is used, inputs of about so many characters that make it try as much as it can in vain
WORST: dict[str, list[Worst]] = {
    "flows.deposit.staff_pages._NUMBER": [(fullmatch, _repeated("1")), (fullmatch, _repeated("1", after="x"))],
    "flows.deposit.staff_pages._FIGURES": [(fullmatch, _repeated("a")), (fullmatch, _repeated("a", after=".csv"))],
    "flows.deposit.provider_pages._NUMBER": [(fullmatch, _repeated("1")), (fullmatch, _repeated("1", after="x"))],
    "expectations.contract.codes._SEPARATORS": [(sub, _repeated("- ")), (sub, _repeated("a-"))],
    "expectations.contract.codes._AROUND_SIGNS": [(sub, _repeated("_")), (sub, _repeated("_+_"))],
    "transforms.parse.cells.SEVERAL_GAPS": [(sub, _repeated(" ", "1", "1")), (sub, _repeated(" 1"))],
    "transforms.parse.cells._WRAPPED": [(fullmatch, _repeated('""', '="', "x")), (fullmatch, _repeated("a", '="'))],
    "transforms.parse.named_persons._NAME": [(fullmatch, _repeated("a", "", "1")), (fullmatch, _repeated("aaa ", "", "1")), (fullmatch, _repeated("aaa-", "", "1")), (fullmatch, _repeated("aa")), (fullmatch, _repeated(" .", "aaa"))],
    "transforms.parse.named_persons._ADDRESS": [(fullmatch, _repeated("a")), (fullmatch, _repeated("a.", "a@", "1")), (fullmatch, _repeated("a", "a@.", "1"))],
    "transforms.parse.named_persons._GAP": [(sub, _repeated(" .")), (sub, _repeated("1-"))],
    "transforms.parse.named_persons._NUMBER": [(fullmatch, _repeated("1"))],
    "transforms.parse.suggest_code._MINUS": [(search, _repeated("- ")), (search, _repeated(" ", "-"))],
    "transforms.parse.suggest_code._PLAIN": [(fullmatch, _repeated("a", after="+"))],
    "transforms.parse.suggest_code._BETWEEN": [(sub, _repeated("A_")), (sub, _repeated("A_1_"))],
    "transforms.parse.values._ABROAD": [(fullmatch, _repeated("9"))],
    "transforms.parse.values._SHOWN_NUMBER": [(fullmatch, _repeated("1", "1,", "E"))],
    "transforms.parse.values._SHOWN_DAY": [(fullmatch, _repeated("1")), (fullmatch, _repeated("mai"))],
    "transforms.parse.cells._HASHES": [(fullmatch, _repeated("#", after="x"))],
    "transforms.read.formula_errors.FORMULA_ERROR": [(fullmatch, _repeated("A", "#", "x")), (fullmatch, _repeated("0", "#", " "))],
    "transforms.parse.dates._DAY_FIRST": [(fullmatch, _repeated("0", "1/1/2020 00:00:00.", "x")), (fullmatch, _repeated("1"))],
    "transforms.parse.dates._YEAR_FIRST": [(fullmatch, _repeated("0", "2020-01-01 00:00:00.", "x")), (fullmatch, _repeated("1"))],
    "transforms.parse.dates._NO_DATES[0][0]": [(fullmatch, _repeated("0", "1/1/20 00:00:00.", "x"))],
    "transforms.parse.dates._NO_DATES[1][0]": [(fullmatch, _repeated("0", "12345,", "x"))],
    "transforms.parse.dates._NO_DATES[2][0]": [(fullmatch, _repeated("0", "2020/1/1 00:00:00.", "x"))],
    "transforms.parse.dates._NO_DATES[3][0]": [(fullmatch, _repeated("1", "2020-01-01 10:", "+"))],
    "transforms.parse.dates._NO_DATES[4][0]": [(fullmatch, _repeated("0", "1/1/2020 23:00:00.", "x"))],
    "transforms.parse.dates._NO_DATES[5][0]": [(fullmatch, _repeated("1", "1/1/2020 10:", "\n"))],
    "transforms.parse.dates._INSTANT": [(fullmatch, _repeated("0", "2020-01-01 10:00:00.", "x"))],
    "transforms.parse.dates._NO_DATES[6][0]": [(fullmatch, _repeated("a")), (fullmatch, _repeated("a", after=". 1 mai 2020x"))],
    "transforms.parse.numbers._AMOUNTS[0]": [(fullmatch, _repeated(" 123", "1", "x")), (fullmatch, _repeated("1", after="x"))],
    "transforms.parse.numbers._AMOUNTS[1]": [(fullmatch, _repeated(".123", "1", "x"))],
    "transforms.parse.numbers._AMOUNTS[2]": [(fullmatch, _repeated(",123", "1", "x"))],
    "transforms.parse.numbers._AMBIGUOUS": [(fullmatch, _repeated("1", "1,"))],
    "transforms.parse.numbers._LONG_FRACTION": [
        (fullmatch, _repeated(" ", "1", "1")), (fullmatch, _repeated(",000", after="x")), (fullmatch, _repeated("0", ",", "x")),
        (fullmatch, _repeated(",")),
    ],
    "transforms.parse.cells.SCIENTIFIC": [(fullmatch, _repeated("1", after="E")), (fullmatch, _repeated("1", "1,", "E"))],
    "transforms.parse.numbers._WHOLE": [(fullmatch, _repeated(" 123", "1", "x")), (fullmatch, _repeated("1", after="x"))],
    "transforms.parse.numbers._HAS_FRACTION": [(search, _repeated("1")), (search, _repeated("1 ,"))],
    "transforms.parse.numbers._SHOWN_ZERO": [(fullmatch, _repeated(" ", "-", "1"))],
    "transforms.parse.numbers._LOST_SIGN": [(fullmatch, _repeated(" ", "1", "x")), (fullmatch, _repeated("1?", after="x"))],
    "transforms.parse.numbers._NO_DIGIT": [(sub, _repeated("a")), (sub, _repeated("a1"))],
    "transforms.parse.values._COMMUNE": [(fullmatch, _repeated("1"))],
    "transforms.parse.values._FOUR_DIGITS": [(fullmatch, _repeated("1"))],
    "transforms.parse.values._BETWEEN_DIGITS": [(sub, _repeated(" ", "1", "1")), (sub, _repeated("1 "))],
    "transforms.parse.values._SIRET": [(fullmatch, _repeated("1"))],
    "transforms.parse.values._FLOAT": [(fullmatch, _repeated("1"))],
    "transforms.parse.values._BREAK": [(sub, _repeated("\r")), (sub, _repeated("\r\n"))],
    "transforms.parse.values._EMAIL": [
        (fullmatch, _repeated("a.", after="!")), (fullmatch, _repeated("a.", "a@", "!")), (fullmatch, _repeated("a", "a@")),
        (fullmatch, _repeated("a-" * 30 + "a.", "a@", "!")),
    ],
    "transforms.parse.values._CERTIFICATION": [(fullmatch, _repeated(" ", "RS", "x"))],
    "transforms.parse.values._ROME": [(fullmatch, _repeated("1", "M"))],
    "transforms.read.match_columns._LOST_LETTER": [(sub, _repeated("?")), (sub, _repeated("a?")), (sub, _repeated("a??"))],
    "transforms.read.match_columns._HINT": [(sub, _repeated("(")), (sub, _repeated(" (a", after=")")), (sub, _repeated("a", " ("))],
    "transforms.read.match_columns._BRACKETS": [(sub, _repeated("(")), (sub, _repeated("[a")), (sub, _repeated("a", "("))],
    "transforms.read.match_columns._WORD": [(findall, _repeated("A")), (findall, _repeated("A "))],
    "transforms.redaction.unwanted_columns._LINE_BREAK": [(split, _repeated("\r")), (split, _repeated("\r\n"))],
    "transforms.redaction.unwanted_columns._SEPARATOR": [(split, _repeated(";")), (split, _repeated("a;"))],
    "transforms.redaction.erase_records._MARK": [
        (fullmatch, _repeated("a", "EFFACE A ", " ")), (fullmatch, _repeated("a ", "EFFACE A ")),
    ],
    "transforms.redaction.erase_records._LETTER": [(sub, _repeated("a")), (sub, _repeated("a1"))],
    "transforms.redaction.erase_records._DIGIT": [(sub, _repeated("1")), (sub, _repeated("1a"))],
    "warehouse.erasure.erased_persons._CELL_BORDERS": [(split, _repeated(";")), (split, _repeated("a;"))],
    "warehouse.erasure.spelling._WORD": [(findall, _repeated("a")), (findall, _repeated("a_"))],
    "warehouse.erasure.spelling._LEADING_ZEROS": [(sub, _repeated("0")), (sub, _repeated("0", after="x")), (sub, _repeated("0a"))],
    "warehouse.erasure.erased_persons._WORD": [(findall, _repeated("a")), (findall, _repeated("a "))],
    "transforms.read.decode.CONTROL": [(search, _repeated("a")), (findall, _repeated("\x01"))],
    "transforms.read.decode._MARKUP": [(match, lambda n: b"<" * n), (match, lambda n: b"<html" + b"a" * n)],
    "transforms.read.decode._EURO": [(search, lambda n: b"0" * n), (search, lambda n: b"\xa0" * n)],
    "transforms.read.decode._C1_BYTE": [(search, lambda n: b"a" * n)],
    "transforms.read.decode._BREAK_LE": [(split, lambda n: b"\r\x00" * (n // 2)), (split, lambda n: b"\r" * n)],
    "transforms.read.decode._BREAK_BE": [(split, lambda n: b"\x00\r" * (n // 2)), (split, lambda n: b"\x00" * n)],
    "transforms.read.decode._SURELY_UTF_8": [(search, _repeated("a"))],
    "transforms.read.decode._MIS_DECODED": [
        (search, _repeated("a", "Ž")), (search, _repeated("Ža ")), (search, _repeated("1 Ê")), (search, _repeated("aÅ")),
        (search, _repeated("nø1")), (search, _repeated("aŽ1")),
    ],
    "transforms.read.decode._SUSPECT": [(search, _repeated("a"))],
    "transforms.read.tokenize._NUMBER": [(search, _repeated("111a"))],
    "transforms.read.likeness._DIGIT": [(sub, _repeated("1")), (sub, _repeated("1a"))],
    "transforms.read.likeness._LETTERS": [(sub, _repeated("a")), (sub, _repeated("a1"))],
    "transforms.read.find_header._SEP_LINE": [(fullmatch, _repeated(" ")), (fullmatch, _repeated(" ", "sep=;", "x"))],
    "transforms.read.find_header._DIGIT": [(findall, _repeated("1")), (findall, _repeated("1a"))],
    "transforms.read.find_header._LONG_NUMBER": [(search, _repeated("11111111a"))],
    "transforms.read.split_cells._WRAPPER": [(fullmatch, _repeated('""', '="', "x")), (fullmatch, _repeated("a", '="'))],
    "transforms.read.totals_and_guidance._SAYS": [(match, _repeated(" ")), (match, _repeated("a", "Total ")), (match, _repeated("Sous-"))],
    "transforms.read.totals_and_guidance._LIKE_A_SIRET": [(match, _repeated("a")), (match, _repeated("a", "12345"))],
    "transforms.read.totals_and_guidance._LETTER": [(findall, _repeated("a")), (findall, _repeated("1"))],
    "transforms.read.totals_and_guidance._WORDS": [(search, _repeated("aa1")), (search, _repeated(" ", "aa")), (search, _repeated("aa  a"))],
    "transforms.workbooks.cell_texts._BREAK": [(sub, _repeated("\r")), (sub, _repeated("a\r\n"))],
    "transforms.workbooks.office_cells._PLAIN_CELL": [
        (findall, _bytes(b'<c r="')), (findall, _bytes(b'<c r="A1" s="111111" t="inlineStr"')), (findall, _bytes(b'<c r="AAA1111111"')),
    ],
    "transforms.workbooks.office_cells._PLAIN_ROW": [(findall, _bytes(b'<c r="AAA1111111')), (findall, _bytes(b'<c r="A'))],
    "transforms.workbooks.office_cells._BEGIN_OF_CELLS": [(search, _bytes(b"<")), (search, _bytes(b"a", b"<")), (search, _bytes(b"<aaa:sheetDat"))],
    "transforms.workbooks.open_document._BETWEEN": [(sub, _bytes(b" ", b">")), (sub, _bytes(b"> ")), (sub, _bytes(b"> <tabl")), (sub, _bytes(b">  <text:p"))],
    "transforms.workbooks.sheet_text._MEANS_ELSE": [(match, _repeated(" ")), (match, _repeated(" ", "", "sep"))],
    "transforms.workbooks.xml_events._DECLARATION": [(match, _bytes(b" ")), (match, _bytes(b"a", b"<?xml")), (match, _bytes(b"?", b" <?xml"))],
    "transforms.workbooks.xml_events._DECLARATION_IN_TEXT": [(match, _repeated(" ")), (match, _repeated("?", " <?xml"))],
    "transforms.workbooks.xml_events._ENCODING": [(search, _bytes(b"encoding=")), (search, _bytes(b" ", b"encoding=")), (search, _bytes(b"a", b"encoding='"))],
}  # fmt: skip


def _patterns(name: str, value: Any) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The patterns in a value, each by name: the value itself, members of a container, attributes of a class of ours."""
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _patterns(f"{name}[{key!r}]", one)
    elif isinstance(value, list | tuple | set | frozenset):
        for number, one in enumerate(value):
            yield from _patterns(f"{name}[{number}]", one)
    elif inspect.isclass(value) and value.__module__ in {module.__name__ for module in MODULES}:
        for key, one in vars(value).items():
            if not key.startswith("__"):
                yield from _patterns(f"{name}.{key}", one)


def _all_patterns() -> dict[str, re.Pattern[Any]]:
    found: dict[str, re.Pattern[Any]] = {}
    for module in MODULES:
        for name, value in vars(module).items():
            if not name.startswith("__"):
                found |= {
                    full: pattern
                    for full, pattern in _patterns(f"{module.__name__}.{name}", value)
                    if pattern not in found.values() or full in WORST
                }
    return found


PATTERNS = _all_patterns()


def test_each_pattern_has_its_worst_inputs() -> None:
    assert set(PATTERNS) == set(WORST)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_pattern_is_hidden_in_a_function(module: ModuleType) -> None:
    """There it would escape these tests. Only a pattern that is made of a word, taken as it is, is made at its moment."""
    tree = ast.parse(inspect.getsource(module))
    inside = [
        call
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.")
    ]
    hidden = [ast.unparse(call) for call in inside if "re.escape" not in ast.unparse(call)]
    assert hidden == []


@pytest.mark.attack  # it takes a while
@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_pattern_is_linear_in_its_worst_input(name: str) -> None:
    for number, (use, make) in enumerate(WORST.get(name, [])):
        assert is_linear(partial(use, PATTERNS[name]), make), f"input {number}"


@pytest.mark.attack
@pytest.mark.parametrize(
    ("pattern", "worst"),
    [
        (r"[ \u00a0]*€$", _repeated(" ", "1", "1")),  # what once looked for the currency sign
        (r"_*([+<>=])_*", _repeated("_")),
    ],
)
def test_the_measure_finds_a_quadratic_pattern(pattern: str, worst: Callable[[int], str]) -> None:
    assert not is_linear(partial(sub, re.compile(pattern)), worst)
