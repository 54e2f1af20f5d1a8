"""What the contract does not know of people is nowhere in a home, whatever became of its file, and a rebuild gives the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.held_answers import accept
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of
from tests.spec.test_dropped_columns import CANARY, TITLES, with_columns

#: whole nights, one after the other: `make attack` runs them
pytestmark = pytest.mark.attack

A, B = sirets(2)


def test_no_file_of_a_home_holds_it_and_a_rebuild_gives_the_same(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.folder / "suivi.toml").write_text("max_file_mb = 0.02\n")
    taken = with_columns("apprenants", TITLES)
    first = home.night({
        "region/actions.csv": csv_of("actions", {"siret": A}, {"siret": B}),
        "A/sessions.csv": csv_of("sessions", {"siret": A}),
        "A/taken.csv": taken.encode(),
        "A/refused.csv": taken.replace("siret", "autre", 1).encode("utf-16"),
        "A/large.csv": (taken + taken * 30).encode(),
        "B/sessions.csv": csv_of("sessions", {"siret": B}),
    })  # fmt: skip
    second = home.night({"B/held.csv": with_columns("suivi", TITLES).encode()})
    decided = {file["name"]: file["decision"] for night in (first, second) for file in night["files"]}
    assert [decided[name] for name in ("A/taken.csv", "A/refused.csv", "A/large.csv", "B/held.csv")] == ["partial", "refused", "refused", "held"]
    needles = [CANARY.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")]
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert {"archive", "held", "receipts", "store.duckdb", "warehouse.duckdb"} <= {path.relative_to(home.folder).parts[0] for path in files}
    assert [path for path in files if any(needle in path.read_bytes() for needle in needles)] == []
    settings = load_settings(home.folder)
    (number,) = home.row("SELECT max(submission_id) FROM quality.files")
    accept(settings, number)
    home.night()
    assert home.row("SELECT count(*) FROM clean.followups WHERE provider_siret = ?", A)[0] > 0
    assert rebuild(settings, verify=True).is_proven
