"""`.in-hand`: which files a night is reading at this moment, and how often one that was being read ended with its night.

A night that is killed, runs out of memory or is stopped because it hangs leaves no word of why. What it had in hand is all that
tells; so it is written down before a file is looked at, and the next night counts it.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

#: a file that was in hand when so many nights died is not looked at again
MOST_DEATHS = 2


class InHand:
    """The note of one home, for one night; counts what an earlier night left behind when it died.

    It never fails: a note that cannot be written or read only means that a death is not counted.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / ".in-hand"
        left, self._deaths = _read(self._path)
        self._deaths.update(left)
        if left:
            self.put_down()

    def deaths(self, sha256: str) -> int:
        """In how many nights' hands these bytes were when they died, since last they were judged."""
        return self._deaths[sha256]

    def take(self, hashes: Iterable[str]) -> None:
        """Note that these files, and no others, are looked at from now on."""
        self._write(list(hashes))

    def put_down(self) -> None:
        """Note that no file is looked at."""
        self._write([])

    def survived(self, sha256: str) -> None:
        """Forget the deaths of a file that a night has judged; noted with what is taken, or put down, next."""
        del self._deaths[sha256]

    def forgive(self, sha256: str) -> None:
        """Forget the deaths of a file that the steward wants judged again."""
        self.survived(sha256)
        self.put_down()

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
