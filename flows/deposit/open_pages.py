"""The pages for anybody, but for those that take a file: where to begin, templates, the providers' guide, the rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from html import escape
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.responses import Response

from expectations.catalogue import dictionary_text, rules_text, template
from expectations.contract.returns import RETURNS
from flows.deposit.visit import Visit
from transforms.pages.blank_workbook.ods import ods_template
from transforms.pages.blank_workbook.xlsx import xlsx_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ODS = "application/vnd.oasis.opendocument.spreadsheet"
#: how templates can be had: the ending of the file, what it is called, its media type, and what makes it of returns
FORMATS: dict[str, tuple[str, str, Callable[[tuple[str, ...], str | None], bytes]]] = {
    "xlsx": ("Excel", XLSX, xlsx_template),
    "ods": ("LibreOffice", _ODS, ods_template),
    "csv": ("CSV", "text/csv; charset=utf-8", lambda kinds, _: template(kinds[0])),
}  # fmt: skip
#: what the template of all that providers send is called, and in which formats it can be had
TOGETHER, _OF_SEVERAL = "retours", ("xlsx", "ods")


def start(visit: Visit) -> Response:
    """The first page: a file can be checked at once."""
    return visit.page("depot_start", fault=None)


def templates_page(visit: Visit) -> Response:
    """All templates; those of the Region's own returns stand apart."""
    kinds = [
        (contract, [(f"/modeles/{kind}.{ending}", name) for ending, (name, *_) in FORMATS.items()])
        for kind, contract in RETURNS.items()
    ]
    together = [(f"/modeles/{TOGETHER}.{ending}", FORMATS[ending][0]) for ending in _OF_SEVERAL]
    return visit.page("depot_templates", kinds=kinds, together=together)


def template_file(visit: Visit) -> Response:
    """One of them, to be kept."""
    kind, _, ending = visit.request.path_params["name"].rpartition(".")
    if kind == TOGETHER and ending in _OF_SEVERAL:
        kinds = tuple(one for one, contract in RETURNS.items() if not contract.from_region)
    elif kind in RETURNS and ending in FORMATS:
        kinds = (kind,)
    else:
        raise HTTPException(404)
    _, media_type, make = FORMATS[ending]
    said = {"Content-Disposition": f'attachment; filename="{kind}.{ending}"'}
    return Response(make(kinds, visit.site.settings.deposit_url), headers=said, media_type=media_type)


def guide(visit: Visit) -> Response:
    """The providers' guide, docs/guide-organismes.md as HTML (written by tests.documents.write)."""
    return visit.page("depot_guide", text=_guide())


def rules(visit: Visit) -> Response:
    """Every rule, as `suivi rules --format html` prints it."""
    return visit.whole_page(_rules())


def dictionary(visit: Visit) -> Response:
    """Every column of every return, as `suivi dictionary --format html` prints it."""
    return visit.whole_page(_dictionary())


def with_way_back(page: str, *links: tuple[str, str], note: str = "") -> str:
    """A page that was made to stand alone, with links (address, text) on top of it, and a sentence where there is one to say.

    It has a header, or a body that begins it.
    """
    begins = "<header>" if "<header>" in page else "<body>"
    items = " · ".join(f'<a href="{escape(address)}">{escape(text)}</a>' for address, text in links)
    said = f'\n<p role="status">{escape(note)}</p>' if note else ""
    return page.replace(begins, f'{begins}\n<nav aria-label="Page de dépôt"><p>{items}</p></nav>{said}', 1)


@cache
def _guide() -> str:
    return (files("flows.deposit") / "guide.html").read_text(encoding="utf-8")


@cache
def _rules() -> str:
    return with_way_back(rules_text(None, "html"), ("/", "Page de dépôt"), ("/guide", "Guide"))


@cache
def _dictionary() -> str:
    return with_way_back(dictionary_text("html"), ("/", "Page de dépôt"), ("/guide", "Guide"))
