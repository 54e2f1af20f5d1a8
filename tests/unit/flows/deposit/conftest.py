"""A home with two providers after a night, the site on it, and processes that judge for real: each made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from flows.deposit.app import make_app
from flows.deposit.judging import Judges
from flows.deposit.limits import Rate
from flows.deposit.site import RATES, Site, make_site
from flows.settings import load_settings, settings_without_home
from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of
from tests.unit.flows.deposit.visitors import ORIGIN, Visitor, mails, token_in

A, B, C = sirets(3)
OF_A, OF_B, OF_STAFF = "suivi@opale.example", "suivi@boreal.example", "pilotage@region.example"
#: stands in all that the second provider sends and that somebody is shown
CANARY = "CANARI"


def returns_of(siret: str, mark: str) -> dict[str, bytes]:
    """What a provider sends, and the Region for it; the mark stands in each name."""
    other = f"siret={siret}"
    return {
        f"region/actions {mark}.csv": csv_of("actions", f"{other} & organisme=Centre {mark} & courriel=ancien@{mark.lower()}.example"),
        f"{mark}/sessions {mark}.csv": csv_of("sessions", f"{other} & numero_session=S-{mark}", f"{other} & numero_session=S2-{mark}"),
        f"{mark}/apprenants {mark}.csv": csv_of("apprenants", f"{other} & numero_session=S-{mark}", f"{other} & numero_session=S-{mark} & id_apprenant=L2 & sexe={mark}"),
        f"{mark}/dépenses {mark}.csv": csv_of("depenses", f"{other} & piece=F-{mark}"),
    }


SENDERS = f"""
staff = ["{OF_STAFF}"]
[[sender]]
folder = "region"
kinds = ["actions", "financements"]
[[sender]]
folder = "OPALE"
sirets = ["{A}"]
contact = "{OF_A}"
[[sender]]
folder = "{CANARY}"
sirets = ["{B}"]
contact = "{OF_B}"
"""


@pytest.fixture(scope="session")
def judges() -> Iterator[Judges]:
    """One process, started once: it needs seconds to be ready."""
    made = Judges(settings_without_home({}), processes=1)
    yield made
    made.close()


@pytest.fixture(scope="session")
def home_after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which both providers have sent their returns, and a stranger one in the name of each."""
    folder = tmp_path_factory.mktemp("deposit") / "home"
    home = Home(folder)
    (folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsettle_seconds = 0\n', encoding="utf-8")
    (folder / "senders.toml").write_text(SENDERS, encoding="utf-8")
    strange = {"ailleurs/faux OPALE.csv": csv_of("sessions", f"siret={A} & numero_session=S9-OPALE"),
               f"ailleurs/faux {CANARY}.csv": csv_of("sessions", f"siret={B} & numero_session=S9-{CANARY}")}  # fmt: skip
    home.night({**returns_of(A, "OPALE"), **returns_of(B, CANARY), **strange})
    return folder


@dataclass
class Clock:
    """Seconds since 1970, as somebody says them."""

    now: float = field(default_factory=lambda: __import__("time").time())

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Running:
    """The page of a home, and who comes to it."""

    site: Site
    app: ASGIApp
    clock: Clock

    @property
    def home(self) -> Path:
        return self.site.settings.home

    def visitor(self) -> Visitor:
        return Visitor(self.app)

    def mailed_token(self, address: str, siret: str = "") -> str:
        """The token of a link that was asked for."""
        before = len(mails(self.home, "link"))
        assert self.visitor().ask_for_link(address, siret).status_code == 200
        self.site.post.wait()
        found = mails(self.home, "link")[before:]
        assert [recipient for recipient, _ in found] == [address]
        return token_in(found[0][1])

    def entered(self, address: str, siret: str = "") -> Visitor:
        """Somebody who has come by a link that was mailed."""
        visitor = self.visitor()
        assert visitor.open_link(self.mailed_token(address, siret)).status_code == 303
        return visitor


def running(home: Path, judges: Judges, clock: Clock, rates: dict[str, Rate] | None = None) -> Running:
    site = make_site(load_settings(home), ORIGIN, judges, clock, rates or dict.fromkeys(RATES, Rate(100_000, 1)))
    return Running(site, make_app(site), clock)


@pytest.fixture
def page(home_after_a_night: Path, tmp_path: Path, judges: Judges, clock: Clock) -> Iterator[Running]:
    """The page of a copy of that home."""
    home = tmp_path / "after-a-night"
    shutil.copytree(home_after_a_night, home)
    made = running(home, judges, clock)
    yield made
    made.site.post.close()


@pytest.fixture
def page_without_night(home: Path, judges: Judges, clock: Clock) -> Iterator[Callable[..., Running]]:
    """`page_without_night(senders)`: the page of a home in which nothing has happened yet."""
    made: list[Running] = []

    def make(senders: str = SENDERS, rates: dict[str, Rate] | None = None) -> Running:
        (home / "senders.toml").write_text(senders, encoding="utf-8")
        made.append(running(home, judges, clock, rates))
        return made[-1]

    yield make
    for one in made:
        one.site.post.close()
