"""The units of a release as its pages list them: by level, with their names, and their figures as cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from transforms.pages.dashboard import tables
from transforms.pages.dashboard.tables import Column
from transforms.pages.templating import share
from transforms.publication.table import HIDDEN, SYMBOL, FilledTable, Secret

#: what stands on a page in the place of a figure that is hidden
HIDDEN_HTML = f'<abbr title="valeur masquée : secret statistique">{SYMBOL}</abbr>'
#: what the levels are called where several units of one are listed
LEVEL_TITLES = {
    "programme": "", "departement": "Départements", "epci": "Intercommunalités", "provider": "Organismes", "action": "Actions",
    "session": "Sessions",
}  # fmt: skip
EXITS = (
    Column("eligible", "Comptés"),
    Column("known", "Réponses"),
    Column("positive", "Positives"),
    Column("rate", "Au moins (%)", "percent"),
    Column("bound_high", "Au plus (%)", "percent"),
    Column("response_rate", "Couverture (%)", "percent"),
)
MIX = (
    Column("entrants", "Entrants"),
    Column("priority", "Prioritaires"),
    Column("priority_share", "Part (%)", "percent"),
    Column("women", "Femmes"),
    Column("women_share", "Femmes (%)", "percent"),
    *(column for column in tables.AUDIENCES if column.name != "women"),
    tables.DISABLED,
    Column("disabled_qpv", "Handicap et quartier prioritaire"),
)
CERTIFICATION = tuple(column for column in tables.CERTIFICATION if column.name != "dropped_out_to_job")
COVERAGE = tables.COVERAGE
MONEY = tuple(column for column in tables.MONEY if column.name != "cap_headroom")
ENVELOPE = tables.ENVELOPE


@dataclass(frozen=True)
class ShownUnit:
    """A unit in a table of a page: its name as HTML, and its figures by column."""

    title: str
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """Units that are listed together under a title, '' for none."""

    title: str
    units: Sequence[ShownUnit]


def sections(units: FilledTable, filled: FilledTable) -> tuple[list[Section], list[Section]]:
    """The units of a table with their figures: those of programme, places and providers by level; then actions and sessions.

    The latter are by provider, each session after its action.
    """
    figures = {(row["level"], row["level_id"]): row for row in filled.records()}
    by_level: dict[str, list[ShownUnit]] = {level: [] for level in ("programme", "departement", "epci", "provider")}
    names: dict[str, str] = {}
    below: dict[str, list[tuple[tuple[str, str, str], ShownUnit]]] = {}
    for unit in units.records():
        level, level_id = unit["level"], unit["level_id"]
        row = figures[level, level_id]
        if level in by_level:
            by_level[level].append(ShownUnit(f"<bdi>{escape(unit['label'])}</bdi>", row))
            names[level_id] = unit["label"] if level == "provider" else ""
            continue
        code = level_id.partition("/")[2]
        key = (level_id, "", "") if level == "action" else (unit["action"], "session", level_id)
        kind = "Action" if level == "action" else "Session"
        shown = ShownUnit(f"{kind} <bdi>{escape(code)}</bdi>, <bdi>{escape(unit['label'])}</bdi>", row)
        below.setdefault(unit["provider"], []).append((key, shown))
    wide = [Section(LEVEL_TITLES[level], found) for level, found in by_level.items() if found]
    narrow = [
        Section(
            f"<bdi>{escape(names.get(provider, provider))}</bdi>", [unit for _, unit in sorted(found, key=lambda pair: pair[0])]
        )
        for provider, found in sorted(below.items(), key=lambda pair: (names.get(pair[0], ""), pair[0]))
    ]
    return wide, narrow


def cells(figures: Mapping[str, Any], columns: Iterable[Column]) -> str:
    """The cells of these columns, as HTML."""
    return "".join([
        f"<td>{HIDDEN_HTML}" if isinstance(figures[column.name], Secret) else tables.cell(figures[column.name], column.kind)
        for column in columns
    ])  # fmt: skip


def shown_share(value: Any, decimals: int = 1) -> str:
    """A rate in a sentence, as HTML: `74,8 %`, or the symbol."""
    return HIDDEN_HTML if value is HIDDEN else share(value, decimals)


def shown_count(value: Any) -> str:
    """A count in a sentence, as HTML."""
    return HIDDEN_HTML if value is HIDDEN else tables.number(value)
