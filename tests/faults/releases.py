"""Releases written and put in place in processes that are killed, or whose changes to the disk fail."""

from __future__ import annotations

import json
import os
from multiprocessing.connection import Connection
from pathlib import Path

from flows.publication.open_folder import (
    published_releases,
    put_in_place,
    remove_unfinished,
    write_list,
    write_unfinished,
)
from tests.faults.processes import LONGEST_NIGHT, How, context, loaded_shim, quiet
from transforms.publication.read_release import ReleaseName

FILES = {"data/units.csv": b"level\r\n" * 100, "parquet/units.parquet": b"PAR1", "index.html": b"<p>" * 1000}


def publish(folder: Path, name: str) -> None:
    """The last steps of a release: what was left is removed, it is written, put in its place, and listed."""
    remove_unfinished(folder)
    earlier = published_releases(folder)
    write_list(folder, earlier, "Région")
    package = {
        "lastDay": "2026-06-30", "created": "2026-07-09T10:00:00+02:00",
        "earlierReleases": [{"name": str(one.name), "sha256sums": one.sums} for one in earlier],
    }  # fmt: skip
    put_in_place(write_unfinished(folder, ReleaseName(name), {**FILES, "datapackage.json": json.dumps(package).encode()}))
    write_list(folder, published_releases(folder), "Région")


def publish_in_process(folder: Path, name: str, at: int, how: How) -> tuple[int, int]:
    """Publish in a process of its own, of whose changes to the folder the n-th fails; gives hits and changes, zeros if it was killed."""
    receiver, sender = context().Pipe(duplex=False)
    process = context().Process(target=_publish, args=(sender, folder, name, at, how))
    process.start()
    sender.close()
    process.join(LONGEST_NIGHT)
    try:
        hits, changes = receiver.recv()
    except EOFError:
        hits, changes = 0, 0
    was_killed = process.exitcode is not None and process.exitcode < 0
    process.close()
    receiver.close()
    return (1, 0) if was_killed else (hits, changes)


def _publish(parent: Connection, folder: Path, name: str, at: int, how: How) -> None:
    quiet()
    shim = loaded_shim()
    shim.faults_arm(os.fsencode(folder), at, how)
    try:
        publish(folder, name)
    except OSError:
        pass
    finally:
        hits, changes = shim.faults_hits(), shim.faults_seen()
        shim.faults_disarm()
        parent.send((hits, changes))
