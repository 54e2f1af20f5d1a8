"""Reads the dashboard: each figure with where the page says that it comes from, what the warehouse says there, and what is hidden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from tests.golden.nights import Home

#: the key of each table, as data-key tells it
KEYS: dict[str, tuple[str, ...]] = {
    "indicators.positive_exit": ("level", "level_id", "cohort", "horizon"),
    "indicators.reliability": ("level", "level_id", "cohort", "horizon"),
    "indicators.audited": ("level", "level_id", "cohort", "horizon", "audit"),
    "indicators.audience_mix": ("level", "level_id", "cohort"),
    "indicators.certification": ("level", "level_id", "cohort"),
    "indicators.coverage": ("level", "level_id"),
    "indicators.envelope": ("call_id",),
    "indicators.spend_by_action": ("provider_siret || '/' || action_id",),
    "indicators.spend_by_provider": ("provider_siret",),
    "indicators.skills_gap": ("''",),
    "quality.provider_scores": ("provider_siret",),
    "quality.overdue": ("kind", "level", "level_id", "coalesce(horizon, '')"),
    "quality.due_soon": ("kind", "level", "level_id", "coalesce(horizon, '')"),
    "meta.release": ("''",),
}
PAYMENTS = """
    SELECT a.call_id || '|' || strftime(date_trunc('month', f.decided_on), '%Y-%m-%d') AS key, sum(f.amount_eur) AS paid
    FROM clean.fundings AS f JOIN clean.actions AS a USING (provider_siret, action_id)
    WHERE f.funder_type = 'REGION' AND f.status = 'VERSE' GROUP BY key ORDER BY key
"""
MONTHS = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"]
VERDICTS = {"atteint": "met", "non atteint": "not_met", "indéterminé": "undetermined",
            "aucune": "nothing_justified", "incomplètes": "incomplete", "complètes": "complete"}  # fmt: skip
#: elements whose end tag is let out, and what else they end when they begin
CELLS, ROWS = {"td", "th"}, {"td", "th", "tr"}
ENDS = {"td": CELLS, "th": CELLS, "tr": ROWS, "tbody": ROWS | {"thead", "tbody"}, "thead": ROWS}


@dataclass(frozen=True)
class Figure:
    """What the page shows, and where it says that it comes from."""

    table: str
    key: str
    column: str
    text: str
    title: str


@dataclass
class Element:
    """An open element."""

    tag: str
    attributes: dict[str, str]
    text: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects the figures of a page, by the rules that transforms/pages/dashboard/tables.py states."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[Figure] = []
        #: numbers in a table of numbers that say nothing of where they come from
        self.strays: list[str] = []
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.open: list[Element] = []
        self.titles: list[Element] = []
        self.column = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        while self.open and self.open[-1].tag in ENDS.get(tag, ()):
            self._close()
        if tag in ("meta", "br"):
            return
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.tags.add(tag)
        self.names |= element.attributes.keys()
        self.links |= {element.attributes["href"]} if "href" in element.attributes else set()
        if tag == "table":
            self.titles = []
        if tag == "tr":
            self.column = -1
        if tag in CELLS:
            self.column += 1
        if tag == "th" and any(outer.tag == "thead" for outer in self.open):
            self.titles.append(element)
        self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # a shape of a drawing

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self._close() != tag:
            pass

    def _close(self) -> str:
        element = self.open[-1]
        title = self.titles[self.column] if element.tag == "td" and self.column < len(self.titles) else Element("", {})
        column = element.attributes.get("data-column") or title.attributes.get("data-column")
        text = "".join(element.text).strip()
        if column and element.tag in ("td", "span"):
            if text:
                self.figures.append(Figure(*self._source(title), column, text, "".join(title.text)))
        elif element.tag == "td" and re.fullmatch(r"[-\d\s,]+", text):
            self.strays.append(text)
        self.open.pop()
        return element.tag

    def _source(self, title: Element) -> tuple[str, str]:
        around = [*self.open[:-1], title, self.open[-1]]
        tables = [element.attributes["data-table"] for element in around if "data-table" in element.attributes]
        parts = [element.attributes["data-key"] for element in around if "data-key" in element.attributes]
        siret = next((element.attributes["data-siret"] for element in self.open if "data-siret" in element.attributes), "")
        starred = next((part for part in parts if "|*|" in part), None)
        if starred:
            parts = [starred.replace("*", "|".join(part for part in parts if part != starred))]
        return tables[-1], re.sub(r"(^|\|)/", lambda match: f"{match[1]}{siret}/", "|".join(parts), count=1)


class Warehouse:
    """What the published warehouse says, row by row."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._rows: dict[str, dict[str, dict[str, Any]]] = {}
        self._paid: dict[str, Decimal] = {}

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        """The rows of a table by their key."""
        if table not in self._rows:
            names = [name for name, *_ in self.home.rows(f"DESCRIBE {table}")]
            key = " || '|' || ".join(KEYS[table])
            self._rows[table] = {
                found[0]: dict(zip(names, found[1:], strict=True)) for found in self.home.rows(f"SELECT {key}, * FROM {table}")
            }
        return self._rows[table]

    def exits(self, key: str) -> dict[str, Any]:
        """The exits of a unit, with how many are expected beside them."""
        return {"expected": 0} | self.rows("indicators.reliability").get(key, {}) | self.rows("indicators.positive_exit")[key]

    def value(self, figure: Figure) -> Any:
        """What a figure should show."""
        if figure.table == "clean.fundings":
            paid = self._paid = self._paid or dict(self.home.rows(PAYMENTS))
            call = figure.key.partition("|")[0]
            to_date = sum(eur for key, eur in paid.items() if key.startswith(f"{call}|") and key <= figure.key)
            return paid[figure.key] if figure.column == "paid" else to_date
        if figure.column in ("count", "providers") or figure.column.startswith("sum "):
            return self._counted(figure)
        if year := re.fullmatch(r"programme\|\|(\d{4})\|(\w+)", figure.key):
            quarters = [row for key, row in self.rows(figure.table).items() if re.fullmatch(rf"programme\|\|{year[1]}-Q\d\|{year[2]}", key)]
            return sum(row["positive"] for row in quarters) / sum(row["known"] + row["unknown"] for row in quarters)
        value = self.rows(figure.table)[figure.key][figure.column.removeprefix("-")]
        return -value if figure.column.startswith("-") else value

    def _counted(self, figure: Figure) -> int:
        conditions = ["true"]
        for term in figure.key.split():
            name, operator, value = re.fullmatch(r"(\w+)([=<>])(.*)", term).groups()  # type: ignore[union-attr]
            conditions.append(f"{name} {operator} '{value}'" if value else f"{name} IS NULL")
        what = {"count": "count(*)", "providers": "count(DISTINCT provider_siret)"}.get(figure.column)
        what = what or f"coalesce(sum({figure.column.removeprefix('sum ')}), 0)"
        return self.home.row(f"SELECT {what} FROM {figure.table} WHERE {' AND '.join(conditions)}")[0]


def agrees(figure: Figure, value: Any) -> bool:
    """Whether the text says the value, to the last digit that it shows."""
    if value is None:
        return figure.text == "–"
    if isinstance(value, str):
        return VERDICTS.get(figure.text) == value
    if isinstance(value, date):
        month, _, year = figure.text.partition(" ")
        return figure.text == f"{value:%d/%m/%Y}" or (month, year) == (MONTHS[value.month - 1], str(value.year))
    shown = re.sub(r"[\s%€]", "", figure.text)
    if not re.fullmatch(r"-?\d+(,\d+)?", shown):
        return False
    is_share = "%" in figure.text or "(%)" in figure.title
    exact = Decimal(str(value)) * (100 if is_share else 1)
    last_digit = Decimal(1).scaleb(-len(shown.partition(",")[2]))
    return abs(Decimal(shown.replace(",", ".")) - exact) <= last_digit * Decimal("0.5000001")


def wrong(page: Reader, warehouse: Warehouse) -> Iterator[str]:
    for figure in page.figures:
        value = warehouse.value(figure)
        if not (is_bound(figure, warehouse) if figure.text[0] in "·≤" else agrees(figure, value)):
            yield f"{figure} is {value}"


#: columns of exits, and the numbers of people that they tell, or let be worked out with what stands beside them
TELLS: dict[str, tuple[str, ...]] = {
    "leavers": ("mature", "neutralised"), "mature": ("mature", "neutralised"), "known": ("mature", "known"),
    "response_rate": ("mature", "known"), "coverage": ("mature", "known"), "expected": ("expected",),
    **dict.fromkeys(("positive", "rate", "floor_rate", "ceiling_rate", "rate_known", "wilson_low", "wilson_high"),
                    ("mature", "known", "positive")),
}  # fmt: skip


def is_bound(figure: Figure, warehouse: Warehouse) -> bool:
    """Whether what stands in the place of a hidden figure says nothing but that fewer than five people have an exit."""
    if not is_hidden(figure, warehouse):
        return False
    if figure.text == "·":
        return True
    row, percent = warehouse.exits(figure.key), int(figure.text.removeprefix("≤ "))
    of = {"rate": row["known"] + row["unknown"], "floor_rate": row["expected"]}.get(figure.column, 0)
    return of > 4 and row["positive"] <= 4 and 0 <= percent - 400 / of < 1


def is_hidden(figure: Figure, warehouse: Warehouse) -> bool:
    """Whether a figure would tell of fewer than five people below the programme as a whole."""
    column = figure.column
    if column == "cost_per_positive_exit":
        key = f"action|{figure.key}|all|M6" if figure.table == "indicators.spend_by_action" else f"provider|{figure.key}|all|M6"
        column = "positive"
    elif figure.table in ("indicators.positive_exit", "indicators.reliability") and not re.match(r"programme\|\|\d{4}\|", figure.key):
        key = figure.key
    else:
        return False
    row = warehouse.exits(key)
    if (row["level"], row["cohort"]) == ("programme", "all"):
        return False
    # that nobody is neutralised is no secret: it is so nearly everywhere
    return any(row[name] < 5 for name in TELLS[column] if name != "neutralised" or row[name])


def read(home: Home) -> Reader:
    reader = Reader()
    reader.feed((home.folder / "reports" / "index.html").read_text(encoding="utf-8"))
    reader.close()
    return reader
