"""The French about files that were set aside, that replaced others' rows, and about changed addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from expectations.contract import Check
from transforms.pages.mail.wording import folder, inert, unlinked
from transforms.pages.receipt.page import why_held
from transforms.pages.receipt.wording import typographic
from transforms.pages.templating import counted, day, moment
from warehouse.notifications.contacts import Change
from warehouse.notifications.held_updates import HeldNews, ReplacedNews, Replacing
from warehouse.notifications.updates import FileNews, News

#: so many files are named of those that a file has replaced
SHOWN_REPLACED = 10
OF_SENDER, SENT_AGAIN = "FIC-17", "FIC-18"


@dataclass(frozen=True)
class HeldShown:
    """A file that is set aside, as its provider is told of it: which, why, what has replaced it since, what to do."""

    what: str
    why: str
    replaced_by: tuple[str, ...]
    todo: str


@dataclass(frozen=True)
class ReplacingShown:
    """A file that replaced rows: which, and what of which files."""

    what: str
    replaced: tuple[str, ...]
    left_out: int


def held_shown(rules: Mapping[str, Check], file: HeldNews) -> HeldShown:
    """A file that is set aside, for its provider."""
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
    kind = f", retour {file.kind}" if file.kind else ""
    return HeldShown(
        typographic(f"{placed(file.file_name, file.sender, file.received_at)}{kind}."),
        unlinked(why_held(rules, file.rule, file.message)), replacements(file.replaced_by), typographic(todo),
    )  # fmt: skip


def replacing_shown(file: ReplacedNews) -> ReplacingShown:
    """A file that replaced rows."""
    return ReplacingShown(
        typographic(f"{placed(file.file_name, file.sender, file.received_at)}, a remplacé :"),
        _each(file.replaced, "ligne de", "lignes de"), len(file.replaced[SHOWN_REPLACED:]),
    )  # fmt: skip


def replacements(files: Sequence[Replacing]) -> tuple[str, ...]:
    """The files that have replaced some lines of another."""
    return _each(files, "ligne remplacée par", "lignes remplacées par")


def _each(files: Sequence[Replacing], one: str, many: str) -> tuple[str, ...]:
    return tuple(
        typographic(f"{counted(file.lines, one, many)} {placed(file.file_name, file.sender, file.received_at)}")
        for file in files[:SHOWN_REPLACED]
    )


def placed(name: str, sender: str, at: datetime) -> str:
    """Which file, from where, when."""
    return f"« {inert(name)} », déposé {folder(sender)}, reçu le {moment(at)}"


def answered(news: News) -> list[str]:
    """What the steward has said of files that had been set aside."""
    said = [f"« {inert(file.file_name)} », qui avait été mis de côté : {_released(file)}" for file in news.released]
    said += [
        f"{placed(file.file_name, file.sender, file.received_at)}, qui avait été mis de côté : rejeté, rien n'en est compté."
        for file in news.rejected
    ]
    return [typographic(one) for one in said]


def moved(changed: Change | None, addresses: int) -> str | None:
    """That a provider's address has changed, where it was not told that yet."""
    if changed is None or not changed.is_new:
        return None
    said = f"Votre adresse de contact a changé dans un fichier de la Région reçu le {day(changed.received_at)}."
    if addresses > 1:
        said += (
            " Pendant 30 jours, ou jusqu'à ce que la Région confirme la nouvelle adresse, nos messages vont à l'ancienne et à la"
            " nouvelle."
        )
    return typographic(f"{said} Si ce changement ne vient pas de vous, répondez à ce message.")


def _released(file: FileNews) -> str:
    if file.decision in ("accepted", "partial"):
        return "accepté, il compte comme s'il avait été reçu cette nuit."
    return "accepté par la Région, mais rien n'en est pris : voyez ce qui en est dit ici."
