"""A file of which very many lines are in error is refused with as many findings as anybody reads, and costs no more than that."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from expectations.programme import load_programme
from expectations.verdict.checked_file import RefusalLimits
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.spec.paper import VALID, csv_of
from transforms.pages.receipt.rejected_lines import rejected_csv
from warehouse.erasure.record_outcomes import MOST_FINDINGS_OF_REFUSED
from warehouse.reference.places import load_places

MANY = MOST_FINDINGS_OF_REFUSED + 500
DAMAGED = csv_of("depenses") + b"x\n" * MANY


def judged(file: bytes, limits: RefusalLimits | None = None) -> FileVerdict:
    (one,) = judge_files([("x.csv", file)], date(2026, 11, 24), load_programme(), load_places(), limits=limits)
    return one


def test_of_a_refused_file_the_first_findings_are_kept() -> None:
    for file, records in ((DAMAGED, MANY + 1), (csv_of("depenses", *[{"date": "x", "piece": f"F{n}"} for n in range(MANY)]), MANY)):
        found = judged(file)
        assert (found.decision, found.records, found.quarantined) == ("refused", records, records)
        assert found.findings[0].rule == "FIC-08"
        lines = [finding.line for finding in found.findings if finding.line is not None]
        assert lines == list(range(lines[0], lines[0] + MOST_FINDINGS_OF_REFUSED))
        assert f"{MANY} sur {records} ; seules les {MOST_FINDINGS_OF_REFUSED} premières" in found.reasons[0]


def test_where_the_file_is_taken_all_are_kept() -> None:
    found = judged(DAMAGED, RefusalLimits(refuse_above=1.0))
    assert (found.decision, found.accepted, found.quarantined) == ("partial", 1, MANY)
    assert len(found.findings) == MANY


@pytest.mark.attack
def test_a_list_of_rejected_lines_does_not_grow_with_lines_times_columns() -> None:
    titles = ";".join([*VALID["depenses"], *(f"c{number}" for number in range(1_900))])
    file = f"{titles}\n{';'.join(VALID['depenses'].values())}{';x' * 1_900}\n".encode() + b"x\n" * 2_000
    found = judged(file)
    content = rejected_csv(file, found.findings)
    assert content is not None
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    listed = [row for row in rows[1:] if row[0]]
    assert 1_000 < len(listed) < 1_100
    assert rows[-1][2] == f"et {2_000 - len(listed)} autres lignes en erreur, qui ne tiennent pas dans cette liste"
