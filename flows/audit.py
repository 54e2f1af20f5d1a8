"""`audit.jsonl`: who ran what on the private data of a home, when, on which files, with which outcome. Never a value.

Only ever appended to. Each line holds the hash of the line before it, so that a line taken out or changed shows.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import pwd
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.errors import described, safe_to_show
from warehouse.durable_files import make_home

log = logging.getLogger("suivi.audit")

_NO_LOGIN = 0xFFFFFFFF
_LOGIN = Path("/proc/self/loginuid")
#: so many names of files stand in a line; then how many more there were
_SHOWN_FILES = 200


@dataclass
class Entry:
    """What a command adds to its line while it runs: the night, what it counted, the names of files."""

    run_id: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def audit_path(home: Path) -> Path:
    """Where the log of a home lies."""
    return home / "audit.jsonl"


@contextlib.contextmanager
def audited(home: Path, command: str) -> Iterator[Entry]:
    """Log that a command reads or changes what is private: a line as it begins, one as it ends, however it ends.

    Yields what the second line is to say besides. OSError where the log cannot be written: then the command does not begin.
    """
    entry = Entry()
    _append(home, command, "begun", entry)
    state = "failed"
    try:
        yield entry
        state = "done"
    finally:
        try:
            _append(home, command, state, entry)
        except OSError as error:  # what was done is done
            log.error("%s cannot be written: %s", audit_path(home), described(error))


def broken_at(home: Path) -> int | None:
    """The first line of the log that is not what was written there, or after which one is missing; None if all is well.

    A last line that a power cut has torn is no fault. OSError where the log cannot be read.
    """
    last = ""
    for number, line in enumerate(audit_path(home).read_bytes().split(b"\n"), start=1):
        try:
            content = json.loads(line)
        except ValueError:
            continue  # torn, or the end of the file; had it been more than that, the next line would not follow the last
        if not isinstance(content, dict) or content.get("before") != last or content.pop("hash", None) != _hash(content):
            return number
        last = _hash(content)
    return None


def user() -> str:
    """Who runs this, and as whom: `marie as suivi` where somebody became the service's user."""
    acting, login = os.getuid(), _login()
    return _name(acting) if login in (None, acting) else f"{_name(login)} as {_name(acting)}"


def _login() -> int | None:
    try:
        uid = int(_LOGIN.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return None if uid == _NO_LOGIN else uid


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid or 0).pw_name
    except KeyError:
        return str(uid)


def _append(home: Path, command: str, state: str, entry: Entry) -> None:
    make_home(home)
    descriptor = os.open(audit_path(home), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.fchmod(descriptor, 0o600)
        last, is_in_memory = _last(file)
        content: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"), "user": user(), "command": command, "state": state,
            "run_id": entry.run_id, "counts": entry.counts, "files": _shown(entry.files), "before": last,
        }  # fmt: skip
        line = json.dumps({**content, "hash": _hash(content)}, ensure_ascii=True, separators=(",", ":")) + "\n"
        file.write(("" if is_in_memory else "\n").encode() + line.encode("ascii"))
        os.fsync(descriptor)


def _last(file: Any) -> tuple[str, bool]:
    """The hash of the last whole line, and whether the file ends with it."""
    size = file.seek(0, os.SEEK_END)
    block = 1 << 16
    while True:
        start = max(0, size - block)
        file.seek(start)
        lines = file.read(size - start).split(b"\n")
        for line in reversed(lines if start == 0 else lines[1:]):
            with contextlib.suppress(ValueError, TypeError):
                return str(json.loads(line)["hash"]), lines[-1] == b""
        if start == 0:
            return "", size == 0 or lines[-1] == b""
        block *= 4


def _shown(files: Sequence[str]) -> list[str]:
    more = len(files) - _SHOWN_FILES
    return [*map(safe_to_show, files[:_SHOWN_FILES]), *([f"… and {more} more"] if more > 0 else [])]


def _hash(content: dict[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
