"""Bytes that come again: whether what they said still counts, or a later file has replaced any of it since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from expectations.contract.returns import RETURNS
from warehouse.intake.sent_before import SentBefore, SentFile
from warehouse.store.stage import row_key

if TYPE_CHECKING:
    from expectations.verdict.decide import FileVerdict

class SentAgain:
    """Knows the bytes of which anything was taken, before this night or in it.

    Args:
        taken: kind and SIRET of the files taken before, by SHA-256 of the bytes received.
        look_up: what the store knows of those bytes; None to take nothing for replaced.
    """

    def __init__(
        self, taken: Mapping[str, tuple[str | None, str | None]], look_up: Callable[[str], SentBefore] | None
    ) -> None:
        self._taken = dict(taken)
        self._look_up = look_up
        self._tonight: list[tuple[FileVerdict, SentFile]] = []

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._taken

    def what(self, sha256: str) -> tuple[str | None, str | None]:
        """Kind and SIRET of the file with those bytes."""
        return self._taken[sha256]

    def note(self, file: FileVerdict, received_on: date) -> None:
        """A file of this night was taken."""
        self._taken[file.sha256] = (file.kind, file.provider_siret)
        self._tonight.append((file, SentFile(file.name, received_on)))

    def replaced(self, sha256: str) -> tuple[SentFile, SentFile] | None:
        """The file with those bytes that was taken last, and the first that replaced any of it; None where all of it counts."""
        if self._look_up is None:
            return None
        place = next((n for n in reversed(range(len(self._tonight))) if self._tonight[n][0].sha256 == sha256), None)
        if place is not None:
            file, sent = self._tonight[place]
            rows: Sequence[tuple[str, str]] = _rows(file)
            later = self._tonight[place + 1 :]
        else:
            before = self._look_up(sha256)
            if before.replaced_by:
                return before.sent, before.replaced_by
            sent, rows, later = before.sent, before.rows, self._tonight
        about = self._taken[sha256]
        return next(
            ((sent, by) for other, by in later if (other.kind, other.provider_siret) == about and _replaces(other, rows)), None
        )


def _rows(file: FileVerdict) -> list[tuple[str, str]]:
    """Scope and key of the rows taken of a file, as the store writes them."""
    contract = RETURNS[file.kind or ""]
    if not file.rows:
        return []
    scopes, keys = (file.rows.keys(names).to_pylist() for names in (contract.scope, contract.key))
    return list(zip(scopes, keys, strict=True))


def _replaces(file: FileVerdict, rows: Sequence[tuple[str, str]]) -> bool:
    """Whether a file replaces or retires any of these rows, as warehouse.store.corrections says."""
    new = _rows(file)
    scopes = {scope for scope, _ in new} | {row_key(scope) for scope in file.scopes}
    keys = {key for _, key in new}
    in_error = set() if file.quarantined_rows is None else set(file.quarantined_rows["row_key"].to_pylist())
    may_retire = None not in in_error
    return any(scope in scopes and (key in keys or (may_retire and key not in in_error)) for scope, key in rows)
