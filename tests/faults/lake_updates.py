"""Updates of a lake in processes of their own, whose n-th change to it fails, or before which they are killed."""

from __future__ import annotations

import os
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from tests.faults.processes import LONGEST_NIGHT, How, Told, context, in_process, loaded_shim, quiet

LATER = date(2100, 1, 1)


def update_process(home: Path, at: int, how: How) -> Told:
    """Bring the lake of a home to what its store says, and what became of it; `at` is the change, from 1 on."""
    receiver, sender = context().Pipe(duplex=False)
    process = in_process(_update, sender, home, at, how)
    sender.close()
    process.join(LONGEST_NIGHT)
    told = Told(exit_code=process.exitcode)
    if not told.was_killed:
        told.error, told.message, told.hits = receiver.recv()
    receiver.close()
    process.close()
    return told


def _update(parent: Connection, home: Path, at: int, how: How) -> None:
    from transforms.models.rows_in_force import lake_of_store
    from warehouse.store.store import Store

    quiet()
    error, message = None, ""
    with Store.open(home) as store:
        shim = loaded_shim()
        shim.faults_arm(os.fsencode(home / "lake"), at, how)
        try:
            lake_of_store(store, home, LATER)
        except Exception as caught:
            error, message = type(caught).__name__, str(caught)
        hits = shim.faults_hits()
        shim.faults_disarm()
    parent.send((error, message, hits))
