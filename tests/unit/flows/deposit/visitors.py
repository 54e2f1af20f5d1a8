"""Somebody at the deposit page: a client with cookies that fills in the forms that it is shown, and opens the links of its mails."""

from __future__ import annotations

import email
import email.policy
import re
import warnings
from html import unescape
from pathlib import Path
from typing import Any

with warnings.catch_warnings():
    # Starlette 1.10 asks for httpx2, which nothing else here needs; it takes httpx as it is. Until httpx is replaced everywhere.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

import httpx
from starlette.types import ASGIApp

ORIGIN = "http://127.0.0.1:8600"
_LINK = re.compile(r"/lien/(\S+)")


class Visitor:
    """A browser at the page. `look` and `send` give the response, redirects not followed."""

    def __init__(self, app: ASGIApp, origin: str = ORIGIN) -> None:
        self.client = TestClient(app, base_url=origin, follow_redirects=False, raise_server_exceptions=True)
        self.origin = origin

    def look(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def token(self, page: str) -> str:
        """The token of the last form of a page, which is what a browser would send with it."""
        found = re.findall(r'name="jeton" value="([^"]+)"', self.look(page).text)
        assert found, f"no form at {page}"
        return unescape(found[-1])

    def send(self, path: str, page: str, fields: dict[str, str] | None = None, file: tuple[str, bytes] | None = None,
             **more: Any) -> httpx.Response:  # fmt: skip
        """Send the form that `page` shows to `path`."""
        data = {"jeton": self.token(page), **(fields or {})}
        files = {"fichier": (file[0], file[1], "text/csv")} if file else None
        headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        return self.client.post(path, data=data, files=files, headers=headers, **more)

    def ask_for_link(self, address: str, siret: str = "") -> httpx.Response:
        return self.send("/connexion", "/connexion", {"courriel": address, "siret": siret})

    def open_link(self, token: str) -> httpx.Response:
        """Open a link as somebody does: look, then press the button."""
        shown = self.look(f"/lien/{token}")
        if shown.status_code != 200:
            return shown
        return self.send("/lien", f"/lien/{token}", {"lien": token})


def mails(home: Path, topic: str) -> list[tuple[str, str]]:
    """Recipient and text of the mails of that topic in outbox/, the oldest first."""
    found = []
    for path in sorted((home / "outbox").glob("*.eml"), key=lambda one: one.stat().st_mtime_ns):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if mail["X-Suivi-Topic"] == topic:
            found.append((str(mail["To"]), mail.get_body(("plain",)).get_content()))
    return found


def mail_page(home: Path, topic: str) -> str:
    """The last mail of that topic, as a page."""
    for path in sorted((home / "outbox").glob("*.eml"), key=lambda one: -one.stat().st_mtime_ns):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        if mail["X-Suivi-Topic"] == topic:
            return str(mail.get_body(("html",)).get_content())
    raise LookupError(topic)


def token_in(text: str) -> str:
    """The token of the link of a mail."""
    found = _LINK.search(text)
    assert found, text
    return found[1]
