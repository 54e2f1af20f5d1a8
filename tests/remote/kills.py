"""Nights over SFTP that are killed: at a change to what was brought, or at a request to the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.faults.processes import How, context, loaded_shim, quiet

#: in seconds: a night that takes longer hangs
_LONGEST = 120


@dataclass(frozen=True)
class Kill:
    """Where a night is killed: at its n-th change to `brought/`, as in shim.c, or before or after its n-th request; 0 for nowhere."""

    change: int = 0
    how: How = How.COUNTED
    request: int = 0
    is_after: bool = False


NOWHERE = Kill()


def night_until_stored(folder: Path, now: datetime, kill: Kill = NOWHERE) -> tuple[int, int] | None:
    """A night's first four steps in a process of its own; how many changes and requests it made, None where it was killed."""
    receiver, sender = context().Pipe(duplex=False)
    process = context().Process(target=_run, args=(sender, folder, now, kill))
    process.start()
    sender.close()
    try:
        process.join(_LONGEST)
        assert not process.is_alive(), "the night hangs"
        if process.exitcode == -signal.SIGKILL:
            return None
        said = receiver.recv()
        assert isinstance(said, tuple), said
        return said
    finally:
        process.kill()
        receiver.close()


def _run(parent: Connection, folder: Path, now: datetime, kill: Kill) -> None:
    from flows.night import Night
    from flows.settings import load_settings
    from tests.golden.nights import first_four_steps
    from warehouse.intake.elsewhere.asking import Asking

    quiet()
    count, answer = 0, Asking.answer

    def counted(asking: Asking, request: Coroutine[Any, Any, Any], seconds: float | None = None) -> Any:
        nonlocal count
        count += 1
        if count == kill.request and not kill.is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return answer(asking, request, seconds)
        finally:
            if count == kill.request:
                os.kill(os.getpid(), signal.SIGKILL)

    Asking.answer = counted  # type: ignore[method-assign]
    shim = loaded_shim()
    try:
        with Night(load_settings(folder), now=now) as night:
            shim.faults_arm(os.fsencode(folder / "brought"), kill.change, kill.how)
            first_four_steps(night)
        parent.send((shim.faults_seen(), count))
    except Exception as error:
        parent.send(repr(error))
