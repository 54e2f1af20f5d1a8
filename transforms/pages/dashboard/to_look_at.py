"""What the steward is asked to look at, as the page says it: the signals, and how the rate of a session came about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from expectations.contract.french import counted, number
from transforms.pages.dashboard.read import Board, Provider, Row
from transforms.pages.dashboard.small_counts import LEAST_PEOPLE, SUPPRESSED
from transforms.pages.templating import short_day

#: so many signals stand open on the page; the others are folded
SHOWN = 10
_LEVELS = {"action": "action", "session": "session"}
_CAUSES = {
    "matured": "échéance passée", "answered": "réponses reçues", "corrected_up": "réponses corrigées, désormais positives",
    "corrected_down": "réponses qui ne sont plus positives", "added": "personnes ajoutées après l'échéance",
    "retired": "personnes retirées des fichiers", "cancelled": "inscriptions annulées", "neutralised": "situations neutralisées",
    "set_aside": "lignes en attente ou en erreur", "returned": "personnes ou situations revenues",
}  # fmt: skip


@dataclass(frozen=True)
class ShownSignal:
    """A signal: of whom (`provider` is None where only the SIRET is known), of which of its units, in words, since when."""

    id: str
    provider: Provider | None
    siret: str
    unit: str
    sentence: str
    question: str
    since: date
    is_grave: bool


def signals(board: Board) -> list[ShownSignal]:
    """The signals, the weightiest first."""
    providers = {provider.siret: provider for provider in board.providers}
    return [
        ShownSignal(
            row.signal, providers.get(row.provider_siret), row.provider_siret, _unit(row), _sentence(row), row.question,
            row.since, row.severity == "warning",
        )
        for row in board.signals
    ]  # fmt: skip


def tests(board: Board) -> int:
    """How many shares were compared in the night; 0 where no signal tells it."""
    return max((row.tests for row in board.signals if row.tests), default=0)


def with_signals(board: Board) -> Collection[str]:
    """The SIRETs of the providers with a signal that may move a figure."""
    return {row.provider_siret for row in board.signals if row.severity == "warning"}


def _unit(row: Row) -> str:
    word = _LEVELS.get(row.level)
    return f"{word} <bdi>{escape(row.level_id.partition('/')[2])}</bdi>" if word else ""


def _sentence(row: Row) -> str:
    """The sentence with its figures; of fewer than five people, that they are fewer."""
    if not row.of_people or row.value >= LEAST_PEOPLE:
        return str(row.sentence)
    others = SUPPRESSED if row.programme_value is None else f"{number(100 * row.programme_value)} %"
    told = row.wording.format(
        value=f"moins de {LEAST_PEOPLE}", of=number(row.of), share=SUPPRESSED, others=others, threshold=number(row.threshold)
    )
    return str(told[0].upper() + told[1:])


def ledger(rows: Sequence[Row]) -> str:
    """How a session's rate came about, night by night, as HTML; empty without a ledger.

    Numbers are shown where each of them is of five people or more, all or none: one that is hidden could be had from the others.
    """
    if not rows:
        return ""
    changes = [change for row in rows for change in (row.positive_change, row.eligible_change)]
    may_tell = all(change == 0 or abs(change) >= LEAST_PEOPLE for change in changes)
    steps = " ; ".join(_step(row, may_tell=may_tell) for row in rows)
    return f"<details><summary>Comment ce taux s'est fait ({counted(len(rows), 'étape', 'étapes')})</summary>{steps}.</details>"


def _step(row: Row, *, may_tell: bool) -> str:
    step = f"{short_day(row.night)}, {_CAUSES[row.cause]}"
    if not may_tell:
        return step
    told = [
        f"{'+' if change > 0 else '−'}{number(abs(change))} {words}"
        for change, words in ((row.positive_change, "positives"), (row.eligible_change, "comptées")) if change
    ]  # fmt: skip
    return f"{step} : {', '.join(told)}"
