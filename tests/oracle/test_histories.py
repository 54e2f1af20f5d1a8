"""What counts in the end is the same, too: rows in force, findings and indicators of nights whose files were judged row by row.

The nights judged by columns sum up only the sessions that have moved, those judged row by row everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest

from expectations.contract.returns import RETURNS
from expectations.findings import Findings
from expectations.verdict.decide import FileVerdict
from flows.steps.check import judge_files
from flows.steps.compute import compute_warehouse
from flows.steps.publish import publish_or_remove
from tests.oracle.damaged_files import damaged_file
from tests.oracle.judge import judge_rows
from tests.oracle.test_judging_by_columns import RECEIVED_ON, programme
from tests.typed_rows import quarantined_rows, typed_rows
from transforms.redaction.read_and_redact import read_and_redact
from warehouse.compare_databases import ACROSS_RUNS, Digest, digests
from warehouse.reference.places import load_places
from warehouse.store.stage import row_key
from warehouse.store.store import Store
from warehouse.store.submission import Submission


def judged_row_by_row(files: Sequence[bytes], verdicts: Sequence[FileVerdict]) -> list[FileVerdict]:
    """The same verdicts, with what the oracle makes of the rows of those that were taken."""
    judged = []
    for data, verdict in zip(files, verdicts, strict=True):
        reading = read_and_redact(data).reading
        if verdict.rows is None or reading is None:
            judged.append(verdict)
            continue
        plain = judge_rows(reading, RECEIVED_ON, programme(), load_places())
        findings = Findings.joined([verdict.findings.about_file, Findings.of(plain.findings)])
        judged.append(
            replace(
                verdict, findings=findings, accepted=plain.accepted, quarantined=len(plain.quarantined),
                rows=typed_rows(RETURNS[reading.matched.kind], [(row.line, row.values) for row in plain.rows]),
                quarantined_rows=quarantined_rows([(line, key and row_key(key)) for line, key in plain.quarantined]),
            )
        )  # fmt: skip
    return judged


def warehouse_of(home: Path, nights: Sequence[Sequence[FileVerdict]], *, may_reuse_sums: bool = False) -> dict[str, Digest]:
    """Everything that store and warehouse of a home hold after these nights, one a day."""
    with Store.open(home) as store:
        for number, verdicts in enumerate(nights):
            at = datetime.combine(RECEIVED_ON, time(4), UTC) + timedelta(number)
            as_of, run_id = RECEIVED_ON + timedelta(number), f"run {number}"
            store.begin_night(run_id, at, as_of)
            store.load(run_id, [Submission(one, at + timedelta(microseconds=n)) for n, one in enumerate(verdicts)])
            publish_or_remove(
                compute_warehouse(home, store, as_of, programme(), run_id, now=at, may_reuse_sums=may_reuse_sums)
            )
            store.end_night(run_id, at, "done")
    return {
        f"{name} {table}": digest
        for name in ("store", "warehouse")
        for table, digest in digests(home / f"{name}.duckdb", ACROSS_RUNS).items()
    }


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(12))
def test_nights_judged_by_columns_and_row_by_row(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    files = [[damaged_file(rng) for _ in range(12)] for _ in range(3)]
    by_columns = [
        judge_files([(f"{night}-{n}.csv", data) for n, data in enumerate(files[night])], RECEIVED_ON, programme(), load_places())
        for night in range(len(files))
    ]
    row_by_row = [judged_row_by_row(*pair) for pair in zip(files, by_columns, strict=True)]
    for folder in ("columns", "rows"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "secrets").mkdir(mode=0o700)
        (tmp_path / folder / "secrets" / "pseudonym.key").write_text("07" * 32)
    by_sums_that_were_kept = warehouse_of(tmp_path / "columns", by_columns, may_reuse_sums=True)
    assert by_sums_that_were_kept == warehouse_of(tmp_path / "rows", row_by_row)
