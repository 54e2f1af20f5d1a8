"""Writes docs/gaming.md, the table of what is seen of each way to polish figures: `python -m tests.golden.gaming.write`."""

from __future__ import annotations

from collections.abc import Iterator

from tests.command import ROOT
from tests.golden.gaming.experiment import CASES, CHEAT, TITLES, Seen, files_of, honest_files, seen
from tests.simulation.as_tables import Store, weekly_nights
from tests.simulation.cheats import SECOND_SIRET, Cheat
from tests.simulation.providers import FIRST_DAY

DOCUMENT = ROOT / "docs" / "gaming.md"
_HEAD = """\
# Figures that somebody polished, and what is seen of it

Twelve honest providers, and one of whose 48 entrants in two sessions 24 have a positive exit at six months: 50 %. It sends its returns
in each of these ways; looked at two nights after its last window has closed. The rate is what is in the files; the floor counts everybody who was
ever announced; the signals are those that name it ([signals.md](signals.md)). No honest provider has any. Percentages are at six months; `-`
where that is still to come. What no file can show, the audit must (methods.md).

"""


def honest_store() -> Store:
    """A store with what the honest providers sent."""
    store = Store()
    store.take(honest_files())
    return store


def played(store: Store, cheat: Cheat) -> Seen:
    """What is seen of the cheat in tables, in a store with the honest ones and perhaps a cheat before."""
    files, last = files_of(cheat)
    store.forget(CHEAT, SECOND_SIRET)
    store.take(files)
    store.close()
    store.compute(last, weekly_nights(FIRST_DAY, last))
    return seen(cheat, lambda query: store.con.execute(query).fetchall())


def _lines() -> Iterator[str]:
    yield f"| {' | '.join(TITLES)} |"
    yield f"|{' --- |' * len(TITLES)}"
    store = honest_store()
    for cheat in CASES.values():
        yield played(store, cheat).line()


if __name__ == "__main__":
    DOCUMENT.write_text(_HEAD + "\n".join(_lines()) + "\n", encoding="utf-8")
