"""The columns of the page's tables, and their cells.

A figure says where it comes from: `data-table` on its table or column, `data-column` on its column, and `data-key` in parts, on
what is around it (section of the table, row) and on its column, in which `*` stands for the other parts. Within a provider, whose
part of the page has `data-siret`, a level_id is written without the SIRET, as `/S-2026-001`: with 6 000 sessions the page would
be much larger otherwise.
tests/golden/test_dashboard.py follows figures to the warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from html import escape
from operator import attrgetter
from typing import Any

from expectations.contract.french import number
from transforms.pages.dashboard.answers import FRAGILE_BELOW
from transforms.pages.dashboard.read import Row, Unit
from transforms.pages.dashboard.small_counts import SUPPRESSED, instead_of, suppressed_columns
from transforms.pages.templating import as_in_template, short_day

VERDICTS = {"met": "atteint", "not_met": "non atteint", "undetermined": "indéterminé", None: "–"}
STATES = {"nothing_justified": "aucune", "incomplete": "incomplètes", "complete": "complètes"}
_TONES = {"met": "ok", "not_met": "no", "undetermined": "eh", None: ""}


@dataclass(frozen=True)
class Line:
    """A unit in a table: its key there (see above), its title as HTML, HTML that says more of it, and how its rate came about."""

    unit: Unit
    key: str
    title: str
    more: str = ""
    ledger: str = ""


@dataclass(frozen=True, eq=False)  # the same one is the same: columns are looked up for each row
class Column:
    """A column of the warehouse as the page shows it: as count, percentage, euros, day or verdict.

    `key` is what it adds to the key of its figures; `words` follow a figure of it in a sentence; `table` is the warehouse's,
    where it is another than that of the columns beside it.
    """

    name: str
    title: str
    kind: str = "count"
    key: str = ""
    words: str = ""
    table: str = ""


_RELIABILITY = "indicators.reliability"
EXITS = (
    Column("leavers", "Sortis"),
    Column("expected", "Attendus", table=_RELIABILITY),
    Column("positive", "Positives"),
    Column("floor_rate", "Au moins (%)", "percent", table=_RELIABILITY),
    Column("ceiling_rate", "Au plus (%)", "percent", table=_RELIABILITY),
    Column("coverage", "Couverture (%)", "percent", table=_RELIABILITY),
    Column("mature", "Échéance passée"),
    Column("rate", "Dans les fichiers (%)", "percent"),
    Column("known", "Réponses"),
    Column("response_rate", "Réponses (%)", "percent"),
    Column("rate_known", "Parmi les réponses (%)", "percent"),
    Column("wilson_low", "Intervalle, de (%)", "percent"),
    Column("wilson_high", "à (%)", "percent"),
)
#: of a provider, an action, a session: where people are few, decimals would be false precision
EXITS_OF_FEW = tuple(replace(column, kind="whole percent") if column.kind == "percent" else column for column in EXITS[1:])
SITUATIONS = (
    Column("mature", "Échéance passée"),
    Column("neutralised", "Neutralisés"),
    Column("unknown", "Sans réponse"),
    Column("durable", "Emploi durable"),
    Column("employed", "Emploi, en tout"),
    Column("training", "Formation"),
    Column("other", "Autre"),
    Column("positive_strict", "En emploi (sens strict)"),
    Column("rate_strict", "Taux strict (%)", "percent"),
)
MIX = (
    Column("entrants", "Entrants"),
    Column("priority", "Prioritaires"),
    Column("undetermined", "Indéterminés"),
    Column("share_low", "Part (%)", "percent"),
    Column("share_high", "Au plus (%)", "percent"),
    Column("verdict", "Objectif", "verdict"),
)
AUDIENCES = (
    Column("women", "Femmes", words="femmes"),
    Column("dropouts", "Décrocheurs", words="décrocheurs"),
    Column("far_from_employment", "Éloignés de l'emploi", words="éloignés de l'emploi"),
    Column("qpv_residents", "Quartiers prioritaires", words="en quartier prioritaire"),
    Column("rural_residents", "Zone rurale", words="en zone rurale"),
)
#: of the programme as a whole alone: below, they are a handful
DISABLED = Column("disabled", "Handicap", words="en situation de handicap")
DIPLOMAS = (
    Column("priority_strict", "Prioritaires, femmes à ce titre exclues"),
    Column("up_to_bac_share", "Niveau bac ou moins (%)", "percent"),
)
MONEY = (
    Column("total_cost", "Coût total", "euros"),
    Column("grant", "Subvention", "euros"),
    Column("cap", "Plafond", "euros"),
    Column("cap_headroom", "Marge", "euros"),
    Column("paid", "Versé", "euros"),
    Column("notified", "Notifié", "euros"),
    Column("justified", "Justifié", "euros"),
    Column("settlement_due", "Solde", "euros"),
    Column("state", "Dépenses", "state"),
    Column("cost_per_entrant", "Par entrant", "euros"),
    Column("cost_per_positive_exit", "Par sortie positive", "euros"),
)
ENVELOPE = (
    Column("envelope", "Enveloppe", "euros"),
    Column("actions", "Actions"),
    Column("committed", "Engagé", "euros"),
    Column("committed_share", "Engagé (%)", "percent"),
    Column("remaining", "Reste", "euros"),
    Column("paid", "Versé", "euros"),
    Column("paid_share", "Versé (%)", "percent"),
    Column("justified", "Justifié", "euros"),
    Column("actions_over_cap", "Plafonds dépassés"),
)
COVERAGE = (
    Column("sessions", "Sessions"),
    Column("entrants", "Entrants"),
    Column("inhabitants", "Habitants"),
    Column("entrants_per_10000", "Entrants pour 10 000 habitants", "decimal"),
)
CERTIFICATION = (
    Column("leavers", "Sortis"),
    Column("completed", "Jusqu'au bout"),
    Column("completion_rate", "(%)", "percent"),
    Column("dropped_out", "Abandons"),
    Column("dropout_rate", "(%)", "percent"),
    Column("dropped_out_to_job", "dont pour un emploi"),
    Column("presented", "Présentés"),
    Column("certified", "Certifiés"),
    Column("certified_of_presented", "Des présentés (%)", "percent"),
    Column("certified_of_leavers", "Des sortis (%)", "percent"),
)
SCORES = (
    Column("files", "Fichiers"),
    Column("records", "Lignes"),
    Column("accepted_share", "Lignes prises (%)", "percent"),
    Column("open_errors", "Erreurs à corriger"),
    Column("open_warnings", "Alertes"),
    Column("overdue", "Retards"),
)


def by_horizon(horizons: Iterable[Row]) -> tuple[Column, ...]:
    """The columns of a table with a quarter a row: rate and answers at each horizon."""
    return tuple(
        column
        for horizon in horizons
        for column in (
            Column("rate", f"{horizon.label} (%)", "whole percent", key=horizon.horizon),
            Column("known", "Réponses", key=horizon.horizon),
        )
    )


def deciding(columns: Sequence[Column], name: str) -> str:
    """The class of a table whose deciding column is that one: on a phone it stays in view (dashboard.css)."""
    return f"key{2 + [column.name for column in columns].index(name)}"


def heads(columns: Sequence[Column], *, table: str = "") -> str:
    """The titles of these columns, as HTML."""
    return "".join(
        f'<th scope="col" data-column="{column.name}"'
        + (f' data-key="{column.key}"' if column.key else "")
        + (f' data-table="{column.table or table}"' if column.table or table else "")
        + f">{escape(column.title)}"
        for column in columns
    )


def cells(row: Row, columns: Sequence[Column]) -> str:
    """The cells of a row, as HTML. Numbers and our own words alone: nothing in them needs to be escaped."""
    if hasattr(row, "rate_known") and (left_out := suppressed_columns(row)):
        return "".join([
            f"<td>{instead_of(row, column.name)}" if column.name in left_out
            else _WRITE[column.kind](getattr(row, column.name))
            for column in columns
        ])  # fmt: skip
    values, writers = _readers_and_writers(tuple(columns))
    return "".join([write(value) for write, value in zip(writers, values(row), strict=True)])


def cell(value: Any, kind: str) -> str:
    """A cell of a value that is shown as that kind of column shows it, as HTML."""
    return _WRITE[kind](value)


@cache
def _readers_and_writers(columns: tuple[Column, ...]) -> tuple[Callable[[Row], Sequence[Any]], list[Callable[[Any], str]]]:
    """What reads the values of these columns (two at least) off a row, and what writes each: looked up once a table."""
    return attrgetter(*(column.name for column in columns)), [_WRITE[column.kind] for column in columns]


def money_cells(row: Row, columns: Sequence[Column], exits: Row | None) -> str:
    """The cells of an action's or a provider's money.

    What a positive exit costs is suppressed where the number of positive exits is: the one follows from the other.
    """
    if "positive" not in suppressed_columns(exits):
        return cells(row, columns)
    return "".join([
        f"<td>{SUPPRESSED}" if column.name == "cost_per_positive_exit" and row.cost_per_positive_exit is not None
        else _WRITE[column.kind](getattr(row, column.name))
        for column in columns
    ])  # fmt: skip


def rows_of(unit: Unit) -> list[Row]:
    """The exits of all cohorts at the horizons at which somebody is mature, or should be."""
    return [row for row in unit.whole if row.mature or row.expected]


# The rows below are written here, not in the template: a page of 20 000 sessions has 80 000 of them.


def exit_rows(lines: Iterable[Line], columns: Sequence[Column], horizons: Mapping[str, str]) -> str:
    """Exits at each horizon, as HTML: a section a line. `horizons` says what each is called."""
    names = {horizon: as_in_template(name) for horizon, name in horizons.items()}
    found = []
    for line in lines:
        rows = rows_of(line.unit)
        is_fragile = all_fragile(rows)
        found.append(f'<tbody data-key="{as_in_template(line.key)}|all"{" class=f" if is_fragile else ""}>')
        found.append(_heading(line, len(columns)))
        found += [
            f"<tr data-key={row.horizon}{' class=f' if not is_fragile and fragile(row) else ''}><th>{names[row.horizon]}"
            f"{cells(row, columns)}\n"
            for row in rows
        ]
    return "".join(found)


def quarter_rows(lines: Iterable[Line], columns: Sequence[Column]) -> str:
    """Rate and answers of each horizon by quarter of leaving, as HTML; quarters in which nobody is mature are left out."""
    found = []
    for line in lines:
        found.append(f'<tbody data-key="{as_in_template(line.key)}">{_heading(line, len(columns))}')
        for cohort in line.unit.cohorts:
            rows = line.unit.exits[cohort]
            if any(row.mature for row in rows):
                found.append(f"<tr data-key={cohort}><th>{quarter(cohort)}{quarter_cells(rows)}\n")
    return "".join(found)


def mix_rows(lines: Iterable[Line]) -> str:
    """The audiences of all cohorts, as HTML."""
    return "".join([
        f'<tr data-key="{as_in_template(line.key)}|all"{" class=f" if fragile(line.unit.entrants) else ""}>'
        f"<th>{line.title}{line.more}{cells(line.unit.entrants, MIX)}\n"
        for line in lines
    ])  # fmt: skip


def _heading(line: Line, columns: int) -> str:
    return f"<tr><th scope=rowgroup colspan={columns + 1}>{line.title}{line.ledger}" if line.title else ""


def quarter(cohort: str) -> str:
    """`T1 2026` for `2026-Q1`."""
    year, _, number_of_quarter = cohort.partition("-Q")
    return f"T{number_of_quarter} {year}"


def quarter_cells(rows: Sequence[Row]) -> str:
    """Rate and answers of each horizon, as HTML: fragile rates marked, nothing where nobody is mature."""
    return "".join([_of_horizon(row) if row.mature else "<td><td>" for row in rows])


def _of_horizon(row: Row) -> str:
    left_out = suppressed_columns(row)
    rate = instead_of(row, "rate") if "rate" in left_out else percent(row.rate, 0)
    known = SUPPRESSED if "known" in left_out else number(row.known)
    return f"<td{' class=f' if fragile(row) else ''}>{rate}<td>{known}"


def percent(value: float | None, decimals: int = 1) -> str:
    """A share as percentage, without its sign: that is in the column's title."""
    return "–" if value is None else f"{100 * value:.{decimals}f}".replace(".", ",")


def fragile(row: Row) -> str:
    """The class of a row whose shares are shown and rest on few answers or entrants; empty for other rows."""
    share, count = (row.rate, row.known) if hasattr(row, "rate") else (row.priority_share, row.entrants)
    if hasattr(row, "rate") and "rate" in suppressed_columns(row):
        return ""
    return "f" if share is not None and count < FRAGILE_BELOW else ""


def all_fragile(rows: Sequence[Row]) -> bool:
    """Whether each of these rows is, so that it is enough to say it once of all."""
    return len(rows) > 1 and all(fragile(row) for row in rows)


def _verdict(verdict: str | None) -> str:
    return f"<td class={_TONES[verdict]}>{VERDICTS[verdict]}" if verdict else "<td>–"


def _euros(value: Any) -> str:
    return f"<td class=no>{number(value)}" if value is not None and value < 0 else f"<td>{number(value)}"


@lru_cache(65_536)  # of people: the same few numbers again and again
def _count(value: int | None) -> str:
    return f"<td>{number(value)}"


@lru_cache(65_536)
def _percent(value: float | None, decimals: int) -> str:
    return f"<td>{percent(value, decimals)}"


_WRITE: dict[str, Callable[[Any], str]] = {
    "count": _count,
    "percent": lambda value: _percent(value, 1),
    "whole percent": lambda value: _percent(value, 0),
    "decimal": lambda value: f"<td>{number(value, 2)}",
    "euros": _euros,
    "day": lambda value: f"<td>{short_day(value)}",
    "verdict": _verdict,
    "state": lambda state: f"<td{'' if state == 'complete' else ' class=no'}>{STATES[state]}",
}


def figure(table: str, key: str, column: str, text: str) -> str:
    """A figure in a sentence, as HTML, with where it comes from.

    `-column` is its opposite. `count` is the number of rows for which all of `key` holds, as `level=session verdict=met` or
    `sessions>0`, and `providers` that of the providers in them.
    """
    return f'<span data-table="{table}" data-key="{escape(key)}" data-column="{column}">{escape(text)}</span>'
