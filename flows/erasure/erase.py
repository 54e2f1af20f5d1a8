"""Erases a person: nothing of it stays under the home, nothing of it is taken again, and a record says so without naming it."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.contract.returns import RETURNS
from flows.audit import audited, user
from flows.erasure.find_person import KnownPerson, LikelySamePerson, find_likely_same_person, identify_person
from flows.erasure.rewrite_home import PersonRemoval, Removed
from flows.erasure.search_remains import SHORTEST, Remain, Search
from flows.errors import WrongUse
from flows.lock import night_lock
from flows.settings import Settings
from transforms.redaction.erase_records import parsed_key
from transforms.redaction.quick_search import QuickSearch
from warehouse.durable_files import sync_folder
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.erasure.identifying_marks import other_sessions_with_reference
from warehouse.erasure.spelling import folded
from warehouse.erasure.tombstones import (
    Person,
    Tombstone,
    Tombstones,
    find_tombstone,
    lay_tombstone,
    note_done,
    note_spared,
    read_all,
)
from warehouse.notifications.outbox import FILE, SENT, Outbox
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.store import Store


@dataclass(frozen=True)
class Erasure:
    """What an erasure did, or would do.

    `id` is that of the tombstone; `all` where everybody was taken out again. `everywhere` are the other keys of the same person
    that went with it. `alike` are the places (SIRET/session, a reference each) in which the same person seems to stand too,
    `elsewhere` the sessions in which the same reference of the provider stands; `remains` are the places in which the person is
    still named, and `was_searched` is False where the reference is too short to be looked for.
    """

    id: str
    done_at: datetime
    by: str
    was_resumed: bool
    removed: Removed
    everywhere: int = 0
    alike: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    remains: tuple[Remain, ...] = ()
    was_searched: bool = True

    @property
    def is_done(self) -> bool:
        """Whether nothing is left that somebody has to see to."""
        return all(remain.waits for remain in self.remains)

    @property
    def record(self) -> dict[str, Any]:
        """What is kept: when, who, how much of what, what is left where. It names nobody."""
        return {
            "erasure": self.id, "done_at": self.done_at.isoformat(timespec="seconds"), "by": self.by,
            "was_resumed": self.was_resumed, **asdict(self.removed), "everywhere": self.everywhere,
            "was_searched": self.was_searched, "remains": [{"place": one.place, "why": one.why} for one in self.remains],
        }  # fmt: skip


def person_of(siret: str, session: str, learner: str) -> Person:
    """The person that these name, read as the cells of a return are. Raises WrongUse, which quotes none of them."""
    key = parsed_key(RETURNS["apprenants"], (siret, session, learner))
    for value, what in zip(key, ("SIRET", "session", "learner's reference"), strict=True):
        if value is None:
            raise WrongUse(f"the {what} cannot be read: write it as it stands in the provider's returns")
    return Person(*map(str, key))


def erase(settings: Settings, person: Person | None, *, everywhere: bool = False, dry_run: bool = False) -> Erasure:
    """Take a person out of every file of the home.

    A tombstone is laid before anything is touched: from then on nothing of the person is taken again. All that follows may
    be repeated, so that a run which was cut off is finished by another one.

    Args:
        settings: of the home.
        person: who; None to take out again all who were ever erased, after a backup was put back or a run was cut off.
        everywhere: under other references, sessions and providers too, where the national reference, or reference, birth date
            and sex, are the same.
        dry_run: change nothing, and say what would be.

    Raises AnotherNight; WrongUse where nothing of such a person is known; Problem where a step fails.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    with night_lock(home, "erase"), audited(home, "erase") as entry, Store.open(home) as store:
        work = _Work(settings, store, person)
        entry.counts["dry_run"] = int(dry_run)
        erasure = work.run(everywhere=everywhere, dry_run=dry_run)
        entry.counts |= {
            "originals": len(erasure.removed.originals), "rows": sum(erasure.removed.rows.values()),
            "remains": len(erasure.remains),
        }  # fmt: skip
        entry.files = list(erasure.removed.originals)
        if not dry_run:
            _keep_record(home, erasure)
    return erasure


def note_somebody_else(settings: Settings, person: Person) -> None:
    """Note that whoever comes under this key is somebody else than the erased person that it resembles: it is taken from now on.

    Raises AnotherNight; WrongUse without a store.
    """
    home = settings.home
    if not settings.store.exists():
        raise WrongUse(f"there is no store in {home}: name its home with --home")
    with night_lock(home, "erase"), audited(home, "erase --somebody-else"):
        keys = Pseudonyms(load_key(home, may_create=False))
        note_spared(home, keys.learner_key(*vars(person).values()), datetime.now(UTC))


class _Work:
    """One erasure: who it is about, which tombstones there are, what has to go."""

    def __init__(self, settings: Settings, store: Store, person: Person | None) -> None:
        self._settings = settings
        self._home = settings.home
        self._store = store
        self._person = person
        self._keys = Pseudonyms(load_key(self._home, may_create=False))
        self._noted = read_all(self._home)

    def run(self, *, everywhere: bool, dry_run: bool) -> Erasure:
        """All of it. See erase."""
        unfinished = [one for one in self._noted.tombstones if one.done_at is None]
        if self._person is None:
            removed = self._remove([], None, dry_run=dry_run)
            if not dry_run:
                self._finish(unfinished)
            return Erasure("all", datetime.now(UTC), user(), bool(unfinished), removed)
        before, known = self._known(self._person)
        found = self._alike(known)
        others = [self._known(one)[1] for one in found.persons] if everywhere else []
        if not everywhere and not known.tombstone.id:
            keys = tuple(self._keys.learner_key(*vars(one).values()) for one in found.persons)
            known = replace(known, tombstone=replace(known.tombstone, spared=keys))
        of_it = [one for one in unfinished if before and one.of == before.id]
        everybody = [known, *others]
        texts = None if before or of_it or any(other.tombstone.id for other in others) else _texts(everybody)
        removed = self._remove([one.tombstone for one in everybody if not one.tombstone.id], texts, dry_run=True)
        # One who was erased under a key that is lost since is known again only if a tombstone is laid with the key of today.
        if before is None and removed.is_nothing and not self._noted.unrecognised:
            raise WrongUse(
                "nothing of such a learner is known here: see that SIRET, session and reference are written as in the returns"
            )
        buried: Tombstone | None = before
        remains: Sequence[Remain] = ()
        was_searched = True
        if not dry_run:
            buried = lay_tombstone(self._home, known.tombstone, datetime.now(UTC))
            laid = [lay_tombstone(self._home, replace(one.tombstone, of=buried.id), datetime.now(UTC)) for one in others]
            removed = self._remove([], texts, dry_run=False)
            self._finish([buried, *laid, *of_it])
            remains, was_searched = self._remains(everybody)
            remains = [*self._sent(removed.mails), *remains]
        sessions = {f"{one.provider_siret}/{one.session_id}" for one in found.persons} | found.unreadable
        with self._store.transaction("look for other sessions") as con:
            elsewhere = {f"{siret}/{session}" for siret, session in other_sessions_with_reference(con, self._person)}
        return Erasure(
            buried.id if buried else "", datetime.now(UTC), user(), before is not None and before.done_at is None,
            removed, len(others), () if everywhere else tuple(sorted(sessions)), tuple(sorted(elsewhere - sessions)),
            tuple(remains), was_searched,
        )  # fmt: skip

    def _known(self, person: Person) -> tuple[Tombstone | None, KnownPerson]:
        """The tombstone that is there already, and who it is."""
        known = identify_person(self._home, self._store, self._keys, person)
        before = find_tombstone(self._home, known.tombstone.learner_key)
        return before, replace(known, tombstone=before) if before and before.place else known

    def _alike(self, known: KnownPerson) -> LikelySamePerson:
        # Learners whom an earlier run left alone because nobody had asked for them may be asked for now. Those of whom the
        # steward has said that they are somebody else are never found.
        noted = Tombstones(spared=self._noted.spared)
        erased = ErasedPersons(self._keys, [replace(known.tombstone, spared=())], noted=noted)
        return find_likely_same_person(self._home, erased, known.texts if not known.tombstone.id else None)

    def _remove(self, new: Sequence[Tombstone], texts: Collection[str] | None, *, dry_run: bool) -> Removed:
        erased = ErasedPersons.of(self._home, new)
        look = QuickSearch(texts)
        return PersonRemoval(self._settings, self._store, erased, first_look=look, reason="erasure", dry_run=dry_run).run()

    def _finish(self, tombstones: Sequence[Tombstone]) -> None:
        for one in tombstones:
            note_done(self._home, one, datetime.now(UTC))

    def _sent(self, message_ids: Sequence[str]) -> list[Remain]:
        """Of the mails that named the person those that have left; what we keep of them was cleaned."""
        sent = {mail.message_id for mail in Outbox(self._store).mails((SENT, FILE))}
        return [Remain(f"the mail {one}", "it was sent: it is out of our hands") for one in message_ids if one in sent]

    def _remains(self, everybody: Sequence[KnownPerson]) -> tuple[Sequence[Remain], bool]:
        """Where anybody of these is still named; and False where a reference is so short that it stands everywhere."""
        long = [one for one in everybody if max(len(folded(text)) for text in one.texts) >= SHORTEST]
        if not long:
            return (), False
        texts = {text for one in long for text in one.texts if len(folded(text)) >= SHORTEST}
        hashes = tuple(self._keys.folded_hash("text", folded(text)) for text in texts)
        (sought, *_) = (replace(one.tombstone, folded="", nationals=hashes) for one in long)
        numbers: dict[str, list[int]] = {}
        for row in self._store.submissions():
            numbers.setdefault(row["sha256"], []).append(row["submission_id"])
        with self._store.closed_meanwhile():
            search = Search(self._home, ErasedPersons(self._keys, [sought]), QuickSearch(texts), numbers)
            return search.remains(), len(long) == len(everybody)


def _texts(everybody: Sequence[KnownPerson]) -> set[str]:
    return {text for one in everybody for text in one.texts}


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
