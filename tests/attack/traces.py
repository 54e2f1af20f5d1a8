"""Where a text stands in a home, however it is spelt and packed: names, bytes in any encoding, rows of databases, parts of mails."""

from __future__ import annotations

import email
import email.policy
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage, Message
from pathlib import Path

import duckdb

#: the reference of tests/attack/scenes.py under every spelling of it, also where a byte of an accent was mistaken
SPELLINGS = re.compile(r"can.{1,2}ri[\W_]{0,2}7731|canari[\W_]{0,2}7731|CNRINE77310001", re.IGNORECASE)


def traces(home: Path, wanted: re.Pattern[str] = SPELLINGS) -> list[str]:
    """The places, each once: `outbox/x.eml`, `store.duckdb findings.message`, `name of inbox/x.csv`."""
    found = set()
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home).as_posix()
        if wanted.search(name):
            found.add(f"name of {wanted.sub('…', name)}")
        if path.is_file() and not path.is_symlink():
            found |= {place for place, text in _texts(path, name) if wanted.search(text)}
    return sorted(found)


def _texts(path: Path, name: str) -> Iterator[tuple[str, str]]:
    shown = SPELLINGS.sub("…", name)
    if path.suffix == ".duckdb":
        yield from ((f"{shown} {column}", text) for column, text in _of_duckdb(path))
        return
    data = path.read_bytes()
    if data.startswith(b"SQLite format 3\0"):
        yield from ((f"{shown} {table}", text) for table, text in _of_sqlite(path))
    if path.suffix == ".eml":
        yield shown, _of_mail(data)
    for encoding in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
        yield shown, data.decode(encoding, "replace")
    yield shown, data[1:].decode("utf-16-le", "replace")


def _of_duckdb(path: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(path), read_only=True) as con:
        columns = con.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
            " AND (data_type LIKE '%VARCHAR%' OR data_type = 'BLOB')"
        ).fetchall()
        for schema, table, column, data_type in columns:
            for (value,) in con.execute(f'SELECT DISTINCT "{column}" FROM "{schema}"."{table}"').fetchall():
                said = _of_mail(value) if data_type == "BLOB" and value else str(value)
                yield f"{schema}.{table}.{column}".removeprefix("main."), said


def _of_sqlite(path: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        for line in con.iterdump():
            yield line[:60].split('"')[1] if '"' in line[:60] else "", line


def texts_of(mail: Message) -> Iterator[str]:
    """What a mail says: its headers, and each of its parts."""
    yield "\n".join(f"{name}: {value}" for name, value in mail.items())
    for part in mail.walk():
        if isinstance(part, EmailMessage) and not part.is_multipart():
            content = part.get_content()
            yield content if isinstance(content, str) else content.decode("utf-8", "replace")


def _of_mail(data: bytes) -> str:
    return "\n".join(texts_of(email.message_from_bytes(data, policy=email.policy.default)))
