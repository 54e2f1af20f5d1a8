"""What fills a warehouse: places, the programme's rules, the rules across returns, the indicators, what changed in them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations.across_returns import examine
from expectations.programme import Programme, ProgrammeError, load_programme, load_rules
from flows.version import version
from transforms.changes.compare import BEFORE, is_comparable, write_changes
from transforms.models.build import build
from warehouse.errors import EarlierReleaseDamaged, is_damage
from warehouse.intake.ledger_file import programme_path
from warehouse.published.in_force import release_before
from warehouse.published.publish import publish, warehouse_path
from warehouse.published.snapshots import snapshot_path
from warehouse.query_results import quoted
from warehouse.reference.tables import load_reference
from warehouse.store.store import Store
from warehouse.store.submission import Release

log = logging.getLogger("suivi.night")


@dataclass(frozen=True)
class Earlier:
    """The release that quality.changes compares with, and where its warehouse lies."""

    release: Release
    path: Path
    rules_differ: bool


def fill(con: duckdb.DuckDBPyConnection, as_of: date, programme: Programme, earlier: Earlier | None = None) -> None:
    """Make every table that is not the ledger's; called by publish. quality.changes is empty where `earlier` is None.

    Raises EarlierReleaseDamaged where that is what keeps it from being made.
    """
    load_reference(con)
    load_rules(con, programme)
    examine(con, as_of)
    build(con, as_of)
    if earlier is None:
        write_changes(con, None)
        return
    con.execute(f"ATTACH {quoted(str(earlier.path))} AS {BEFORE} (READ_ONLY)")
    try:
        write_changes(con, earlier.release.last_submission_id, rules_differ=earlier.rules_differ)
    except duckdb.Error as error:
        if is_damage(error):
            raise EarlierReleaseDamaged(f"{earlier.path} is damaged: see to the disk, and run `suivi rebuild`") from None
        raise


def meta_of(run_id: str, programme: Programme, earlier: Earlier | None = None) -> Mapping[str, Any]:
    """What meta.release is to say."""
    return {
        "run_id": run_id,
        "suivi_version": version(),
        "programme_version": programme.fingerprint,
        "changes_since": earlier.release.as_of if earlier else None,
    }


@contextlib.contextmanager
def earlier_release(
    home: Path, store: Store, as_of: date, programme: Programme, *, may_read: bool = True
) -> Iterator[Earlier | None]:
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
    rules_differ = rules.fingerprint != programme.fingerprint
    for path in (warehouse_path(home), snapshot_path(home, release.as_of)) if may_read else ():
        if _is_of(path, release, rules):
            yield Earlier(release, path, rules_differ)
            return
    scratch = store.path.with_name(".before.duckdb")
    try:
        publish(
            home, store, release.as_of, lambda con, day: fill(con, day, rules), meta_of(release.run_id, rules),
            target=scratch,
        )  # fmt: skip
        yield Earlier(release, scratch, rules_differ)
    finally:
        scratch.unlink(missing_ok=True)


def programme_of_night(home: Path, programme_version: str | None, today: Programme) -> Programme:
    """The programme under which a night judged, from the copy that was kept of it; today's where none can be read."""
    if programme_version in (None, today.fingerprint):
        return today
    try:
        return load_programme(programme_path(home, str(programme_version)))
    except ProgrammeError as error:
        log.warning("the programme of an earlier night cannot be read, today's counts in its place: %s", error)
        return today


def _is_of(path: Path, release: Release, rules: Programme) -> bool:
    """Whether the warehouse there is that release, with the indicators that would be built now."""
    wanted = (release.as_of, release.last_submission_id, rules.fingerprint, version())
    if not path.exists():
        return False
    try:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute(f"ATTACH {quoted(str(path))} AS {BEFORE} (READ_ONLY)")
            found = con.execute(
                "SELECT as_of, coalesce(last_submission_id, 0), programme_version, suivi_version"
                f" FROM {BEFORE}.meta.release"
            ).fetchall()
            return found == [wanted] and is_comparable(con)
    except duckdb.Error:
        return False  # damaged, held by whoever writes to it, or of another shape
