"""Checks of files and folders: who may read them, what was left lying, whether files can come in."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from flows.doctor.fault import Fault, HomeToCheck

#: what only its owner may read, relative to the home; `?` is one character of a name
_PRIVATE = (
    "archive", "archive/erased.jsonl", "archive/ledger.jsonl*", "archive/??", "archive/??/*", "store.duckdb",
    "store.duckdb.*", "audits", "audits/*", "held", "held/??", "held/??/*", "receipts", "receipts/*", "secrets", "secrets/*",
    "erasures", "outbox", "audit.jsonl", "suivi.log*", ".prefect", ".prefect/serve/login", "archive/programmes/*",
    "lake", "lake/**/*", "brought", "brought/**/*", "deposit", "deposit/*",
)  # fmt: skip
#: their group may read these, and nobody but the owner writes to them
_PUBLISHED = (
    ".", "suivi.toml", "senders.toml", "warehouse.duckdb", "snapshots", "snapshots/*.duckdb", "reports", "reports/*", "open",
    "open/**/*",
)  # fmt: skip
_LEFT_BY_RUNS = (
    "store.duckdb.wal", "store.duckdb.new*", "warehouse.duckdb.new*", "warehouse.duckdb.wal", "warehouse.duckdb.history.new*",
    ".before.duckdb*", ".rebuild", "snapshots/*.new*", "archive/??/.part-*", "receipts/*/.part-*", "secrets/*.new",
    "open/.unfinished", "lake.tmp", "brought/unfinished/*", "brought/notes/.part-*",
)  # fmt: skip
_MADE_BY_NIGHTS = (
    "archive", "audits", "brought", "erasures", "held", "lake", "open", "outbox", "receipts", "reports", "secrets", "snapshots",
    "truth", ".prefect",
)  # fmt: skip
_SHOWN = 3


def permissions(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Private things are the owner's alone, published ones its group's to read; all of it belongs to who runs this."""
    home = home_to_check.home
    if not home.is_dir():
        yield Fault(str(home), "there is no such folder", "make it, or name the right home with --home")
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield Fault(str(home), "this user cannot write there", "run suivi as the home's owner, or give it that right")
    yield from _open_to_others(home, _PRIVATE, 0o077, "others may read it", "go-rwx")
    yield from _open_to_others(home, _PUBLISHED, 0o027, "others may read it or write to it", "g-w,o-rwx")


def _open_to_others(home: Path, patterns: tuple[str, ...], forbidden: int, what: str, change: str) -> Iterator[Fault]:
    for pattern in patterns:
        found = [home] if pattern == "." else sorted(home.glob(pattern))
        states = [(path, _state(path)) for path in found]
        wide = [path for path, state in states if state and stat.S_IMODE(state.st_mode) & forbidden]
        foreign = [path for path, state in states if state and state.st_uid != os.geteuid()]
        if wide:
            yield Fault(_listed(wide), what, f"chmod {change} {_pattern(home, pattern, wide)}")
        if foreign:
            todo = f"run suivi as that user, or chown {_pattern(home, pattern, foreign)}"
            yield Fault(_listed(foreign), "it belongs to another user", todo)


def leftovers(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """What runs that were cut off, and rebuilds, have left."""
    if home_to_check.holder is None:
        for pattern in _LEFT_BY_RUNS:
            if found := sorted(home_to_check.home.glob(pattern)):
                yield Fault(
                    _listed(found), "a run that was cut off has left it",
                    "run `suivi nightly`, which mends what was cut off; if it is still there then, remove it", is_advice=True,
                )  # fmt: skip
    for pattern in ("store.duckdb.before-*", "archive/ledger.jsonl.before-*", "secrets/*.damaged"):
        if found := sorted(home_to_check.home.glob(pattern)):
            yield Fault(_listed(found), "a rebuild has kept what was there before", "remove it once all is well", is_advice=True)


def inbox(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Files can come in and be taken out; of an inbox on another machine flows.doctor.elsewhere tells."""
    if home_to_check.settings.elsewhere:
        if lying := [path for path in (home_to_check.home / "inbox").rglob("*") if path.is_file()]:
            yield Fault(
                _listed(sorted(lying)), f"no night looks there: the setting inbox is {home_to_check.settings.inbox_shown}",
                "put them where the setting says", is_advice=True,
            )  # fmt: skip
        return
    folder = home_to_check.settings.inbox
    if elsewhere := _files_beside(folder, home_to_check.home):
        yield Fault(
            str(folder), f"nothing lies there, but files lie in {_listed(elsewhere)}",
            "see that the setting inbox names the folder where files are dropped", is_advice=True,
        )  # fmt: skip
    if not folder.exists():
        if folder == home_to_check.home / "inbox":
            yield Fault(str(folder), "there is no inbox yet", "the first night makes it, or make it now", is_advice=True)
        else:
            yield Fault(str(folder), "the setting inbox names a folder that does not exist", "mend its name, or make the folder")
    elif not folder.is_dir():
        yield Fault(str(folder), "the inbox is no folder", "name a folder: setting inbox")
    else:
        open_to_all = [path for path in (folder, *folder.iterdir()) if path.is_dir() and _is_writable_by_all(path)]
        if open_to_all:
            yield Fault(
                _listed(open_to_all), "every user of this machine may send files there in its name",
                "chmod o-w it: the folder is what tells who sends (README, who may speak for whom)",
            )  # fmt: skip
        if links := sorted(path for path in folder.rglob("*") if path.is_symlink()):
            yield Fault(
                _listed(links), "it is a link, and no night follows one: what it leads to is never taken",
                "let the files themselves be dropped there, or name the true folder in the setting inbox",
            )  # fmt: skip
        if closed := sorted(path for path in folder.rglob("*") if path.is_file() and not os.access(path, os.R_OK)):
            yield Fault(
                _listed(closed), "this user cannot read it: no night takes it",
                "chmod g+r it, and ask its sender to drop files that the folder's group may read",
            )  # fmt: skip
        for path in (folder, *(entry for entry in folder.rglob("*") if entry.is_dir())):
            if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
                yield Fault(str(path), "this user cannot take files out of it", "give it the right to read and write there")


def _files_beside(inbox: Path, home: Path) -> list[Path]:
    """The folders beside an inbox without any file, and the home's own inbox, in which CSV files lie."""
    if inbox.is_file() or any(path.is_file() for path in inbox.rglob("*")):
        return []
    own = {home, *(home / name for name in _MADE_BY_NIGHTS)}
    beside = {home / "inbox", *(path for path in inbox.parent.glob("*") if path.is_dir())} - own - {inbox}
    return sorted(path for path in beside if any(path.glob("*.csv")) or any(path.glob("*/*.csv")))


def _is_writable_by_all(path: Path) -> bool:
    state = _state(path)
    return state is not None and bool(state.st_mode & stat.S_IWOTH)


def _state(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _listed(paths: list[Path]) -> str:
    more = len(paths) - _SHOWN
    return ", ".join(map(str, paths[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def _pattern(home: Path, pattern: str, found: list[Path]) -> str:
    return str(found[0]) if len(found) == 1 else str(home / pattern)
