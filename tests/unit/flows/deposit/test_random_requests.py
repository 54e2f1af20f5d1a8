"""Random requests: no answer is an error of ours, and none holds a byte of another provider's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.deposit.judging import Judges
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.conftest import CANARY, OF_A, OF_B, A, B, Clock, Running, running
from tests.unit.flows.deposit.test_depositing import deposit
from tests.unit.flows.deposit.visitors import Visitor

PLACES = ("/", "/verifier", "/modeles", "/modeles/suivi.csv", "/guide", "/regles", "/dictionnaire", "/connexion", "/lien", "/lien/x", "/fin", "/organismes",
          f"/organisme/{A}", f"/organisme/{B}", f"/organisme/{A}/deposer", f"/organisme/{B}/deposer", f"/organisme/{B}/fichiers", f"/organisme/{A}/fichiers",
          f"/organisme/{B}/chiffres", f"/organisme/{A}/chiffres", "/region", "/region/constats", "/region/tableau", "/region/argent.csv", "/region/mis-de-cote/9")  # fmt: skip
LONG = "1" * 4400
NUMBERS = st.one_of(st.integers(0, 30), st.sampled_from([2**31, 2**62, 2**63, 2**64, 10**400, -1, LONG]))
ODD = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=30)
PATHS = st.one_of(
    st.sampled_from(PLACES),
    st.tuples(st.sampled_from(PLACES), st.text(max_size=20)).map("/".join),
    st.tuples(st.sampled_from([A, B, "x", ""]), st.sampled_from(["recus", "depots"]), NUMBERS, st.sampled_from(["", "/controle", "/classeur"]))
    .map(lambda parts: f"/organisme/{parts[0]}/{parts[1]}/{parts[2]}{parts[3]}"),
    st.text().map(lambda text: f"/{text}"),
)  # fmt: skip
FIELDS = st.dictionaries(st.sampled_from(["jeton", "courriel", "siret", "lien", "fichier", "reponse", "x"]), st.one_of(st.text(max_size=60), st.just(A), st.just(B), st.just(OF_A)), max_size=4)
BODIES = st.one_of(st.none(), FIELDS, st.binary(max_size=400))
TYPES = st.sampled_from([None, "multipart/form-data; boundary=a", "multipart/form-data", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=\xff"])
HEADERS = st.dictionaries(st.sampled_from(["Origin", "Sec-Fetch-Site", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "Accept", "Range", "Content-Length", "Referer", "Expect"]), ODD, max_size=3)


@pytest.fixture(scope="module")
def entered(home_after_a_night: Path, tmp_path_factory: pytest.TempPathFactory, judges: Judges) -> Iterator[tuple[Running, Visitor]]:
    """The page of a home in which both providers have deposited something too, and somebody of the first."""
    home = tmp_path_factory.mktemp("random") / "home"
    shutil.copytree(home_after_a_night, home)
    page = running(home, judges, Clock())
    deposit(page.entered(OF_B), f"{CANARY}.csv", csv_of("sessions", f"siret={B} & numero_session=N-{CANARY}"), B)
    yield page, page.entered(OF_A)
    page.site.post.close()


@given(method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "X"]), path=PATHS, query=st.text(max_size=20), body=BODIES,
       media_type=TYPES, headers=HEADERS, with_token=st.booleans())  # fmt: skip
@example(method="GET", path=f"/organisme/{A}/depots/{2**63}", query="", body=None, media_type=None, headers={}, with_token=False)
@example(method="GET", path=f"/organisme/{A}/recus/{LONG}", query="", body=None, media_type=None, headers={}, with_token=False)
@example(method="POST", path="/connexion", query="", body={"courriel": "\ud800@x.fr"}, media_type=None, headers={}, with_token=True)
@settings(max_examples=max(200, 5 * settings.default.max_examples))
def test_nothing_breaks_and_nothing_of_another_gets_out(
    entered: tuple[Running, Visitor], method: str, path: str, query: str, body: object, media_type: str | None, headers: dict[str, str], with_token: bool
) -> None:
    page, visitor = entered
    given_headers = {name: value.encode("latin-1") for name, value in headers.items()} | ({"Content-Type": media_type.encode("latin-1")} if media_type else {})
    data = None
    if isinstance(body, dict):
        token = {"jeton": page.site.secret.signed("form", page.site.secret.hidden("form", visitor.client.cookies["depot"]))} if with_token else {}
        data = {name: value.encode("utf-8", "replace") for name, value in {**body, **token}.items()}
    url = visitor.client.build_request("GET", "/").url.copy_with(raw_path=_encoded(path, query))
    answer = visitor.client.request(method, url, data=data, content=body if isinstance(body, bytes) else None, headers=given_headers)  # type: ignore[arg-type]
    assert answer.status_code < 500, (method, path)
    assert CANARY not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    if "depot" not in visitor.client.cookies:  # it has logged itself out
        visitor.client.cookies.update(page.entered(OF_A).client.cookies)


def _encoded(path: str, query: str) -> bytes:
    return (quote(path.encode("utf-8", "replace"), safe="/") + (f"?{quote(query.encode('utf-8', 'replace'))}" if query else "")).encode()
