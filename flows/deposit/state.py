"""What the page must not forget when it is started again: links, sessions and deposits, in a small SQLite file of the home."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flows.deposit.secret import Secret
from warehouse.query_results import read_sql

#: seconds for which a link that was mailed can be used, once
LINK = 15 * 60
#: seconds after which a session ends by itself: unused, and in any case
IDLE, LONGEST_SESSION = 30 * 60, 8 * 3600
#: what the check of a deposited file said is kept for so long: the night's own receipt has long taken its place
_KEEP_PAGES = 30 * 86_400
#: links and sessions that are over are kept for so long, so that a link that is used twice can be told so
_KEEP_OVER = 2 * 86_400
_SHOWN_DEPOSITS = 100
_LINK, _SESSION = "link", "session"


@dataclass(frozen=True)
class Identity:
    """Who a session is of: a hidden address, and the one provider that was asked for, None for all of that address."""

    address_hash: str
    siret: str | None = None


@dataclass(frozen=True)
class Deposit:
    """A file that was deposited. `file_name` is its path in the inbox, `original_name` what the browser said.

    `decision` and `page` are what its check said, None until that is done or where it could not be.
    """

    number: int
    siret: str
    file_name: str
    original_name: str
    size: int
    sha256: str
    deposited_at: datetime
    decision: str | None = None
    page: str | None = field(default=None, repr=False)


class State:
    """The file `deposit/state.sqlite` of a home. Each method is one transaction, and safe from any thread or process.

    `clock` gives seconds since 1970, `keep_deposits` says for how many of them deposits are remembered. OSError or sqlite3.Error
    where the file cannot be used.
    """

    def __init__(
        self, home: Path, secret: Secret, clock: Callable[[], float] = time.time, keep_deposits: float = 6 * 366 * 86_400
    ) -> None:
        self._path = home / "deposit" / "state.sqlite"
        self._secret, self._clock, self._keep_deposits = secret, clock, keep_deposits
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.parent.chmod(0o700)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        self._path.chmod(0o600)
        with self._transaction() as con:
            for statement in read_sql("flows.deposit", "tables").split(";"):
                con.execute(statement)
        self.forget_what_is_over()

    def new_link(self, who: Identity) -> str:
        """A token that identifies whoever brings it back within LINK, once."""
        nonce = secrets.token_urlsafe(24)
        row = (self._secret.hidden(_LINK, nonce), who.address_hash, who.siret, self._clock() + LINK)
        with self._transaction() as con:
            con.execute("insert into links values (?, ?, ?, ?, null)", row)
        return self._secret.signed(_LINK, nonce)

    def is_link(self, token: str) -> bool:
        """Whether the token of a link is one of this home's, used or not: it was signed here, not too long ago."""
        return self._secret.text_of(_LINK, token, LINK) is not None

    def use_link(self, token: str) -> Identity | None:
        """Who a link identifies; None where it is forged, expired or used already."""
        nonce = self._secret.text_of(_LINK, token, LINK)
        if nonce is None:
            return None
        with self._transaction() as con:
            found = con.execute(
                read_sql("flows.deposit", "use_link"), {"now": self._clock(), "token_hash": self._secret.hidden(_LINK, nonce)}
            ).fetchall()
        return Identity(*found[0]) if found else None

    def new_session(self, who: Identity) -> str:
        """The id of a new session."""
        self.forget_what_is_over()
        session, now = secrets.token_urlsafe(32), self._clock()
        row = (self._secret.hidden(_SESSION, session), who.address_hash, who.siret, now, now)
        with self._transaction() as con:
            con.execute("insert into sessions values (?, ?, ?, ?, ?)", row)
        return session

    def session(self, session: str) -> Identity | None:
        """Who a session is of, which is used by that; None where there is none of that id, or it is over."""
        now = self._clock()
        known = {"id_hash": self._secret.hidden(_SESSION, session), "now": now}
        with self._transaction() as con:
            found = con.execute(
                read_sql("flows.deposit", "keep_session"),
                {**known, "idle_since": now - IDLE, "begun_since": now - LONGEST_SESSION},
            ).fetchall()
        return Identity(*found[0]) if found else None

    def end_session(self, session: str) -> None:
        """End a session, if there is one of that id."""
        with self._transaction() as con:
            con.execute("delete from sessions where id_hash = ?", [self._secret.hidden(_SESSION, session)])

    def note_deposit(self, siret: str, file_name: str, original_name: str, size: int, sha256: str) -> Deposit:
        """Note a file that lies in the inbox."""
        now = self._clock()
        row = {
            "siret": siret, "file_name": file_name, "original_name": original_name, "size": size, "sha256": sha256,
            "deposited_at": now,
        }  # fmt: skip
        with self._transaction() as con:
            (number,) = con.execute(read_sql("flows.deposit", "note_deposit"), row).fetchone()
        return Deposit(number, siret, file_name, original_name, size, sha256, datetime.fromtimestamp(now, UTC))

    def note_check(self, number: int, decision: str, page: str) -> None:
        """Note what the check of a deposited file said."""
        with self._transaction() as con:
            con.execute("update deposits set decision = ?, page = ? where number = ?", [decision, page, number])

    def deposits(self, siret: str) -> list[Deposit]:
        """The last files that a provider deposited, the newest first."""
        return self._deposits({"siret": siret, "number": None, "limit": _SHOWN_DEPOSITS})

    def deposit(self, siret: str, number: int) -> Deposit | None:
        """A file that this provider deposited, None where it did not."""
        found = self._deposits({"siret": siret, "number": number, "limit": 1})
        return found[0] if found else None

    def forget_what_is_over(self) -> None:
        """Forget links, sessions, checks and deposits whose time is over."""
        now = self._clock()
        with self._transaction() as con:
            con.execute("delete from links where expires_at < ?", [now - _KEEP_OVER])
            con.execute("delete from sessions where begun_at < ?", [now - _KEEP_OVER])
            con.execute("update deposits set page = null where deposited_at < ?", [now - _KEEP_PAGES])
            con.execute("delete from deposits where deposited_at < ?", [now - self._keep_deposits])

    def _deposits(self, parameters: dict[str, object]) -> list[Deposit]:
        with self._transaction() as con:
            rows = con.execute(read_sql("flows.deposit", "deposits"), parameters).fetchall()
        return [
            Deposit(number, of, file_name, original_name, size, sha256, datetime.fromtimestamp(at, UTC), decision, page)
            for number, of, file_name, original_name, size, sha256, at, decision, page in rows
        ]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=10.0, isolation_level=None)) as con:
            con.execute("pragma synchronous = full")
            con.execute("pragma secure_delete = on")
            con.execute("begin immediate")
            try:
                yield con
            except BaseException:
                con.execute("rollback")
                raise
            con.execute("commit")
