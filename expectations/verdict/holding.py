"""Which files are kept aside: of a folder that may not speak for whom they name, or replaced by a later one since."""

from __future__ import annotations

from collections.abc import Collection

from expectations.rule_registry import sentence
from expectations.verdict.checked_file import UNREAD, CheckedFile
from expectations.verdict.sent_again import SentAgain
from transforms.read.match_columns import shown_title
from warehouse.intake.ledger_events import ReasonHeld
from warehouse.intake.senders import Senders, SpokenFor
from warehouse.intake.sent_before import SentFile

_SHOWN_FOLDERS = 3


def reason_held(one: CheckedFile, again: SentAgain, senders: Senders | None) -> ReasonHeld | None:
    """Why a file is kept aside, None where it is not.

    Args:
        one: the file, checked. Of one whose kind is not known nothing can count: it is refused, and not held.
        again: the bytes of which something was taken.
        senders: who may speak for whom; None where everybody may for everybody.
    """
    arrival, contract = one.arrival, one.contract
    if one.is_unread:
        return ReasonHeld(UNREAD, sentence(UNREAD), None, None)
    if arrival.is_released or contract is None:
        return None
    sent_before = arrival.sha256 in again
    replaced = again.replaced(arrival.sha256) if sent_before else None
    if sent_before and not replaced:
        return None  # the same bytes again change nothing, whoever sends them
    if senders and (foreign := senders.may_not_speak_for(arrival.sender, contract.kind, one.sirets)):
        detail = _foreign(arrival.sender, foreign[0], senders.usual_senders(contract.kind, foreign[0]))
        return ReasonHeld("FIC-17", sentence("FIC-17", detail), contract.kind, foreign[0])
    if replaced:
        return ReasonHeld("FIC-18", sentence("FIC-18", _replaced(*replaced)), *again.what(arrival.sha256))
    return None


def _foreign(sender: str, whom: SpokenFor, usual: Collection[str]) -> str:
    where = f"Il a été déposé {_place(sender)} et parle pour {f'le SIRET {whom}' if whom else 'la Région'}"
    places = " ou ".join(map(_place, sorted(usual)[:_SHOWN_FOLDERS]))
    return f"{where}, dont les fichiers sont attendus {places}." if places else f"{where}."


def _place(sender: str) -> str:
    return f"dans le dossier « {shown_title(sender)} »" if sender else "à la racine du dépôt"


def _replaced(first: SentFile, later: SentFile) -> str:
    return (
        f"Reçu le {first.received_on:%d/%m/%Y} (« {shown_title(first.name)} »), il a été remplacé par"
        f" « {shown_title(later.name)} », reçu le {later.received_on:%d/%m/%Y}."
    )
