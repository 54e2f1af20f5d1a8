"""Prefect's tables of a night: the urgent first, counts and rule ids, and names that Markdown and HTML leave alone."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from expectations.contract import Severity
from expectations.findings import Finding
from expectations.verdict.decide import FileVerdict
from flows.errors import safe_to_show
from flows.pages.report_json import night_report
from flows.prefect_runtime.artifacts import SHOWN_FILES, files_table, inert, tables_table
from tests.browser.homes import HOSTILE


class Rendered(HTMLParser):
    """A table as a page shows it: the text of each cell by row, and the elements that are there."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.elements: set[str] = set()
        # More than Prefect's own page allows: raw HTML, and whatever looks like an address as a link.
        self.feed(MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").enable("strikethrough").render(markdown))

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data.strip("\n"):
            self.rows[-1][-1] += data


def judged(name: str, decision: str = "accepted", *rules: str) -> FileVerdict:
    findings = tuple(Finding(None, None, rule, Severity.ERROR, "CANARI") for rule in rules)
    return FileVerdict(name, name.encode().hex(), "sessions", "90012000700019", decision, records=3, accepted=2, quarantined=1, findings=findings)


def report(*files: FileVerdict, deferred: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    return night_report("run", date(2026, 3, 2), files, deferred, [("indicators.envelope", 1)])


def shown(*files: FileVerdict, deferred: tuple[tuple[str, str], ...] = ()) -> Rendered:
    return Rendered(files_table(report(*files, deferred=deferred), files))


def test_the_urgent_come_first_with_their_counts_and_rules() -> None:
    files = [judged("a.csv"), judged("b.csv", "refused", "FIC-02"), judged("c.csv", "partial", "SES-05I", "FIC-11", "SES-05I")]
    table = shown(*files, deferred=(("d.csv", "en cours d'écriture"),))
    assert table.rows[0] == ["file", "return", "provider", "decision", "records", "accepted", "quarantined", "rules broken"]
    assert [(row[0], row[3], row[7]) for row in table.rows[1:]] == [
        ("b.csv", "refused", "FIC-02"),
        ("c.csv", "partial", "FIC-11, SES-05I × 2"),
        ("d.csv", "deferred", ""),
        ("a.csv", "accepted", ""),
    ]
    assert table.rows[2][1:3] + table.rows[2][4:7] == ["sessions", "90012000700019", "3", "2", "1"]
    assert "CANARI" not in files_table(report(*files), files)


def test_what_is_left_out_is_counted() -> None:
    files = [judged(f"{number:04}.csv") for number in range(SHOWN_FILES + 7)] + [judged("z.csv", "refused", "FIC-01")]
    text = files_table(report(*files), files)
    assert text.startswith(f"{SHOWN_FILES + 7} accepted, 1 refused\n")
    assert text.endswith("\n\nand 8 more, the least urgent")
    table = Rendered(text)
    assert len(table.rows) == SHOWN_FILES + 1
    assert table.rows[1][0] == "z.csv"


def test_a_night_without_files_says_so() -> None:
    assert files_table(report(), ()).startswith("no file\n")


def test_the_tables_are_listed_with_their_rows() -> None:
    assert Rendered(tables_table(report())).rows == [["table", "rows"], ["indicators.envelope", "1"]]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_shown_as_it_is(name: str) -> None:
    table = shown(judged(name), judged("b.csv"))
    assert {row[0] for row in table.rows[1:]} == {safe_to_show(name).strip(), "b.csv"}
    assert table.elements == {"p", "table", "thead", "tbody", "tr", "th", "td", "strong"}


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_name_does_anything(name: str) -> None:
    table = Rendered(f"| a |\n| --- |\n| x{inert(name)}x |")
    assert table.rows == [["a"], [f"x{safe_to_show(name)}x"]]
    assert table.elements == {"table", "thead", "tbody", "tr", "th", "td"}
