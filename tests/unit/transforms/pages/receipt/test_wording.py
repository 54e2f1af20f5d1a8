"""The words of a receipt, its length, the names of its files, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import logging
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract import Severity
from expectations.contract.french import with_french_spaces
from expectations.findings import Finding, Findings
from expectations.rule_registry import all_rules, sentence
from expectations.verdict.decide import FileVerdict
from flows.steps.check import log_file
from tests.spec.paper import SIRET
from transforms.pages.csv_out import csv_bytes, escaped
from transforms.pages.receipt.page import FileReceipt, receipt_page, sections
from transforms.pages.receipt.wording import line_ranges
from warehouse.notifications.receipt_folder import file_stem_for, folder_for
from warehouse.safe_text import safe_to_show


def told(*findings: Finding, decision: str = "refused") -> FileReceipt:
    """A file of that many lines in error."""
    return FileReceipt("x.csv", "0" * 64, "suivi", SIRET, decision, 50_000, 0, 50_000, 0, Findings.of(findings), 1, datetime(2026, 11, 24, tzinfo=UTC))


def on_line(line: int, rule: str = "SUI-06L", detail: str | None = None) -> Finding:
    """A finding on that line."""
    check = all_rules()[rule]
    return Finding(line, check.column, rule, check.severity, sentence(rule, detail))


EVERY_OTHER = [on_line(line, detail=f"(écrivez C{line % 40})") for line in range(2, 100_002, 2)]
RUN = [on_line(line, "SUI-05I") for line in range(2, 50_002)]


def test_a_receipt_names_every_line_in_error_and_stays_readable() -> None:
    html = receipt_page([told(*EVERY_OTHER, *RUN)], all_rules())
    text = html.replace("\u202f", " ")
    assert len(html.encode()) < 1_500_000
    assert 'lignes 2 à 50 001 <span class="soft">(50 000 lignes)</span>' in text
    assert '36, 38, 40 et 49 980 autres <span class="soft">(50 000 lignes)</span>' in text
    every, *of_remarks = re.findall(r"<summary>Toutes les lignes</summary><p>lignes ([^<]*)</p>", text)
    assert lines_named(every) == list(range(2, 100_002, 2))
    assert sorted(line for one in of_remarks for line in lines_named(one)) == list(range(2, 100_002, 2))
    assert len(of_remarks) == 20, "every remark has its lines"
    assert "autres précisions" not in text
    assert "abrégé" not in text


def lines_named(text: str) -> list[int]:
    """The lines of `3, 7 à 12 et 40`."""
    parts = [part.replace(" ", "").split("à") for part in re.split(", | et ", text)]
    return [line for part in parts for line in range(int(part[0]), int(part[-1]) + 1)]


@pytest.mark.parametrize(("page", "where"), [
    (None, "La Région garde le reçu entier"), ("https://depot.example", "Le reçu entier est sur https://depot.example."),
])  # fmt: skip
def test_abridged_it_is_short_and_says_how_much_is_left_out_and_where_it_is(page: str | None, where: str) -> None:
    html = receipt_page([told(*EVERY_OTHER, *RUN)], all_rules(), None, page, is_abridged=True)
    text = html.replace("\u202f", " ")
    assert len(html) < 15_000
    assert '36, 38, 40 et 49 980 autres <span class="soft">(50 000 lignes)</span>' in text
    assert "et 14 autres précisions" in text
    assert "<details>" not in text
    assert where in text


def test_rules_stand_by_severity_and_the_most_frequent_first() -> None:
    found = [on_line(2, "SUI-07L"), on_line(3), on_line(4), on_line(4, "SUI-21"), on_line(5, "LIG-05")]
    shown = [(section.title, [group.rule for group in section.groups]) for section in sections(told(*found), all_rules())]
    assert shown == [
        ("À corriger", ["SUI-06L", "SUI-07L"]), ("À vérifier", ["LIG-05"]), ("Pour information", ["SUI-21"]),
    ]  # fmt: skip


def test_what_an_earlier_version_said_is_told_in_the_words_of_today() -> None:
    kept = Finding(2, "situation", "SUI-06L", Severity.ERROR, "Ceci ne va pas : faites cela. (écrivez CDI)")
    ((section,), (section_of_none,)) = (sections(told(one), all_rules()) for one in (kept, replace(kept, message="Ceci ne va pas : faites cela.")))
    assert [remark.text for remark in section.groups[0].remarks] == ["Écrivez CDI."]
    assert section_of_none.groups[0].remarks == ()


def test_the_log_of_a_file_is_as_short(caplog: pytest.LogCaptureFixture) -> None:
    findings = (*(on_line(line) for line in range(2, 50_002)), Finding(None, None, "FIC-08", Severity.ERROR, sentence("FIC-08")))
    with caplog.at_level(logging.INFO, "suivi.night"):
        log_file(FileVerdict("a\nb.csv", "0", "suivi", SIRET, "refused", 50_000, 0, 50_000, findings=Findings.of(findings)))
    lines = ", ".join(map(str, range(2, 22)))
    assert caplog.messages == [
        "a\N{REPLACEMENT CHARACTER}b.csv: refused, 0 of 50000 records accepted",
        "a\N{REPLACEMENT CHARACTER}b.csv: error FIC-08",
        f"a\N{REPLACEMENT CHARACTER}b.csv: error SUI-06L at lines {lines} and 49980 more",
    ]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ([], ""),
        ([7], "ligne 7"),
        ([3, 2], "lignes 2 et 3"),
        ([2, 3, 4], "lignes 2 à 4"),
        ([9, 2, 3, 4, 4, 8], "lignes 2 à 4, 8 et 9"),
        ([2, 4, 6, 8], "lignes 2, 4, 6 et 1 autre"),
        ([2, 4, 6, 8, 9, 10, 1_234], "lignes 2, 4, 6 et 4 autres"),
        ([1_234], "ligne 1\u202f234"),
    ],
)
def test_lines_in_words(lines: list[int], text: str) -> None:
    assert line_ranges(lines, 3) == text


@given(st.sets(st.integers(1, 999)))
def test_no_line_is_lost_in_words(lines: set[int]) -> None:
    found: set[int] = set()
    for first, last in re.findall(r"(\d+)(?: à (\d+))?", line_ranges(lines, 999)):
        found |= set(range(int(first), int(last or first) + 1))
    assert found == lines


@pytest.mark.parametrize(
    ("plain", "set_right"),
    [
        ("Quoi : « ceci » ; 12 % ?", "Quoi\u00a0: «\u00a0ceci\u00a0»\u202f; 12\u202f%\u202f?"),
        ("60 000 € en 2018", "60\u202f000\u00a0€ en 2018"),
        ("10:30 et 12 34", "10:30 et 12 34"),
    ],
)
def test_no_sign_is_torn_from_its_word(plain: str, set_right: str) -> None:
    assert with_french_spaces(plain) == set_right


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2), min_size=1))
def test_no_cell_that_goes_out_is_run_as_a_formula(rows: list[list[str]]) -> None:
    text = csv_bytes(rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert read == [[escaped(cell) for cell in row] for row in rows]
    assert not [cell for row in read for cell in row if re.match(r"\s*[=+\-@＝＋－＠]", cell)]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Été/Retour n° 2 (définitif).CSV", "retour-n-2-definitif"),
        ("a\\..\\..\\b.csv", "b"),
        ("../../etc/passwd", "passwd"),
        ("مركز.csv", "fichier"),
        (".csv", "csv"),
        ("=1+1;<b>.csv", "1-1-b"),
        ("m" * 300 + ".csv", "m" * 60),
        ("a/Retours 2026.xlsx#Dépenses", "retours-2026-depenses"),
        ("Retours.ods#v1.2", "retours-v1-2"),
        ("m" * 300 + ".xlsx#Suivi", "m" * 54 + "-suivi"),
        ("a#b.csv", "a-b"),
        ("classeur.xlsx#مركز", "classeur"),
    ],
)
def test_names_of_receipts_are_tame(name: str, stem: str) -> None:
    assert file_stem_for(date(2026, 11, 24), 7, name) == f"2026-11-24-000007-{stem}"


@pytest.mark.parametrize(
    ("siret", "from_region", "folder"),
    [(SIRET, False, SIRET), (None, True, "region"), (None, False, "inconnu"), ("../..", False, "inconnu"), ("", False, "inconnu")],
)
def test_for_whom_a_receipt_lies_where(siret: str | None, from_region: bool, folder: str) -> None:
    assert folder_for(siret, from_region=from_region) == folder


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Été 👩\u200d💻.csv", "Été 👩\u200d💻.csv"),
        ("n°\u00a02.csv", "n°\u00a02.csv"),
        ("\x1b[31m\u202efdp\n\udcff.csv", "\ufffd[31m\ufffdfdp\ufffd\ufffd.csv"),
    ],
)
def test_what_is_shown_of_a_name_is_not_obeyed(name: str, shown: str) -> None:
    assert safe_to_show(name) == shown
