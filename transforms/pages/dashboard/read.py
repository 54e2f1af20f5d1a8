"""What the dashboard shows, read from the published warehouse and grouped as the page is; nothing is computed but counts."""

from __future__ import annotations

from collections import defaultdict, namedtuple
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any

from expectations.contract.codes import decomposed

if TYPE_CHECKING:
    import duckdb

#: a row of a query: its columns are attributes
Row = Any
#: cohort -> rows in the order of the horizons
Exits = Mapping[str, Sequence[Row]]
#: cohort -> row
Mix = Mapping[str, Row]

_EXITS = """
    SELECT e.* FROM indicators.positive_exit AS e
    JOIN reference.code_lists AS h ON h.code_list = 'horizon' AND h.code = e.horizon
    ORDER BY e.level, e.level_id, e.cohort, h.position
"""
_HORIZONS = """
    SELECT h.horizon, h.opens_after_days, h.closes_after_days, c.label
    FROM reference.horizons AS h
    JOIN reference.code_lists AS c ON c.code_list = 'horizon' AND c.code = h.horizon
    CROSS JOIN meta.release AS r
    WHERE h.valid_from <= r.as_of AND (h.valid_to IS NULL OR r.as_of < h.valid_to)
    ORDER BY c.position
"""
# An action or provider is named as in its latest agreement: a name may have changed since the first one.
_ACTIONS = """
    SELECT a.provider_siret, a.provider_name, a.title, a.agreed_on, m.*, a.provider_siret || '/' || a.action_id AS level_id
    FROM indicators.spend_by_action AS m
    JOIN clean.actions AS a USING (provider_siret, action_id)
    ORDER BY a.provider_siret, a.agreed_on, a.action_id
"""
_SESSIONS = """
    SELECT
        s.provider_siret, s.action_id, s.session_id, s.starts_on, s.ends_on, c.name AS commune,
        s.provider_siret || '/' || s.session_id AS level_id
    FROM clean.sessions AS s
    LEFT JOIN reference.communes AS c ON c.commune_code = s.commune_code
    ORDER BY s.provider_siret, s.action_id, s.starts_on, s.session_id
"""
_PAYMENTS = """
    SELECT
        a.call_id, date_trunc('month', f.decided_on)::DATE AS month, sum(f.amount_eur) AS paid,
        sum(sum(f.amount_eur)) OVER (PARTITION BY a.call_id ORDER BY date_trunc('month', f.decided_on)) AS paid_to_date
    FROM clean.fundings AS f
    JOIN clean.actions AS a USING (provider_siret, action_id)
    WHERE f.funder_type = 'REGION' AND f.status = 'VERSE'
    GROUP BY a.call_id, date_trunc('month', f.decided_on)
    ORDER BY a.call_id, month
"""
_RULES_BROKEN = """
    SELECT
        rule, severity, count(*) AS findings, count(DISTINCT submission_id) AS files,
        count(DISTINCT provider_siret) AS providers
    FROM quality.findings
    WHERE resolved_at IS NULL
    GROUP BY rule, severity
    ORDER BY severity, findings DESC, rule
"""


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
    """All that the page shows."""

    release: Row
    horizons: Sequence[Row]
    target: Row
    programme: Unit
    certification: Sequence[Row]
    skills_gap: Row | None
    providers: Sequence[Provider]
    envelopes: Sequence[Row]
    payments: Mapping[str, Sequence[Row]]
    places: Sequence[tuple[Row, Unit]]
    rules_broken: Sequence[Row]
    decisions: Sequence[Row]

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
    def named(self) -> dict[str, str | None]:
        """The name of each provider by its SIRET."""
        return {provider.siret: provider.name for provider in self.providers}

    @cached_property
    def overdue(self) -> list[Row]:
        """Returns that are late, the latest first."""
        late = [row for provider in self.providers for row in provider.overdue]
        return sorted(late, key=lambda row: (row.due_on, row.level_id, row.horizon or ""))

    @cached_property
    def due_soon(self) -> list[Row]:
        """Returns that are due within a fortnight, the first one first."""
        soon = [row for provider in self.providers for row in provider.due_soon]
        return sorted(soon, key=lambda row: (row.due_on, row.level_id, row.horizon or ""))


def verdicts(sessions: Iterable[Session]) -> dict[str | None, int]:
    """How many of these sessions have each verdict on the mix: met, not_met, undetermined, or None without entrants."""
    counts: dict[str | None, int] = dict.fromkeys(("met", "undetermined", "not_met", None), 0)
    for session in sessions:
        counts[session.unit.entrants.verdict if session.unit.entrants else None] += 1
    return counts


def read(con: duckdb.DuckDBPyConnection) -> Board:
    """Read the published warehouse. duckdb.Error where it is none."""
    exits = {
        key: {cohort: list(rows) for cohort, rows in groupby(group, lambda row: row.cohort)}
        for key, group in groupby(_rows(con, _EXITS), lambda row: (row.level, row.level_id))
    }
    mix: dict[Hashable, dict[str, Row]] = defaultdict(dict)
    for row in _rows(con, "SELECT * FROM indicators.audience_mix ORDER BY level, level_id, cohort"):
        mix[row.level, row.level_id][row.cohort] = row

    def unit(level: str, level_id: str) -> Unit:
        return Unit(level, level_id, exits.get((level, level_id), {}), mix.get((level, level_id), {}))

    (release,) = _rows(con, "SELECT * FROM meta.release")
    covered = "SELECT * FROM indicators.coverage ORDER BY level, entrants_per_10000 DESC NULLS LAST, sessions DESC, name"
    decided = "SELECT decision, count(*) AS files FROM quality.files GROUP BY decision ORDER BY files DESC, decision"
    certified = "SELECT * FROM indicators.certification WHERE level = 'programme' ORDER BY cohort = 'all', cohort"
    return Board(
        release=release,
        horizons=_rows(con, _HORIZONS),
        target=next(iter(_rows(con, _in_force("audience_rules")))),
        programme=unit("programme", ""),
        certification=_rows(con, certified),
        skills_gap=next(iter(_rows(con, "SELECT * FROM indicators.skills_gap")), None),
        providers=_providers(con, unit),
        envelopes=_rows(con, "SELECT * FROM indicators.envelope ORDER BY envelope DESC NULLS LAST, call_id"),
        payments=_grouped(_rows(con, _PAYMENTS), lambda row: row.call_id),
        places=[(place, unit(place.level, place.level_id)) for place in _rows(con, covered)],
        rules_broken=_rows(con, _RULES_BROKEN),
        decisions=_rows(con, decided),
    )


def _providers(con: duckdb.DuckDBPyConnection, unit: Any) -> list[Provider]:
    def by_provider(query: str) -> Mapping[str, list[Row]]:
        return _grouped(_rows(con, query), lambda row: row.provider_siret)

    sessions = _grouped(_rows(con, _SESSIONS), lambda row: (row.provider_siret, row.action_id))
    actions = by_provider(_ACTIONS)
    money = by_provider("SELECT * FROM indicators.spend_by_provider")
    scores = by_provider("SELECT * FROM quality.provider_scores")
    overdue = by_provider("SELECT * FROM quality.overdue ORDER BY due_on, level_id, horizon")
    due_soon = by_provider("SELECT * FROM quality.due_soon ORDER BY due_on, level_id, horizon")
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
        )
        for siret in {**actions, **scores}
    ]
    return sorted(found, key=_in_order)


def _in_order(provider: Provider) -> tuple[bool, str, str]:
    """By name as a dictionary has it, É beside E; those without one last."""
    plain = decomposed(provider.name or "").encode("ascii", "ignore").decode()
    return provider.name is None, plain.casefold() or provider.name or "", provider.siret


def _in_force(table: str) -> str:
    """The query for the version of a rule that is in force at the reference date."""
    return (
        f"SELECT t.* FROM reference.{table} AS t CROSS JOIN meta.release AS r"
        " WHERE t.valid_from <= r.as_of AND (t.valid_to IS NULL OR r.as_of < t.valid_to)"
    )


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = con.execute(query)
    # `rename` keeps the first of two columns of the same name, as the queries above give where they add to a whole table
    name_them: Any = namedtuple  # to mypy, which wants to see the names
    make = name_them("Row", [column[0] for column in found.description or ()], rename=True)._make
    return [make(row) for row in found.fetchall()]


def _grouped(rows: Iterable[Row], key: Any) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)
