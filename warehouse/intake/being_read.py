"""`.in-hand`: which files a night is reading at this moment, and how many nights ended while they were reading a file.

A night that is killed, runs out of memory or is stopped because it hangs cannot say why. Which files it was reading is the only
trace; so they are written down before they are looked at, and the next night counts them.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

#: a file that was being read when so many nights ended is not looked at again
MOST_NIGHTS_ENDED = 2


class FilesBeingRead:
    """The note of one home, for one night; it begins with counting what an earlier night was reading when it ended.

    It never fails: where the note cannot be written or read, an ended night is not counted, and that is all.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / ".in-hand"
        left, self._deaths = _read(self._path)
        self._deaths.update(left)
        if left:
            self.end()

    def nights_ended_by(self, sha256: str) -> int:
        """How many nights ended while they were reading these bytes, since a night last judged them."""
        return self._deaths[sha256]

    def begin(self, hashes: Iterable[str]) -> None:
        """Note that these files, and no others, are looked at from now on."""
        self._write(list(hashes))

    def end(self) -> None:
        """Note that no file is looked at."""
        self._write([])

    def clear(self, sha256: str) -> None:
        """Count no ended night against a file that a night has judged; written down with the next `begin` or `end`."""
        del self._deaths[sha256]

    def allow_again(self, sha256: str) -> None:
        """Count no ended night against a file that the steward wants judged again, and write that down at once."""
        self.clear(sha256)
        self.end()

    def _write(self, hashes: list[str]) -> None:
        with contextlib.suppress(OSError):
            if not hashes and not self._deaths:
                self._path.unlink(missing_ok=True)
                return
            noted = json.dumps({"in_hand": hashes, "deaths": self._deaths}) + "\n"
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                # In one go, over what is there, of which a tail may stay. No fsync or rename, which a night of thousands of files
                # would wait for: a file can end a process, not the power of the machine.
                os.pwrite(descriptor, noted.encode("ascii"), 0)
            finally:
                os.close(descriptor)


def _read(path: Path) -> tuple[list[str], Counter[str]]:
    try:
        noted = json.loads(path.read_bytes().partition(b"\n")[0])
        left = [str(sha256) for sha256 in noted["in_hand"]]
        return left, Counter({str(sha256): int(count) for sha256, count in noted["deaths"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [], Counter()
