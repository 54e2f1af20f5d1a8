"""Audits of a home: draws leavers to verify, takes the results back, says how each audit stands."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.audit import Entry, audited
from flows.errors import Problem, WrongUse
from flows.lock import night_lock
from flows.settings import Settings
from flows.verification.design import Leaver, draw, probabilities
from flows.verification.read_sheet import Fault, Result, read_sheet, results_of
from flows.verification.sheet import remove_sheets, sheet_name, write_sheet
from warehouse.paris_days import day_of
from warehouse.published.publish import open_read_only, warehouse_path
from warehouse.query_results import read_sql, rows_as_dicts, single_row
from warehouse.store.store import Store

_SQL_PACKAGE = "flows.verification"
_QUARTER = re.compile(r"[0-9]{4}-Q[1-4]")
_LONGEST_SEED = 100


@dataclass(frozen=True)
class Drawn:
    """An audit that was drawn, now or before (`is_new`), and the files that were written of it.

    `left` are files of its sheet that were there already and stay as they are; `not_mature` are leavers of the quarter who could
    not be drawn yet (0 where the audit was drawn before).
    """

    state: Mapping[str, Any]
    is_new: bool
    written: tuple[Path, ...]
    left: tuple[Path, ...]
    not_mature: int


@dataclass(frozen=True)
class Taken:
    """What became of a sheet that was sent: how the audit stands now, or why nothing was taken of it.

    `removed` are the sheets in the home that nobody needs any more.
    """

    state: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Frame:
    """All who may be drawn, with what was reported of each, and what is known of their providers."""

    rows: Sequence[Mapping[str, Any]]
    weights: Mapping[str, int] | None
    as_of: date
    not_mature: int


def audits(settings: Settings) -> list[dict[str, Any]]:
    """How each audit stands, in the order in which they were drawn. WrongUse without a store."""
    _demand_store(settings)
    with Store.open(settings.home, read_only=True) as store, store.transaction("look up the audits") as con:
        return _states(con)


def draw_audit(
    settings: Settings, quarter: str, size: int, seed: str, *, horizon: str = "M6", folder: Path | None = None,
    now: datetime | None = None,
) -> Drawn:  # fmt: skip
    """Draw leavers of a quarter, note them, and write the sheet for whoever verifies them.

    The same quarter, horizon, size and seed are the same audit: it is drawn once, and its sheet written again.

    Args:
        settings: of the home.
        quarter: of leaving, like 2026-Q1.
        size: how many leavers.
        seed: what the draw hangs on.
        horizon: of the situation that is verified.
        folder: where the sheet goes; `audits` in the home if None.
        now: the moment, this one if None.

    Raises AnotherNight; WrongUse where nobody can be drawn, or the sheet cannot be written.
    """
    if not _QUARTER.fullmatch(quarter):
        raise WrongUse(f"{quarter!r} is not a quarter: write it as 2026-Q1")
    if size < 1 or not seed.strip() or len(seed) > _LONGEST_SEED:
        raise WrongUse(f"--n is at least 1, and --seed a number or text of up to {_LONGEST_SEED} characters")
    with _changing(settings, "audit draw") as (store, entry):
        with store.transaction("look up the audits") as con:
            before = {(one["quarter"], one["horizon"], one["asked"], one["seed"]): one["audit"] for one in _states(con)}
        audit, not_mature = before.get((quarter, horizon, size, seed)), 0
        is_new = audit is None
        if audit is None:
            frame = _frame(settings, quarter, horizon)
            not_mature = frame.not_mature
            with store.transaction("note the audit") as con:
                audit = _note_draw(con, frame, (quarter, horizon, size, seed), now or datetime.now(UTC))
        with store.transaction("read the audit") as con:
            state, lines = _state(con, audit), _lines(con, audit)
        names = _names_of_providers(settings)
        place, name = folder or settings.home / "audits", sheet_name(audit, quarter, horizon)
        written = write_sheet(place, name, audit, horizon, lines, names)
        left = [path for ending in (".csv", ".xlsx") if (path := place / f"{name}{ending}") not in written]
        entry.counts |= {"audit": audit, "drawn": state["drawn"], "is_new": int(is_new)}
        entry.files = [path.name for path in written]
        return Drawn(state, is_new, tuple(written), tuple(left), not_mature)


def take_results(settings: Settings, file: Path, *, now: datetime | None = None) -> Taken:
    """Take what was found from a sheet that was filled in: all of it, in the place of what was sent before, or nothing.

    Args:
        settings: of the home.
        file: the sheet, as CSV.
        now: the moment, this one if None.

    Raises AnotherNight; WrongUse where the file cannot be opened.
    """
    now = now or datetime.now(UTC)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WrongUse(f"{file} cannot be read ({error.strerror}): check its path and rights") from None
    if len(data) > settings.max_file_mb * 1_000_000:
        raise WrongUse(f"{file} is larger than max_file_mb: it is no sheet of an audit")
    sheet = read_sheet(data)
    with _changing(settings, "audit results") as (store, entry):
        if sheet.audit is None:
            return Taken(None, sheet.faults)
        with store.transaction("read the audit") as con:
            drawn = _lines(con, sheet.audit)
        if not drawn:
            return Taken(None, (Fault(None, "audit", "Aucun audit ne porte ce numéro."),))
        results, faults = results_of(sheet, drawn, day_of(now))
        if faults := [*sheet.faults, *faults]:
            return Taken(None, tuple(sorted(faults, key=lambda fault: fault.line or 0)))
        with store.transaction("note the results") as con:
            _note_results(con, sheet.audit, results, now)
            state = _state(con, sheet.audit)
        removed = remove_sheets(settings.home, sheet.audit) if not state["pending"] else []
        entry.counts |= {"audit": sheet.audit, "results": len(results)}
        entry.files = removed
        return Taken(state, removed=tuple(removed))


@contextlib.contextmanager
def _changing(settings: Settings, command: str) -> Iterator[tuple[Store, Entry]]:
    _demand_store(settings)
    with night_lock(settings.home, command), audited(settings.home, command) as entry, Store.open(settings.home) as store:
        yield store, entry


def _demand_store(settings: Settings) -> None:
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {settings.home}: name its home with --home")


def _frame(settings: Settings, quarter: str, horizon: str) -> _Frame:
    """Whom the published warehouse knows of the quarter. WrongUse where that is nobody."""
    with _warehouse(settings) as con:
        of = {"quarter": quarter, "horizon": horizon}
        rows = rows_as_dicts(con.execute(read_sql(_SQL_PACKAGE, "leavers_to_verify"), of))
        (leavers,) = single_row(con, read_sql(_SQL_PACKAGE, "leavers_of_quarter"), of)
        (as_of,) = single_row(con, "select as_of from meta.release")
        weights = _weights(con)
    if not rows:
        why = f"none of its {leavers} leavers is mature at {horizon}" if leavers else "nobody left in it"
        raise WrongUse(f"nobody of {quarter} can be drawn on {as_of}: {why}")
    present = {row["provider_siret"] for row in rows}
    if weights is not None:
        weights = {siret: weight for siret, weight in weights.items() if siret in present}
    return _Frame(rows, weights, as_of, leavers - len(rows))


def _weights(con: duckdb.DuckDBPyConnection) -> dict[str, int] | None:
    """The weight of the signals of each provider that has any; None in a warehouse without signals."""
    there = {name for (name,) in con.execute(read_sql(_SQL_PACKAGE, "tables_of_signals")).fetchall()}
    if there != {"quality.signals", "reference.signals"}:
        return None
    return {siret: int(weight) for siret, weight in con.execute(read_sql(_SQL_PACKAGE, "weights_of_signals")).fetchall()}


def _names_of_providers(settings: Settings) -> dict[str, str]:
    with _warehouse(settings) as con:
        return dict(con.execute("select siret, name from reference.providers where name is not null").fetchall())


@contextlib.contextmanager
def _warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    if not warehouse_path(settings.home).is_file():
        raise WrongUse(f"there is no warehouse in {settings.home}: run `suivi nightly` first")
    try:
        with open_read_only(settings.home) as con:
            yield con
    except duckdb.Error:
        raise Problem(f"the warehouse of {settings.home} cannot be read: run `suivi nightly`, then this again") from None


def _note_draw(con: duckdb.DuckDBPyConnection, frame: _Frame, what: tuple[str, str, int, str], now: datetime) -> int:
    """Draw, and note the audit, its strata and whom it drew; its number."""
    quarter, horizon, size, seed = what
    by_place = {(row["provider_siret"], row["session_id"], row["learner_key"]): row for row in frame.rows}
    leavers = [Leaver(*place, row["reported"]) for place, row in by_place.items()]
    chances = probabilities(Counter(one.provider_siret for one in leavers), frame.weights or {}, min(size, len(leavers)))
    drawn = list(draw(leavers, chances, "\x1f".join((quarter, horizon, str(size), seed))))
    (audit,) = single_row(con, "select coalesce(max(audit), 0) + 1 from audit_draws")
    signalled = None if frame.weights is None else len(frame.weights)
    con.execute(
        "insert into audit_draws values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [audit, quarter, horizon, size, seed, frame.as_of, signalled, now, day_of(now)],
    )
    strata = sorted(Counter((one.provider_siret, one.reported) for one in leavers).items())
    con.executemany(
        "insert into audit_strata values (?, ?, ?, ?, ?)",
        [[audit, siret, reported, count, float(chances[siret])] for (siret, reported), count in strata],
    )
    items = []
    for number, one in enumerate(sorted(drawn, key=lambda one: (one.provider_siret, one.session_id, one.learner_key)), start=1):
        row = by_place[one.provider_siret, one.session_id, one.learner_key]
        items.append([audit, number, one.provider_siret, one.reported, one.session_id, one.learner_key,
                      row["situation"], row["observed_on"], row["source"]])  # fmt: skip
    con.executemany("insert into audit_items values (?, ?, ?, ?, ?, ?, ?, ?, ?)", items)
    return int(audit)


def _note_results(con: duckdb.DuckDBPyConnection, audit: int, results: Sequence[Result], now: datetime) -> None:
    (sending,) = single_row(con, "select coalesce(max(sending), 0) + 1 from audit_results where audit = ?", [audit])
    con.executemany(
        "insert into audit_results values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            [audit, sending, one.number, one.finding, one.situation, one.found_on, one.means, now, day_of(now)]
            for one in results
        ],
    )  # fmt: skip


def _lines(con: duckdb.DuckDBPyConnection, audit: int) -> list[dict[str, Any]]:
    return rows_as_dicts(con.execute(read_sql(_SQL_PACKAGE, "lines_of_sheet"), {"audit": audit}))


def _states(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    states = rows_as_dicts(con.execute(read_sql(_SQL_PACKAGE, "state_of_audits")))
    for one in states:
        one["pending"] = one["drawn"] - one["erased"] - one["confirmed"] - one["other"] - one["unreachable"]
    return states


def _state(con: duckdb.DuckDBPyConnection, audit: int) -> dict[str, Any]:
    return next(one for one in _states(con) if one["audit"] == audit)
