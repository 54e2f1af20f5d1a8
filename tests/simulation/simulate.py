"""Programmes of many providers simulated: which honest ones get a signal, and which cheats get none. `python -m tests.simulation.simulate`."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from tests.golden.nights import Home, sirets
from tests.simulation.as_files import by_night, live
from tests.simulation.as_tables import Store, weekly_nights
from tests.simulation.cheats import CHEATS, SECOND_SIRET, Cheat
from tests.simulation.providers import FIRST_DAY, Provider, Sent, draw_provider, returns_of

#: when the honest are looked at: while most sessions go on or have just ended, when half of the windows have closed, and when all is told
LOOKS = (date(2019, 3, 4), date(2020, 1, 6), date(2021, 12, 6))
#: who has fewer to hide (of failures one provider in six) does not play: it gains little, and can hardly be told from chance
FEWEST_HIDDEN = 10
_SIGNALS = "SELECT signal, level, level_id, sentence FROM quality.signals ORDER BY ALL"
#: tables that must not differ whether returns came as files or as rows
COMPARED = {
    "quality.signals": _SIGNALS,
    "indicators.positive_exit": "FROM indicators.positive_exit ORDER BY ALL",
    "indicators.reliability": "FROM indicators.reliability ORDER BY ALL",
    "quality.rate_ledger": "FROM quality.rate_ledger ORDER BY ALL",
}


@dataclass(frozen=True)
class Size:
    """How large a programme is, and what is played on it."""

    providers: int = 60
    cheats: tuple[str, ...] = tuple(CHEATS)


@dataclass
class Outcome:
    """Of one programme: honest providers with each signal at any look, and what was seen of each cheat.

    `found`: a signal names it. `held`: or its floor is at or below the truth.
    """

    providers: int
    flagged: dict[str, set[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    held: dict[str, bool] = field(default_factory=dict)


def draw_programme(seed: int, providers: int) -> list[tuple[Provider, list[Sent]]]:
    """Honest providers and what they send, the same for the same seed."""
    rng = Random(seed)
    drawn = [draw_provider(rng, siret) for siret in sirets(providers)]
    return [(provider, returns_of(rng, provider)) for provider in drawn]


def simulate(seed: int, size: Size) -> Outcome:
    """One programme, as tables: its honest providers at every look, then each cheat in the place of one of them."""
    programme, rng, store = draw_programme(seed, size.providers), Random(seed), Store()
    for _, files in programme:
        store.take(files)
    store.close()
    outcome = Outcome(size.providers)
    for look in LOOKS:
        for signal, _, level_id, sentence in _signals(store, look):
            outcome.flagged.setdefault(signal, set()).add(level_id.partition("/")[0])
            outcome.sentences.append(f"{seed} {look} {signal} {level_id} {sentence}")
    # one after the other in the place of a provider, whose honest returns come back at the end of each
    for name in size.cheats:
        provider, files = rng.choice([one for one in programme if len(CHEATS[name].hides(one[0])) >= FEWEST_HIDDEN])
        outcome.found[name], outcome.held[name] = _played(store, CHEATS[name], provider, files, rng)
        store.forget(provider.siret, SECOND_SIRET)
        store.take(files)
    return outcome


def _played(store: Store, cheat: Cheat, provider: Provider, files: list[Sent], rng: Random) -> tuple[tuple[str, ...], bool]:
    """Which signals name the cheat two nights after its window has closed, and whether they or the floor show it."""
    last = cheat.window_closes_on(files) + timedelta(days=2)
    store.forget(provider.siret)
    store.take(cheat.returns(files, provider, rng))
    store.close()
    theirs = (provider.siret, SECOND_SIRET)
    found = {signal for signal, _, level_id, _ in _signals(store, last) if level_id.partition("/")[0] in theirs}
    floor = store.con.execute(
        "SELECT floor_rate FROM indicators.reliability WHERE level = 'provider' AND level_id = ? AND horizon = 'M6'", [provider.siret]
    ).fetchall()
    entrants = [one for one in provider.learners() if one.row["completion"] != "ANNULE"]
    truth = sum(one.is_positive for one in entrants) / len(entrants)
    is_low = bool(floor) and floor[0][0] is not None and floor[0][0] <= truth
    return tuple(sorted(found)), bool(found) or (cheat.is_of_the_rate and is_low)


def _signals(store: Store, as_of: date) -> list[tuple[str, str, str, str]]:
    store.compute(as_of, weekly_nights(FIRST_DAY, as_of))
    return store.con.execute(_SIGNALS).fetchall()


def as_files_and_as_tables(seed: int, providers: int, folder: Path, every_days: int = 60) -> dict[str, tuple[list[object], list[object]]]:
    """The tables that differ of a programme that lived through nights as files, and of the same as tables; none should."""
    files = [file for _, sent in draw_programme(seed, providers) for file in sent]
    last = max(file.day for file in files)
    nights = [FIRST_DAY + timedelta(days=every_days * number) for number in range((last - FIRST_DAY).days // every_days + 2)]
    home, store = Home(folder, tells=False), Store()
    live(home, "", files, nights)
    for night, taken in by_night(files, nights).items():
        # very bytes that came before count for nothing again
        store.take(replace(file, day=night) for file in taken)
    store.close()
    store.compute(nights[-1], nights)
    both = {name: (home.rows(query), store.con.execute(query).fetchall()) for name, query in COMPARED.items()}
    return {name: (ours, theirs) for name, (ours, theirs) in both.items() if ours != theirs}


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What was seen, as lines: the honest by signal, then each cheat."""
    providers = sum(one.providers for one in outcomes)
    named: Counter[str] = Counter()
    for one in outcomes:
        named.update({signal: len(sirets_) for signal, sirets_ in one.flagged.items()})
    yield f"{len(outcomes)} programmes, {providers} honest providers, each looked at {len(LOOKS)} times"
    yield f"  with any signal            {share_flagged(outcomes):7.2%}"
    for signal, count in sorted(named.items()):
        yield f"  {signal:26} {count / providers:7.2%}"
    yield f"{'each cheat, played by one of them':42} {'found':>8} {'or floor':>8}  by"
    for name in {name: 0 for one in outcomes for name in one.found}:
        played = [one for one in outcomes if name in one.found]
        by = Counter(signal for one in played for signal in one.found[name])
        shares = (sum(bool(one.found[name]) for one in played) / len(played), sum(one.held[name] for one in played) / len(played))
        signals = " ".join(f"{signal} {count / len(played):.0%}" for signal, count in by.most_common(6))
        yield f"  {name.replace('_', ' '):40} {shares[0]:8.1%} {shares[1]:8.1%}  {signals}"


def share_flagged(outcomes: Iterable[Outcome]) -> float:
    """The share of honest providers with any signal."""
    listed = list(outcomes)
    return sum(len(set().union(*one.flagged.values())) for one in listed) / sum(one.providers for one in listed)


def simulate_all(seeds: Iterable[int], size: Size, processes: int = 2) -> list[Outcome]:
    """One outcome a seed."""
    # Spawned: a fork among threads, which libraries start as they are imported, may inherit a lock that nobody opens.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        return list(pool.map(partial(simulate, size=size), seeds))


def main() -> None:
    """The whole measurement, printed; what differs between files and tables too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programmes", type=int, default=200)
    parser.add_argument("--providers", type=int, default=60)
    parser.add_argument("--with-cheats", type=int, default=200, help="on how many of them each cheat is played")
    parser.add_argument("--cheats", nargs="*", default=list(CHEATS), choices=list(CHEATS))
    parser.add_argument("--files", type=int, default=10, help="how many of them come as files too")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--sentences", action="store_true", help="every signal of an honest provider, with its sentence")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.programmes)
    size = Size(asked.providers, tuple(asked.cheats))
    outcomes = simulate_all(seeds[: asked.with_cheats], size, asked.processes)
    outcomes += simulate_all(seeds[asked.with_cheats :], replace(size, cheats=()), asked.processes)
    print("\n".join(table(outcomes)), flush=True)
    if asked.sentences:
        print("\n".join(sentence for one in outcomes for sentence in one.sentences))
    for seed in seeds[: asked.files]:
        with tempfile.TemporaryDirectory() as folder:
            differing = as_files_and_as_tables(seed, asked.providers, Path(folder) / "home")
        print(f"programme {seed} as files: {', '.join(differing) or 'the same tables'}", flush=True)


if __name__ == "__main__":
    main()
