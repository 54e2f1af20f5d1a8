"""What the Region's staff sees: the files that are held, with their answers; the dashboard; what is open, by provider."""

from __future__ import annotations

import contextlib
import re

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from flows.audit import audited
from flows.deposit.visit import Visit
from flows.errors import AnotherNight, WrongUse
from flows.held_answers import accept, held, reject
from transforms.pages.mail.wording import origin_folder
from warehouse.errors import WarehouseProblem
from warehouse.published.publish import open_read_only
from warehouse.query_results import read_sql, rows_as_dicts
from warehouse.safe_text import safe_to_show

#: the dashboard's charts have styles of their own, and pictures in their addresses
_DASHBOARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
#: as the store knows it; Python itself refuses one of 4 300 digits
_NUMBER = re.compile(r"[0-9]{1,18}")
_FIGURES = re.compile(r"[a-z]{1,40}\.csv")
BUSY = "Une nuit est en cours, ou une autre réponse : réessayez quand elle est finie."
TOO_LATE = "Ce fichier ne peut plus recevoir cette réponse : il a déjà la sienne, ou son dossier n'est pas en cause."


def held_files(visit: Visit) -> Response:
    """The files that wait for an answer, and those that have one."""
    return _held(visit)


def answer(visit: Visit) -> Response:
    """Answer one of them, as `suivi held accept` and `suivi held reject` do."""
    text, settings = str(visit.request.path_params["number"]), visit.site.settings
    if not _NUMBER.fullmatch(text):
        raise HTTPException(404)
    said = visit.text("reponse")
    if said not in ("prendre", "toujours", "rejeter"):
        raise HTTPException(400)
    try:
        if said == "rejeter":
            reject(settings, int(text))
        else:
            accept(settings, int(text), always=said == "toujours")
    except (AnotherNight, WarehouseProblem):
        return _held(visit, 409, BUSY)
    except WrongUse:
        return _held(visit, 409, TOO_LATE)
    return RedirectResponse("/region", 303)


def dashboard(visit: Visit) -> Response:
    """The dashboard, as the last night wrote it."""
    with audited(visit.site.settings.home, "depot dashboard"):
        try:
            page = visit.site.settings.dashboard.read_bytes()
        except OSError:
            raise HTTPException(404) from None
    return HTMLResponse(page, headers={"Content-Security-Policy": _DASHBOARD_POLICY})


def dashboard_file(visit: Visit) -> Response:
    """The figures that the dashboard links, which lie beside it."""
    name = str(visit.request.path_params["name"])
    try:
        if not _FIGURES.fullmatch(name):
            raise HTTPException(404)
        content = (visit.site.settings.dashboard.parent / name).read_bytes()
    except OSError:
        raise HTTPException(404) from None
    said = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=said, media_type="text/csv; charset=utf-8")


def findings(visit: Visit) -> Response:
    """What stands of each provider, rule by rule."""
    found: dict[str, list[dict[str, object]]] = {}
    if visit.site.settings.warehouse.is_file():
        with contextlib.closing(open_read_only(visit.site.settings.home)) as con:
            for row in rows_as_dicts(con.execute(read_sql("flows.deposit", "findings_by_provider"))):
                found.setdefault(row["who"], []).append(row)
    return visit.page("depot_findings", providers=found)


def _held(visit: Visit, status: int = 200, fault: str | None = None) -> Response:
    try:
        files = held(visit.site.settings)
    except WrongUse:  # no night has run
        files = []
    except WarehouseProblem:
        return visit.page("depot_held", 503, waiting=[], answered=[], fault=BUSY)
    shown = [(file, safe_to_show(file.name.rpartition("/")[2]), origin_folder(file.sender)) for file in reversed(files)]
    return visit.page(
        "depot_held", status, waiting=[one for one in shown if one[0].is_waiting],
        answered=[one for one in shown if not one[0].is_waiting], fault=fault,
    )  # fmt: skip
