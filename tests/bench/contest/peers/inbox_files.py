"""Which files of an inbox hold which kind, in which encoding: all that a peer asks before it reads (standard library alone)."""

from __future__ import annotations

from pathlib import Path

KINDS = ("actions", "sessions", "apprenants", "suivi", "depenses", "financements")


def files_by_encoding(inbox: Path, kind: str) -> dict[str, list[str]]:
    """Paths of the kind's files, in order, by `utf-8` or `latin-1`; an encoding without files is left out. Raises OSError."""
    found: dict[str, list[str]] = {}
    for path in sorted(inbox.glob(f"*/{kind}*.csv")):
        try:
            path.read_bytes().decode()
        except UnicodeDecodeError:
            found.setdefault("latin-1", []).append(str(path))
        else:
            found.setdefault("utf-8", []).append(str(path))
    return found


def columns_of(path: str) -> list[str]:
    """The titles of a file's columns."""
    with open(path, "rb") as file:
        return file.readline().decode("utf-8-sig").strip().split(";")
