"""What the dashboard shows, read from the published warehouse and grouped as the page is; nothing is computed but counts."""

from __future__ import annotations

from collections import defaultdict, namedtuple
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from expectations.contract.codes import decomposed
from transforms.engines.macros import make_macros
from warehouse.query_results import read_sql

if TYPE_CHECKING:
    import duckdb

#: a row of a query: its columns are attributes
Row = Any
#: cohort -> rows in the order of the horizons
Exits = Mapping[str, Sequence[Row]]
#: cohort -> row
Mix = Mapping[str, Row]


@dataclass(frozen=True)
class Unit:
    """A programme, department, EPCI, provider, action or session: what is known of its exits and audiences."""

    level: str
    level_id: str
    exits: Exits
    mix: Mix

    @property
    def whole(self) -> Sequence[Row]:
        """The exits of all cohorts, one row a horizon."""
        return self.exits.get("all", ())

    @property
    def entrants(self) -> Row | None:
        """The audiences of all cohorts."""
        return self.mix.get("all")

    @property
    def cohorts(self) -> list[str]:
        """The quarters in which someone left, the first one first."""
        return sorted(cohort for cohort in self.exits if cohort != "all")

    def at(self, horizon: str, cohort: str = "all") -> Row | None:
        """The exits at one horizon."""
        return next((row for row in self.exits.get(cohort, ()) if row.horizon == horizon), None)


@dataclass(frozen=True)
class Session:
    """A session with its row of clean.sessions (and the commune's name)."""

    unit: Unit
    row: Row


@dataclass(frozen=True)
class Action:
    """An action with its money and its sessions."""

    unit: Unit
    money: Row
    sessions: Sequence[Session]


@dataclass(frozen=True)
class Provider:
    """A provider, by the name in its latest agreement; None where only its files are known."""

    siret: str
    name: str | None
    unit: Unit
    actions: Sequence[Action]
    money: Row | None
    score: Row | None
    overdue: Sequence[Row]
    due_soon: Sequence[Row]
    refused: Sequence[Row]

    @cached_property
    def sessions(self) -> list[Session]:
        """Those of all its actions."""
        return [session for action in self.actions for session in action.sessions]

    @cached_property
    def verdicts(self) -> dict[str | None, int]:
        """How many of its sessions have each verdict on the mix."""
        return verdicts(self.sessions)


@dataclass(frozen=True)
class Board:
    """All that the page shows; rows are as sql/<field>.sql gives them."""

    release: Row
    horizons: Sequence[Row]
    target: Row
    targets: Mapping[str, float]
    years: Sequence[Row]
    changes: Sequence[Row]
    files_of_changes: Sequence[Row]
    programme: Unit
    certification: Sequence[Row]
    skills_gap: Row | None
    providers: Sequence[Provider]
    envelopes: Sequence[Row]
    payments: Mapping[str, Sequence[Row]]
    places: Sequence[tuple[Row, Unit]]
    rules_broken: Sequence[Row]
    decisions: Sequence[Row]
    signals: Sequence[Row]
    #: what each night changed in the exits of a session, by level_id and horizon
    ledgers: Mapping[tuple[str, str], Sequence[Row]]
    audited: Sequence[Row]

    @cached_property
    def actions(self) -> list[Action]:
        """Those of all providers."""
        return [action for provider in self.providers for action in provider.actions]

    @cached_property
    def sessions(self) -> list[Session]:
        """Those of all providers."""
        return [session for provider in self.providers for session in provider.sessions]

    @cached_property
    def verdicts(self) -> dict[str | None, int]:
        """How many sessions have each verdict on the mix."""
        return verdicts(self.sessions)

    @cached_property
    def names(self) -> dict[str, str | None]:
        """The name of each provider by its SIRET."""
        return {provider.siret: provider.name for provider in self.providers}

    @cached_property
    def overdue(self) -> list[Row]:
        """Returns that are overdue, the one overdue longest first."""
        late = [row for provider in self.providers for row in provider.overdue]
        return sorted(late, key=lambda row: (row.due_on, row.level_id, row.horizon or ""))

    @cached_property
    def due_soon(self) -> list[Row]:
        """Returns that are due soon, the first one first."""
        soon = [row for provider in self.providers for row in provider.due_soon]
        return sorted(soon, key=lambda row: (row.due_on, row.level_id, row.horizon or ""))


def verdicts(sessions: Iterable[Session]) -> dict[str | None, int]:
    """How many of these sessions have each verdict on the mix: met, not_met, undetermined, or None without entrants."""
    counts: dict[str | None, int] = dict.fromkeys(("met", "undetermined", "not_met", None), 0)
    for session in sessions:
        counts[session.unit.entrants.verdict if session.unit.entrants else None] += 1
    return counts


def read_board(con: duckdb.DuckDBPyConnection) -> Board:
    """Read the published warehouse. Raises duckdb.Error where `con` is to no such warehouse."""
    make_macros(con)
    exits = {
        key: {cohort: list(rows) for cohort, rows in groupby(group, lambda row: row.cohort)}
        for key, group in groupby(_rows(con, "exits"), lambda row: (row.level, row.level_id))
    }
    mix: dict[Hashable, dict[str, Row]] = defaultdict(dict)
    for row in _rows(con, "mix"):
        mix[row.level, row.level_id][row.cohort] = row

    def unit(level: str, level_id: str) -> Unit:
        return Unit(level, level_id, exits.get((level, level_id), {}), mix.get((level, level_id), {}))

    (release,) = _rows(con, "release")
    return Board(
        release=release,
        horizons=_rows(con, "horizons"),
        target=_rows(con, "target")[0],
        targets={row.measure: row.target_numerator / row.target_denominator for row in _rows(con, "targets")},
        years=_rows(con, "exits_by_year"),
        changes=_rows(con, "changes"),
        files_of_changes=_rows(con, "files_of_changes"),
        programme=unit("programme", ""),
        certification=_rows(con, "certification"),
        skills_gap=next(iter(_rows(con, "skills_gap")), None),
        providers=_providers(con, unit),
        envelopes=_rows(con, "envelopes"),
        payments=_grouped(_rows(con, "payments"), lambda row: row.call_id),
        places=[(place, unit(place.level, place.level_id)) for place in _rows(con, "places")],
        rules_broken=_rows(con, "rules_broken"),
        decisions=_rows(con, "decisions"),
        signals=_rows(con, "signals"),
        ledgers=_grouped(_rows(con, "rate_ledger"), lambda row: (row.level_id, row.horizon)),
        audited=_rows(con, "audited"),
    )


def _providers(con: duckdb.DuckDBPyConnection, unit: Callable[[str, str], Unit]) -> list[Provider]:
    def by_provider(query: str) -> Mapping[str, list[Row]]:
        return _grouped(_rows(con, query), lambda row: row.provider_siret)

    sessions = _grouped(_rows(con, "sessions"), lambda row: (row.provider_siret, row.action_id))
    actions, scores, money = by_provider("actions"), by_provider("scores"), by_provider("money_by_provider")
    overdue, due_soon, refused = by_provider("overdue"), by_provider("due_soon"), by_provider("refused")
    found = [
        Provider(
            siret=siret,
            name=actions[siret][-1].provider_name if siret in actions else None,
            unit=unit("provider", siret),
            actions=[
                Action(
                    unit("action", action.level_id),
                    action,
                    [Session(unit("session", row.level_id), row) for row in sessions.get((siret, action.action_id), ())],
                )
                for action in sorted(actions.get(siret, ()), key=lambda row: row.action_id)
            ],
            money=next(iter(money.get(siret, ())), None),
            score=next(iter(scores.get(siret, ())), None),
            overdue=overdue.get(siret, ()),
            due_soon=due_soon.get(siret, ()),
            refused=refused.get(siret, ()),
        )
        for siret in {**actions, **scores}
    ]
    return sorted(found, key=_in_alphabetical_order)


def _in_alphabetical_order(provider: Provider) -> tuple[bool, str, str]:
    """The key that sorts providers by name, É beside E, and those without a name last."""
    plain = decomposed(provider.name or "").encode("ascii", "ignore").decode()
    return provider.name is None, plain.casefold() or provider.name or "", provider.siret


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """The rows of sql/<query>.sql, whose columns are attributes."""
    found = con.execute(read_sql("transforms.pages.dashboard", query))
    make_type: Any = namedtuple  # of no type, because mypy wants to see the names
    row = make_type("Row", [column[0] for column in found.description or ()])
    return [row._make(values) for values in found.fetchall()]


def _grouped(rows: Iterable[Row], key: Any) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)
