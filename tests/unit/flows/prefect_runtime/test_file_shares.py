"""Files in shares, read elsewhere and handed over: nothing is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from expectations.verdict.checked_file import RefusalLimits
from flows.prefect_runtime.file_shares import hand_out, read_share, shares, take_over
from flows.steps.read import read_one
from tests.oracle.damaged_files import damaged_file
from tests.spec.paper import csv_of
from warehouse.store.pseudonyms import load_key
from warehouse.store.submission import Arrival


def arrivals_of(*files: bytes) -> list[Arrival]:
    now = datetime.now(UTC)
    return [Arrival(str(number), Path(str(number)), data, "", now, size=len(data)) for number, data in enumerate(files)]


def test_shares_are_of_about_the_same_size_and_none_is_empty() -> None:
    arrivals = arrivals_of(*(bytes(size) for size in (1, 8, 3, 4, 2)))
    assert shares(arrivals, range(5), 2) == [[1, 0], [3, 2, 4]]
    assert shares(arrivals, [1, 3], 4) == [[1], [3]]


def test_what_is_taken_over_is_what_would_be_read_here(tmp_path: Path) -> None:
    load_key(tmp_path, may_create=True)
    named = csv_of("apprenants").replace(b"\n", b";nom\n", 1).replace(b"\n", b";Dupont\n").replace(b"nom;Dupont", b"nom")
    arrivals = arrivals_of(b"", b"x", named, csv_of("suivi") + bytes(2_000), *(damaged_file(Random(n)) for n in range(9)))
    sheet = csv_of("depenses").replace(b"\n", b";nom\n", 1).replace(b"0,00\n", b"0,00;Dupont\n")
    arrivals += [replace(one, is_sheet=True) for one in arrivals_of(sheet, sheet + b"\n" * 60_000)]
    limits = RefusalLimits(max_file_mb=0.05)
    folder = tmp_path / "share"
    hand_out(folder, arrivals, range(len(arrivals)))
    read_share(tmp_path, folder, limits)
    found = take_over(tmp_path, arrivals)
    assert list(folder.iterdir()) == []
    for place, arrival in enumerate(arrivals):
        here, there = read_one(arrival.data, limits, None, is_sheet=arrival.is_sheet), found[place]
        assert (there.archive_bytes, there.header, there.refusal, there.crash) == (here.archive_bytes, here.header, here.refusal, here.crash)
        assert there.damaged == here.damaged
        assert there.reading is here.reading is None or (
            there.reading and here.reading and there.reading.records.rows() == here.reading.records.rows()
        )
    assert all(b"Dupont" not in found[place].archive_bytes and found[place].reading for place in (-2 % len(arrivals), -1 % len(arrivals)))
