"""Templates open right and are accepted; the catalogue holds every rule; the generated docs are up to date."""

import csv
import io
import json
from datetime import date
from html.parser import HTMLParser

import pytest

from expectations.catalogue import all_rules, dictionary_text, rules_text, template
from expectations.contract.file_rules import FILE_RULES
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from flows.steps.check import judge_files
from tests.command import ROOT
from transforms.read.match_columns import match_columns
from warehouse.reference import load_places

DOCS = ROOT / "docs"
FORMATS = ("text", "md", "html", "json")


@pytest.mark.parametrize("kind", RETURNS)
def test_a_template_opens_right_in_a_french_excel(kind):
    data = template(kind)
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    assert data.count(b"\n") == data.count(b"\r\n") == 1
    titles = data.decode("utf-8-sig").strip().split(";")
    assert titles == [column.header for column in RETURNS[kind].columns]
    header = match_columns(titles)
    assert header is not None
    assert (header.kind, header.missing, header.unknown) == (kind, (), ())


def test_templates_are_accepted_without_a_finding_but_the_empty_return():
    files = [(f"{kind}.csv", template(kind)) for kind in RETURNS]
    for judged in judge_files(files, date(2026, 11, 24), load_programme(), load_places()):
        assert judged.decision == "accepted"
        assert [finding.rule for finding in judged.findings] == ["FIC-14"]


def test_example_rows_are_accepted_without_a_finding():
    files = [(f"{kind}.csv", template(kind, example=True)) for kind in RETURNS]
    for judged in judge_files(files, date(2026, 11, 24), load_programme(), load_places()):
        assert (judged.decision, judged.records, judged.accepted) == ("accepted", 1, 1)
        assert judged.findings == ()


def test_a_template_of_no_return_is_an_error():
    with pytest.raises(KeyError):
        template("stagiaires")


def test_every_rule_is_in_the_catalogue():
    rules = json.loads(rules_text(None, "json"))
    assert {rule["id"] for rule in rules} == set(all_rules())
    assert len(rules) == len(all_rules())
    for rule in rules:
        assert rule["severity"] in ("error", "warning", "info")
        assert rule["sentence"].endswith((".", "?"))
        assert rule["example"]
    for fmt in FORMATS:
        text = rules_text(None, fmt)
        assert all(id_ in text for id_ in all_rules())


@pytest.mark.parametrize("kind", RETURNS)
def test_the_rules_of_one_return_are_its_own(kind):
    rules = json.loads(rules_text(kind, "json"))
    assert {rule["id"].split("-")[0] for rule in rules} == {RETURNS[kind].prefix}
    assert {rule["kind"] for rule in rules} == {kind}
    assert not FILE_RULES.keys() & {rule["id"] for rule in rules}


def test_every_column_is_in_the_dictionary():
    returns = json.loads(dictionary_text("json"))["returns"]
    for kind, contract in RETURNS.items():
        assert [row["header"] for row in returns[kind]["rows"]] == [column.header for column in contract.columns]
        personal = {row["name"] for row in returns[kind]["rows"] if row["is_personal"]}
        assert personal == {column.name for column in contract.columns if column.personal}
    for fmt in FORMATS:
        text = dictionary_text(fmt)
        assert all(column.name in text for contract in RETURNS.values() for column in contract.columns)


def test_no_table_of_the_dictionary_has_a_personal_column():
    tables = json.loads(dictionary_text("json"))["tables"]
    assert {f"clean.{contract.table}" for contract in RETURNS.values()} <= set(tables)
    personal = {column.name for contract in RETURNS.values() for column in contract.columns if column.personal}
    for table in tables.values():
        assert not personal & {row["name"] for row in table["rows"]}


def test_code_lists_of_the_dictionary_are_those_of_the_contract():
    codes = json.loads(dictionary_text("json"))["codes"]
    lists = {
        column.codes.name: column.codes for contract in RETURNS.values() for column in contract.columns if column.codes
    }
    assert {name: [row["code"] for row in table["rows"]] for name, table in codes.items()} == {
        name: list(listed.codes) for name, listed in lists.items()
    }


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("text", [rules_text, lambda kind, fmt: dictionary_text(fmt)])
def test_html_is_well_formed_and_loads_nothing(text):
    page = text(None, "html")
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert "src=" not in page
    assert "http" not in page


def test_an_unknown_format_is_an_error():
    for text in (lambda: rules_text(None, "pdf"), lambda: dictionary_text("pdf")):
        with pytest.raises(ValueError, match="pdf"):
            text()


def test_markdown_tables_have_one_width():
    for text in (rules_text(None, "md"), dictionary_text("md")):
        width = 0
        for line in text.splitlines():
            cells = line.replace("\\|", "").count("|") if line.startswith("|") else 0
            assert width in (cells, 0) or not cells, line
            width = cells


@pytest.mark.parametrize(
    ("name", "text"), [("rules.md", lambda: rules_text(None, "md")), ("dictionary.md", lambda: dictionary_text("md"))]
)
def test_the_generated_docs_are_up_to_date(name, text):
    assert (DOCS / name).read_text(encoding="utf-8") == text(), (
        f"run: suivi {name.removesuffix('.md')} --format md > docs/{name}"
    )


def test_an_example_is_one_csv_row():
    for kind in RETURNS:
        rows = list(csv.reader(io.StringIO(template(kind, example=True).decode("utf-8-sig")), delimiter=";"))
        assert [len(row) for row in rows] == [len(RETURNS[kind].columns)] * 2
