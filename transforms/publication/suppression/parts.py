"""Parts of the counts that hang together, each solved by itself before the whole: small problems take little time each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expectations.programme.rules import AUDIENCES
from transforms.publication.counts import COUNT_COLUMNS
from transforms.publication.suppression.sensitive import COLUMN
from transforms.publication.suppression.system import Flags, Table

_WIDTH = len(COUNT_COLUMNS)
_OF_ENTRANTS = ("entrants", *AUDIENCES, "disabled_qpv", "priority")
_OF_LEAVERS = tuple(name for name in COUNT_COLUMNS if name not in _OF_ENTRANTS)
#: A neighbourhood has about so many units, those of each release counted. The larger they are the less is hidden, and the longer
#: it takes: 71 % of 1 600 units' counts together in 53 s with this, 69 % in 193 s with twice as many.
_UNITS = 450
_OF_PROVIDERS = ("provider", "action", "session")


@dataclass(frozen=True)
class Part:
    """Cells that may move together, and those among them that may be hidden for it (a flag a cell of all releases each).

    Where nothing else helps verdicts may be hidden too, if they may.
    """

    cells: Flags
    may_hide: Flags
    may_hide_verdicts: bool = False


def all_cells(tables: Sequence[Table]) -> Part:
    """All cells."""
    everything = np.ones(sum(table.values.size for table in tables), dtype=bool)
    return Part(everything, everything, may_hide_verdicts=True)


def parts_of(tables: Sequence[Table]) -> list[Part]:
    """Parts in the order in which they are solved, the whole last.

    Columns by themselves, over all units, are nearly networks, and groups of columns in a neighbourhood are small: most is proven
    there, and nothing is hidden, as another column may need less. What is needed is hidden in neighbourhoods, nothing of a place
    or the programme yet, as what several of them need is cheaper than what each does; then over all units.
    """
    low = _cells([table.units["level"].isin(_OF_PROVIDERS).to_numpy() for table in tables], COUNT_COLUMNS)
    groups = [_columns(tables, names) for names in (_OF_ENTRANTS, _OF_LEAVERS)]
    near, everything = _neighbourhoods(tables), all_cells(tables)
    return [
        *(Part(_columns(tables, [name]), ~everything.cells) for name in COUNT_COLUMNS),
        *(Part(cells & own, ~everything.cells) for cells in groups for own in near),
        *(Part(own, own & low) for own in near),
        *(Part(cells, cells) for cells in groups),
        everything,
    ]


def _neighbourhoods(tables: Sequence[Table]) -> list[Flags]:
    """Cells of providers that work near one another, with their actions and sessions, in every release; and of all places.

    Each provider is in one of them, all units that are no provider's in each.
    """
    number_of = _numbers(tables)
    of_units = [_own_providers(table.units).map(number_of).to_numpy(dtype=np.float64) for table in tables]
    numbers = range(1 + max(number_of.values(), default=-1))
    return [_cells([np.isnan(units) | (units == number) for units in of_units], COUNT_COLUMNS) for number in numbers]


def _numbers(tables: Sequence[Table]) -> dict[str, int]:
    """For each provider the number of its neighbourhood: they are taken in the order of where most of their sessions are."""
    units = pd.concat([table.units for table in tables])
    sessions = units[units["level"] == "session"]
    places = sessions["departement"] + "/" + sessions["epci"]
    place = places.groupby(sessions["provider"]).agg(lambda own: own.mode().iloc[0])
    size = _own_providers(units).value_counts()
    numbers: dict[str, int] = {}
    before = 0
    for provider in sorted(place.index, key=lambda provider: (place[provider], provider)):
        numbers[provider] = before // _UNITS
        before += size[provider]
    return numbers


def _own_providers(units: pd.DataFrame) -> pd.Series:
    """The provider of each unit that is a provider's or is one, else missing."""
    of_provider = units["level"].isin(_OF_PROVIDERS)
    return units["provider"].where(units["level"] != "provider", units["level_id"]).where(of_provider)


def _columns(tables: Sequence[Table], names: Sequence[str]) -> Flags:
    return _cells([np.ones(len(table.units), dtype=bool) for table in tables], names)


def _cells(units: Sequence[Flags], names: Sequence[str]) -> Flags:
    """The cells of some units of each release in some columns."""
    own = np.zeros(_WIDTH, dtype=bool)
    own[[COLUMN[name] for name in names]] = True
    return np.concatenate([np.outer(some, own).ravel() for some in units])
