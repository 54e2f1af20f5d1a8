"""Every French sentence that somebody is told reads well by itself: what is wrong, what to do, in number, with French spaces."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner

from expectations.catalogue import all_rules, rules_text
from expectations.contract import Severity
from expectations.contract.french import with_french_spaces
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.suites.build import suite_json
from expectations.verdict.decide import FileVerdict
from flows.cli.check import command as check_command
from flows.pages.receipts import check_page
from flows.steps.check import judge_files
from tests.spec.test_values import COLUMNS, column_of, read
from tests.spec.values_on_paper import TABLES, examples
from tests.unit.transforms.pages.mail.test_mails import (
    AT,
    CONTEXT,
    ERROR,
    FILE,
    LATE,
    UPDATES,
    digest_mail,
    night_mail,
    one,
    opened,
    parts,
    pending,
    reminder_mail,
)
from transforms.pages.mail.wording import awaited_return
from transforms.pages.receipt.rejected_lines import rejected_csv
from warehouse.notifications.contacts import Contact
from warehouse.notifications.updates import SettledUpdate
from warehouse.reference import load_places

SENTENCES = {id_: check.sentence for id_, check in all_rules().items()}
HINTS = sorted({
    hint for kind in COLUMNS for example in examples(TABLES[kind]) if (hint := read(column_of(kind), example.text).suggestion)
})  # fmt: skip
#: "1 lignes", "0 fichiers", "1 sont": all but words that end so in the singular
_DISAGREEING = re.compile(r"(?<![\w.,/\u202f-])[01][ \u00a0\u202f](?!fois\b|mois\b|ans\b|dans\b|sous\b|sans\b)[a-zéèêàâçîôû]+(?:s|(?<!m)ent)\b")
_BRACKETED = re.compile(r"\w\((?:s|e|es|ne|nt|ent|x)\)")
_TORN = re.compile(r" [:;?!»%€]|« | (?=(?:h|Mo|mois|ans?|jours?|caractères)\b)(?<=[0-9] )|[0-9] [0-9]{3}\b")
#: what somebody does, or that there is nothing to do
_ADVICE = re.compile(r"\b\w+ez\b|\bdites\b|rien à faire|inutile de|l'équipe est prévenue")


def faults(shown: str) -> list[str]:
    """The places of a text as it is shown that read badly."""
    return [shown[max(found.start() - 20, 0) : found.end() + 20] for one in (_DISAGREEING, _BRACKETED, _TORN) for found in one.finditer(shown)]


def text_of(page: str) -> str:
    """What an HTML page shows, but for the names of files and commands."""
    kept = re.sub(r"<(style|script|code|bdi|title)\b.*?</\1>", "…", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "\n", re.sub(r"</?(?:b|strong|em|i|span|a)\b[^>]*>", "", kept)))


@pytest.mark.parametrize(("shown", "is_bad"), [
    ("1 lignes rejetées", True), ("0 fichiers", True), ("1 rejetées", True), ("ligne(s)", True), ("Quoi : rien", True), ("« x\u00a0»", True),
    ("30 jours", True), ("2\u202f000 € ", True), ("1 ligne rejetée", False), ("1\u00a0mois, 2 lignes, 11 lignes", False), ("10:30", False),
])  # fmt: skip
def test_what_reads_badly_is_found(shown: str, is_bad: bool) -> None:
    assert bool(faults(shown)) is is_bad


@pytest.mark.parametrize("rule", sorted(SENTENCES))
def test_a_rule_says_what_is_wrong_and_what_to_do(rule: str) -> None:
    shown = with_french_spaces(SENTENCES[rule])
    wrong, separator, todo = shown.partition("\u00a0: ")
    assert (wrong[0].isupper(), bool(separator), shown[-1]) == (True, True, ".")
    assert _ADVICE.search(todo), "what to do"
    assert not faults(f"{shown} {with_french_spaces(all_rules()[rule].example)}")


@pytest.mark.parametrize("hint", HINTS)
def test_a_hint_completes_a_sentence(hint: str) -> None:
    assert not hint[0].isupper() and not hint.endswith(".")
    assert not faults(with_french_spaces(f"({hint})"))


def test_documents_and_suites_say_the_same() -> None:
    documents = [rules_text(fmt=fmt) for fmt in ("md", "text", "html")]
    for document in documents:
        assert not faults(text_of(re.sub(r"[|`#-]+", "\n", document)))
    flat = [" ".join(html.unescape(document).replace("\\|", "|").split(" ")) for document in documents]
    assert all(with_french_spaces(said) in flat[0] and with_french_spaces(said) in flat[2] for said in SENTENCES.values())
    for contract in RETURNS.values():
        suite = json.loads(suite_json(contract))
        assert {one["meta"]["rule"]: one["description"] for one in suite["expectations"]}.items() <= SENTENCES.items()


def files(right: int, wrong: int, unknown: int) -> Iterator[tuple[str, bytes]]:
    """A file of so many lines that are right, that are in error, and columns that no return has."""
    contract = RETURNS["depenses"]
    extra = [f"colonne {number}" for number in range(unknown)]
    lines = [";".join([*(column.header for column in contract.columns), *extra])]
    for number in range(right + wrong):
        cells = {column.header: column.example for column in contract.columns} | {"piece": f"F{number}"}
        lines.append(";".join([*({**cells, "poste": "RIEN"} if number < wrong else cells).values(), *extra]))
    yield "depenses.csv", ("\n".join(lines) + "\n").encode()


def judged(right: int, wrong: int, unknown: int) -> list[FileVerdict]:
    """The file as `check` judges it."""
    return list(judge_files(list(files(right, wrong, unknown)), date(2026, 11, 24), load_programme(), load_places()))


@pytest.mark.parametrize(("right", "wrong", "unknown"), [(0, 0, 0), (0, 1, 1), (1, 0, 0), (9, 1, 2), (10, 0, 6), (0, 2, 7), (98, 2, 1)])
def test_what_is_said_of_a_file_agrees_in_number(right: int, wrong: int, unknown: int, tmp_path) -> None:
    (file,) = judged(right, wrong, unknown)
    is_one_of_several = (wrong, right > 0) == (1, True)
    assert not faults(page := text_of(check_page([file])))
    assert ("Ignorée\u00a0:" in page, "Ignorées\u00a0:" in page) == (unknown == 1, unknown > 1)
    assert ("la ligne signalée" in page, "Cette ligne serait rejetée" in page) == (is_one_of_several, is_one_of_several)
    name, content = next(files(right, wrong, unknown))
    (tmp_path / name).write_bytes(content)
    assert not faults(CliRunner().invoke(check_command, [str(tmp_path / name)]).output)
    listed = rejected_csv(content, file.findings)
    assert (listed is None) is (wrong == 0)
    reasons = [line.split(";")[2] for line in (listed or b"").decode("utf-8-sig").splitlines()[1:]]
    assert not [found for reason in reasons for found in faults(reason)]


@pytest.mark.parametrize("many", [0, 1, 2])
@pytest.mark.parametrize("lines", [0, 1, 2])
def test_mails_agree_in_number(many: int, lines: int) -> None:
    warning = ERROR._replace(rule="SUI-54", severity=str(Severity.WARNING), message=SENTENCES["SUI-54"])
    updates = replace(
        UPDATES,
        files=[replace(FILE, submission_id=n, accepted=lines, quarantined=lines, records=2 * lines) for n in range(many)],
        findings=[of._replace(submission_id=n, line=line + 2) for of in (ERROR, warning) for n in range(many) for line in range(lines)],
        late=[LATE] * many, arrived=[LATE] * lines, settled=[SettledUpdate("suivi", "situation", "SUI-06V", lines)] * many,
        open_findings=many * lines,
    )  # fmt: skip
    awaited = [awaited_return(LATE.kind, LATE.level, LATE.number, LATE.horizon, LATE.due_on)]
    mails = [
        night_mail(CONTEXT, updates), digest_mail(CONTEXT, pending(updates, waiting=many), AT.date(), ["x"] * lines),
        reminder_mail(CONTEXT, "90012000700019", Contact("x", ("a@b.fr",)), awaited * many, awaited * lines, AT.date()),
    ]  # fmt: skip
    for mail in mails:
        if mail:
            text, page = parts(one(mail))
            assert not faults(text.replace("\n", " ") + text_of(page))
            tables = [part.get_content() for part in opened(one(mail)).iter_attachments() if part.get_filename().startswith("suivi-")]
            assert not [found for table in tables for found in faults(table)]
