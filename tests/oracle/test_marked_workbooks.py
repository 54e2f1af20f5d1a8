"""Marked workbooks of files damaged by chance: every record is there as it was sent, and sent again nothing more is taken."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from random import Random

from python_calamine import CalamineWorkbook

from expectations.programme import load_programme
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from tests.oracle.damaged_files import damaged_file
from transforms.pages.receipt.marked_workbook import CannotBeMarked, marked_workbook
from transforms.redaction.read_and_redact import read_and_redact
from warehouse.reference.places import load_places

FILES = 25


def judged(contents: Sequence[bytes]) -> Sequence[FileVerdict]:
    named = [(f"{number}.csv", content) for number, content in enumerate(contents)]
    return judge_files(named, date(2026, 11, 24), load_programme(), load_places())


def test_marking_changes_no_cell_and_corrects_nothing() -> None:
    rng = Random(15)
    before = judged([damaged_file(rng) for _ in range(FILES)])
    marked, sent_again = [], []
    for verdict in before:
        try:
            content = marked_workbook(verdict.archive_bytes, verdict.findings)
        except CannotBeMarked:
            continue
        reading = read_and_redact(verdict.archive_bytes).reading
        assert reading is not None
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(reading.matched.kind)
        rows = sheet.to_python(skip_empty_area=False)
        dropped = set(reading.matched.dropped)
        for record in reading.records.rows():
            cells = [cell if at not in dropped else "" for at, cell in enumerate(record.cells)]
            row = rows[record.line - 1] if record.line <= len(rows) else []
            assert [*row, *[""] * len(cells)][: len(cells)] == cells, (verdict.name, record.line)
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(rows)
        marked.append(verdict)
        sent_again.append(text.getvalue().encode())
    assert len(marked) > FILES / 2
    again = judged(sent_again)
    # A line that were missing would be withdrawn, since what is sent replaces what was.
    lost = [(one.name, one.records, other.records) for one, other in zip(marked, again, strict=True) if other.records != one.records]
    more = [(one.name, one.accepted, other.accepted) for one, other in zip(marked, again, strict=True) if other.accepted > one.accepted]
    assert (lost, more) == ([], [])
