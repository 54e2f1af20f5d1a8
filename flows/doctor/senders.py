"""Checks of who may speak for whom, and of what is held."""

from __future__ import annotations

from collections.abc import Iterator

from flows.doctor.finding import Ailment, Patient
from warehouse.errors import SendersUnusable, WarehouseProblem
from warehouse.intake.held_files import held_files
from warehouse.intake.senders import LEARN, OFF, REGION_KINDS, Senders, read_senders, senders_path
from warehouse.store.store import Store


def senders(patient: Patient) -> Iterator[Ailment]:
    """senders.toml can be read, and nobody can speak for the Region by coming first."""
    path, mode = senders_path(patient.home), patient.settings.senders
    try:
        entries = read_senders(patient.home)
    except SendersUnusable as error:
        yield Ailment(str(path), str(error).removeprefix(f"{path} "), "mend it: no night runs before")
        return
    if mode == OFF:
        yield Ailment("senders = off", "everybody may send everything in anybody's name", "set senders to learn, or strict")
    elif Senders(mode, entries).holds_everything:
        yield Ailment("senders = strict", f"{path} lets nobody speak: every return is held", "write who may speak for whom there")
    elif mode == LEARN and {kind for entry in entries for kind in entry.kinds} != set(REGION_KINDS):
        yield Ailment(
            str(path),
            f"the Region's folder is not written there: whoever first sends {' or '.join(REGION_KINDS)} is taken for it",
            f'write it: [[sender]], folder = "…", kinds = {list(REGION_KINDS)}', is_advice=True,
        )  # fmt: skip


def held(patient: Patient) -> Iterator[Ailment]:
    """No file waits for an answer."""
    if patient.holder is not None or not patient.settings.store.exists():
        return
    try:
        with Store.open(patient.home, read_only=True, longest_wait=1) as store, store.transaction("look up what is held") as con:
            waiting = [file for file in held_files(con) if file.is_waiting]
    except WarehouseProblem:
        return  # the check of the store says it
    if waiting:
        yield Ailment(
            f"{len(waiting)} held files", f"they wait for an answer, the first since {waiting[0].received_at:%Y-%m-%d}",
            "`suivi held` lists them with the command for each answer", is_advice=True,
        )  # fmt: skip
