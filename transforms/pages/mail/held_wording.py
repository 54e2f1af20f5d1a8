"""The French about files that were set aside, that replaced others' rows, and about changed addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from expectations.contract import Check
from expectations.contract.french import counted, with_french_spaces
from transforms.pages.mail.wording import origin_folder, safe_file_name, without_links
from transforms.pages.receipt.page import reason_held
from transforms.pages.templating import day, moment, return_name
from warehouse.notifications.contacts import AddressChange
from warehouse.notifications.held_updates import HeldFileUpdate, RejectedFileUpdate, Replacement, ReplacingFileUpdate
from warehouse.notifications.updates import FileUpdate, SenderUpdates

#: of the files whose rows a file has replaced so many are named
SHOWN_REPLACED = 10
#: the rules by which files are set aside: somebody else than usual has sent it; the same bytes counted before
OF_SENDER, SENT_AGAIN = "FIC-17", "FIC-18"


@dataclass(frozen=True)
class HeldForProvider:
    """A file that is set aside, in a mail to its provider: which, why, what has replaced it since, what to do."""

    what: str
    why: str
    replaced_by: tuple[str, ...]
    todo: str


@dataclass(frozen=True)
class ReplacingForProvider:
    """A file that replaced rows, in a mail to its provider: which, what of which files, and how many files are not named."""

    what: str
    replaced: tuple[str, ...]
    left_out: int


def held_file_for_provider(rules: Mapping[str, Check], file: HeldFileUpdate) -> HeldForProvider:
    """What the mail to a provider says of a file that is set aside; `rules` are all rules by their id."""
    if file.rule == SENT_AGAIN:
        todo = (
            "S'il doit compter à nouveau, répondez à ce message : la Région peut l'accepter, et il comptera la nuit suivante à la"
            " place de ce qui l'a remplacé. Sinon, vous n'avez rien à faire."
        )
    else:
        todo = (
            "Répondez à ce message pour dire si ce fichier est le vôtre. La Région décide ; d'ici là rien n'en est compté, et vos"
            " données restent celles d'avant."
        )
    kind = f", {return_name(file.kind)}" if file.kind else ""
    return HeldForProvider(
        with_french_spaces(f"{file_and_origin(file)}{kind}."),
        without_links(reason_held(rules, file.rule, file.message)), replacements(file.replaced_by), with_french_spaces(todo),
    )  # fmt: skip


def replacing_file_for_provider(file: ReplacingFileUpdate) -> ReplacingForProvider:
    """What the mail to a provider says of a file that replaced rows."""
    return ReplacingForProvider(
        with_french_spaces(f"{file_and_origin(file)}, a remplacé :"),
        _lines_and_files(file.replaced, "ligne de", "lignes de"), len(file.replaced[SHOWN_REPLACED:]),
    )  # fmt: skip


def replacements(files: Sequence[Replacement]) -> tuple[str, ...]:
    """`3 lignes remplacées par « suivi.csv », déposé …`, for each of the files that have replaced lines of another one."""
    return _lines_and_files(files, "ligne remplacée par", "lignes remplacées par")


def _lines_and_files(files: Sequence[Replacement], one: str, many: str) -> tuple[str, ...]:
    return tuple(
        with_french_spaces(f"{counted(file.lines, one, many)} {file_and_origin(file)}")
        for file in files[:SHOWN_REPLACED]
    )


def file_and_origin(file: HeldFileUpdate | RejectedFileUpdate | ReplacingFileUpdate | Replacement) -> str:
    """`« suivi.csv », déposé dans le dossier « nord », reçu le 24 novembre 2026 à 4 h 05`."""
    return f"« {safe_file_name(file.file_name)} », déposé {origin_folder(file.sender)}, reçu le {moment(file.received_at)}"


def steward_answers(updates: SenderUpdates) -> list[str]:
    """What the steward has answered about files that had been set aside, each answer in a sentence."""
    answers = [
        f"« {safe_file_name(file.file_name)} », qui avait été mis de côté : {_acceptance(file)}" for file in updates.released
    ]
    answers += [
        f"{file_and_origin(file)}, qui avait été mis de côté : rejeté, rien n'en est compté."
        for file in updates.rejected
    ]
    return [with_french_spaces(answer) for answer in answers]


def address_change_note(change: AddressChange | None, addresses: int) -> str | None:
    """That the address of a provider has changed, if it has; `addresses` is to how many addresses the mail goes."""
    if change is None:
        return None
    note = f"Votre adresse de contact a changé dans un fichier de la Région reçu le {day(change.received_at)}."
    if addresses > 1:
        note += (
            " Pendant 30 jours, ou jusqu'à ce que la Région confirme la nouvelle adresse, nos messages vont à l'ancienne et à la"
            " nouvelle."
        )
    return with_french_spaces(f"{note} Si ce changement ne vient pas de vous, répondez à ce message.")


def _acceptance(file: FileUpdate) -> str:
    if file.decision in ("accepted", "partial"):
        return "accepté, il compte comme s'il avait été reçu cette nuit."
    return "accepté par la Région, mais rien n'en est pris : voyez ce qui en est dit ici."
