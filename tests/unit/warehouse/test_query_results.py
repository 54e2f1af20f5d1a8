"""Queries from their files, and answers given whole."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.query_results import quoted, read_sql, rows_as_dicts, single_row


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    folder = tmp_path / "room_with_queries"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "sql" / "count_rows.sql").write_text("-- how many\nselect count(*), {'a': '{other}'} as braces from {table}", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return folder.name


def test_only_the_names_given_are_put_in(package: str) -> None:
    text = read_sql(package, "count_rows", table="rows_suivi")
    assert text == "-- how many\nselect count(*), {'a': '{other}'} as braces from rows_suivi"


def test_a_name_that_the_file_does_not_hold_is_an_error(package: str) -> None:
    with pytest.raises(KeyError, match="schema"):
        read_sql(package, "count_rows", schema="old")
    with pytest.raises(FileNotFoundError):
        read_sql(package, "count_columns")


def test_a_literal_is_the_text_again() -> None:
    with duckdb.connect() as con:
        for text in ("", "l'été", "''", "a'; drop table x; --"):
            assert single_row(con, f"select {quoted(text)}") == (text,)


def test_rows_come_by_the_names_of_their_columns() -> None:
    with duckdb.connect() as con:
        assert rows_as_dicts(con.execute("select range as n, 'x' as letter from range(2)")) == [
            {"n": 0, "letter": "x"}, {"n": 1, "letter": "x"},
        ]  # fmt: skip
        assert rows_as_dicts(con.execute("select 1 as n where false")) == []


def test_a_single_row_is_single() -> None:
    with duckdb.connect() as con:
        assert single_row(con, "select ?", [1]) == (1,)
        for query in ("select 1 where false", "select * from range(2)"):
            with pytest.raises(AssertionError, match="rows where one is due"):
                single_row(con, query)
