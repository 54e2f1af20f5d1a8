"""One request as the pages see it: who is there, what was sent, and the answer with its headers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from expectations.contract.french import page_with_french_spaces
from flows.deposit.known import Known
from flows.deposit.limits import network_of
from flows.deposit.site import Site
from flows.deposit.state import Identity
from transforms.pages.templating import templates

#: seconds for which a form can be sent after it was shown
LONGEST_FORM = 12 * 3600
#: of what a page may load: nothing, and its own style by its hash
_POLICY = "default-src 'none'; {}img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass
class Visit:
    """A request. `sirets` are the providers that whoever is logged in may see, empty for everybody else; `is_staff` says that
    it is somebody of the Region's staff.

    `is_over` says that a session was brought that does not count any more.
    """

    site: Site
    request: Request
    visitor: str
    is_new: bool
    session: str | None = None
    known: Known = field(default_factory=Known)
    sirets: frozenset[str] = frozenset()
    is_staff: bool = False
    is_over: bool = False
    form: FormData = field(default_factory=FormData)

    @classmethod
    def of(cls, site: Site, request: Request) -> Visit:
        """Who asks, by the cookies of the request."""
        name, session_name = cookie_names(site)
        visitor, session = request.cookies.get(name, ""), request.cookies.get(session_name)
        is_new = not 20 <= len(visitor) <= 100
        visit = cls(site, request, secrets.token_urlsafe(24) if is_new else visitor, is_new)
        if session and len(session) <= 100:
            visit.known = site.known.latest()
            who = site.state.session(session)
            visit.sirets = _sirets(who, visit.known)
            visit.is_staff = who is not None and who.siret is None and who.address_hash in visit.known.staff
            visit.session, visit.is_over = (session, False) if visit.is_in else (None, True)
        return visit

    @property
    def is_in(self) -> bool:
        """Whether somebody is logged in."""
        return bool(self.sirets) or self.is_staff

    @property
    def network(self) -> str:
        """Who asks, for the limits."""
        return network_of(self.request.client.host if self.request.client else None)

    @property
    def form_token(self) -> str:
        """What a form of ours holds, and none of another page."""
        return self.site.secret.signed("form", self._bound)

    def is_own_form(self) -> bool:
        """Whether the form that was sent is one that was shown to this browser, by us, not too long ago."""
        token = self.text("jeton")
        said = self.site.secret.text_of("form", token, LONGEST_FORM) if token else None
        return said is not None and hmac.compare_digest(said, self._bound)

    def text(self, name: str) -> str:
        """A field of the form, '' where it was not sent."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    def file(self, name: str) -> UploadFile | None:
        """A file of the form, None where none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def page(self, template: str, status: int = 200, **shown: Any) -> Response:
        """The answer: a page of ours."""
        names = {siret: self.known.names.get(siret) for siret in sorted(self.sirets)}
        html = templates().get_template(f"{template}.html.j2").render(
            here=self.request.url.path, form_token=self.form_token, sirets=names, is_staff=self.is_staff,
            max_file_mb=self.site.settings.max_file_mb, contact=self.site.settings.steward_email, **shown,
        )  # fmt: skip
        return self.whole_page(page_with_french_spaces(html), status)

    def whole_page(self, html: str, status: int = 200) -> Response:
        """The answer: a page as it was made elsewhere."""
        return self.with_cookie(HTMLResponse(html, status, {"Content-Security-Policy": policy_of(html)}))

    def attachment(self, name: str, media_type: str, content: bytes) -> Response:
        """The answer: a file to be kept, under a name that may be anybody's."""
        said = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return self.with_cookie(Response(content, headers=said, media_type=media_type))

    def with_cookie(self, response: Response) -> Response:
        """The answer, with the visitor's cookie where there was none."""
        if self.is_new:
            name, _ = cookie_names(self.site)
            response.set_cookie(name, self.visitor, path="/", secure=self.site.is_secure, httponly=True, samesite="strict")
        return response

    @property
    def _bound(self) -> str:
        """What a form is bound to: the session, so that no form outlives it, else the visitor."""
        return self.site.secret.hidden("form", self.session or self.visitor)


def enter(visit: Visit, who: Identity) -> Response:
    """Begin a session, in the place of any that there was; the answer leads into it."""
    if visit.session:
        visit.site.state.end_session(visit.session)
    response = RedirectResponse("/organismes", 303)
    response.set_cookie(
        cookie_names(visit.site)[1], visit.site.state.new_session(who), path="/", secure=visit.site.is_secure, httponly=True,
        samesite="strict",
    )  # fmt: skip
    return response


def leave(visit: Visit) -> Response:
    """End the session."""
    if visit.session:
        visit.site.state.end_session(visit.session)
    response = RedirectResponse("/", 303)
    response.delete_cookie(
        cookie_names(visit.site)[1], path="/", secure=visit.site.is_secure, httponly=True, samesite="strict"
    )
    return response


def cookie_names(site: Site) -> tuple[str, str]:
    """The cookies of a visitor and of a session. Over https browsers let nobody else set cookies of these names (`__Host-`)."""
    return ("__Host-visite", "__Host-depot") if site.is_secure else ("visite", "depot")


def policy_of(html: str) -> str:
    """What a page may load: its own style, told by its hash, so that nothing that got into it is obeyed."""
    style = html.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _POLICY.format(f"style-src 'sha256-{digest}'; " if style else "")


def headers(site: Site) -> Mapping[str, str]:
    """What every answer says to browsers, unless it says something stricter itself."""
    said = {
        "Content-Security-Policy": _POLICY.format(""),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex, nofollow",
    }
    return said | ({"Strict-Transport-Security": "max-age=31536000"} if site.is_secure else {})


def _sirets(who: Identity | None, known: Known) -> frozenset[str]:
    """For whom a session speaks still: an address that is no longer known for a provider ends its sessions."""
    if who is None:
        return frozenset()
    sirets = known.sirets.get(who.address_hash, frozenset())
    return sirets if who.siret is None else sirets & {who.siret}
