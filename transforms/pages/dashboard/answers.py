"""The answers at the top: is what was paid proven, are exits good, is the mix met, does the envelope hold, what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from expectations.contract.french import counted
from transforms.pages.dashboard.read import Action, Board, Provider, Row, Session, verdicts
from transforms.pages.dashboard.small_counts import suppressed_columns

#: Under this many people a rate moves by more than five points when one of them changes: it is marked as fragile.
FRAGILE_BELOW = 20
#: the horizon of the headline, and those that stand in for it while nobody is mature
_HEADLINES = ("M6", "M3", "SORTIE", "M12")
#: payments that may exhaust the envelope within so long are a warning
_SOON = timedelta(days=183)


@dataclass(frozen=True)
class Answer:
    """A verdict in a few words and its tone: good, wait, bad, or none where it is too early to say."""

    tone: str
    words: str


def headline(board: Board) -> Row | None:
    """The programme's exits at six months, or at the first horizon at which somebody is mature; None before that."""
    rows = (board.programme.at(horizon) for horizon in _HEADLINES)
    return next((row for row in rows if row is not None and row.rate is not None), None)


def exits(board: Board) -> Answer:
    """Whether the target for positive exits at six months is met, whatever became of those of whom nothing is known."""
    row, target = headline(board), board.targets.get("positive_exit")
    if row is None:
        return Answer("none", "Pas encore mesurable")
    if row.known < FRAGILE_BELOW:
        return Answer("none", "Trop tôt pour le dire")
    if target is None or row.horizon != _HEADLINES[0]:
        return Answer("none", "Aucun objectif fixé")
    if row.floor_rate >= target:
        return Answer("good", "Objectif atteint")
    if row.ceiling_rate < target:
        return Answer("bad", "Objectif non atteint")
    return Answer("wait", "Incertain : tout n'est pas connu")


def last_years(board: Board) -> tuple[Row, Row] | None:
    """The two last years of leaving whose exits can be compared at the headline's horizon, the later one second.

    A year of which a quarter is suppressed is left out: that quarter could be had from the year and its other quarters.
    """
    row = headline(board)
    if row is None:
        return None
    hidden = {
        cohort[:4] for cohort in board.programme.cohorts
        if (quarter := board.programme.at(row.horizon, cohort)) and quarter.mature and "rate" in suppressed_columns(quarter)
    }  # fmt: skip
    solid = [
        year for year in board.years
        if year.horizon == row.horizon and year.known >= FRAGILE_BELOW and year.cohort not in hidden
    ]  # fmt: skip
    return (solid[-2], solid[-1]) if len(solid) > 1 else None


def trend(before: Row, after: Row) -> str:
    """How two years compare: a difference is stated only where neither chance nor those who did not answer can explain it."""
    if min(after.rate, after.wilson_low) > max(before.bound_high, before.wilson_high):
        return "en hausse nette"
    if max(after.bound_high, after.wilson_high) < min(before.rate, before.wilson_low):
        return "en baisse nette"
    return "sans différence nette"


def sessions_met(board: Board, year: int) -> tuple[int, int]:
    """How many of the sessions that began in a year meet the mix, and of how many that are judged."""
    begun = verdicts(session for session in board.sessions if session.row.starts_on.year == year)
    return begun["met"], sum(count for verdict, count in begun.items() if verdict)


def unproven(board: Board) -> list[tuple[Provider, Action]]:
    """The actions for which more is paid than their expenses justify: those whose expenses lack first, then by amount."""
    pairs = ((provider, action) for provider in board.providers for action in provider.actions)
    owed = [pair for pair in pairs if pair[1].money.settlement_due is not None and pair[1].money.settlement_due < 0]
    return sorted(owed, key=lambda pair: (not is_lacking(*pair), pair[1].money.settlement_due))


def total_unproven(pairs: Sequence[tuple[Provider, Action]]) -> Decimal:
    """What these actions owe in all, in EUR."""
    return -sum((action.money.settlement_due for _, action in pairs), Decimal(0))


def proof(board: Board) -> Answer:
    """Whether what was paid is justified: an advance on expenses that are not due yet is no fault."""
    pairs = unproven(board)
    if any(is_lacking(provider, action) for provider, action in pairs):
        return Answer("bad", "Des dépenses manquent")
    if pairs:
        return Answer("wait", "Avances à justifier")
    return Answer("good", "Tout est justifié") if board.actions else Answer("none", "Aucune action")


def is_lacking(provider: Provider, action: Action) -> bool:
    """Whether expenses of an action are overdue, or the provider's last ones were refused."""
    is_late = any(row.kind == "depenses" and row.level_id == action.unit.level_id for row in provider.overdue)
    return action.money.state == "incomplete" or is_late or any(row.kind == "depenses" for row in provider.refused)


def standing(provider: Provider) -> list[str]:
    """What is open with a provider, as words; nothing where it is up to date: no return late or refused, no error that stands."""
    late, errors = len(provider.overdue), provider.score.open_errors if provider.score is not None else 0
    refused = len(provider.refused)
    return [
        *([counted(late, "retard", "retards")] if late else []),
        *([counted(refused, "envoi refusé", "envois refusés")] if refused else []),
        *([counted(errors, "erreur à corriger", "erreurs à corriger")] if errors else []),
    ]


def mix(board: Board) -> Answer:
    """Whether each session has its share of priority audiences."""
    counts = board.verdicts
    if not counts["met"] + counts["not_met"] + counts["undetermined"]:
        return Answer("none", "Aucun entrant encore")
    if counts["not_met"]:
        return Answer("bad", "Pas dans toutes les sessions")
    if counts["undetermined"]:
        return Answer("wait", "À préciser")
    return Answer("good", "Oui, dans toutes les sessions")


def money(board: Board) -> Answer:
    """Whether the envelopes and the caps hold."""
    if not board.envelopes:
        return Answer("none", "Aucun appel à projets")
    if any(row.remaining is not None and row.remaining < 0 for row in board.envelopes):
        return Answer("bad", "Non, enveloppe dépassée")
    if any(row.actions_over_cap for row in board.envelopes):
        return Answer("bad", "Un plafond est dépassé" if over_cap_count(board) == 1 else "Des plafonds sont dépassés")
    if any(_is_near(row.exhausted_low, board.release.as_of) for row in board.envelopes):
        return Answer("wait", "À surveiller, épuisement proche")
    return Answer("good", "Oui")


def over_cap_count(board: Board) -> int:
    """Actions of all calls whose grant is above its cap."""
    return sum(row.actions_over_cap for row in board.envelopes)


@dataclass(frozen=True)
class Duties:
    """What is to be done today, and for whom; each is empty where there is nothing to do."""

    unproven: list[tuple[Provider, Action]]
    exceeded: list[Row]
    over_cap: list[tuple[Provider, Action]]
    late: list[Provider]
    not_met: list[tuple[Provider, Session]]
    undetermined: list[tuple[Provider, Session]]
    refused: list[Provider]
    in_error: list[Provider]
    due_soon: list[Provider]

    @property
    def is_calm(self) -> bool:
        """Whether nothing presses."""
        return not (
            self.unproven or self.exceeded or self.over_cap or self.late or self.not_met or self.undetermined or self.refused
            or self.in_error
        )  # fmt: skip


def duties_today(board: Board) -> Duties:
    """What is to be done, the most urgent first in each list."""
    by_provider = board.providers
    over_cap = [(provider, action) for provider in by_provider for action in provider.actions if action.money.over_cap]
    by_verdict: dict[str, list[tuple[Provider, Session]]] = {"not_met": [], "undetermined": []}
    for provider in by_provider:
        for session in provider.sessions:
            row = session.unit.entrants
            if row is not None and row.verdict in by_verdict:
                by_verdict[row.verdict].append((provider, session))
    in_error = [(p.score.open_errors, p) for p in by_provider if p.score is not None and p.score.open_errors]
    return Duties(
        unproven=unproven(board),
        exceeded=[row for row in board.envelopes if row.remaining is not None and row.remaining < 0],
        over_cap=sorted(over_cap, key=lambda pair: pair[1].money.cap_headroom),
        late=sorted((p for p in by_provider if p.overdue), key=lambda p: (-len(p.overdue), p.overdue[0].due_on, p.siret)),
        not_met=sorted(by_verdict["not_met"], key=lambda pair: pair[1].row.starts_on, reverse=True),
        undetermined=sorted(by_verdict["undetermined"], key=lambda pair: pair[1].row.starts_on, reverse=True),
        refused=[provider for provider in by_provider if provider.refused],
        in_error=[provider for _, provider in sorted(in_error, key=lambda pair: (-pair[0], pair[1].siret))],
        due_soon=sorted((p for p in by_provider if p.due_soon), key=lambda p: (p.due_soon[0].due_on, p.siret)),
    )


def _is_near(month: date | None, as_of: date) -> bool:
    return month is not None and month <= as_of + _SOON
