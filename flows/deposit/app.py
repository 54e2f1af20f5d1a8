"""The application: which page is at which address, and for whom."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from flows.deposit import checking, entering, marking, open_pages, provider_pages, staff_pages
from flows.deposit.guard import SMALL_FORM, Frame, Handler, for_anyone_logged_in, for_owner, for_staff, open_to_all
from flows.deposit.site import Site

_OPEN: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", open_pages.start),
    ("GET", "/modeles", open_pages.templates_page),
    ("GET", "/modeles/{name}", open_pages.template_file),
    ("GET", "/guide", open_pages.guide),
    ("GET", "/regles", open_pages.rules),
    ("GET", "/dictionnaire", open_pages.dictionary),
    ("GET", "/connexion", entering.login),
    ("POST", "/connexion", entering.send_link),
    ("GET", "/lien/{token}", entering.link),
    ("POST", "/lien", entering.use_link),
    ("POST", "/fin", entering.logout),
)
#: those that take a file
_OPEN_WITH_FILE: tuple[tuple[str, str, Handler], ...] = (("POST", "/verifier", checking.check),)
_LOGGED_IN: tuple[tuple[str, str, Handler], ...] = (("GET", "/organismes", provider_pages.providers),)
#: below /organisme/{siret}
_OF_PROVIDER: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", provider_pages.overview),
    ("GET", "/deposer", checking.deposit_form),
    ("GET", "/depots/{number}", provider_pages.deposit),
    ("GET", "/depots/{number}/controle", provider_pages.check_of_deposit),
    ("GET", "/fichiers", provider_pages.files),
    ("GET", "/recus/{number}", provider_pages.receipt),
    ("GET", "/chiffres", provider_pages.figures),
)
#: those that work on a file to answer
_OF_FILE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/depots/{number}/classeur", marking.workbook_of_deposit),
    ("GET", "/recus/{number}/classeur", marking.workbook_of_receipt),
)
_OF_PROVIDER_WITH_FILE: tuple[tuple[str, str, Handler], ...] = (("POST", "/deposer", checking.deposit),)
OF_PROVIDER = "/organisme/{siret}"
#: below /region
_OF_STAFF: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", staff_pages.held_files),
    ("POST", "/mis-de-cote/{number}", staff_pages.answer),
    ("GET", "/tableau", staff_pages.dashboard),
    ("GET", "/constats", staff_pages.findings),
    ("GET", "/{name}", staff_pages.dashboard_file),
)
OF_STAFF = "/region"


def make_app(site: Site) -> ASGIApp:
    """The application of a site; when it ends, so does the site."""
    with_file = site.largest_file + SMALL_FORM

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        site.close()

    async def not_found(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500

        def fail(visit: object) -> Response:
            raise HTTPException(status)

        return await open_to_all(site, fail)(Request({**request.scope, "method": "GET"}))

    app = Starlette(routes=routes(site, with_file), lifespan=lifespan, exception_handlers={HTTPException: not_found})
    app.router.redirect_slashes = False
    return Frame(app, site)


def routes(site: Site, with_file: int) -> list[Route]:
    """The routes. Whatever lies below a provider's SIRET is for those alone who speak for it, below OF_STAFF for staff alone."""
    found = [
        Route(path, open_to_all(site, handler, size), methods=[method])
        for table, size in ((_OPEN, SMALL_FORM), (_OPEN_WITH_FILE, with_file)) for method, path, handler in table
    ]  # fmt: skip
    found += [Route(path, for_anyone_logged_in(site, handler), methods=[method]) for method, path, handler in _LOGGED_IN]
    found += [
        Route(f"{OF_PROVIDER}{path}", for_owner(site, handler, size), methods=[method])
        for table, size in ((_OF_PROVIDER, SMALL_FORM), (_OF_PROVIDER_WITH_FILE, with_file)) for method, path, handler in table
    ]  # fmt: skip
    found += [
        Route(f"{OF_PROVIDER}{path}", for_owner(site, handler, is_of_file=True), methods=[method])
        for method, path, handler in _OF_FILE
    ]  # fmt: skip
    found += [Route(f"{OF_STAFF}{path}", for_staff(site, handler), methods=[method]) for method, path, handler in _OF_STAFF]
    return found
