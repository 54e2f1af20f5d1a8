"""The columns of the page's tables, and their cells.

A figure says where it comes from: `data-table` on its table or column, `data-column` on its column, and `data-key` in parts, on
what is around it (section of the table, row) and on its column. Within a provider, whose part of the page has `data-siret`, a
level_id is written without the SIRET, as `/S-2026-001`: with 6 000 sessions the page would be much larger otherwise.
tests/golden/test_dashboard.py follows figures to the warehouse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from transforms.pages.dashboard.answers import FRAGILE_BELOW
from transforms.pages.dashboard.read import Row
from transforms.pages.dashboard.small_counts import SUPPRESSED, instead_of_rate, suppressed_columns
from transforms.pages.templating import number, short_day

VERDICTS = {"met": "atteint", "not_met": "non atteint", "undetermined": "indéterminé", None: "–"}
_TONES = {"met": "ok", "not_met": "no", "undetermined": "eh", None: ""}


@dataclass(frozen=True)
class Column:
    """A column of the warehouse as the page shows it: as count, percentage, euros, day or verdict.

    `key` is what it adds to the key of its figures; `words` follow a figure of it in a sentence.
    """

    name: str
    title: str
    kind: str = "count"
    key: str = ""
    words: str = ""


EXITS = (
    Column("leavers", "Sortis"),
    Column("mature", "Échéance passée"),
    Column("known", "Réponses"),
    Column("response_rate", "Réponses (%)", "percent"),
    Column("positive", "Positives"),
    Column("rate", "Taux (%)", "percent"),
    Column("bound_high", "Au plus (%)", "percent"),
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


def heads(columns: Sequence[Column], *, table: str = "") -> str:
    """The titles of these columns, as HTML."""
    of_table = f' data-table="{table}"' if table else ""
    return "".join(
        f'<th scope="col" data-column="{column.name}"'
        + (f' data-key="{column.key}"' if column.key else "")
        + f"{of_table}>{escape(column.title)}"
        for column in columns
    )


def cells(row: Row, columns: Sequence[Column]) -> str:
    """The cells of a row, as HTML. Numbers and our own words alone: nothing in them needs to be escaped."""
    left_out = suppressed_columns(row) if hasattr(row, "rate_known") else ()
    return "".join([
        f"<td>{instead_of_rate(row) if column.name == 'rate' else SUPPRESSED}" if column.name in left_out
        else _WRITE[column.kind](getattr(row, column.name))
        for column in columns
    ])  # fmt: skip


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


def quarter_cells(rows: Sequence[Row]) -> str:
    """Rate and answers of each horizon, as HTML: fragile rates marked, nothing where nobody is mature."""
    return "".join([_of_horizon(row) if row.mature else "<td><td>" for row in rows])


def _of_horizon(row: Row) -> str:
    left_out = suppressed_columns(row)
    rate = instead_of_rate(row) if "rate" in left_out else percent(row.rate, 0)
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


_WRITE: dict[str, Any] = {
    "count": lambda value: f"<td>{number(value)}",
    "percent": lambda value: f"<td>{percent(value)}",
    "whole percent": lambda value: f"<td>{percent(value, 0)}",
    "decimal": lambda value: f"<td>{number(value, 2)}",
    "euros": _euros,
    "day": lambda value: f"<td>{short_day(value)}",
    "verdict": _verdict,
}


def figure(table: str, key: str, column: str, text: str) -> str:
    """A figure in a sentence, as HTML, with where it comes from.

    `-column` is its opposite. `count` is the number of rows for which all of `key` holds, as `level=session verdict=met` or
    `sessions>0`, and `providers` that of the providers in them.
    """
    return f'<span data-table="{table}" data-key="{escape(key)}" data-column="{column}">{escape(text)}</span>'
