"""`differences.html` of a release: what changed since the one before it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import groupby

from expectations.contract.french import page_with_french_spaces
from transforms.pages.dashboard.tables import VERDICTS, quarter
from transforms.pages.templating import templates
from transforms.publication.differences import Differences, Revision
from transforms.publication.pages.shown_units import HIDDEN_HTML
from transforms.publication.schemas import About
from transforms.publication.table import SYMBOL, FilledTable

_LEVELS = {
    "programme": "programme", "departement": "département", "epci": "intercommunalité", "provider": "organisme",
    "action": "action", "session": "session",
}  # fmt: skip


def differences_page(about: About, earlier: str | None, found: Differences | None, filled: Mapping[str, FilledTable]) -> str:
    """The page, as HTML.

    Args:
        about: the release.
        earlier: the name of the release before it, None where there is none; then `found` is None too.
        found: what changed.
        filled: the tables by name, for the names of units.
    """
    labels = {(row["level"], row["level_id"]): row["label"] for row in filled["units"].records()}
    labels |= {(row["level"], row["level_id"]): row["label"] or "" for row in filled["coverage"].records()}
    context = {
        "about": about,
        "earlier": earlier,
        "found": found,
        "quarter": quarter,
        "levels": _LEVELS,
        "tables": [
            (table, [(_title(revision, labels), _figures(revision)) for revision in revisions])
            for table, revisions in groupby(found.revisions if found else (), key=lambda revision: revision.table)
        ],
        "hidden_html": HIDDEN_HTML,
    }
    return page_with_french_spaces(templates().get_template("open_differences.html.j2").render(context))


def _title(revision: Revision, labels: Mapping[tuple[str, str], str]) -> str:
    key = revision.key
    if len(key) == 1:
        level = {"verdicts": "session", "spend": "action"}.get(revision.table.name, "")
        key = (level, key[0])
    label = labels.get((key[0], key[1]), "")
    names = [f"<bdi>{escape(name)}</bdi>" if name else "" for name in (key[1], label)]
    words = [_LEVELS.get(key[0], ""), *names]
    return ", ".join(word for word in words if word)


def _figures(revision: Revision) -> str:
    return " ; ".join(f"{escape(title)} {_shown(before)} → {_shown(after)}" for title, before, after in revision.figures)


def _shown(text: str) -> str:
    if text == SYMBOL:
        return HIDDEN_HTML
    words = VERDICTS.get(text, text)
    return escape(words.replace(".", ",")) if words else "–"
