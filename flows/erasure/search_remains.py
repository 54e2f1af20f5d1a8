"""Looks for an erased person in the whole home: what could not be taken out is named by its place, not by its value."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import duckdb

from expectations.contract.returns import RETURNS
from transforms.parse.choose_columns import read_and_choose
from transforms.redaction.erase_records import header_of
from transforms.redaction.quick_search import QuickSearch
from warehouse.erasure.ask_once import rows_where
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.query_results import quoted, read_sql
from warehouse.safe_text import safe_to_show
from warehouse.table_declarations import store_table

_SQL_PACKAGE = "flows.erasure"
#: in characters, once folded: a shorter reference would be found everywhere, as a part of other words
SHORTEST = 6
#: in bytes: a file is searched piece by piece; pieces overlap, so that a reference across a border is whole in one of them
_PIECE, _OVERLAP = 1 << 23, 1 << 10
#: in bytes: no more of a compressed file is unpacked, however large it would become
_MOST_UNPACKED = 1 << 28
_OUTSIDE = "not ours: remove it there, or the file"
_IN_INBOX = "it waits: the next night takes nothing of the learner from it"
_WHY = {
    "archive": "an original, in a column that is about something else",
    "held": "a held original, in a column that is about something else",
    "audits": "a sheet of an audit: remove it, `suivi audit` writes it again",
    "receipts": "a receipt tells of what its file, or the file's name, says",
    "reports": "made from the names of files and actions",
    "open": "a release, out of our hands",
    "outbox": "a mail, out of our hands",
    ".prefect": "Prefect's own records",
    "snapshots": "as published: the name of a file, or what somebody wrote in a column that is about something else",
    "warehouse.duckdb": "as published: the name of a file, or what somebody wrote in a column that is about something else",
    "store.duckdb": "in a column that is about something else",
    "lake": "in a column that is about something else",
    "audit.jsonl": "names of files; the chain of its lines must hold",
    "suivi.log": "the log of the nights: names of files; remove it if you need not keep it",
    "erasures": "a record",
    "inbox": _IN_INBOX,
    "brought": _IN_INBOX,
}
#: how an older log is named after the newest
_OLDER_LOG = re.compile(r"(?<=\.log)\.[0-9]+$")
#: Columns of the store that are about learners. They were cleaned before the search: whoever is found there now is somebody else
#: with the same reference, or the erasure has listed the session already as one in which the reference stands too.
_OF_LEARNERS = frozenset({"learner_ref", "national_ref", "row_key", "scope"})
_KEYED = frozenset({
    "quarantined_rows", "findings", "cross_findings", "erased_scopes",
    *(store_table(contract) for contract in RETURNS.values() if "learner_ref" in contract.key),
})  # fmt: skip


@dataclass(frozen=True)
class Remain:
    """A place in which a person is still named, and why. `waits` is True of a file in the inbox, which the next night settles."""

    place: str
    why: str
    waits: bool = False


class Search:
    """A search of one home. `numbers` are the numbers of files by the SHA-256 of their originals."""

    def __init__(self, home: Path, erased: ErasedPersons, look: QuickSearch, numbers: dict[str, list[int]]) -> None:
        self._home = home
        self._erased = erased
        self._look = look
        self._numbers = numbers

    def remains(self) -> list[Remain]:
        """Every place, the names of files first. Linear in what lies in the home."""
        return [*self._names(), *(found for path in _files(self._home) for found in self._in_file(path))]

    # ---------------------------------------------------------------------------------------------------------- by place

    def _names(self) -> Iterator[Remain]:
        query = "SELECT submission_id, file_name FROM submissions ORDER BY submission_id"
        with contextlib.closing(duckdb.connect(str(self._home / "store.duckdb"), read_only=True)) as con:
            for number, name in con.execute(query).fetchall():
                if self._holds(name):
                    yield Remain(f"the name of file {number}", "names of files are not erased: ledger and receipts show it")

    def _in_file(self, path: Path) -> Iterator[Remain]:
        relative = path.relative_to(self._home)
        first, place = relative.parts[0], self._shown(relative)
        why, waits = _WHY.get(_OLDER_LOG.sub("", first), _OUTSIDE), first in ("inbox", "brought")
        if self._holds(str(relative)):
            yield Remain(f"{place} (its name)", why, waits)
        try:
            if first in ("archive", "held") and path.parent.name == path.name[:2]:
                yield from (Remain(where, why) for where in self._in_original(path, first))
            elif found := self._in_content(path, first):
                yield from (Remain(f"{place}{f', {where}' if where else ''}", why, waits) for where in found)
        except (OSError, ValueError, EOFError, duckdb.Error, sqlite3.Error, zipfile.BadZipFile):
            yield Remain(place, "it cannot be read, so nobody can say", waits)

    def _in_content(self, path: Path, first: str) -> list[str]:
        with path.open("rb") as file:
            start = file.read(16)
        if start[8:12] == b"DUCK":
            return list(self._in_duckdb(path))
        if start.startswith(b"PAR1"):
            return list(self._in_parquet(path))
        if start.startswith(b"SQLite format 3"):
            if found := list(self._in_sqlite(path)):
                return found
        elif start.startswith(b"PK\x03\x04"):
            return [""] if any(map(self._holds_bytes, _unzipped(path))) else []
        elif start.startswith(b"\x1f\x8b"):
            with gzip.open(path) as packed:
                return [""] if self._holds_bytes(packed.read(_MOST_UNPACKED)) else []
        elif path.suffix == ".eml":
            return [""] if any(map(self._holds, _parts_of_mail(path.read_bytes()))) else []
        return [""] if any(map(self._holds_bytes, _pieces(path))) else []

    def _in_original(self, path: Path, first: str) -> Iterator[str]:
        """Which columns of an original hold it; of a return about learners not those that say who somebody else is."""
        data = path.read_bytes()
        if not self._look.may_be_in_file(data):
            return
        where = " and ".join(f"file {number}" for number in self._numbers.get(path.name, [])) or f"{first}/{path.name[:12]}"
        header = header_of(data)
        if header is None:
            if self._holds_bytes(data):
                yield f"the original of {where}"
            return
        said = Counter[str]()
        for cells, column in zip(read_and_choose(data).records.cells, header.columns, strict=True):
            if column is None or not column.personal:
                said[column.header if column else "a column of its own"] += int(rows_where(cells, self._holds).sum())
        for title, count in (+said).items():
            yield f"the original of {where}, column {title}, {count} times"

    def _in_duckdb(self, path: Path) -> Iterator[str]:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute(f"ATTACH {quoted(str(path))} AS looked_at (READ_ONLY)")
            yield from self._in_looked_at(con, of_learners=_KEYED if path.name == "store.duckdb" else frozenset())

    def _in_parquet(self, path: Path) -> Iterator[str]:
        with contextlib.closing(duckdb.connect()) as con:
            con.execute("ATTACH ':memory:' AS looked_at")
            con.execute(f"CREATE VIEW looked_at.main.rows AS FROM read_parquet({quoted(str(path))}, hive_partitioning = false)")
            yield from self._in_looked_at(con, of_learners=frozenset())

    def _in_looked_at(self, con: duckdb.DuckDBPyConnection, of_learners: frozenset[str]) -> Iterator[str]:
        """Where it stands in the attached database `looked_at`; of the tables `of_learners` _OF_LEARNERS are passed over."""
        columns = con.execute(read_sql(_SQL_PACKAGE, "text_columns")).fetchall()
        for schema, table, column in columns:
            if (table in of_learners and column in _OF_LEARNERS) or (table, column) == ("submissions", "file_name"):
                continue  # see _OF_LEARNERS; names of files are searched apart
            name = f'looked_at."{schema}"."{table}"'
            rows = con.execute(f'SELECT "{column}", count(*) FROM {name} WHERE "{column}" IS NOT NULL GROUP BY 1').fetchall()
            values = [value for value, _ in rows if self._holds(value)]
            if values:
                yield self._counted(con, name, schema, table, column, values)

    def _counted(
        self, con: duckdb.DuckDBPyConnection, name: str, schema: str, table: str, column: str, values: list[str]
    ) -> str:
        where = f"{table if schema == 'main' else f'{schema}.{table}'}.{column}"
        columns = con.execute(read_sql(_SQL_PACKAGE, "columns_of_table"), {"schema": schema, "table": table}).fetchall()
        names = {known for (known,) in columns}
        condition = f'WHERE list_contains(?, "{column}")'
        if not {"submission_id", "line"} <= names:
            count = con.execute(f"SELECT count(*) FROM {name} {condition}", [values]).fetchall()[0][0]
            return f"{where}, {count} rows"
        rows = con.execute(f"SELECT submission_id, line FROM {name} {condition} ORDER BY ALL LIMIT 6", [values]).fetchall()
        examples = [f"file {number}" + (f" line {line}" if line else "") for number, line in rows[:5]]
        return f"{where} ({', '.join(examples)}{' and more' if len(rows) > 5 else ''})"

    def _in_sqlite(self, path: Path) -> Iterator[str]:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
            con.text_factory = lambda data: data.decode("utf-8", "replace")
            tables = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            for table in tables:
                count = 0
                for row in con.execute(f'SELECT * FROM "{table}"'):
                    count += any(self._holds(value) for value in row if isinstance(value, str))
                if count:
                    yield f"table {table}, {count} rows"

    # ------------------------------------------------------------------------------------------------------------ by text

    def _holds(self, text: str) -> bool:
        return self._look.may_be_in(text) and next(self._erased.places(text), None) is not None

    def _holds_bytes(self, data: bytes) -> bool:
        return any(map(self._holds, _texts(data)))

    def _shown(self, relative: Path) -> str:
        """A path without what names the person; of a receipt its day and number stay."""
        kept = len("2026-11-27-000001") if relative.parts[0] == "receipts" else 0
        parts = [f"{part[:kept]}…{Path(part).suffix}" if self._holds(part) else part for part in relative.parts]
        return safe_to_show("/".join(parts))


def _files(home: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and path.name != "erased.jsonl":
                yield path


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        kept = b""
        while piece := file.read(_PIECE):
            yield kept + piece
            kept = piece[-_OVERLAP:]


def _texts(data: bytes) -> Iterator[str]:
    """Bytes as the texts that they may be: UTF-8, or Windows-1252 and its likes; UTF-16 of either order."""
    if b"\0" in data:
        yield data.replace(b"\0", b"").decode("cp1252", "replace")
    yield data.decode("utf-8", "replace")
    if not data.isascii():
        yield data.decode("cp1252", "replace")


def _unzipped(path: Path) -> Iterator[bytes]:
    left = _MOST_UNPACKED
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            yield name.encode("utf-8", "replace")
            with packed.open(name) as member:
                content = member.read(left)
            left -= len(content)
            yield content


def _parts_of_mail(content: bytes) -> Iterable[str]:
    mail = message_from_bytes(content, policy=policy.default)
    yield from (str(value) for value in mail.values())
    for part in mail.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload.decode(part.get_content_charset() or "utf-8", "replace")
