"""The warehouse that analysts open: whole, verified, replaced at once, with nothing personal in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.contract.checks import Severity
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from flows.steps import compute as compute_step
from flows.steps.compute import compute_warehouse
from flows.steps.publish import publish_or_remove, publish_warehouse
from flows.version import version
from tests.unit.store_builders import OTHER_SIRET, SIRET, day, finding, submission
from transforms.models.rows_in_force import make_clean
from warehouse.errors import PublicationFailed
from warehouse.paris_days import PARIS
from warehouse.published import publish as publish_module
from warehouse.published.publish import open_read_only
from warehouse.store.store import Store

LATER = date(2030, 1, 1)
PROGRAMME = load_programme()
CANARIES = ("CANARI-REF-7731", "CANARI-NIR-7732", "1987-11-23")


Fill = Callable[[duckdb.DuckDBPyConnection, date], None]


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(home) as store:
        yield store


def fill(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
    """What the layers above do, in short: learners of unknown sessions wait, everything else counts."""
    con.execute("CREATE SCHEMA reference")
    con.execute("CREATE TEMP TABLE places AS SELECT * FROM (VALUES ('59512', '245900410'), ('62041', NULL)) AS p (commune_code, epci_code)")
    con.execute("CREATE VIEW reference.communes AS FROM places")
    con.execute(
        "CREATE TABLE work.cross_findings AS SELECT submission_id, line, 'apprenants' AS kind, provider_siret,"
        " 'session_id' AS column_name, 'APP-51' AS rule, 'warning' AS severity, 'Attend sa session.' AS message"
        " FROM in_force.learners ANTI JOIN in_force.sessions USING (provider_siret, session_id)"
    )
    con.execute("CREATE VIEW work.rows_kept_out AS SELECT submission_id, line FROM work.cross_findings")
    for contract in RETURNS.values():
        make_clean(con, contract)
    con.execute("CREATE TABLE quality.overdue (provider_siret VARCHAR)")
    con.execute("CREATE SCHEMA indicators")
    con.execute("CREATE TABLE indicators.heads AS SELECT count(*) AS heads FROM clean.learners")
    con.execute("CREATE MACRO rate(n, d) AS n / nullif(d, 0)")
    con.execute("CREATE SCHEMA sums")
    con.execute(
        "CREATE TABLE sums.session_rate_changes (provider_siret VARCHAR, session_id VARCHAR, horizon VARCHAR, night DATE,"
        " cause VARCHAR, positive_change BIGINT, eligible_change BIGINT)"
    )
    con.execute(
        "CREATE TABLE work.units_by_night (provider_siret VARCHAR, session_id VARCHAR, level VARCHAR, level_id VARCHAR,"
        " from_night DATE, until_night DATE)"
    )
    con.execute("CREATE MACRO total(n) AS CAST(coalesce(sum(n), 0) AS BIGINT)")
    con.execute("SELECT 1")  # left unread, as others may


def leave_out_indicators(patch: pytest.MonkeyPatch, fill: Fill) -> None:
    """This filling in the place of places, rules, indicators and signals, which take their time."""
    patch.setattr(compute_step, "_make_what_counts", lambda con, as_of, *_: fill(con, as_of))
    patch.setattr(compute_step, "_build", lambda *_: None)
    patch.setattr(compute_step, "_make_dated_signals", lambda *_: None)


def published(
    home: Path, store: Store, as_of: date, fill: Fill = fill, *, target: Path | None = None, detail: bool = False
) -> dict[str, int]:
    """Compute and publish, with this filling."""
    with pytest.MonkeyPatch.context() as patch:
        leave_out_indicators(patch, fill)
        return dict(publish_or_remove(compute_warehouse(home, store, as_of, PROGRAMME, "run", target=target, with_detail=detail)))


def look(home: Path, query: str) -> list[tuple[Any, ...]]:
    with open_read_only(home) as con:
        return con.execute(query).fetchall()


def test_what_is_in_force_comes_out_and_nothing_is_left_beside(home: Path, store: Store) -> None:
    store.load("run", [submission(kind, [{}]) for kind in RETURNS])
    before = os.umask(0o077)
    try:
        counts = published(home, store, LATER)
    finally:
        os.umask(before)
    assert counts["clean.learners"] == counts["indicators.heads"] == 1
    assert not [name for name in counts if name.split(".")[0] not in ("clean", "sums", "indicators", "quality", "meta")]
    assert look(home, "SELECT table_name, rows FROM meta.row_counts ORDER BY 1") == sorted(
        (name, rows) for name, rows in counts.items() if name != "meta.row_counts"
    )
    assert stat.S_IMODE((home / "warehouse.duckdb").stat().st_mode) == 0o640
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb"]
    assert look(home, "SELECT rate(1, 4), rate(1, 0)") == [(0.25, None)]
    assert look(
        home, "SELECT run_id, as_of, suivi_version, duckdb_version, programme_version, submissions FROM meta.release"
    ) == [("run", LATER, version(), duckdb.__version__, PROGRAMME.fingerprint, 6)]


def test_the_file_can_be_opened_by_duckdb_1_5(home: Path, store: Store) -> None:
    published(home, store, LATER)
    with open_read_only(home) as con:
        ((tags,),) = con.execute(
            "SELECT tags FROM duckdb_databases() WHERE database_name = current_database()"
        ).fetchall()
    assert tags["storage_version"] == "v1.5.0+"


def test_tables_and_columns_say_what_they_are(home: Path, store: Store) -> None:
    published(home, store, LATER)
    silent = (
        "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE schema_name IN ('clean', 'meta', 'quality') AND table_name <> 'overdue' AND coalesce(comment, '') = ''"
    )
    assert look(home, silent) == []
    assert look(home, "SELECT comment FROM duckdb_tables() WHERE table_name = 'followups'")[0][0].startswith("The followups")


COLUMNS = {
    "files": "submission_id, file_name, kind, provider_siret, received_at, sha256, decision, records, accepted, quarantined, blank_lines",
    "findings": "submission_id, provider_siret, kind, line, column_name, rule, severity, message, first_seen, resolved_at",
}


@pytest.mark.parametrize("table", COLUMNS)
def test_quality_has_the_columns_of_the_spec(home: Path, store: Store, table: str) -> None:
    published(home, store, LATER)
    query = f"SELECT column_name FROM duckdb_columns() WHERE schema_name = 'quality' AND table_name = '{table}' ORDER BY column_index"
    assert ", ".join(name for (name,) in look(home, query)) == COLUMNS[table]


def test_nothing_personal_is_in_it(home: Path, store: Store) -> None:
    ref, nir, born = CANARIES
    store.load(
        "run",
        [
            submission("sessions", [{}]),
            submission(
                "apprenants",
                [{"learner_ref": ref, "national_ref": nir, "born_on": date.fromisoformat(born)}],
                unread=[(SIRET, "S1", f"{ref}-2")],
                findings=[finding(3), finding(2, "APP-37", Severity.WARNING)],
            ),
            submission("suivi", [{"learner_ref": ref}]),
        ],
    )
    published(home, store, LATER)
    content = (home / "warehouse.duckdb").read_bytes()
    assert not [canary for canary in CANARIES if canary.encode() in content]
    with open_read_only(home) as con:
        tables = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        everything = "".join(str(con.execute(f"FROM {table}").fetchall()) for (table,) in tables)
    assert "S1" in everything
    assert not [canary for canary in CANARIES if canary in everything]
    assert "datetime.date(1987" not in everything


def test_learners_are_told_by_band_and_place_and_no_row_by_file_or_line(home: Path, store: Store) -> None:
    """Completed years at entry: on the birthday itself one is a year older, and born on 29 February, on 1 March."""
    born = {
        "2000-03-06": "under 18", "2000-03-05": "18-25", "1992-03-06": "18-25", "1992-03-05": "26-30", "1987-03-06": "26-30",
        "1987-03-05": "31-45", "1972-03-06": "31-45", "1972-03-05": "46-55", "1962-03-06": "46-55", "1962-03-05": "over 55",
    }  # fmt: skip
    rows: list[dict[str, Any]] = [{"learner_ref": f"L{n}", "born_on": date.fromisoformat(day)} for n, day in enumerate(born)]
    leap = {"born_on": date(2000, 2, 29), "session_id": "S2"}
    rows += [{**leap, "learner_ref": "L20", "entered_on": date(2018, 2, 28)}, {**leap, "learner_ref": "L21", "entered_on": date(2018, 3, 1)}]
    rows += [{"session_id": "S3", "learner_ref": "L30", "commune_code": "99135"}, {"session_id": "S4", "learner_ref": "L40", "commune_code": "62041"}]
    store.load("run", [
        submission("sessions", [{"session_id": f"S{n}"} for n in range(1, 5)]), submission("apprenants", rows),
        submission("suivi", [{"learner_ref": f"L{n}"} for n in range(len(born))]),
    ])  # fmt: skip
    published(home, store, LATER)
    bands = look(home, "SELECT age_at_entry_band, count(*) FROM clean.learners WHERE session_id = 'S1' GROUP BY ALL ORDER BY 1")
    assert bands == sorted((band, list(born.values()).count(band)) for band in set(born.values()))
    assert look(home, "SELECT age_at_entry_band FROM clean.learners WHERE session_id = 'S2' ORDER BY entered_on") == [("under 18",), ("18-25",)]
    assert look(home, "SELECT DISTINCT session_id, epci_code, departement FROM clean.learners ORDER BY 1") == [
        ("S1", "245900410", "59"), ("S2", "245900410", "59"), ("S3", None, None), ("S4", None, "62"),
    ]  # fmt: skip
    for table in ("learners", "followups"):
        keys = [key for (key,) in look(home, f"SELECT learner_key FROM clean.{table} WHERE session_id = 'S1'")]
        assert keys == sorted(keys), "the order of the file would tell the line"
        assert not {"submission_id", "line"} & {name for name, *_ in look(home, f"DESCRIBE clean.{table}")}
    assert look(home, "SELECT count(*) FROM duckdb_columns() WHERE column_name IN ('birth_year', 'born_on')") == [(0,)]


def test_detail_is_told_where_it_is_wanted_of_learners_who_count(home: Path, store: Store) -> None:
    store.load("run", [submission("sessions", [{}]), submission("apprenants", [{}, {"learner_ref": "L2", "session_id": "S9"}])])
    counts = published(home, store, LATER, detail=True)
    assert counts["detail.learners"] == 1
    assert look(home, "SELECT birth_year, commune_code FROM detail.learners JOIN clean.learners USING (learner_key)") == [(1994, "59512")]
    published(home, store, LATER)
    assert look(home, "SELECT count(*) FROM duckdb_schemas() WHERE schema_name = 'detail'") == [(0,)]


def test_columns_beyond_those_promised_are_refused(home: Path, store: Store) -> None:
    def leak(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        con.execute("CREATE OR REPLACE TABLE clean.followups AS SELECT i.*, 7 AS line FROM clean.followups AS i")

    with pytest.raises(PublicationFailed, match=r"other columns in clean\.followups"):
        published(home, store, LATER, leak)


def test_personal_columns_are_refused(home: Path, store: Store) -> None:
    def leak(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        con.execute("CREATE TABLE indicators.leak AS SELECT 1 AS born_on")

    with pytest.raises(PublicationFailed, match="born_on"):
        published(home, store, LATER, leak)


def test_the_store_is_out_of_reach_of_what_computes(home: Path, store: Store) -> None:
    seen: list[Any] = []

    def spy(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        seen.extend(
            con.execute("SELECT database_name FROM duckdb_databases() WHERE NOT internal ORDER BY 1").fetchall()
        )

    published(home, store, LATER, spy)
    assert {name for (name,) in seen} >= {"history", "in_force"}
    assert "private" not in {name for (name,) in seen}


def test_a_failing_build_leaves_yesterdays(home: Path, store: Store) -> None:
    store.load("run", [submission("sessions", [{}])])
    published(home, store, LATER)
    before = (home / "warehouse.duckdb").read_bytes()

    def fail(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        raise ZeroDivisionError

    def twice(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        con.execute("INSERT INTO clean.sessions SELECT * FROM clean.sessions")

    with pytest.raises(ZeroDivisionError):
        published(home, store, LATER, fail)
    with pytest.raises(PublicationFailed, match=r"twice in clean\.sessions"):
        published(home, store, LATER, twice)
    assert (home / "warehouse.duckdb").read_bytes() == before
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb"]
    assert len(store.submissions()) == 1  # the store is open again


@pytest.mark.parametrize("call", ["sync_file", "_verify", "sync_folder"])
def test_the_warehouse_is_the_old_one_or_the_new_one(
    home: Path, store: Store, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(home, store, LATER)
    store.load("run", [submission("sessions", [{}])])

    def killed(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish_module, call, killed)
        with pytest.raises(KeyboardInterrupt):
            published(home, store, LATER)
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(1 if call == "sync_folder" else 0,)]
    published(home, store, LATER)
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(1,)]


def test_leftovers_of_a_kill_do_no_harm(home: Path, store: Store) -> None:
    for name in ("new", "new.wal", "history.new", "history.new.wal", "wal"):
        (home / f"warehouse.duckdb.{name}").write_bytes(b"left by a kill")
    (home / "warehouse.duckdb.new.tmp").mkdir()
    (home / "warehouse.duckdb.new.tmp" / "spill").write_bytes(b"x")
    published(home, store, LATER)
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb"]
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(0,)]


def test_analysts_read_while_it_is_replaced(home: Path, store: Store) -> None:
    published(home, store, LATER)
    with open_read_only(home) as reading:
        store.load("run", [submission("sessions", [{}])])
        published(home, store, LATER)
        assert reading.execute("SELECT count(*) FROM clean.sessions").fetchall() == [(0,)]
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(1,)]


def test_a_reader_can_neither_write_nor_reach_other_files(home: Path, store: Store) -> None:
    published(home, store, LATER)
    with open_read_only(home) as con:
        for query in (
            "CREATE TABLE x (a INTEGER)",
            f"ATTACH '{home / 'store.duckdb'}' AS private",
            f"SELECT * FROM read_text('{home / 'secrets' / 'pseudonym.key'}')",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(query)


def test_a_past_day_shows_what_was_known_then(home: Path, store: Store) -> None:
    warning = finding(2, "APP-37", Severity.WARNING)
    store.load("run", [submission("apprenants", [{}], at=day(0), findings=[warning])])
    published(home, store, LATER)
    store.load("run", [submission("sessions", [{}], at=day(1))])
    store.load("run", [submission("apprenants", [{}], at=day(2))])
    published(home, store, LATER)
    now = look(home, "SELECT submission_id, rule, first_seen, resolved_at IS NULL FROM quality.findings ORDER BY ALL")
    assert [row[:2] + row[3:] for row in now] == [(1, "APP-37", False), (1, "APP-51", False)]
    target = home / "snapshots" / "2026-03-02.duckdb"
    target.parent.mkdir()
    published(home, store, day(0).date(), target=target)
    with duckdb.connect(str(target), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quality.files").fetchall() == [(1,)]
        found = con.execute("SELECT rule, first_seen, resolved_at FROM quality.findings ORDER BY rule").fetchall()
        on_clocks_of_paris = day(0).astimezone(PARIS).replace(tzinfo=None)
        assert found == [("APP-37", on_clocks_of_paris, None), ("APP-51", on_clocks_of_paris, None)]
        assert con.execute("SELECT count(*) FROM clean.learners").fetchall() == [(0,)]
    # a look at a past day teaches the ledger nothing
    published(home, store, LATER)
    assert (
        look(home, "SELECT submission_id, rule, first_seen, resolved_at IS NULL FROM quality.findings ORDER BY ALL")
        == now
    )


def test_scores_count_files_rows_and_what_stands(home: Path, store: Store) -> None:
    store.load(
        "run",
        [
            submission("actions", [{}, {"provider_siret": OTHER_SIRET}]),
            submission("sessions", [{}], unread=[(SIRET, "S2"), None], findings=[finding(3), finding(4, "LIG-01")]),
            submission("sessions", decision="duplicate", findings=[finding(None, "FIC-13", Severity.INFO)]),
            submission("apprenants", [{"session_id": "S9"}]),
        ],
    )
    published(home, store, LATER)
    found = look(home, "FROM quality.provider_scores")
    assert found == [(SIRET, 2, 4, 2, 2, 0.5, 2, 1, 0, 0), (OTHER_SIRET, 0, 0, 0, 0, None, 0, 0, 0, 0)]


@pytest.mark.parametrize(("largest_in_memory", "lies_in"), [(None, "memory"), (0, "a file")])
def test_history_keeps_every_version_under_a_pseudonym(
    home: Path, store: Store, largest_in_memory: int | None, lies_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if largest_in_memory is not None:
        monkeypatch.setattr(compute_step, "_LARGEST_STORE_IN_MEMORY", largest_in_memory)
    store.load("run", [submission("suivi", [{}]), submission("suivi", [{"situation": "INCONNU"}])])
    seen: list[Any] = []

    def spy(con: duckdb.DuckDBPyConnection, as_of: date) -> None:
        fill(con, as_of)
        seen.extend(con.execute("SELECT submission_id, situation, closed_by, learner_key FROM history.followups").fetchall())
        assert (home / "warehouse.duckdb.history.new").exists() == (lies_in == "a file")

    published(home, store, LATER, spy)
    assert sorted(row[:3] for row in seen) == [(1, "CDI", 2), (2, "INCONNU", None)]
    assert len({row[3] for row in seen}) == 1
    assert "L1" not in seen[0][3]
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb"]


def test_a_computed_warehouse_waits_beside_the_old_one_and_another_try_may_publish_it(
    home: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(home, store, LATER)
    store.load("run", [submission("sessions", [{}])])
    leave_out_indicators(monkeypatch, fill)
    computed = compute_warehouse(home, store, LATER, PROGRAMME, "run")
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(0,)]
    assert stat.S_IMODE((home / "warehouse.duckdb.new").stat().st_mode) == 0o600
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb", "warehouse.duckdb.new"]

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "sync_file", full)
        with pytest.raises(OSError, match="No space"):
            publish_warehouse(computed)
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(0,)]
    publish_warehouse(computed)
    assert look(home, "SELECT count(*) FROM clean.sessions") == [(1,)]
    assert sorted(p.name for p in home.glob("warehouse*")) == ["warehouse.duckdb"]
