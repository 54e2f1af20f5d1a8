"""`methode.html` of a release: definitions, limits, statistical secrecy, sources, how to cite."""

from __future__ import annotations

from collections.abc import Mapping

from expectations.contract.french import page_with_french_spaces
from expectations.programme.rules import PublicationRule
from transforms.pages.dashboard.tables import quarter
from transforms.pages.templating import templates
from transforms.publication.pages.shown_units import HIDDEN_HTML
from transforms.publication.schemas import LICENCE, SOURCES, TITLE, About
from transforms.publication.table import FilledTable, Secret


def method_page(about: About, rule: PublicationRule, filled: Mapping[str, FilledTable]) -> str:
    """The page, as HTML: of the release, the rule of what is told, and its tables by name."""
    context = {
        "about": about,
        "rule": rule,
        "quarter": quarter,
        "title_of_data": TITLE,
        "licence": LICENCE,
        "sources": SOURCES,
        "hidden_html": HIDDEN_HTML,
        "tables": [table.table for table in filled.values()],
        "hidden_counts": hidden_by_table(filled),
    }
    return page_with_french_spaces(templates().get_template("open_method.html.j2").render(context))


def hidden_by_table(filled: Mapping[str, FilledTable]) -> list[tuple[str, int, int]]:
    """Of each table in which something may be hidden: its title, cells that are hidden, and all cells that might be."""
    found = []
    for table in filled.values():
        places = [place for place, column in enumerate(table.table.fields) if column.can_be_hidden]
        cells = [row[place] for row in table.rows for place in places if row[place] is not None]
        if places:
            found.append((table.table.title, sum(isinstance(cell, Secret) for cell in cells), len(cells)))
    return found
