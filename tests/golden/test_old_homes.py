"""A home that an earlier version left goes on as if nothing had happened, and its archive still gives its store."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from flows.cli.rebuild import described
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.golden.old_homes import home_of_version_4
from tests.spec.paper import csv_of

pytestmark = pytest.mark.slow


@pytest.fixture
def old(tmp_path: Path) -> Home:
    return Home(home_of_version_4(tmp_path / "home"), tells=False)


@pytest.mark.attack
def test_its_next_night_brings_it_up_to_date_and_it_is_proven(old: Home) -> None:
    erased = csv_of("suivi", "id_apprenant=REF-0003")
    old.night({"A/suivi 2.csv": csv_of("suivi", ""), "A/suivi 3.csv": erased}, on=date(2019, 5, 28))
    with duckdb.connect(str(old.folder / "store.duckdb"), read_only=True) as con:
        taken = con.execute("SELECT submission_id, learner_ref FROM rows_followups ORDER BY ALL").fetchall()
    assert taken == [(4, "L7"), (9, "L1")], "of the person who was erased nothing is taken again"
    proof = rebuild(load_settings(old.folder), verify=True)
    assert proof.is_proven, described(proof)


def test_it_is_proven_as_it_was_left_and_not_changed(old: Home) -> None:
    store, mails = old.folder / "store.duckdb", sorted((old.folder / "outbox").glob("*"))
    before = store.read_bytes()
    proof = rebuild(load_settings(old.folder), verify=True)
    assert (proof.store, proof.originals) == ((), ()), described(proof)  # it is kept without its warehouse
    assert store.read_bytes() == before and sorted((old.folder / "outbox").glob("*")) == mails


@pytest.mark.attack
def test_where_the_store_is_older_still_a_rebuild_makes_it_from_the_archive(old: Home) -> None:
    old.night(on=date(2019, 5, 28))
    with duckdb.connect(str(old.folder / "store.duckdb")) as con:
        con.execute("UPDATE meta SET schema_version = 3")
        con.execute("ALTER TABLE notified RENAME TO told")
        before = con.execute("SELECT what, number, message_id FROM told ORDER BY ALL").fetchall()
    settings = load_settings(old.folder)
    done = rebuild(settings, now=datetime(2019, 6, 1, tzinfo=UTC))
    assert done.lost == () and done.kept_aside is not None
    assert rebuild(settings, verify=True).is_proven
    with duckdb.connect(str(old.folder / "store.duckdb"), read_only=True) as con:
        assert con.execute("SELECT what, number, message_id FROM notified ORDER BY ALL").fetchall() == before
        assert con.execute("SELECT count(*) FROM outbox").fetchall() == [(2,)], "the mails are taken over"
