"""The lake says what the store says, on every day, whatever happened to its files; and only what has to be is written."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from expectations.contract.returns import RETURNS
from tests.unit.store_builders import OTHER_SIRET, SIRET, day, submission
from transforms.models.rows_in_force import lake_of_store, make_rows_in_force
from warehouse.errors import LakeUnusable
from warehouse.lake import update
from warehouse.lake.tables import lake_tables
from warehouse.lake.update import Lake
from warehouse.published.unfinished_file import store_attached
from warehouse.store.store import Store

LATER = date(2030, 1, 1)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(home) as store:
        yield store


def history(store: Store, as_of: date, lake: Lake | None = None) -> dict[str, tuple[Any, ...]]:
    """Columns and rows of every version of every row, by table; those in force too."""
    with duckdb.connect() as con, store_attached(con, store):
        make_rows_in_force(con, as_of, lake=lake)
        tables = [f"{schema}.{contract.table}" for schema in ("history", "in_force") for contract in RETURNS.values()]
        return {
            table: tuple(con.execute(query).fetchall() for query in (f"DESCRIBE {table}", f"FROM {table} ORDER BY ALL"))
            for table in tables
        }  # fmt: skip


def updated(store: Store) -> Lake:
    """The lake of all that the store holds, which was proven to say what the store says."""
    lake = lake_of_store(store, store.path.parent, LATER)
    assert history(store, LATER, lake) == history(store, LATER)
    return lake


def files(store: Store) -> dict[str, bytes]:
    """The Parquet files of the lake, by their paths in it."""
    folder = store.path.parent / "lake"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}


def partitions(paths: set[str]) -> set[str]:
    return {str(Path(path).parent) for path in paths}


def learners(*refs: str, siret: str = SIRET, **changes: Any) -> list[dict[str, Any]]:
    return [{"provider_siret": siret, "learner_ref": ref, **changes} for ref in refs]


def take(store: Store, number: int, kind: str, rows: list[dict[str, Any]]) -> None:
    store.load("run", [submission(kind, rows, at=day(number))])


def random_rows(kind: str, rng: Random) -> list[dict[str, Any]]:
    """A few rows, some of which take the place of earlier ones of the same kind."""
    key = RETURNS[kind].key
    dates = [column.name for column in RETURNS[kind].columns if column.sql_type == "DATE" and column.name != "born_on"]
    rows = {}
    for _ in range(rng.randint(1, 5)):
        row: dict[str, Any] = {name: rng.choice(["a", "b", "c"]) for name in key if name not in ("provider_siret", "horizon")}
        row |= {name: date(2018 + rng.randrange(4), 1 + rng.randrange(12), 28) for name in dates if rng.random() < 0.8}
        row["provider_siret"] = rng.choice([SIRET, OTHER_SIRET, "18000001200018"])
        rows[tuple(row.get(name) for name in key)] = row
    return list(rows.values())


@pytest.mark.attack
@pytest.mark.parametrize("seed", range(20))
def test_the_lake_says_what_the_store_says_on_every_day(store: Store, seed: int) -> None:
    rng = Random(seed)
    for number in range(12):
        take(store, number, kind := rng.choice(list(RETURNS)), random_rows(kind, rng))
        if rng.random() < 0.2:
            updated(store)
    lake = updated(store)
    assert {name for name, paths in lake.files.items() if not paths} <= {table.name for table in lake_tables()}
    for number in range(0, 12, 5):
        as_of = day(number).date()
        assert history(store, as_of, lake) == history(store, as_of)


@pytest.mark.attack
def test_a_lake_without_rows(store: Store) -> None:
    assert set(updated(store).files.values()) == {()}


def test_new_rows_go_into_new_files_of_their_partitions_alone(store: Store) -> None:
    take(store, 0, "apprenants", learners("a", "b") + learners("c", siret=OTHER_SIRET))
    updated(store)
    before = files(store)
    take(store, 1, "apprenants", learners("b", "d", entered_on=date(2019, 1, 1)))
    take(store, 2, "suivi", learners("a"))
    updated(store)
    after = files(store)
    assert before.items() <= after.items()
    assert {Path(path).parts[0] for path in before} == {"learners"}
    (learner,) = {path for path in partitions(set(after)) if "/year=2019" in path and path.startswith("learners")}
    assert partitions(set(after) - set(before)) == {learner, learner.replace("learners", "followups"), "closings/table=learners"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (store.path.parent / "lake").rglob("*")}
    assert modes == {0o600, 0o700}
    before = files(store)
    updated(store)
    assert files(store) == before


@pytest.mark.attack
def test_files_lie_by_provider_and_by_the_year_of_a_rows_own_date(store: Store) -> None:
    take(store, 0, "suivi", [{"horizon": "M6", "observed_on": date(2019, 4, 1)}, {"horizon": "M12", "observed_on": date(2020, 1, 1)}])
    updated(store)
    (digit,) = {int(hashlib.md5(SIRET.encode()).hexdigest()[0], 16) % 8}
    assert partitions(set(files(store))) == {f"followups/provider_hash={digit}/year={year}" for year in (2019, 2020)}


@pytest.mark.attack
def test_a_partition_of_many_files_is_written_as_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "MOST_FILES", 2)
    counts = []
    for number in range(3):
        take(store, number, "apprenants", learners(f"{number}"))
        counts.append(len(updated(store).files["learners"]))
    assert counts == [1, 2, 1]


@pytest.mark.attack
def test_a_large_partition_is_one_file_in_the_order_of_files_and_lines(store: Store) -> None:
    take(store, 0, "depenses", [{}])
    with store.transaction("fill") as con:
        con.execute(
            "INSERT INTO rows_expenses SELECT r.* REPLACE (n::INTEGER AS line) FROM rows_expenses AS r, range(400_000, 2, -1) AS t(n)"
        )
    (file,) = lake_of_store(store, store.path.parent, LATER).files["expenses"]
    with duckdb.connect() as con:
        lines = [line for (line,) in con.execute(f"SELECT line FROM read_parquet('{file}')").fetchall()]
    assert lines == list(range(2, 400_001))


def _gone(folder: Path, file: Path) -> None:
    file.unlink()


def _cut(folder: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _altered(folder: Path, file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _manifest_cut(folder: Path, file: Path) -> None:
    _cut(folder, folder / "manifest.json")


def _manifest_strange(folder: Path, file: Path) -> None:
    (folder / "manifest.json").write_text('{"version": 1, "last": 2, "partitions": {"a": {}}}')


@pytest.mark.parametrize("damage", [_altered, *(pytest.param(one, marks=pytest.mark.attack) for one in (_gone, _cut, _manifest_cut, _manifest_strange))])
def test_what_is_damaged_is_written_again(store: Store, caplog: pytest.LogCaptureFixture, damage: Callable[[Path, Path], None]) -> None:
    take(store, 0, "apprenants", learners("a", "b"))
    take(store, 1, "suivi", learners("a"))
    (file,) = updated(store).files["learners"]
    damage(store.path.parent / "lake", file)
    caplog.clear()
    updated(store)
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "written again from the store" in line
    if damage in (_gone, _cut, _altered):
        assert str(file.parent) in line


@pytest.mark.attack
def test_what_the_store_no_longer_says_goes(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    take(store, 0, "apprenants", learners("a", "b") + learners("c", siret=OTHER_SIRET))
    updated(store)
    before = files(store)
    with store.transaction("forget") as con:
        con.execute("DELETE FROM rows_learners WHERE learner_ref = 'a'")
    updated(store)
    (gone,) = set(before) - set(files(store))
    assert len(set(files(store)) - set(before)) == 1
    with store.transaction("forget") as con:
        con.execute("DELETE FROM rows_learners WHERE learner_ref = 'b'")
    updated(store)
    assert not (store.path.parent / "lake" / gone).parent.exists(), "nor does its empty folder stay"
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.attack
def test_what_the_manifest_does_not_name_counts_for_nothing(store: Store) -> None:
    take(store, 0, "apprenants", learners("a"))
    lake = updated(store)
    (file,) = lake.files["learners"]
    shutil.copy(file, file.with_name("killed.parquet"))
    shutil.copytree(file.parent, file.parent.with_name("year=2001"))
    assert updated(store) == lake
    assert len(files(store)) == 1


@pytest.mark.attack
def test_a_lake_of_another_store_becomes_this_ones(store: Store, tmp_path: Path) -> None:
    take(store, 0, "apprenants", learners("a"))
    with Store.open(tmp_path / "other") as other:
        for number in range(3):
            take(other, number, "apprenants", learners("b"))
        updated(other)
    shutil.copytree(tmp_path / "other" / "lake", store.path.parent / "lake")
    updated(store)
    take(store, 1, "apprenants", learners("c"))
    updated(store)


@pytest.mark.attack
def test_what_cannot_be_written_leaves_the_lake_of_before(store: Store) -> None:
    """A file where a folder must be; the words are the system's, and no value is in them."""
    take(store, 0, "suivi", learners("a"))
    before = updated(store)
    manifest = store.path.parent / "lake" / "manifest.json"
    said = manifest.read_bytes()
    (store.path.parent / "lake" / "learners").write_text("")
    take(store, 1, "apprenants", learners("b"))
    with pytest.raises(LakeUnusable, match="IOException"):
        lake_of_store(store, store.path.parent, LATER)
    assert manifest.read_bytes() == said
    assert all(path.exists() for path in before.files["followups"])
    updated(store)


@pytest.mark.attack
def test_a_day_that_the_lake_does_not_know_is_refused(store: Store) -> None:
    take(store, 0, "suivi", learners("a"))
    lake = updated(store)
    take(store, 1, "suivi", learners("b"))
    with pytest.raises(ValueError, match="files up to 1"):
        history(store, LATER, lake)


def test_nothing_personal_is_in_the_lake(store: Store) -> None:
    take(store, 0, "apprenants", learners("ZZCANARY", national_ref="ZZNATIONAL", born_on=date(1994, 7, 14)))
    (file,) = updated(store).files["learners"]
    with duckdb.connect() as con:
        said = json.dumps(con.execute(f"FROM read_parquet('{file}')").fetchall(), default=str)
    assert "ZZ" not in said
    assert "1994-07-14" not in said
    assert "1994" in said
