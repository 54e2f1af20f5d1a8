"""The providers' guide as the deposit page shows it: docs/guide-organismes.md as HTML, so that the page needs no Markdown."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt

from expectations.contract.french import page_with_french_spaces
from tests.command import ROOT

PAGE = Path("flows/deposit/guide.html")
#: where other documents are on the page
_PLACES = {"dictionary.md": "/dictionnaire", "rules.md": "/regles"}
_HEADING = re.compile(r"<(h[2-6])>([^<]*)<")


def guide_page() -> str:
    """The page's part, without the guide's own title."""
    text = (ROOT / "docs" / "guide-organismes.md").read_text(encoding="utf-8").partition("\n")[2]
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    for document, place in _PLACES.items():
        html = html.replace(f'href="{document}"', f'href="{place}"')
    html = _HEADING.sub(lambda found: f'<{found[1]} id="{_anchor(found[2])}">{found[2]}<', html)
    return page_with_french_spaces(html.replace("<th>", '<th scope="col">').replace("<pre>", '<pre tabindex="0">'))


def _anchor(title: str) -> str:
    """The name of a section in links, as Markdown viewers make it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def write_guide_page() -> list[str]:
    """Bring it up to date; its name where it has changed."""
    path, page = ROOT / PAGE, guide_page()
    if path.exists() and path.read_text(encoding="utf-8") == page:
        return []
    path.write_text(page, encoding="utf-8")
    return [PAGE.as_posix()]
