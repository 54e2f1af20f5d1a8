"""`index.html` of a release: the dashboard's figures as anyone may see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from expectations.contract.french import page_with_french_spaces
from expectations.programme.rules import PublicationRule
from transforms.pages.dashboard import charts, tables
from transforms.pages.dashboard.build import map_areas
from transforms.pages.dashboard.tables import VERDICTS, quarter
from transforms.pages.templating import templates
from transforms.publication.files import DATA, FRENCH, PARQUET
from transforms.publication.pages import shown_units as shown
from transforms.publication.schemas import About
from transforms.publication.table import HIDDEN, FilledTable, Secret
from warehouse.reference.shapes import VIEW_BOX

#: so many units fit a chart
_IN_CHART = 8


@dataclass(frozen=True)
class Download:
    """A table that can be had as files: sizes in bytes by path."""

    title: str
    description: str
    files: Sequence[tuple[str, str, int]]


def release_page(
    about: About, rule: PublicationRule, filled: Mapping[str, FilledTable], files: Mapping[str, bytes], names: Mapping[str, str]
) -> str:
    """The page, as HTML.

    Args:
        about: the release.
        rule: how few people are not told.
        filled: the tables by name.
        files: the files of the tables by their paths, for their sizes.
        names: the title of each action by its level_id.
    """
    programme = {
        name: next((row for row in filled[name].records() if row["level"] == "programme"), {})
        for name in ("audiences", "certification", "positive_exits")
    }
    context: dict[str, Any] = {
        "about": about,
        "rule": rule,
        "quarter": quarter,
        "s": shown,
        "t": tables,
        "hidden": HIDDEN,
        "hidden_html": shown.HIDDEN_HTML,
        "all": programme,
        "verdicts": verdicts(filled["verdicts"]),
        "verdict_words": VERDICTS,
        "topics": {name: shown.sections(filled["units"], filled[name]) for name in programme},
        "places": list(filled["coverage"].records()),
        "spend": list(filled["spend"].records()),
        "grants": {row["action"]: names.get(row["action"], "") for row in filled["spend"].records()},
        "providers": {row["level_id"]: row["label"] for row in filled["units"].records() if row["level"] == "provider"},
        "envelopes": list(filled["envelopes"].records()),
        "session_verdicts": session_verdicts(filled),
        "chart": charts.exits_by_unit(_floors_and_ceilings(filled)),
        "areas": map_areas(SimpleNamespace(**_place(row)) for row in filled["coverage"].records()),
        "view_box": VIEW_BOX,
        "downloads": downloads(filled, files),
        "widths": lambda part, whole: 0 if isinstance(part, Secret) or isinstance(whole, Secret) or not whole else part / whole,
    }
    return page_with_french_spaces(templates().get_template("open_release.html.j2").render(context))


def verdicts(filled: FilledTable) -> dict[Any, int]:
    """How many sessions have each verdict; HIDDEN where it is hidden."""
    counts = Counter(row["verdict"] for row in filled.records())
    return {verdict: counts.get(verdict, 0) for verdict in ("met", "not_met", "undetermined", HIDDEN)}


def session_verdicts(filled: Mapping[str, FilledTable]) -> list[shown.Section]:
    """The sessions with target and verdict, by provider."""
    of_session = {row["level_id"]: row for row in filled["verdicts"].records()}
    units = FilledTable(
        filled["units"].table,
        [row for row in filled["units"].rows if row[0] == "provider" or (row[0] == "session" and row[1] in of_session)],
    )
    providers = [
        (row["level"], row["level_id"], None, None) for row in units.records() if row["level"] == "provider"
    ]  # without figures of their own: they give the names
    figures = [
        *providers, *(("session", level_id, row["target"], row["verdict"]) for level_id, row in of_session.items())
    ]  # fmt: skip
    table = SimpleNamespace(names=("level", "level_id", "target", "verdict"))
    return shown.sections(units, FilledTable(table, figures))[1]  # type: ignore[arg-type]


def downloads(filled: Mapping[str, FilledTable], files: Mapping[str, bytes]) -> list[Download]:
    """The tables with their files, in the order in which a release tells of them."""
    kinds = (
        (DATA, "csv", "CSV"), (FRENCH, "csv", "CSV pour tableur"), (PARQUET, "parquet", "Parquet"), ("schemas", "json", "schéma"),
    )  # fmt: skip
    return [
        Download(
            table.table.title, table.table.description,
            [
                (path, words, len(files[path]))
                for folder, ending, words in kinds for path in (f"{folder}/{name}.{ending}",)
            ],
        )
        for name, table in filled.items()
    ]  # fmt: skip


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    density = row["entrants_per_10000"]
    return {
        "level": row["level"], "level_id": row["level_id"], "name": row["label"],
        "entrants_per_10000": None if isinstance(density, Secret) else density,
    }  # fmt: skip


def _floors_and_ceilings(filled: Mapping[str, FilledTable]) -> list[tuple[str, float, float]]:
    """The programme and the departments, where both are told."""
    labels = {(row["level"], row["level_id"]): row["label"] for row in filled["units"].records()}
    return [
        (labels[row["level"], row["level_id"]] if row["level_id"] else "Programme", row["rate"], row["bound_high"])
        for row in filled["positive_exits"].records()
        if row["level"] in ("programme", "departement")
        and not isinstance(row["rate"], Secret | None) and not isinstance(row["bound_high"], Secret | None)
    ][:_IN_CHART]  # fmt: skip
