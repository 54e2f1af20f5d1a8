"""Warns root, before a venv is made for others, of a program or a Python that they cannot read; standard library alone."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

#: where programs lie that others are to run; a clone of root's own elsewhere is nobody else's concern
_SHARED = tuple(Path("/", name) for name in ("opt", "srv", "usr"))


def closed_to_others(path: Path) -> Iterator[Path]:
    """The folders on the way to a file or folder through which other users cannot go, and itself if they cannot read it."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            yield folder
    if not path.stat().st_mode & stat.S_IROTH:
        yield path


def main(folder: str) -> None:
    """Print a line for each place that is closed; nothing where the folder is not one that others use."""
    if not any(Path(folder).is_relative_to(shared) for shared in _SHARED):
        return
    closed = {place for path in (folder, sys.executable, os.__file__) for place in closed_to_others(Path(path).resolve())}
    for place in sorted(closed):
        what = f"other users cannot read {place}, so a service user cannot run suivi"
        print(f"warning: {what}: make PYTHON=/usr/bin/python3 …", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
