"""Whether a file may hold one of a few texts, in any encoding and spelling: a quick no, so that the rest is read with care."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.read import Unreadable
from transforms.read.decode import decode
from warehouse.erasure.spelling import searchable_bytes

_SHORTEST = 3


class QuickSearch:
    """Looks for texts; where one of them is too short to tell, or `texts` is None, any file may hold it."""

    def __init__(self, texts: Iterable[str] | None) -> None:
        needles = None if texts is None else {searchable_bytes(text) for text in texts}
        self._needles = needles if needles and min(map(len, needles)) >= _SHORTEST else None

    def may_be_in(self, text: str) -> bool:
        """Whether a text may hold one of them."""
        if self._needles is None:
            return True
        left = searchable_bytes(text)
        return any(needle in left for needle in self._needles)

    def may_be_in_file(self, data: bytes) -> bool:
        """Whether a return may; yes for what is no text."""
        if self._needles is None:
            return True
        try:
            return self.may_be_in("\n".join(decode(data).lines))
        except Unreadable:
            return True
