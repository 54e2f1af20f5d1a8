"""Erased is erased: nothing of the person stays unsaid, nothing brings it back, and nobody innocent is taken for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from tests.attack.homes import STEWARD, A, B, Home
from tests.attack.scenes import SENT_AGAIN, Erased, Returned
from tests.attack.traces import SPELLINGS

case = pytest.mark.case
Seen = Callable[[str], None]

#: how a place that cannot be cleaned is to be named: the beginning of a trace, and what the command must say
MUST_SAY = {
    "outbox/": r"outbox|mail",
    "store.duckdb outbox": r"mail",
    ".prefect/": r"prefect",
    "store.duckdb rows_actions.title": r"title",
    "store.duckdb rows_expenses.document_ref": r"document",
    "warehouse.duckdb clean.actions.title": r"title",
    "warehouse.duckdb reference.sessions.action_title": r"title",
    "warehouse.duckdb clean.expenses.document_ref": r"document",
    "store.duckdb rows_expenses.row_key": r"rows_expenses\.row_key",
    "archive/ledger.jsonl": r"archive/ledger\.jsonl",
    "audit.jsonl": r"audit\.jsonl",
    "suivi.log": r"suivi\.log",
    "receipts/": r"receipts/",
    "reports/": r"reports/",
    "snapshots/": r"snapshot",
    "name of": r"name",
    "store.duckdb submissions.file_name": r"name",
    "warehouse.duckdb quality.files.file_name": r"name",
}


@case(2, "erase where a damaged line is all that is in quarantine", "with DuckDB 2.0.0: exit 1, no tombstone, « unexpected error, StoreUnusable »")
def test_damaged_lines_only(copy: Home, seen: Seen) -> None:
    done = copy.run("erase", "--siret", A, "--session", "S1", "--learner", "L5")
    left = copy.one("SELECT count(*) FROM clean.learners WHERE provider_siret = ? AND session_id = 'S1'", A)
    seen(f"exit {done.code}, {left} learners left of 7; {done.err.strip()[:90]}")
    assert (done.code, left) == (0, 6)
    assert (copy.folder / "archive" / "erased.jsonl").exists()


@case(3, "whatever still says the reference is named by the command", "« done », exit 0, and 30 places still said it; named was one: the file's name, by number")
def test_said_where_it_is_left(erased: Erased, seen: Seen) -> None:
    unsaid = _unsaid(erased.left, erased.told.text)
    seen(f"exit {erased.told.code}; unsaid: {', '.join(unsaid[:6]) or 'nothing'}{' …' if len(unsaid) > 6 else ''}")
    assert unsaid == []
    assert erased.told.code == 1, "something is left"
    assert not SPELLINGS.search(erased.told.text)


def _unsaid(left: Sequence[str], told: str) -> list[str]:
    said = [start for start, words in MUST_SAY.items() if re.search(words, told, re.IGNORECASE)]
    originals = [place for place in left if re.fullmatch(r"archive/../[0-9a-f]{64}", place)]
    if len(originals) == len(re.findall("the original of file [0-9]+, column (?:intitule|piece)", told)):
        said += originals
    return [place for place in left if not place.startswith(tuple(said))]


@pytest.mark.parametrize("name", SENT_AGAIN)
@case(3, "the person comes back under another spelling, session or reference, in six encodings", "accepted")
def test_comes_back(returned: Returned, seen: Seen, name: str) -> None:
    rules = {rule for (rule,) in returned.home.rows(
        "SELECT rule FROM quality.findings JOIN quality.files USING (submission_id) WHERE file_name = ?", name)}  # fmt: skip
    seen(f"{SENT_AGAIN[name][0]}: {returned.night.decision(name)}, {', '.join(sorted(rules & {'LIG-06', 'LIG-08'})) or 'nothing said'}")
    assert rules & {"LIG-06", "LIG-08"}


@case(3, "the steward is told of it", "nobody was")
def test_steward_is_told(returned: Returned, seen: Seen) -> None:
    is_told = "LIG-08" in returned.mails.get(STEWARD, "")
    seen(f"the steward's mail {'names' if is_told else 'does not name'} LIG-08")
    assert is_told


@case(3, "after it was sent again the person is nowhere, or where the command said", "in store, warehouse, archive")
def test_stays_away(returned: Returned, erased: Erased, seen: Seen) -> None:
    unsaid = _unsaid(returned.left, erased.told.text)
    seen(f"left unsaid in {len(unsaid)} places{': ' + ', '.join(unsaid[:5]) if unsaid else ''}")
    assert unsaid == []


@case(3, "people whose national reference is `inconnu`, `ine`, `NULL` as that of an erased one was", "taken: nobody was looked for")
def test_innocent_people(returned: Returned, erased: Erased, seen: Seen) -> None:
    count = returned.home.one("SELECT count(*) FROM clean.learners WHERE provider_siret = ? AND session_id = 'S1'", B)
    seen(f"erase: exit {erased.told_of_nobody.code}; {returned.night.decision('boreal/innocents.csv')}, {count} of 7 count")
    assert (returned.night.decision("boreal/innocents.csv"), count) == ("accepted", 7)


@case(3, "erased people stay out of the warehouse", "18 of A's learners: three spellings of the person were back")
def test_not_counted(returned: Returned, seen: Seen) -> None:
    count = returned.home.one("SELECT count(*) FROM clean.learners WHERE provider_siret = ? AND session_id <> 'S3'", A)
    seen(f"{count} of A's learners, 15 of them not erased")
    assert count == 15


@case(3, "the store is what the archive gives, held and erased included", "proven, but for findings across returns")
def test_proven(returned: Returned, seen: Seen) -> None:
    seen(f"exit {returned.proof.code}: {returned.proof.out.strip().splitlines()[-1] if returned.proof.out.strip() else ''}")
    assert returned.proof.code == 0
