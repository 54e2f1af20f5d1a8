"""The seals of marks in rewritten originals (erase_records), made again with the key that took the place of a lost one."""

from __future__ import annotations

import re
from collections.abc import Callable

from transforms.read.totals_and_guidance import MARK

#: as erase_records writes them, among the bytes of an original: a scope is percent-encoded
_MARK = re.compile(rb"(%b (?P<said>[ARU](?:D|S[0-9]+)? [!-~]*)) [0-9a-f]{32}" % MARK.encode())


def with_new_seals(kept: bytes, seal: Callable[[str], str]) -> bytes:
    """What is kept of a file, its marks sealed by `seal`. Whether they were ours cannot be told without the key of before.

    So it is for files alone that the ledger knows as rewritten by us: in others, what is like a mark is its sender's.
    """
    return _MARK.sub(lambda mark: b"%b %b" % (mark[1], seal(mark["said"].decode()).encode()), kept)
