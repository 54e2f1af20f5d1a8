"""What stands before every page: names of hosts, sizes, forms of ours alone, owners alone, and no word of an error to anybody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from urllib.parse import urlsplit

from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.deposit.limits import network_of
from flows.deposit.site import Site
from flows.deposit.visit import Visit, headers
from flows.errors import described

log = logging.getLogger("suivi.deposit")

Handler = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
#: seconds in which a form, with its file, must have come
LONGEST_UPLOAD = 300.0
#: bytes of a form without its file
SMALL_FORM = 64_000
_MOST_FIELDS, _LONGEST_FIELD = 8, 16_000
#: so many times what may be sent is read so that whoever sends it is told
_READ_FOR_AN_ANSWER = 4

_SORRY = {
    400: "Votre navigateur a envoyé une demande incomplète. Revenez à la page précédente et recommencez.",
    403: "Cette page a été ouverte il y a trop longtemps, ou ailleurs. Rechargez-la et recommencez.",
    404: "Il n'y a rien à cette adresse.",
    405: "Cette adresse ne se demande pas ainsi.",
    408: "L'envoi a duré trop longtemps. Recommencez, avec une meilleure connexion si possible.",
    413: "Ce fichier est trop grand pour la page.",
    415: "Envoyez le fichier avec le formulaire de la page.",
    429: "Trop de demandes en peu de temps. Réessayez dans quelques minutes.",
    500: "Une erreur est survenue chez nous. Réessayez ; si elle revient, prévenez la Région.",
    503: "Trop de fichiers sont en cours de vérification. Réessayez dans une minute.",
    507: "Le fichier n'a pas pu être enregistré. Réessayez ; si cela revient, prévenez la Région.",
}


def open_to_all(site: Site, handler: Handler, largest: int = SMALL_FORM) -> Endpoint:
    """A page that anybody may ask for. `largest` is how many bytes may be sent to it, here and below."""
    return _guarded(site, handler, largest, lambda visit: None)


def for_owner(site: Site, handler: Handler, largest: int = SMALL_FORM, *, is_of_file: bool = False) -> Endpoint:
    """A page below `/organisme/{siret}`: for those alone who are logged in and speak for that provider.

    To anybody else who is logged in it is not there, whether or not there is such a provider. `is_of_file` says that a file is
    worked on to answer, though none is sent.
    """

    def stopped(visit: Visit) -> Response | None:
        if not visit.is_in:
            return _to_login(visit)
        if visit.request.path_params["siret"] not in visit.sirets:
            raise HTTPException(404)
        return None

    return _guarded(site, handler, largest, stopped, is_of_file=is_of_file)


def for_anyone_logged_in(site: Site, handler: Handler, largest: int = SMALL_FORM) -> Endpoint:
    """A page for whoever is logged in."""
    return _guarded(site, handler, largest, lambda visit: None if visit.is_in else _to_login(visit))


def for_staff(site: Site, handler: Handler, largest: int = SMALL_FORM) -> Endpoint:
    """A page below `/region`: to providers it is not there."""

    def stopped(visit: Visit) -> Response | None:
        if not visit.is_in:
            return _to_login(visit)
        if not visit.is_staff:
            raise HTTPException(404)
        return None

    return _guarded(site, handler, largest, stopped)


def _to_login(visit: Visit) -> Response:
    if visit.request.method == "POST":
        raise HTTPException(403)
    return RedirectResponse("/connexion?fin" if visit.is_over else "/connexion", 303)


def _guarded(
    site: Site, handler: Handler, largest: int, stopped: Callable[[Visit], Response | None], *, is_of_file: bool = False
) -> Endpoint:  # fmt: skip
    takes_file = largest > SMALL_FORM

    async def endpoint(request: Request) -> Response:
        if not site.limits.allows("page", network_of(request.client.host if request.client else None)):
            return _sorry(Visit(site, request, visitor="", is_new=False), 429)
        visit = await run_in_threadpool(Visit.of, site, request)
        try:
            return await answer(visit)
        except HTTPException as error:
            return _sorry(visit, error.status_code)
        except ClientDisconnect:
            return Response(status_code=400)  # there is nobody to read it
        except Exception as error:
            log.error("a page failed: %s", described(error))  # its own words may quote a cell
            return _sorry(visit, 500)
        finally:
            await visit.form.close()

    async def answer(visit: Visit) -> Response:
        if (response := stopped(visit)) is not None:
            return response  # before anything of what was sent is read
        if visit.request.method == "POST":
            if not _is_from_here(site, visit.request):
                raise HTTPException(403)
            with _place(site, visit) if takes_file else contextlib.nullcontext():
                visit.form = await _form(visit.request, largest)
            if not visit.is_own_form():
                raise HTTPException(403)
        if is_of_file and not site.limits.allows("file", visit.network):
            raise HTTPException(429)
        if takes_file or is_of_file:
            return await asyncio.get_running_loop().run_in_executor(site.with_file, handler, visit)
        return await run_in_threadpool(handler, visit)

    return endpoint


@contextlib.contextmanager
def _place(site: Site, visit: Visit) -> Iterator[None]:
    """One of the files that may come at once; asked for before anything of it is read."""
    if not site.limits.allows("file", visit.network):
        raise HTTPException(429)
    if not site.incoming.acquire(blocking=False):
        raise HTTPException(503)
    try:
        yield
    finally:
        site.incoming.release()


def _sorry(visit: Visit, status: int) -> Response:
    status = status if status in _SORRY else 400 if status < 500 else 500
    return visit.page("depot_sorry", status, sentence=_SORRY[status])


def _is_from_here(site: Site, request: Request) -> bool:
    """Whether a page of ours has sent this, as far as the browser says it; the form's own token is asked in any case.

    Our pages tell nobody where they are (no-referrer), so that browsers write `null` as their origin.
    """
    origin, fetched = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    if fetched not in (None, "same-origin"):
        return False
    if origin in (None, "null"):
        return origin is None or fetched == "same-origin"
    parts = urlsplit(origin)
    return origin == site.origin or (site.origin.startswith(f"{parts.scheme}://") and parts.netloc in site.hosts)


class _WholeForm(MultiPartParser):
    """A form with files, of which the end has come."""

    is_whole = False

    def on_end(self) -> None:
        """The last boundary was read."""
        self.is_whole = True

    async def parse(self) -> FormData:
        """The form. MultiPartException where its end has not come."""
        form = await super().parse()
        if not self.is_whole:  # Starlette takes the parts that are whole, and forgets the file of the one that is not
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("the form was cut off")
        return form


async def _form(request: Request, largest: int) -> FormData:
    """What was sent. HTTPException for what is no form of ours: too large, cut off, of another kind, with too many parts."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(LONGEST_UPLOAD):
            if content_type == "multipart/form-data":
                return await _WholeForm(
                    request.headers, _limited(request, largest), max_files=1, max_fields=_MOST_FIELDS,
                    max_part_size=_LONGEST_FIELD,
                ).parse()  # fmt: skip
            if content_type == "application/x-www-form-urlencoded":
                return await FormParser(
                    request.headers, _limited(request, largest), max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD
                ).parse()
    except TimeoutError:
        raise HTTPException(408) from None
    except (MultiPartException, FormParserError, UnicodeError, ValueError):
        raise HTTPException(400) from None
    raise HTTPException(415)


async def _limited(request: Request, largest: int) -> AsyncGenerator[bytes, None]:
    """What is sent, as it comes. HTTPException (413) for more than may be, whatever length was announced.

    A browser shows no answer before all is sent: of a file that is not much too large the rest is read, and forgotten.
    """
    size = 0
    async for block in request.stream():
        size += len(block)
        if size <= largest:
            yield block
        elif size > _READ_FOR_AN_ANSWER * largest:
            break
    if size > largest:
        raise HTTPException(413)


class Frame:
    """The outermost layer: foreign hosts are turned away, every answer has our headers, no error's words get out."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site, self._headers = app, site, headers(site)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                said = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    said.setdefault(name, value)
            await send(message)

        host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1").lower()
        if host not in self._site.hosts:
            await PlainTextResponse("Cette adresse n'est pas celle de la page.\n", 400)(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("a request failed: %s", described(error))
            if not has_begun:
                await PlainTextResponse("Une erreur est survenue.\n", 500)(scope, receive, send_with_headers)
