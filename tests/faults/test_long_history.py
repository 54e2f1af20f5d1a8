"""The archive of very many nights gives store and warehouse again.

`NIGHTS=30` says how many; each takes two seconds.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.history import BASE
from tests.golden.nights import Home
from tests.spec.paper import csv_of
from warehouse.compare_databases import differences, dump

NIGHTS = int(os.environ.get("NIGHTS", "8"))

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_a_long_history_is_rebuilt(tmp_path: Path) -> None:
    """Every third night brings a file: a learner more, one corrected, a row in error, answers that wait for their learner."""
    home = Home(tmp_path)
    for number in range(NIGHTS):
        files = dict(BASE) if number == 0 else {}
        if number % 3 == 1:
            learners = [f"id_apprenant=L{learner} & sexe={'MF'[(learner + number) % 2]}" for learner in range(number)]
            files[f"learners{number}.csv"] = csv_of("apprenants", *learners, "id_apprenant=X & naissance=hier")
        if number % 6 == 2:
            files[f"answers{number}.csv"] = csv_of("suivi", *(f"id_apprenant=L{learner}" for learner in range(number + 3)))
        home.night(files, on=date(2019, 5, 10) + timedelta(days=number))
    kept = tmp_path / "kept"
    kept.mkdir()
    for name in ("store.duckdb", "warehouse.duckdb"):
        shutil.move(home.folder / name, kept / name)
    done = rebuild(load_settings(home.folder), now=datetime(2019, 12, 1, tzinfo=UTC))
    assert done.nights == NIGHTS
    assert list(dump(kept / "warehouse.duckdb")) == list(dump(home.folder / "warehouse.duckdb"))
    # what people were told, and their mails, are in the store alone; in one without them all counts as told
    told = {"deliveries", "outbox", "overdue_notices", "signal_notices", "notified"}
    assert {one.table for one in differences(kept / "store.duckdb", home.folder / "store.duckdb")} == told
