"""A purge takes what is old, whatever was mistyped once, and nothing before somebody has said yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.attack.homes import Home, Ran
from tests.golden import nights
from tests.spec.paper import csv_of

case = pytest.mark.case
Seen = Callable[[str], None]

_NOW = "entree_le=03/11/2025 & sortie_le= & fin_de_parcours= & certification= & numero_session=NEW"
_THEN = "numero_session=OLD"


class Purged:
    """A home with two sessions: one of 2025 that was typed as of 2016, and one of 2018 once announced as ending in 2099."""

    def __init__(self, home: Home) -> None:
        self.home = home
        # Only the purge is attacked, so these nights may be of years ago.
        past = nights.Home(home.folder, tells=False)
        past.night({"a.csv": csv_of("actions"), "b.csv": csv_of("sessions", f"{_THEN} & fin=28/09/2099")}, on=date(2018, 3, 12))
        past.night({"c.csv": csv_of("apprenants", f"{_THEN} & id_apprenant=ANCIEN")}, on=date(2018, 10, 1))
        past.night({"d.csv": csv_of("sessions", _THEN)}, on=date(2018, 10, 2))
        past.night({"e.csv": csv_of("sessions", "numero_session=NEW & debut=03/11/2016 & fin=30/12/2016"),
                    "f.csv": csv_of("apprenants", *(f"{_NOW} & id_apprenant=N{n}" for n in range(24)))}, on=date(2025, 11, 10))  # fmt: skip
        self.listed = home.run("purge", "--dry-run")
        self.unasked: Ran = home.run("purge")
        self.after_unasked = self._left()
        self.done: Ran = home.run("purge", "--yes")
        self.after = self._left()

    def _left(self) -> dict[str, int]:
        return dict(self.home.rows("SELECT session_id, count(*) FROM clean.learners GROUP BY ALL ORDER BY ALL"))


@pytest.fixture(scope="module")
def purged(tmp_path_factory: pytest.TempPathFactory) -> Purged:
    return Purged(Home(tmp_path_factory.mktemp("purged") / "home"))


@case(4, "purge, and nobody has said yes", "24 current learners went at once")
def test_asks(purged: Purged, seen: Seen) -> None:
    seen(f"exit {purged.unasked.code}; learners left: {purged.after_unasked}")
    assert purged.unasked.code == 2
    assert purged.after_unasked == {"NEW": 24, "OLD": 1}


@case(4, "a current session was typed as of 2016", "its 24 learners went, for good")
def test_mistyped_2016(purged: Purged, seen: Seen) -> None:
    seen(f"listed: {'NEW' in purged.listed.out}; {purged.after.get('NEW', 0)} of 24 learners left")
    assert purged.after.get("NEW") == 24
    assert "NEW" not in purged.listed.out


@case(4, "a session of 2018 was once announced as ending in 2099", "spared for ever")
def test_mistyped_2099(purged: Purged, seen: Seen) -> None:
    seen(f"listed: {'OLD' in purged.listed.out}; {purged.after.get('OLD', 0)} of 1 learner left; purge --yes: exit {purged.done.code}")
    assert purged.done.code == 0
    assert "OLD" not in purged.after
    assert "OLD" in purged.listed.out
