"""`open/index.html`: the list of all releases, the only page that is ever written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from expectations.contract.french import page_with_french_spaces
from transforms.pages.dashboard.tables import quarter
from transforms.pages.templating import templates


@dataclass(frozen=True)
class ListedRelease:
    """A release in the list: name, period, version, the last day that it counts, when it was made, whether it still holds."""

    name: str
    period: str
    version: int
    last_day: date
    created_on: date
    holds: bool


def releases_page(releases: Sequence[ListedRelease], publisher: str) -> str:
    """The page, as HTML; the newest release first."""
    context = {"releases": list(reversed(releases)), "publisher": publisher, "quarter": quarter}
    return page_with_french_spaces(templates().get_template("open_list.html.j2").render(context))
