"""How a provider enters: an address is typed, a link is mailed to it if it is known, and only a button uses the link."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from flows.audit import audited
from flows.deposit.state import LINK
from flows.deposit.visit import Visit, enter, leave

_LONGEST_ADDRESS = 254


def login(visit: Visit) -> Response:
    """The form in which an address is typed."""
    return visit.page("depot_login", fault=None, is_over="fin" in visit.request.query_params)


def send_link(visit: Visit) -> Response:
    """Always the same sentence, at once: nobody learns here whose address is known."""
    site, address, siret = visit.site, visit.text("courriel").strip(), "".join(visit.text("siret").split())
    if not site.limits.allows("link", visit.network):
        raise HTTPException(429)
    hidden = site.known.hidden(address) if len(address) <= _LONGEST_ADDRESS else None
    if hidden is None:
        return visit.page("depot_login", 400, fault="Écrivez une adresse de courriel, comme nom@organisme.fr.", is_over=False)
    if site.limits.allows("address", hidden):
        site.post.send_link(address, siret or None)
    return visit.page("depot_link_sent", minutes=LINK // 60)


def link(visit: Visit) -> Response:
    """What a link shows: a button. Programs that open the links of mails do not press it."""
    token = visit.request.path_params["token"]
    if not visit.site.state.is_link(token):
        return visit.page("depot_no_link", 410)
    return visit.page("depot_link", token=token)


def use_link(visit: Visit) -> Response:
    """Use a link up, and let in whom it identifies."""
    if not visit.site.limits.allows("entry", visit.network):
        raise HTTPException(429)
    who = visit.site.state.use_link(visit.text("lien"))
    if who is None:
        return visit.page("depot_no_link", 410)
    with audited(visit.site.settings.home, "depot login"):
        return enter(visit, who)


def logout(visit: Visit) -> Response:
    """End the session."""
    return leave(visit)
