"""Brings the lake to what the store says: new rows go into new files, and what is not as the store has it is written again."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.durable_files import private_files, sync_file, sync_folder
from warehouse.errors import LakeUnusable, safe_description
from warehouse.lake.manifest import MANIFEST, LakeFile, Manifest, Partition, read_manifest, sha256_of, write_manifest
from warehouse.lake.tables import CLOSINGS, LakeTable, lake_tables, select_closings
from warehouse.query_results import quoted, read_sql

log = logging.getLogger("suivi.lake")

#: a partition of so many files is written as one when it gets another
MOST_FILES = 16
_SQL_PACKAGE = "warehouse.lake"
_FILES_AT_ONCE = 16


@dataclass(frozen=True)
class Lake:
    """A lake to be read: the last submission it knows, and by table the absolute paths of its files."""

    last: int
    files: Mapping[str, tuple[Path, ...]]

    def source(self, table: str) -> str:
        """What DuckDB reads the rows of a table from, for a FROM: all that came by the last submission."""
        if files := self.files[table]:
            return f"read_parquet([{', '.join(quoted(str(path)) for path in files)}], hive_partitioning = false)"
        (columns,) = (one.columns for one in lake_tables() if one.name == table)
        return f"(select {', '.join(f'cast(null as {one.sql_type}) as {_name(one.name)}' for one in columns)} where false)"


def update_lake(con: duckdb.DuckDBPyConnection, folder: Path, last: int, selects: Mapping[str, str]) -> Lake:
    """Bring the lake to what the store says of the submissions up to `last`, or up to the last that it knows already.

    A partition gets one more file for rows that are new. It is written as one file if it has too many; if what it holds is not
    what the store says, because somebody was erased or the store rebuilt; or if its files are gone or damaged. What the
    manifest does not name counts for nothing and is removed; so a run that was cut off at any moment is mended by the next.

    Args:
        con: to it the store is attached as `private`, and what else the SELECTs read. What does not fit into its memory_limit
            lies in its temp_directory for as long.
        folder: of the lake, made if need be.
        last: the submission.
        selects: for the table of each return the SELECT of its rows up to the submission `$last`, every version.

    Returns:
        the lake. Raises LakeUnusable where it cannot be written; what the manifest names is whole all the same.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        before = read_manifest(folder)
        last = max(last, before.last)
        partitions: dict[str, Partition] = {}
        with private_files():
            for table in lake_tables():
                select = select_closings() if table.name == CLOSINGS else selects[table.name]
                partitions |= _update_table(con, folder, table, select.replace("$last", str(last)), before)
        now = Manifest(last, partitions)
        if now != before:
            write_manifest(folder, now)
        _remove_unnamed(folder, now)
    except (duckdb.Error, OSError) as error:
        with contextlib.suppress(OSError):  # on a full disk the night needs the room
            _remove_unnamed(folder, read_manifest(folder))
        raise LakeUnusable(f"could not write the lake in {folder} {safe_description(error)}") from None
    tables = now.files(table.name for table in lake_tables())
    return Lake(last, {name: tuple((folder / file.path).absolute() for file in files) for name, files in tables.items()})


def _update_table(
    con: duckdb.DuckDBPyConnection, folder: Path, table: LakeTable, select: str, before: Manifest
) -> dict[str, Partition]:
    """The partitions of a table as the store has them, by their paths; those that have changed are written."""
    keys = ", ".join(f"{sql} as {_name(name)}" for name, sql in table.partition_by.items() if not table.writes_keys)
    columns = ", ".join(_name(column.name) for column in table.columns)
    declared = ", ".join(f"{column.name} {column.sql_type}" for column in table.columns)
    con.execute(
        read_sql(
            _SQL_PACKAGE, "rows_of_lake", select=select, columns=f"{columns}, {keys}" if keys else columns,
            hashed=f"{quoted(declared)}, {columns}",  # with other columns it is another partition
            partition=table.partition, arrived=table.arrived,
        )
    )  # fmt: skip
    try:
        found = con.execute(read_sql(_SQL_PACKAGE, "partitions_of_store"), {"known": before.last}).fetchall()
        intact = _intact(folder, before, table)
        wanted: dict[str, int] = {}  # partitions to be written: the rows after that submission
        kept: dict[str, tuple[LakeFile, ...]] = {}
        for path, known_rows, known_checksum, rows, _ in found:
            was = before.partitions.get(path)
            if was is None or not intact[path]:
                wanted[path] = 0
            elif (was.rows, was.checksum) != (known_rows, _hexadecimal(known_checksum)):
                log.info("%s: it is not what the store says: written again from the store", path)
                wanted[path] = 0
            elif rows == known_rows:
                kept[path] = was.files
            elif len(was.files) >= MOST_FILES:
                wanted[path] = 0
            else:
                kept[path] = was.files
                wanted[path] = before.last
        written = _write(con, folder, table, wanted)
    finally:
        con.execute("DROP VIEW rows_of_lake")
    partitions = {
        path: Partition(table.name, rows, _hexadecimal(checksum), (*kept.get(path, ()), *written.get(path, ())))
        for path, _, _, rows, checksum in found
    }
    for path, partition in partitions.items():
        if sum(file.rows for file in partition.files) != partition.rows:
            raise LakeUnusable(f"{folder / path} was not written whole; what was there before stays")
    return partitions


def _intact(folder: Path, manifest: Manifest, table: LakeTable) -> dict[str, bool]:
    """Whether the files of each partition of a table lie there as they were written; a line in the log where not."""
    paths = [path for path, partition in manifest.partitions.items() if partition.table == table.name]
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        states = pool.map(lambda path: all(file.is_intact(folder) for file in manifest.partitions[path].files), paths)
        intact = dict(zip(paths, states, strict=True))
    for path, is_intact in intact.items():
        if not is_intact:
            log.warning("%s is damaged: written again from the store", folder / path)
    return intact


def _write(
    con: duckdb.DuckDBPyConnection, folder: Path, table: LakeTable, wanted: Mapping[str, int]
) -> dict[str, tuple[LakeFile, ...]]:
    """Write the rows that came after a submission, by partition; the files, proof against a power cut, by partition."""
    if not wanted:
        return {}
    partitions = ", ".join(f"{{'path': {quoted(path)}, 'after': {after}}}" for path, after in wanted.items())
    columns = [column.name for column in table.columns] + [name for name in table.partition_by if not table.writes_keys]
    copy = read_sql(
        _SQL_PACKAGE, "write_partitions", partitions=f"[{partitions}]", columns=", ".join(f"r.{_name(one)}" for one in columns),
        keys=", ".join(map(_name, table.partition_by)), folder=quoted(str(folder / table.name)),
        writes_keys=str(table.writes_keys).lower(),
    )  # fmt: skip
    con.execute("SET threads = 1")  # more would each write a file of their own in each partition, with rows in any order
    try:
        made = con.execute(copy).fetchall()
    finally:
        con.execute("RESET threads")
    with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
        files = list(pool.map(lambda row: _durable_file(folder, table, Path(row[0]), row[1], row[2], row[4]), made))
    folders = {parent for file in files for parent in (folder / file.path).parents if parent.is_relative_to(folder)}
    for one in folders:
        sync_folder(one)
    by_partition: dict[str, tuple[LakeFile, ...]] = {}
    for file in sorted(files, key=lambda file: file.first):
        path = str(Path(file.path).parent)
        by_partition[path] = (*by_partition.get(path, ()), file)
    return by_partition


def _durable_file(
    folder: Path, table: LakeTable, path: Path, rows: int, size: int, statistics: Mapping[str, Mapping[str, str]]
) -> LakeFile:
    sync_file(path)
    if path.stat().st_size != size:
        raise LakeUnusable(f"{path} was not written to its end: see that its disk has room")
    arrived = statistics[f'"{table.arrived}"']
    relative = path.relative_to(folder).as_posix()
    return LakeFile(relative, rows, size, sha256_of(path), int(arrived["min"]), int(arrived["max"]))


def _remove_unnamed(folder: Path, manifest: Manifest) -> None:
    """Remove what the manifest does not name: what was replaced, and what was being written when a run was cut off."""
    named = {folder / MANIFEST} | {folder / file.path for one in manifest.partitions.values() for file in one.files}
    for parent, folders, files in os.walk(folder, topdown=False):
        for name in files:
            if (path := Path(parent, name)) not in named:
                path.unlink()
        for name in folders:
            path = Path(parent, name)
            if path.is_symlink():
                path.unlink()
            elif not any(path.iterdir()):
                path.rmdir()


def _hexadecimal(checksum: int) -> str:
    return f"{checksum:x}"


def _name(name: str) -> str:
    return f'"{name}"'
