"""The experiment: twelve honest providers, and one more, of whose 48 entrants 24 have a positive exit, that polishes its figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.golden.nights import sirets
from tests.simulation.cheats import CHEATS, SECOND_SIRET, Cheat
from tests.simulation.providers import Provider, Sent, draw_provider, experiment, returns_of

TRUTH = 0.5
CHEAT, *HONEST = sirets(13)
#: the first day of the cheat's two sessions: when the honest ones have told all of theirs, so that one home with these is where each case begins
STARTS_ON = date(2020, 11, 2)
#: one of those, eight of the first thirteen, with which nobody has a signal as long as all are honest
_SEED = 8
TITLES = ("case", "what is done", "rate", "floor", "ceiling", "coverage", "signals")
HONESTY = Cheat("honest", "nothing: all is told as it is", lambda files, provider, rng: files)
CASES = {HONESTY.name: HONESTY, **CHEATS}
Rows = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Seen:
    """What a warehouse says of the cheat at six months, and which signals name it, or an honest provider."""

    cheat: Cheat
    rate: float | None
    floor: float | None
    ceiling: float | None
    coverage: float | None
    signals: tuple[str, ...]
    honest_signals: tuple[tuple[str, str], ...]

    def cells(self) -> tuple[str, ...]:
        """A row of the table, under TITLES."""
        shares = (self.rate, self.floor, self.ceiling, self.coverage)
        shown = ("-" if share is None else f"{share:.0%}" for share in shares)
        return (self.cheat.name.replace("_", " "), self.cheat.what, *shown, ", ".join(self.signals) or "none")

    def line(self) -> str:
        """The same as a line of Markdown."""
        return f"| {' | '.join(self.cells())} |"


def honest_files() -> list[Sent]:
    """What the twelve send, the same each time."""
    rng = Random(_SEED)
    providers = [draw_provider(rng, siret, sessions=1 + number % 2) for number, siret in enumerate(HONEST)]
    return [file for provider in providers for file in returns_of(rng, provider)]


def the_one() -> tuple[Provider, list[Sent]]:
    """The provider of the experiment and what it would send if it were honest, the same each time."""
    rng = Random(_SEED)
    provider = experiment(rng, CHEAT, STARTS_ON)
    return provider, returns_of(rng, provider)


def files_of(cheat: Cheat) -> tuple[list[Sent], date]:
    """What it sends as a cheat until two nights after its window has closed, and the day of that night."""
    provider, files = the_one()
    last = cheat.window_closes_on(files) + timedelta(days=2)
    return [file for file in cheat.returns(files, provider, Random(1)) if file.day <= last], last


def seen(cheat: Cheat, rows: Rows) -> Seen:
    """What is to be seen in a warehouse, of which `rows` asks."""
    (figures,) = rows(
        "SELECT p.rate, r.floor_rate, r.ceiling_rate, r.coverage FROM indicators.reliability AS r"
        " JOIN indicators.positive_exit AS p ON p.level = r.level AND p.level_id = r.level_id AND p.cohort = 'all' AND p.horizon = r.horizon"
        f" WHERE r.level = 'provider' AND r.level_id = '{CHEAT}' AND r.horizon = 'M6'"
    ) or [(None,) * 4]  # fmt: skip
    found = rows("SELECT signal, split_part(level_id, '/', 1) FROM quality.signals ORDER BY ALL")
    return Seen(
        cheat, *figures, signals=tuple(sorted({signal for signal, siret in found if siret in (CHEAT, SECOND_SIRET)})),
        honest_signals=tuple((signal, siret) for signal, siret in found if siret in HONEST),
    )  # fmt: skip


def judge(case: Seen) -> None:
    """What must be so of every case."""
    assert not case.honest_signals, case.honest_signals
    if case.cheat is HONESTY:
        assert case.floor == case.rate == TRUTH and not case.signals, case.line()
        return
    if case.cheat.is_hidden:
        # no file can show it: this is what the audit is for
        assert case.floor == 1 and not case.signals, case.line()
        return
    is_low_enough = case.floor is not None and case.floor <= TRUTH
    assert case.signals or (case.cheat.is_of_the_rate and is_low_enough), case.line()
