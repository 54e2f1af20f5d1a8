"""The canonical form hangs on what a database says, not on how it came to say it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse.compare_databases import ACROSS_RUNS, Difference, differences, digests, dump

ROWS = "(1, 1.5::DECIMAL(14,2), NULL, [1, 2]), (2, NULL, 'é\"\n', []), (2, NULL, 'é\"\n', [])"


def database(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    return path


def made(path: Path, rows: str = ROWS, zone: str = "Europe/Paris") -> Path:
    return database(
        path,
        f"SET TimeZone = '{zone}'",
        "CREATE TABLE findings (line BIGINT, amount DECIMAL(14,2), text VARCHAR, list BIGINT[])",
        f"INSERT INTO findings VALUES {rows}",
        "CREATE TABLE meta (created_at TIMESTAMPTZ, key VARCHAR)",
        "INSERT INTO meta VALUES (now(), 'k')",
        "CREATE SCHEMA quality",
        "CREATE TABLE quality.files (received_at TIMESTAMPTZ)",
        "INSERT INTO quality.files VALUES (TIMESTAMPTZ '2026-03-29 04:00:00+02')",
    )


def test_order_time_zone_and_the_moment_of_making_do_not_matter(tmp_path: Path) -> None:
    one, other = made(tmp_path / "a"), made(tmp_path / "b", "(2, NULL, 'é\"\n', []), (1, 1.5, NULL, [1, 2]), (2, NULL, 'é\"\n', [])", "UTC")
    assert list(dump(one)) == list(dump(other))
    assert digests(one) == digests(other) and set(digests(one)) == {"findings", "meta", "quality.files"}
    assert differences(one, other) == []
    assert '["2026-03-29 02:00:00+00"]' in list(dump(one))


@pytest.mark.parametrize(
    ("rows", "only"),
    [
        (ROWS.replace("1.5", "1.51"), (1, 1)),
        (ROWS.replace("NULL, [1, 2]", "'', [1, 2]"), (1, 1)),
        (ROWS.replace("[1, 2]", "[2, 1]"), (1, 1)),
        (ROWS + ", (2, NULL, 'é\"\n', [])", (0, 1)),
    ],
)
def test_every_value_and_every_repeated_row_matters(tmp_path: Path, rows: str, only: tuple[int, int]) -> None:
    (found,) = differences(made(tmp_path / "a"), made(tmp_path / "b", rows))
    assert (found.table, found.only_left, found.only_right) == ("findings", *only)
    assert found.examples and set(found.examples) <= {"line=1", "line=2"}
    assert list(dump(tmp_path / "a")) != list(dump(tmp_path / "b"))


def test_columns_and_tables_matter(tmp_path: Path) -> None:
    one, other = made(tmp_path / "a"), made(tmp_path / "b")
    database(other, "ALTER TABLE findings ADD COLUMN more VARCHAR", "DROP TABLE quality.files", "CREATE TABLE extra (a INTEGER)")
    assert [(one.table, one.only_left) for one in differences(one, other)] == [("extra", None), ("findings", None), ("quality.files", None)]
    assert differences(one, other, tables=["meta"]) == []
    assert isinstance(differences(one, other)[0], Difference)


def test_other_runs_of_the_same_files_are_the_same(tmp_path: Path) -> None:
    one, other = made(tmp_path / "a"), made(tmp_path / "b")
    for path, run in ((one, "run1"), (other, "run2")):
        database(path, f"UPDATE quality.files SET received_at = received_at + INTERVAL {run[-1]} HOUR", "CREATE TABLE nights (run_id VARCHAR)", f"INSERT INTO nights VALUES ('{run}')")
    assert {found.table for found in differences(one, other)} == {"quality.files", "nights"}
    assert differences(one, other, ACROSS_RUNS) == []
