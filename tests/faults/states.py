"""What must be the same after a fault and one more night as after an undisturbed one: every file and table of a home."""

from __future__ import annotations

import contextlib
import email
import email.policy
import filecmp
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.audit import broken_at
from warehouse.compare_databases import ACROSS_RUNS, Digest, differences, digests
from warehouse.intake.ledger_file import (
    damaged_originals,
    events_missing_from,
    events_of_store,
    read_ledger,
    unknown_originals,
)

#: that a night failed, or was cut off, is told by one mail more, or in a part of the steward's; all else that is told is compared
FAILURE = "failure"
_TOLD_BY_MAIL = {"outbox": set(), "deliveries": set(), "notified": set()}
_IN_STORE = {**ACROSS_RUNS, **_TOLD_BY_MAIL}
#: what a night makes and puts away again, whatever happens to it
_LEFTOVER = re.compile(r"(^|/)\.part-|\.(new|wal|tmp)$|\.before\.duckdb|\.damaged$|(^|/)\.passing-")
#: the home's folders whose files are compared byte for byte, but for the moments in them
_FILES = ("archive", "receipts", "reports", "secrets")
_FOOTER = re.compile(rb"Page faite par la nuit \S+, le .*? avec")
#: a link of the chain of receipts hangs on the moments of all files before
_LINK = re.compile(rb'("(link|previous)": "|<dt>(Maillon|Pr\xc3\xa9c\xc3\xa9dent)</dt><dd>)[0-9a-f]{64}')
_FAILED_NIGHTS = re.compile(
    r"\s*(<h2[^>]*>À faire</h2>.*?</ul>|À FAIRE\s+- (La nuit|\d+ nuits).*?\(\d{8}T\S+\)\.(?=\s+(--|À REGARDER|[A-ZÀ-Ý]{4})))|\s\(\d+\snuits?\sen\séchec\)", re.DOTALL
)
_MOMENT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)|\d\d?(\xc2\xa0|&nbsp;| )h(\xc2\xa0|&nbsp;| )\d\d")


@dataclass(frozen=True)
class State:
    """A home, as far as it must be the same whatever happened on the way."""

    folder: Path
    store: dict[str, Digest]
    warehouse: dict[str, Digest]
    files: dict[str, str]
    snapshots: list[str]
    inbox: list[str]
    mails: Counter[tuple[Any, ...]]
    told: Counter[tuple[Any, ...]]
    letters: Counter[tuple[Any, ...]]


def state_of(folder: Path) -> State:
    """Read the state of a home in which nothing runs."""
    rows, told = _told(folder / "store.duckdb")
    return State(
        folder=folder,
        store=digests(folder / "store.duckdb", _IN_STORE),
        warehouse=digests(folder / "warehouse.duckdb", ACROSS_RUNS),
        files=dict(_files(folder)),
        snapshots=sorted(path.name for path in (folder / "snapshots").glob("*")),
        inbox=sorted(str(path.relative_to(folder)) for path in (folder / "inbox").rglob("*") if path.is_file()),
        mails=rows,
        told=told,
        letters=Counter(_letters(folder)),
    )


def faults_of(folder: Path, wanted: State) -> list[str]:
    """What is not as it should be in a home that had a fault and one more night, in words; nothing where all is well."""
    found = state_of(folder)
    wrong = [*_between(wanted, found), *_within(folder)]
    for name, before, after in (("store", wanted.store, found.store), ("warehouse", wanted.warehouse, found.warehouse)):
        if before != after:
            left_out = _IN_STORE if name == "store" else ACROSS_RUNS
            path = f"{name}.duckdb"
            wrong += [f"{name}: {one}" for one in differences(wanted.folder / path, folder / path, left_out)]
    return wrong


def warehouse_of(folder: Path) -> str:
    """The warehouse, byte for byte; empty where there is none."""
    path = folder / "warehouse.duckdb"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def is_old_or_new(folder: Path, before: str, wanted: State) -> bool:
    """Whether the warehouse is that of the night before, byte for byte (see warehouse_of), or the whole new one."""
    found = warehouse_of(folder)
    return found == before or (bool(found) and digests(folder / "warehouse.duckdb", ACROSS_RUNS) == wanted.warehouse)


def _between(wanted: State, found: State) -> Iterator[str]:
    for what in ("files", "snapshots", "inbox", "mails", "told", "letters"):
        before, after = getattr(wanted, what), getattr(found, what)
        if before == after:
            continue
        if isinstance(before, dict):
            changed = sorted(str(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key))
            yield f"{what}: {[(key, before.get(key), after.get(key)) if what != 'files' else key for key in changed][:8]}"
        else:
            yield f"{what}: {after} where {before} was wanted"


def _within(folder: Path) -> Iterator[str]:
    """What must be true of any home between two nights."""
    yield from (f"left behind: {path}" for path in leftovers(folder))
    ledger = read_ledger(folder)
    with contextlib.closing(duckdb.connect(str(folder / "store.duckdb"), read_only=True)) as con:
        known = events_of_store(con)
        if missing := list(events_missing_from(ledger, known)):
            yield f"the ledger's copy lacks {missing}"
        lost = con.execute("SELECT count(*) FROM nights WHERE state <> 'done'").fetchall()[0][0]
        failures = con.execute("SELECT count(*) FROM outbox WHERE topic = ?", [FAILURE]).fetchall()[0][0]
        untold = con.execute(
            "SELECT count(*) FROM nights AS n WHERE state <> 'done' AND NOT EXISTS"
            " (SELECT 1 FROM notified AS t WHERE t.what = 'night' AND t.name = n.run_id)"
        ).fetchall()[0][0]
        twice = con.execute("SELECT count(*) - count(DISTINCT message_id) FROM outbox").fetchall()[0][0]
        delivered = con.execute("SELECT count(*) FROM (SELECT DISTINCT message_id FROM deliveries WHERE state = 'file')").fetchall()
        queued = con.execute("SELECT count(*) FROM outbox").fetchall()[0][0]
    if len({event for event in ledger.events}) != len(ledger.events):
        yield "the ledger's copy says something twice"
    if damaged := damaged_originals(folder, ledger.files):
        yield f"originals are not what the ledger's copy says: {damaged}"
    if unknown := unknown_originals(folder, ledger.files):
        yield f"originals that the ledger's copy does not know: {unknown}"
    if failures > lost:
        yield f"{failures} mails tell of {lost} failed nights"
    if queued and untold:
        yield f"{untold} failed nights were never told"
    if twice:
        yield f"{twice} mails share a Message-ID"
    if (written := len(list((folder / "outbox").glob("*.eml")))) != (delivered[0][0] if queued else 0) or written != queued:
        yield f"{queued} mails are in the outbox, {delivered[0][0]} noted as written, {written} in outbox/"
    if number := broken_at(folder):
        yield f"line {number} of the log of who ran what is not what was written there"
    newest = max((folder / "snapshots").glob("*.duckdb"), default=None)
    if newest is None or not filecmp.cmp(newest, folder / "warehouse.duckdb", shallow=False):
        yield "the snapshot of the night is not its warehouse"


def leftovers(folder: Path) -> list[str]:
    """Files that a night makes and must have put away."""
    names = (str(path.relative_to(folder)) for path in folder.rglob("*"))
    return sorted(name for name in names if not name.startswith(("inbox/", ".prefect/")) and _LEFTOVER.search(name))


def _told(store: Path) -> tuple[Counter[tuple[Any, ...]], Counter[tuple[Any, ...]]]:
    with contextlib.closing(duckdb.connect(str(store), read_only=True)) as con:
        mails = con.execute("SELECT topic, thread, recipient, subject FROM outbox WHERE topic <> ?", [FAILURE]).fetchall()
        told = con.execute("SELECT * EXCLUDE (message_id, notified_at) FROM notified WHERE what <> 'night'").fetchall()
    mails = [(*about, _FAILED_NIGHTS.sub("", subject)) for *about, subject in mails]
    return Counter(mails), Counter(told)


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for place in _FILES:
        for path in sorted((folder / place).rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_file() and name != "archive/ledger.jsonl":
                content = path.read_bytes()
                if place == "receipts":  # they say when their file came, or what it is about changed
                    content = _LINK.sub(b"", _MOMENT.sub(b"", content)) if name.endswith((".json", ".html", ".done")) else content
                elif place == "reports":
                    content = _FOOTER.sub(b"", content)
                yield name, f"{path.stat().st_mode & 0o777:o} {hashlib.sha256(content).hexdigest()}"


def _letters(folder: Path) -> Iterator[tuple[Any, ...]]:
    """The mails in outbox/, as their readers see them."""
    for path in (folder / "outbox").glob("*.eml"):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
        subject = str(mail["Subject"])
        if FAILURE in path.name:
            continue
        contents = [part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart()]
        contents = [_LINK.sub(b"", _MOMENT.sub(b"", content)) for content in map(_without_failed_nights, contents)]  # receipts too
        parts = tuple(hashlib.sha256(content).hexdigest() for content in contents)
        yield str(mail["To"]), _FAILED_NIGHTS.sub("", subject), parts


def _without_failed_nights(content: bytes) -> bytes:
    return " ".join(_FAILED_NIGHTS.sub("", content.decode()).split()).encode()
