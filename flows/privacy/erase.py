"""Erases a person: nothing of it stays under the home, nothing of it is taken again, and a record says so without naming it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.contract.returns import RETURNS
from flows.audit import audited, user
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.privacy.forgetting import Forgetting, Forgotten, files_that_hold
from flows.settings import Settings
from transforms.erase import parsed_key
from warehouse.erasures import Erased, Person, bury, find_tombstone, note_done, read_tombstones
from warehouse.private import sync_folder
from warehouse.store import Store


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, or would do.

    `id` is that of the tombstone; `all` where everybody was taken out again. What follows `forgotten` is for whoever runs it
    and is in no record: sessions in which the person, or the reference, seems to stand too; files that are not ours and hold
    the reference; the numbers of files whose very name holds it.
    """

    id: str
    done_at: datetime
    by: str
    is_dry_run: bool
    was_resumed: bool
    forgotten: Forgotten
    elsewhere: tuple[str, ...] = ()
    still_in: tuple[str, ...] = ()
    named_like: tuple[int, ...] = ()

    @property
    def record(self) -> dict[str, Any]:
        """What is kept: when, who, how much of what. It names nobody."""
        return {
            "erasure": self.id, "done_at": self.done_at.isoformat(timespec="seconds"), "by": self.by,
            "was_resumed": self.was_resumed, **asdict(self.forgotten),
        }  # fmt: skip


def person_of(siret: str, session: str, learner: str) -> Person:
    """The person that these name, read as the cells of a return are. Raises WrongUse, which quotes none of them."""
    key = parsed_key(RETURNS["apprenants"], (siret, session, learner))
    for value, what in zip(key, ("SIRET", "session", "learner's reference"), strict=True):
        if value is None:
            raise WrongUse(f"the {what} cannot be read: write it as it stands in the provider's returns")
    return Person(*map(str, key))


def erase(settings: Settings, person: Person | None, *, dry_run: bool = False) -> Erasure:
    """Take a person out of every file of the home.

    A tombstone is laid before anything is touched: from then on nothing of the person is taken again. All that follows may
    be repeated, so that a run which was cut off is finished by another one.

    Args:
        settings: of the home.
        person: who; None to take out again all who were ever erased, after a backup was put back or a run was cut off.
        dry_run: change nothing, and say what would be.

    Raises AnotherNight; WrongUse where nothing of such a person is known; Problem where a step fails.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    with night_lock(home, "erase"), audited(home, "erase") as entry, Store.open(home) as store:
        known = find_tombstone(home, person) if person else None
        elsewhere, named_like = (_elsewhere(store, person), _named_like(store, person)) if person else ((), ())
        forgotten = _forgotten(settings, store, person, dry_run=True)
        if person and known is None and forgotten.is_nothing:
            raise WrongUse(
                "nothing of such a learner is known here: see that SIRET, session and reference are written as in the returns"
            )
        unfinished = [tombstone for tombstone in read_tombstones(home) if tombstone.done_at is None]
        was_resumed = bool(unfinished) if person is None else known is not None and known.done_at is None
        entry.counts["dry_run"] = int(dry_run)
        if not dry_run:
            tombstone = bury(home, person, datetime.now(UTC)) if person else None
            forgotten = _forgotten(settings, store, person, dry_run=False)
            for one in [tombstone] if tombstone else unfinished:
                note_done(home, one, datetime.now(UTC))
            known = tombstone
        still_in: tuple[str, ...] = ()
        if person and not dry_run:
            still_in = tuple(files_that_hold(home, person, ours_too=not named_like))
        erasure = Erasure(
            known.id if known else "" if person else "all", datetime.now(UTC), user(), dry_run, was_resumed, forgotten,
            elsewhere, still_in, named_like,
        )  # fmt: skip
        entry.counts |= {"originals": len(forgotten.originals), "rows": sum(forgotten.rows.values())}
        entry.files = list(forgotten.originals)
        if not dry_run:
            _keep_record(home, erasure)
    return erasure


def _forgotten(settings: Settings, store: Store, person: Person | None, *, dry_run: bool) -> Forgotten:
    erased = Erased.of(settings.home, person)
    return Forgetting(settings, store, erased, person=person, reason="erasure", dry_run=dry_run).run()


def _elsewhere(store: Store, person: Person) -> tuple[str, ...]:
    """Other sessions in which the same reference of the provider stands, or the same national reference, for who asks next."""
    key = [person.provider_siret, person.session_id, person.learner_ref]
    with store.transaction("look for other sessions") as con:
        rows = con.execute(
            "WITH one AS (SELECT DISTINCT national_ref FROM rows_learners"
            " WHERE provider_siret = $1 AND session_id = $2 AND learner_ref = $3 AND national_ref IS NOT NULL)"
            " SELECT provider_siret, session_id FROM rows_learners"
            " WHERE (provider_siret, session_id) <> ($1, $2)"
            " AND ((provider_siret = $1 AND learner_ref = $3) OR national_ref IN (FROM one))"
            " UNION SELECT $1, split_part(row_key, chr(31), 2) FROM quarantined_rows"
            " WHERE split_part(row_key, chr(31), 1) = $1 AND split_part(row_key, chr(31), 2) <> $2"
            " AND split_part(row_key, chr(31), 3) = $3 ORDER BY ALL",
            key,
        ).fetchall()
    return tuple(f"{siret}/{session}" for siret, session in rows)


def _named_like(store: Store, person: Person) -> tuple[int, ...]:
    wanted = person.learner_ref.casefold()
    if len(wanted) < 4:
        return ()
    return tuple(row["submission_id"] for row in store.submissions() if wanted in row["file_name"].casefold())


def _keep_record(home: Path, erasure: Erasure) -> None:
    folder = home / "erasures"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    path = folder / f"{erasure.done_at:%Y%m%dT%H%M%SZ}-{erasure.id}.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(erasure.record, file, ensure_ascii=False, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(descriptor)
    sync_folder(folder)
