"""What processes that read files for a night share with it: a passing folder, with a file for each of its files, in and out."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from expectations.verdict.checked_file import RefusalLimits
from flows.steps.read import read_one
from transforms.redaction.read_and_redact import FileContent
from warehouse.durable_files import private_files
from warehouse.erasure.erased_persons import ErasedPersons
from warehouse.store.submission import Arrival

#: the passing folder; what is pickled in it is ours for ourselves: nobody but the owner, who runs all this, can write there
FOLDER = "files-being-read"
#: how what was received is named in it, by whether it is a file or a sheet of a workbook
_FILE, _SHEET = ".received", ".sheet"


def shares(arrivals: Sequence[Arrival], places: Sequence[int], count: int) -> list[list[int]]:
    """These places of arrivals in so many shares of about the same size in bytes; none of them is empty."""
    found: list[list[int]] = [[] for _ in range(count)]
    sizes = [0] * count
    for place in sorted(places, key=lambda place: -arrivals[place].size):
        least = sizes.index(min(sizes))
        sizes[least] += arrivals[place].size
        found[least].append(place)
    return [share for share in found if share]


def hand_out(folder: Path, arrivals: Sequence[Arrival], share: Sequence[int]) -> None:
    """Write the bytes of a share into a new folder: those that were hashed, whatever lies in the inbox by now. OSError."""
    with private_files():
        folder.mkdir()
        for place in share:
            ending = _SHEET if arrivals[place].is_sheet else _FILE
            (folder / f"{place}{ending}").write_bytes(arrivals[place].data)


def read_share(home: Path, folder: Path, limits: RefusalLimits) -> None:
    """Read the files of a share, in another process than the night's, and hand over each as soon as it is read. OSError."""
    erased = ErasedPersons.of(home).watching_for_likeness()
    with private_files():
        for received in sorted([*folder.glob(f"*{_FILE}"), *folder.glob(f"*{_SHEET}")]):
            data = received.read_bytes()
            content = read_one(data, limits, erased, is_sheet=received.suffix == _SHEET)
            # The night has what was received: nearly always it is what is kept.
            kept = None if content.archive_bytes is data else content.archive_bytes
            unfinished = received.with_suffix(".unfinished")
            with unfinished.open("wb") as file:
                pickle.dump((replace(content, archive_bytes=b""), kept), file, pickle.HIGHEST_PROTOCOL)
            os.replace(unfinished, received.with_suffix(".read"))  # whole, whenever this process is killed
            received.unlink()


def take_over(folder: Path, arrivals: Sequence[Arrival]) -> dict[int, FileContent]:
    """What was read, by place. OSError."""
    found = {}
    for path in folder.glob("*/*.read"):
        place = int(path.stem)
        with path.open("rb") as file:
            content, kept = pickle.load(file)
        found[place] = replace(content, archive_bytes=arrivals[place].data if kept is None else kept)
        path.unlink()
    return found
