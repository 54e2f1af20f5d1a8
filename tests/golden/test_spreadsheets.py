"""Files that spreadsheets wrote (spreadsheets/README.md): of each the exact lines accepted and quarantined, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.settings import settings_without_home
from flows.steps.check import judge_files
from tests.golden.nights import Home
from tests.typed_rows import lines_in_error, lines_of, rows_of
from warehouse.reference.places import load_places

FOLDER = Path(__file__).parent / "spreadsheets"
RECEIVED = date(2026, 11, 24)


@dataclass(frozen=True)
class Case:
    """`accepted` the lines that are taken, `errors` the rules by quarantined line, `remarks` those by other line.

    A file refused as a whole has its rule in `refused`, and what its lines would need in `errors`.
    """

    name: str
    kind: str | None
    accepted: tuple[int, ...]
    errors: dict[int, str] = field(default_factory=dict)
    remarks: dict[int, str] = field(default_factory=dict)
    blank: int = 0
    about: str = ""
    refused: str = ""
    records: int = 0


_DEPENSES = {
    "kind": "depenses", "accepted": (4, 5, 6, 7, 9, 11, 12), "errors": {8: "DEP-06I", 10: "DEP-06I", 13: "LIG-09"},
    "blank": 4, "about": "FIC-21",
}  # fmt: skip
_EXCEL = {"kind": "depenses", "accepted": (2, 3, 4, 8, 9, 10), "errors": {5: "DEP-06I", 6: "DEP-04I", 7: "DEP-06I"}, "blank": 1}
_ACTIONS = {"kind": "actions", "accepted": (4, 8), "errors": {6: "ACT-13I", 7: "ACT-01I ACT-08I ACT-13I"}, "blank": 1}
_SESSIONS = {"kind": "sessions", "accepted": (), "errors": {4: "SES-06I SES-07I", 5: "SES-07I", 6: "SES-06I"},
             "remarks": {3: "SES-04A"}, "refused": "FIC-08", "records": 5}  # fmt: skip

CASES = [
    Case("libreoffice-actions-utf8", **_ACTIONS),
    Case("libreoffice-actions-iso8859-15", **_ACTIONS),
    Case("libreoffice-actions-cp850", None, (), refused="FIC-03", blank=1),
    Case("libreoffice-sessions-raw", "sessions", (2, 3, 4, 5, 6), remarks={3: "SES-04A", 6: "SES-04A"}),
    Case("libreoffice-sessions-quoted", **_SESSIONS),
    Case("libreoffice-sessions-utf16", **_SESSIONS),
    Case("libreoffice-apprenants-tab", "apprenants", (5, 6, 10, 12), {8: "APP-06I", 11: "APP-07A APP-14I"}, blank=2, about="FIC-20"),
    Case("libreoffice-apprenants-quoted", "apprenants", (5, 6, 8, 10, 12), {11: "APP-07A APP-14I"}, blank=2, about="FIC-20"),
    Case("libreoffice-suivi-raw", "suivi", (4, 5, 6, 7, 9), blank=1),
    Case("libreoffice-suivi-cp1252", "suivi", (4, 6, 9), {5: "SUI-06L", 7: "SUI-05I"}, blank=1),
    Case("libreoffice-depenses-comma", **_DEPENSES),
    Case("libreoffice-depenses-quoted", **_DEPENSES),
    Case("libreoffice-depenses-iso8859-15", **_DEPENSES),
    Case("libreoffice-financements-utf16", "financements", (5, 7), {6: "FIN-08I", 8: "FIN-07I FIN-08I"}, blank=1),
    Case("libreoffice-financements-macroman", "financements", (), refused="FIC-04", records=4, blank=1),
    Case("libreoffice-template-saved", "apprenants", (), {2: "APP-06I APP-15I APP-16I"}, refused="FIC-08", records=1),
    Case("libreoffice-template-not-shown", "apprenants", (2,)),
    Case("gnumeric-actions-csv", "actions", (), dict.fromkeys((4, 6, 7, 8), "ACT-08I ACT-14I"), refused="FIC-08", records=4, blank=1),
    Case("gnumeric-sessions-preserve", "sessions", (), {
        2: "SES-04I SES-07I", 3: "SES-04I", 4: "SES-06I SES-07I", 5: "SES-07I", 6: "SES-06I SES-07I",
    }, refused="FIC-08", records=5),
    Case("gnumeric-apprenants-preserve", "apprenants", (), {
        5: "APP-07I", 6: "APP-07I", 8: "APP-06I APP-07I", 10: "APP-07I", 11: "APP-07I APP-14I", 12: "APP-07I",
    }, blank=2, about="FIC-20", refused="FIC-08", records=6),
    Case("gnumeric-suivi-macintosh", None, (), refused="FIC-03", blank=1),
    Case("gnumeric-depenses-english", "depenses", (4, 5, 6, 7, 8, 9, 12), {10: "DEP-06I", 11: "DEP-06I", 13: "LIG-09"}, blank=4, about="FIC-21"),
    Case("gnumeric-financements-utf16", "financements", (), dict.fromkeys((5, 6, 7, 8), "FIN-07I"), refused="FIC-08", records=4, blank=1),
    Case("excel-depenses-csv", "depenses", (), {**dict.fromkeys((2, 3, 5, 7), "DEP-06I"), 6: "DEP-04I"}, refused="FIC-08", records=9, blank=1),
    Case("excel-depenses-csv-utf8", **_EXCEL),
    Case("excel-depenses-ms-dos", "depenses", (), {
        2: "DEP-05L DEP-06I LIG-05", 3: "DEP-05L DEP-06I LIG-05", 4: "DEP-06I", 5: "DEP-06I", 6: "DEP-04I", 7: "DEP-06I", 9: "DEP-06I LIG-05",
    }, refused="FIC-08", records=9, blank=1),
    Case("excel-depenses-unicode-text", **_EXCEL),
    Case("excel-depenses-macintosh", "depenses", (), {
        2: "DEP-05L DEP-06I LIG-05 LIG-05", 3: "DEP-05L DEP-06I LIG-05 LIG-05", 4: "DEP-06I LIG-05", 5: "DEP-06I", 6: "DEP-04I", 7: "DEP-06I",
        9: "DEP-06I LIG-05",
    }, refused="FIC-08", records=9, blank=1),
    Case("excel-apprenants-ms-dos", "apprenants", (), {2: "APP-17L LIG-05", 4: "APP-08L LIG-05"}, about="FIC-10", refused="FIC-08", records=3),
    Case("excel-actions-csv", "actions", (2, 4, 5, 6)),
    Case("sheets-depenses", **_EXCEL),
    Case("numbers-depenses", **_EXCEL),
]  # fmt: skip


@cache
def all_judged() -> dict[str, FileVerdict]:
    """Every file as decided; together, since a batch of one file costs as much as one of all."""
    programme = load_programme(settings_without_home().programme_file)
    files = [(case.name, (FOLDER / f"{case.name}.csv").read_bytes()) for case in CASES]
    return {file.name: file for file in judge_files(files, RECEIVED, programme, load_places())}


def judged(name: str) -> FileVerdict:
    return all_judged()[name]


def test_every_file_has_its_case_and_its_line_in_the_readme() -> None:
    files = {path.stem for path in FOLDER.glob("*.csv")}
    assert files == {case.name for case in CASES}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(readme.count(f"| `{name}.csv` |") == 1 for name in files)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_lines_accepted_and_quarantined_are_these(case: Case) -> None:
    file = judged(case.name)
    by_line: dict[int, list[str]] = {}
    for finding in file.findings:
        if finding.line is not None:
            by_line.setdefault(finding.line, []).append(finding.rule)
    assert {line: " ".join(rules) for line, rules in by_line.items()} == {**case.errors, **case.remarks}
    assert " ".join(f.rule for f in file.findings if f.line is None) == f"{case.refused} {case.about}".strip()
    assert file.kind == case.kind
    assert lines_of(file) == list(case.accepted)
    assert file.blank_lines == case.blank
    if case.refused:
        assert (file.decision, file.records, file.accepted, file.quarantined) == ("refused", case.records, 0, case.records)
    else:
        assert file.decision == ("partial" if case.errors else "accepted")
        assert sorted(lines_in_error(file)) == list(case.errors)
        assert file.records == len(case.accepted) + len(case.errors)


@pytest.mark.parametrize("name", [case.name for case in CASES if case.name.startswith(("libreoffice-dep", "gnumeric-dep"))])
def test_amounts_are_those_of_the_workbook(name: str) -> None:
    workbook = {
        4: "1234.56", 5: "-1234.56", 6: "-1234.50", 7: "-12.00", 8: "0.00", 9: "1234567.89", 11: "100.00", 12: "0.30",
    }  # fmt: skip
    if name.startswith("gnumeric"):  # it rounded 0.3 to 0 itself, in the file
        workbook[12] = "0.00"
    amounts = {row["line"]: row["amount_eur"] for row in rows_of(judged(name))}
    assert amounts == {line: Decimal(workbook[line]) for line in amounts}


@pytest.mark.parametrize("name", ["libreoffice-actions-utf8", "libreoffice-actions-iso8859-15"])
def test_texts_and_dates_are_those_of_the_workbook(name: str) -> None:
    first = rows_of(judged(name))[0]
    assert first["provider_name"] == "L'École du « Numérique » ; œuvre"
    assert first["title"] == 'Développeur web "full stack"'
    assert (first["agreed_on"], first["total_cost_eur"]) == (date(2018, 3, 1), Decimal("50000.00"))
    assert (first["free_of_charge"], first["diploma_required"]) == (True, False)


@pytest.mark.parametrize(
    ("name", "line", "advice"),
    [
        ("libreoffice-actions-utf8", 6, "écrivez 0 si c'est zéro"),
        ("libreoffice-actions-utf8", 7, "abîmé par un tableur"),
        ("libreoffice-template-saved", 2, "donnez à la colonne le format JJ/MM/AAAA"),
        ("libreoffice-sessions-quoted", 4, "le mois s'écrit en chiffres"),
        ("gnumeric-sessions-preserve", 2, "abîmé par un tableur"),
        ("gnumeric-actions-csv", 4, "s'écrit avec des tirets"),
        ("excel-depenses-csv", 2, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
        ("excel-depenses-csv", 6, "élargissez la colonne"),
        ("excel-depenses-csv", 7, "corrigez la formule"),
        ("excel-depenses-ms-dos", 9, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
        ("excel-depenses-macintosh", 2, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
        ("libreoffice-actions-cp850", None, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
        ("libreoffice-financements-macroman", None, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
        ("gnumeric-suivi-macintosh", None, "enregistrez l'original en classeur ou en « CSV UTF-8 »"),
    ],
)
def test_the_sentence_says_what_to_do(name: str, line: int | None, advice: str) -> None:
    assert any(advice in finding.message for finding in judged(name).findings if finding.line == line)


def test_names_under_a_title_with_damaged_accents_are_dropped_at_the_door() -> None:
    archived = judged("excel-apprenants-ms-dos").archive_bytes
    assert b"L1" in archived
    assert b"06 00 00 00 00" not in archived
    assert not re.search(rb"lo.{1,3}se|No.{1,3}l|Zo", archived)


@pytest.mark.attack
def test_a_night_of_all_of_them_says_the_same(tmp_path: Path) -> None:
    """Several files say the same rows: what counts is that the night ends, and that every line is accounted for."""
    report = Home(tmp_path, tells=False).night({f"{case.name}.csv": (FOLDER / f"{case.name}.csv").read_bytes() for case in CASES}, on=RECEIVED)
    told = {file["name"].removesuffix(".csv"): file for file in report["files"]}
    assert {name: file["decision"] for name, file in told.items()} == {case.name: judged(case.name).decision for case in CASES}
    for name, file in told.items():
        assert (file["records"], file["accepted"]) == (judged(name).records, judged(name).accepted)
        assert file["records"] == file["accepted"] + file["quarantined"]
