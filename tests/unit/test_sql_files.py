"""Queries in .sql files: each says what it gives, is written in the house's style, and is read by a module of its room."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for room in ("flows", "transforms", "warehouse") for path in (ROOT / room).rglob("sql/*.sql"))
KEYWORDS = ("SELECT", "FROM", "WHERE", "JOIN", "INSERT", "CREATE", "WITH", "UNION", "GROUP BY", "ORDER BY", "AND", "OR", "NULL")


def without_comments(text: str) -> str:
    return re.sub(r"--.*", "", text)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_query_says_what_it_gives_and_is_used(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"-- [A-Z].*[^-]\n", text), "it opens with a sentence"
    assert max(map(len, text.splitlines())) <= 130
    code = re.sub(r"'[^']*'", "''", without_comments(text))
    assert not [word for word in KEYWORDS if re.search(rf"\b{word}\b", code)], "keywords are lower case"
    room = path.parent.parent
    modules = (module.read_text(encoding="utf-8") for module in room.glob("*.py"))
    assert any(re.search(rf"""["']{path.stem}["']""", module) for module in modules), "no module of its room reads it"


def test_there_are_queries() -> None:
    assert len(FILES) > 30
