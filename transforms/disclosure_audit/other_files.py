"""The other files of a release: that all formats hide the same cells, and that nothing published before was changed."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from transforms.disclosure_audit.plain_truths import COSTS, RATES
from transforms.disclosure_audit.read_csv_files import COUNTS_OF, HEADERS, HIDDEN, ReadRelease, Row
from transforms.disclosure_audit.report import CHANGED, FORMATS_DIFFER, UNKNOWN_FILE, UNREADABLE, Violation

#: the columns that tell of people, by file: what is hidden in them is hidden in every format
OF_PEOPLE = {
    **{table: (*names, *RATES[table]) for table, names in COUNTS_OF.items()},
    "verdicts": ("verdict",), "coverage": ("entrants", "entrants_per_10000"), "spend": tuple(COSTS),
}  # fmt: skip
#: numbers with six decimals differ by less where they are the same
_OFF = 1e-6


def file_violations(release: ReadRelease) -> Iterator[Violation]:
    """Cells about people that another format shows otherwise, and files that nobody knows."""
    for folder, suffix in (("csv-fr", ".csv"), ("parquet", ".parquet")):
        if not (release.folder / folder).is_dir():
            continue
        for path in sorted((release.folder / folder).iterdir()):
            name = f"{folder}/{path.name}"
            if path.suffix != suffix or path.stem not in HEADERS:
                yield Violation(release.name, "", "", name, UNKNOWN_FILE)
                continue
            try:
                header, rows = _french(path) if folder == "csv-fr" else _parquet(path)
            except (OSError, ValueError, UnicodeError):
                yield Violation(release.name, "", "", name, UNREADABLE)
                continue
            for column in header:
                if column not in HEADERS[path.stem]:
                    yield Violation(release.name, "", "", f"{name}: {column}", UNKNOWN_FILE)
            yield from _differing(release, path.stem, name, rows)


def _differing(release: ReadRelease, table: str, name: str, rows: Sequence[dict[str, Any]]) -> Iterator[Violation]:
    ours = release.tables.get(table, [])
    if len(ours) != len(rows):
        yield Violation(release.name, "", "", name, FORMATS_DIFFER)
        return
    for row, other in zip(ours, rows, strict=True):
        for column in OF_PEOPLE.get(table, ()):
            if not _same(row.get(column, ""), other.get(column)):
                yield Violation(release.name, *_unit(table, row), f"{name}: {column}", FORMATS_DIFFER)


def _unit(table: str, row: Row) -> tuple[str, str]:
    if table == "spend":
        return "action", row["action"]
    return row.get("level", "session"), row["level_id"]


def _same(text: str, other: str | float | None) -> bool:
    """Whether a cell says the same elsewhere: None (of Parquet) stands for hidden and for no value."""
    if other is None:
        return text in ("", HIDDEN)
    if isinstance(other, str) and not _is_number(text):
        return text == other
    return _is_number(text) and _is_number(other) and abs(float(text) - float(other)) <= _OFF


def _is_number(value: str | float) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _french(path: Path) -> tuple[Sequence[str], list[dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        of_people = OF_PEOPLE.get(path.stem, ())
        rows = [
            {column: (value or "").replace(",", ".") if column in of_people else value for column, value in row.items()}
            for row in reader
        ]
        return reader.fieldnames or (), rows


def _parquet(path: Path) -> tuple[Sequence[str], list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    return table.column_names, table.to_pylist()


def unchanged(earlier: Path, release: Path) -> Iterator[Violation]:
    """Whether an earlier release is as it was published: by its own lists of hashes, and by what the new release says of them."""
    hashes = earlier / "SHA256SUMS"
    listed: dict[str, str] = {}
    if hashes.is_file():
        content = hashes.read_bytes()
        listed |= {path: digest for digest, _, path in (line.partition("  ") for line in content.decode().splitlines())}
        for known in _package(release).get("earlierReleases", ()):
            if known.get("name") == earlier.name and known.get("sha256sums") != hashlib.sha256(content).hexdigest():
                yield Violation(earlier.name, "", "", hashes.name, CHANGED)
    for resource in _package(earlier).get("resources", ()):
        digest = str(resource.get("hash", "")).removeprefix("sha256:")
        if digest and listed.setdefault(resource["path"], digest) != digest:
            yield Violation(earlier.name, "", "", resource["path"], CHANGED)
    for path, digest in sorted(listed.items()):
        file = earlier / path
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            yield Violation(earlier.name, "", "", path, CHANGED)


def _package(folder: Path) -> dict[str, Any]:
    path = folder / "datapackage.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
