"""Checks of who may speak for whom, and of what is held."""

from __future__ import annotations

from collections.abc import Iterator

from flows.doctor.fault import Fault, HomeToCheck
from warehouse.errors import SendersUnusable, WarehouseProblem
from warehouse.intake.held_files import held_files
from warehouse.intake.senders import LEARN, OFF, REGION_KINDS, Senders, read_senders, senders_path
from warehouse.store.store import Store


def senders(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """senders.toml can be read, and nobody can speak for the Region by coming first."""
    path, mode = senders_path(home_to_check.home), home_to_check.settings.senders
    try:
        entries = read_senders(home_to_check.home)
    except SendersUnusable as error:
        yield Fault(str(path), str(error).removeprefix(f"{path} "), "mend it: no night runs before")
        return
    if mode == OFF:
        yield Fault("senders = off", "everybody may send everything in anybody's name", "set senders to learn, or strict")
    elif Senders(mode, entries).holds_everything:
        yield Fault("senders = strict", f"{path} lets nobody speak: every return is held", "write who may speak for whom there")
    elif mode == LEARN and {kind for entry in entries for kind in entry.kinds} != set(REGION_KINDS):
        yield Fault(
            str(path),
            f"the Region's folder is not written there: whoever first sends {' or '.join(REGION_KINDS)} is taken for it",
            f'write it: [[sender]], folder = "…", kinds = {list(REGION_KINDS)}', is_advice=True,
        )  # fmt: skip


def held(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """No file waits for an answer."""
    if home_to_check.holder is not None or not home_to_check.settings.store.exists():
        return
    try:
        with (
            Store.open(home_to_check.home, read_only=True, longest_wait=1) as store,
            store.transaction("look up what is held") as con,
        ):
            waiting = [file for file in held_files(con) if file.is_waiting]
    except WarehouseProblem:
        return  # the check of the store says it
    if waiting:
        yield Fault(
            f"{len(waiting)} held files", f"they wait for an answer, the first since {waiting[0].received_at:%Y-%m-%d}",
            "`suivi held` lists them with the command for each answer", is_advice=True,
        )  # fmt: skip
