"""The four answers at the top of the page: are exits good, is the mix met, is the money under control, what must I do today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from transforms.pages.dashboard.read import Action, Board, Provider, Row, Session
from transforms.pages.dashboard.small_counts import suppressed_columns

#: Under this many people a rate moves by more than five points when one of them changes: it is marked as fragile.
FRAGILE_BELOW = 20
#: the programme sets no target for exits; what the page compares them with, and says so
HALF = 0.5
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
    """Whether more than half of the leavers have a positive exit, whatever became of those who did not answer."""
    row = headline(board)
    if row is None:
        return Answer("none", "Pas encore mesurable")
    if row.known < FRAGILE_BELOW:
        return Answer("none", "Trop tôt pour le dire")
    if row.bound_low > HALF:
        return Answer("good", "Oui, pour plus de la moitié")
    if row.bound_high < HALF:
        return Answer("bad", "Non, pour moins de la moitié")
    return Answer("wait", "Incertain, faute de réponses")


def last_cohorts(board: Board) -> tuple[Row, Row] | None:
    """The two last cohorts whose exits can be compared at the headline's horizon, the later one second."""
    row = headline(board)
    if row is None:
        return None
    rows = [board.programme.at(row.horizon, cohort) for cohort in board.programme.cohorts]
    known = [found for found in rows if found is not None and found.known >= FRAGILE_BELOW]
    solid = [found for found in known if "rate_known" not in suppressed_columns(found)]
    return (solid[-2], solid[-1]) if len(solid) > 1 else None


def trend(before: Row, after: Row) -> str:
    """How two cohorts compare: a difference is stated only where their intervals do not overlap."""
    if after.wilson_low > before.wilson_high:
        return "en hausse nette"
    if after.wilson_high < before.wilson_low:
        return "en baisse nette"
    return "sans différence nette"


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

    exceeded: list[Row]
    over_cap: list[tuple[Provider, Action]]
    late: list[Provider]
    not_met: list[tuple[Provider, Session]]
    undetermined: list[tuple[Provider, Session]]
    in_error: list[Provider]
    due_soon: list[Provider]

    @property
    def is_calm(self) -> bool:
        """Whether nothing presses."""
        return not (self.exceeded or self.over_cap or self.late or self.not_met or self.undetermined or self.in_error)


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
        exceeded=[row for row in board.envelopes if row.remaining is not None and row.remaining < 0],
        over_cap=sorted(over_cap, key=lambda pair: pair[1].money.cap_headroom),
        late=sorted((p for p in by_provider if p.overdue), key=lambda p: (-len(p.overdue), p.overdue[0].due_on, p.siret)),
        not_met=sorted(by_verdict["not_met"], key=lambda pair: pair[1].row.starts_on, reverse=True),
        undetermined=sorted(by_verdict["undetermined"], key=lambda pair: pair[1].row.starts_on, reverse=True),
        in_error=[provider for _, provider in sorted(in_error, key=lambda pair: (-pair[0], pair[1].siret))],
        due_soon=sorted((p for p in by_provider if p.due_soon), key=lambda p: (p.due_soon[0].due_on, p.siret)),
    )


def _is_near(month: date | None, as_of: date) -> bool:
    return month is not None and month <= as_of + _SOON
