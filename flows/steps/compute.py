"""Step 5, compute: makes a whole warehouse into a file beside the published one, which stays as it is; publishing comes after."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from expectations.across_returns import findings_across_returns, run_rules_across_returns
from expectations.programme import Programme, ProgrammeError, load_programme, load_rules
from expectations.rule_registry import write_rules
from expectations.signals.run import date_signals, make_signals
from flows.night import Night
from flows.settings import engine_of
from flows.version import version
from transforms.changes.compare import BEFORE, is_comparable, write_changes
from transforms.engines.choice import ON_THIS_MACHINE, EngineChoice
from transforms.engines.engine import Engine
from transforms.models.build import BuildError, build, models_version
from transforms.models.earlier_sums import EarlierSums, earlier_sums
from transforms.models.quality_tables import (
    make_files,
    make_findings,
    make_provider_scores,
    make_rate_ledger,
    make_waiting,
)
from transforms.models.rows_in_force import (
    files_given,
    lake_of_store,
    make_detail,
    make_history_of_people,
    make_rows_in_force,
)
from warehouse.errors import EarlierReleaseDamaged, is_damage
from warehouse.intake.ledger_file import programme_path
from warehouse.lake.update import Lake
from warehouse.notifications.signals import note_signals, signals_since
from warehouse.published.meta_tables import write_comments, write_release, write_row_counts
from warehouse.published.publish import put_in_place, warehouse_path
from warehouse.published.published_tables import DETAIL, clean_tables
from warehouse.published.releases import last_submission, release_before
from warehouse.published.snapshots import snapshot_path
from warehouse.published.unfinished_file import (
    STORE_ALIAS,
    history_path,
    remove_unfinished,
    steps_folder,
    store_attached,
    unfinished_warehouse,
)
from warehouse.query_results import arrow_table, quoted, read_sql
from warehouse.reference.tables import load_reference
from warehouse.store.store import Store
from warehouse.store.submission import Release
from warehouse.table_declarations import (
    QUALITY_FILES,
    QUALITY_FINDINGS,
    QUALITY_PROVIDER_SCORES,
    QUALITY_RATE_LEDGER,
    QUALITY_WAITING,
)

log = logging.getLogger("suivi.night")

#: Up to this size of the store, three million rows, the versions of its rows are held in memory, where they need four times as
#: much: writing them to a file takes three times as long, most of it to compress what is read a few times and removed.
_LARGEST_STORE_IN_MEMORY = 128 << 20


#: how the published warehouse is attached, where it is not the earlier release
_SUMS_OF = "published"


@dataclass(frozen=True)
class ComputedWarehouse:
    """A warehouse that is computed, closed, and not yet published.

    `target` is what it is to replace; `tables` gives name and rows of each of its tables.
    """

    target: Path
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class EarlierRelease:
    """The release that quality.changes compares with, and where its warehouse lies.

    `rules_differ` says that it was computed with other rules of the programme.
    """

    release: Release
    path: Path
    rules_differ: bool


def compute(night: Night) -> ComputedWarehouse:
    """Every table of the warehouse, in a file beside it, which stays as it is."""
    with night.step("compute") as outcome:
        try:
            computed = _compute_of_night(night)
        except EarlierReleaseDamaged as error:
            log.error("%s; it is computed again from the store", error)
            computed = _compute_of_night(night, may_read_earlier=False)
        outcome.append(f"{len(computed.tables)} tables")
        return computed


def _compute_of_night(night: Night, *, may_read_earlier: bool = True) -> ComputedWarehouse:
    return compute_warehouse(
        night.settings.home, night.store, night.as_of, night.programme, night.run_id, now=night.now,
        with_detail=night.settings.analysts_detail, may_read_earlier=may_read_earlier, may_reuse_sums=may_read_earlier,
        engine=engine_of(night.settings),
    )  # fmt: skip


def compute_warehouse(
    home: Path,
    store: Store,
    as_of: date,
    programme: Programme,
    run_id: str,
    *,
    target: Path | None = None,
    now: datetime | None = None,
    with_detail: bool = False,
    may_read_earlier: bool = True,
    may_reuse_sums: bool = False,
    engine: EngineChoice = ON_THIS_MACHINE,
) -> ComputedWarehouse:
    """Compute the warehouse as of a day, into a file beside the one that it is to replace.

    Args:
        home: the home folder.
        store: the open store; its file is let go of for instants.
        as_of: the reference date.
        programme: the programme's rules.
        run_id: the night that meta.release is to name.
        target: what is to be replaced instead of warehouse.duckdb, for a snapshot of a past day; the ledger then learns
            nothing of what is found.
        now: the night's moment, from which on the ledger knows what is found across returns; this moment if None.
        with_detail: whether analysts get the schema `detail` too (setting analysts_detail).
        may_read_earlier: False to compute the earlier release again, whatever lies published.
        may_reuse_sums: True to sum up only the sessions that have moved since the published warehouse; the tables are the same.
        engine: what runs the models. One that reads files has the lake of the home brought to what the store says.

    Raises EarlierReleaseDamaged where the earlier release cannot be read, BuildError, PublicationFailed. Whatever is raised,
    nothing stays beside the target.
    """
    target = target or warehouse_path(home)
    with earlier_release(home, store, as_of, programme, may_read=may_read_earlier) as earlier:
        return _compute_beside(
            target, store, as_of, programme, run_id, earlier,
            now=now or datetime.now(UTC), is_noted=target == warehouse_path(home), with_detail=with_detail,
            sums_of=target if may_reuse_sums and not engine.reads_files else None,
            engine=engine, lake=lake_of_store(store, home, as_of) if engine.reads_files else None,
        )  # fmt: skip


@contextlib.contextmanager
def earlier_release(
    home: Path, store: Store, as_of: date, programme: Programme, *, may_read: bool = True
) -> Iterator[EarlierRelease | None]:
    """The last release of an earlier reference date, for the block; None where there is none.

    It is the published warehouse, or its day's snapshot, where that is exactly it, made by this version of the code; else it
    is computed again beside, from the store, under the programme file that was kept of its night: the same values either
    way, so that what changed is a function of the archive, not of the files that happen to lie there.

    Args:
        home: the home folder.
        store: the open store.
        as_of: the reference date to be published.
        programme: the programme of today.
        may_read: False to compute it whatever is published.
    """
    with store.transaction("look up the last release") as con:
        release = release_before(con, as_of)
    if release is None:
        yield None
        return
    rules = programme_of_night(home, release.programme_version, programme)
    rules_differ = rules != programme  # the rules themselves: another comment in the file changes no figure
    for path in (warehouse_path(home), snapshot_path(home, release.as_of)) if may_read else ():
        if _is_of(path, release, rules):
            yield EarlierRelease(release, path, rules_differ)
            return
    again = store.path.with_name(".before.duckdb")
    try:
        computed = _compute_beside(
            again, store, release.as_of, rules, release.run_id, None,
            now=datetime.now(UTC), is_noted=False, with_detail=False,
        )  # fmt: skip
        put_in_place(again, computed.tables)
        yield EarlierRelease(release, again, rules_differ)
    finally:
        remove_unfinished(again)
        again.unlink(missing_ok=True)


def programme_of_night(home: Path, programme_version: str | None, today: Programme) -> Programme:
    """The programme under which a night judged, from the copy that was kept of it; today's where none can be read."""
    if programme_version in (None, today.fingerprint):
        return today
    try:
        return load_programme(programme_path(home, str(programme_version)))
    except ProgrammeError as error:
        log.warning("the programme of an earlier night cannot be read, today's counts in its place: %s", error)
        return today


def _compute_beside(
    target: Path,
    store: Store,
    as_of: date,
    programme: Programme,
    run_id: str,
    earlier: EarlierRelease | None,
    *,
    now: datetime,
    is_noted: bool,
    with_detail: bool,
    sums_of: Path | None = None,
    engine: EngineChoice = ON_THIS_MACHINE,
    lake: Lake | None = None,
) -> ComputedWarehouse:
    """All tables in the order in which they need each other.

    `is_noted`: the ledger is to know what is found. `sums_of`: the warehouse whose sums by session may be reused.
    """
    with unfinished_warehouse(target) as con:
        for schema in ("clean", "work", "quality", "meta"):
            con.execute(f"CREATE SCHEMA {schema}")
        with store_attached(con, store):
            is_large = store.path.stat().st_size > _LARGEST_STORE_IN_MEMORY
            make_rows_in_force(con, as_of, history_path(target) if is_large else None, lake)
            given = files_given(lake, last_submission(con, STORE_ALIAS, as_of)) if lake else None
            make_history_of_people(con, as_of)
            make_files(con, as_of)
        sums = _attach_earlier(con, as_of, programme, earlier, sums_of)
        con.execute("BEGIN")  # once: some forty statements would each wait for the disk
        _make_what_counts(con, as_of, programme)
        with engine.opened(con, steps_folder(target), given) as opened:
            _build(opened, as_of, earlier, sums)
        if with_detail:
            make_detail(con)
        con.execute("COMMIT")
        # What is found is noted for the newest day only: a run for an earlier day, or a snapshot, would close what came later.
        is_newest = is_noted and store.last_received_on() <= as_of
        if is_newest:
            store.note_cross_findings(run_id, now, findings_across_returns(con))
        with store_attached(con, store):
            make_findings(con, as_of)
        make_waiting(con)
        make_provider_scores(con)
        make_rate_ledger(con)
        _make_dated_signals(con, store, as_of, programme, now if is_newest else None)
        con.execute("DETACH in_force")
        con.execute("DETACH history")
        con.execute("DROP SCHEMA work CASCADE")
        con.execute("BEGIN")  # once: each comment of its own would wait for the disk
        write_release(
            con, run_id=run_id, as_of=as_of, suivi_version=version(), programme_version=programme.fingerprint,
            models_version=models_version(), changes_since=earlier.release.as_of if earlier else None,
        )  # fmt: skip
        quality = (QUALITY_FILES, QUALITY_FINDINGS, QUALITY_WAITING, QUALITY_PROVIDER_SCORES, QUALITY_RATE_LEDGER)
        for table in (*quality, *clean_tables(), *([DETAIL] if with_detail else [])):
            write_comments(con, table)
        tables = write_row_counts(con)
        con.execute("COMMIT")
    return ComputedWarehouse(target, tuple(tables))


def _attach_earlier(
    con: duckdb.DuckDBPyConnection, as_of: date, programme: Programme, earlier: EarlierRelease | None, sums_of: Path | None
) -> EarlierSums | None:
    """Attach the earlier release, and the warehouse whose sums by session may be reused; these sums, None where they may not."""
    if earlier:
        con.execute(f"ATTACH {quoted(str(earlier.path))} AS {BEFORE} (READ_ONLY)")
    if sums_of is None:
        return None
    alias = BEFORE if earlier and earlier.path == sums_of else _SUMS_OF
    if alias == _SUMS_OF:
        try:
            con.execute(f"ATTACH {quoted(str(sums_of))} AS {alias} (READ_ONLY)")
        except duckdb.Error:
            return None  # there is none yet, or it is damaged, or held by whoever writes to it
    return earlier_sums(con, alias, as_of, (version(), programme.fingerprint, models_version()))


def _make_what_counts(con: duckdb.DuckDBPyConnection, as_of: date, programme: Programme) -> None:
    """What needs no store: no personal value is within its reach, here and in what follows."""
    load_reference(con)
    load_rules(con, programme)
    write_rules(con)
    run_rules_across_returns(con, as_of)


def _build(engine: Engine, as_of: date, earlier: EarlierRelease | None, sums: EarlierSums | None) -> None:
    """What is made of the rows that count. quality.changes is empty where `earlier` is None."""
    con = engine.warehouse
    try:
        build(engine, as_of, sums)
        if earlier:
            write_changes(con, earlier.release.last_submission_id, rules_differ=earlier.rules_differ)
        else:
            write_changes(con, None)
    except (duckdb.Error, BuildError) as error:
        if is_damage(error) or (sums and isinstance(error, BuildError)):
            raise EarlierReleaseDamaged("an earlier warehouse is damaged: see to the disk, and run `suivi rebuild`") from None
        raise


def _make_dated_signals(
    con: duckdb.DuckDBPyConnection, store: Store, as_of: date, programme: Programme, noted_at: datetime | None
) -> None:
    """Make quality.signals with since when each one stands; the store learns what is found, at that moment, unless it is None."""
    make_signals(con, as_of, programme)
    if noted_at is not None:
        note_signals(store, noted_at, as_of, arrow_table(con, "SELECT signal, level, level_id, value FROM quality.signals"))
    date_signals(con, signals_since(store, as_of))


def _is_of(path: Path, release: Release, rules: Programme) -> bool:
    """Whether the warehouse there is that release, with the indicators that would be built now."""
    wanted = (release.as_of, release.last_submission_id, rules.fingerprint, version(), models_version())
    if not path.exists():
        return False
    try:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute(f"ATTACH {quoted(str(path))} AS {BEFORE} (READ_ONLY)")
            found = con.execute(read_sql("flows.steps", "release_of_earlier_warehouse")).fetchall()
            return found == [wanted] and is_comparable(con)
    except duckdb.Error:
        return False  # damaged, held by whoever writes to it, or of another shape
