"""Sums by session that are taken from an earlier warehouse are those that the rows of today have."""

from __future__ import annotations

import contextlib
import copy
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from expectations.contract.codes import code_list
from expectations.programme import load_programme
from flows.night import Night
from flows.settings import load_settings
from flows.steps.compute import compute, compute_warehouse
from flows.steps.publish import publish_or_remove
from tests.unit.store_builders import submission
from tests.worlds import A, B, Row, World, built, table
from warehouse.published.publish import open_read_only
from warehouse.store.store import Store

AS_OF = date(2019, 6, 30)
#: what may happen to a session's rows from one night to the next
Change = Callable[[Random, World, Row], None]


def random_world(rng: Random) -> World:
    """Two providers with some sessions; half of the exits at the edge of a window."""
    world = World()
    for siret in (A, B):
        world.add("actions", provider_siret=siret)
        for number in range(6):
            session = world.add("sessions", provider_siret=siret, session_id=f"S{number}")
            for learner in range(8):
                add_learner(rng, world, session, f"L{learner}")
    return world


def add_learner(rng: Random, world: World, session: Row, key: str) -> None:
    own = {"provider_siret": session["provider_siret"], "session_id": session["session_id"], "learner_key": key}
    entered_on = AS_OF - timedelta(days=rng.choice([-1, 0, 500, 600]))
    left_on = max(entered_on, AS_OF - timedelta(days=rng.choice([-1, 0, 27, 28, 29, 120, 121, 240, 241, 400])))
    completion = rng.choice(["TERMINE", "TERMINE", "TERMINE", "ABANDON", "ANNULE", None])
    world.add(
        "learners", **own, sex=rng.choice("FMX"), is_disabled=rng.choice(["OUI", "NON", "NSP"]), entered_on=entered_on,
        left_on=left_on if completion else None, completion=completion, certification=rng.choice(["OBTENUE", "PARTIELLE", None]),
    )  # fmt: skip
    for horizon in code_list("horizon").codes:
        if completion and rng.random() < 0.7:
            situation = rng.choice(["CDI", "STAGE", "RECHERCHE", "INCONNU", "NEUTRALISE"])
            world.add("followups", **own, horizon=horizon, observed_on=left_on, situation=situation)


def of_session(rows: list[Row], session: Row) -> list[Row]:
    return [row for row in rows if all(row[name] == session[name] for name in ("provider_siret", "session_id"))]


def nothing(rng: Random, world: World, session: Row) -> None:
    pass


def learner_gone(rng: Random, world: World, session: Row) -> None:
    gone = rng.choice(of_session(world.learners, session))
    world.learners.remove(gone)
    for row in of_session(world.followups, session):
        if row["learner_key"] == gone["learner_key"]:
            world.followups.remove(row)


def everybody_gone(rng: Random, world: World, session: Row) -> None:
    for rows in (world.learners, world.followups):
        for row in of_session(rows, session):
            rows.remove(row)


def session_gone(rng: Random, world: World, session: Row) -> None:
    everybody_gone(rng, world, session)
    world.sessions.remove(session)


def learner_new(rng: Random, world: World, session: Row) -> None:
    add_learner(rng, world, session, "new")


def sex_corrected(rng: Random, world: World, session: Row) -> None:
    rng.choice(of_session(world.learners, session))["sex"] = rng.choice("FMX")


def answers_changed(rng: Random, world: World, session: Row) -> None:
    for row in of_session(world.followups, session):
        row["situation"] = rng.choice(["CDI", "CDD_6M"])


def answered(rng: Random, world: World, session: Row) -> None:
    world.add("followups", session_id=session["session_id"], situation="RECHERCHE")


def session_before_the_label(rng: Random, world: World, session: Row) -> None:
    session["starts_on"] = date(2015, 1, 5)  # no rule of the programme is in force: nobody counts


CHANGES: tuple[Change, ...] = (
    nothing, learner_gone, everybody_gone, session_gone, learner_new, sex_corrected, answers_changed, session_before_the_label,
)  # fmt: skip


@pytest.mark.parametrize("days", [0, 1, 2, 400])
def test_sessions_that_have_not_moved_are_not_summed_up_again(days: int) -> None:
    rng = Random(days)
    before = random_world(rng)
    before.nights.append(AS_OF)
    now = copy.deepcopy(before)
    for number, session in enumerate(list(now.sessions)):
        CHANGES[number % len(CHANGES)](rng, now, session)
    later = AS_OF + timedelta(days=days)
    whole, reused = built(now, later), built(now, later, earlier=built(before, AS_OF))
    tables = reused.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables()"
        " WHERE database_name = 'memory' AND schema_name IN ('sums', 'indicators')"
    ).fetchall()
    for (name,) in tables:
        assert table(reused, name) == table(whole, name), name
    assert table(whole, "sums.session_rate_changes")
    if days == 0:
        moved = {(row["provider_siret"], row["session_id"]) for row in table(reused, "work.sessions_moved")}
        assert not moved & {(A, "S0"), (B, "S2")}, "nothing happened to these"


def days_after(**changes: int) -> Change:
    """A learner whose dates lie so many days after the earlier reference date, long before if not said."""

    def change(rng: Random, world: World, session: Row) -> None:
        (learner,) = of_session(world.learners, session)
        learner.update(entered_on=AS_OF - timedelta(600), left_on=AS_OF - timedelta(500), certification=None)
        learner.update({name: AS_OF + timedelta(days) for name, days in changes.items()})

    return change


#: by the days that pass: how a session stood before, what happens to it, whether it has moved
CASES: dict[int, Sequence[tuple[Change, Change, bool]]] = {
    0: [
        (nothing, nothing, False),
        (nothing, learner_gone, True),
        (nothing, session_gone, True),
        (nothing, learner_new, True),
        (nothing, days_after(left_on=-499), True),
        (nothing, session_before_the_label, True),
        (answered, answers_changed, True),
        (answered, nothing, False),
    ],
    1: [
        (nothing, nothing, False),
        (days_after(entered_on=1, left_on=90), nothing, True),
        (days_after(entered_on=2, left_on=90), nothing, False),
        (days_after(entered_on=0, left_on=90), nothing, False),
        (days_after(left_on=1), nothing, True),
        (days_after(left_on=2), nothing, False),
        (days_after(left_on=0), nothing, False),
        # M6 closes 240 days after leaving, and who left is mature on the day after that
        (days_after(left_on=-240), nothing, True),
        (days_after(left_on=-239), nothing, False),
        (days_after(left_on=-241), nothing, False),
    ],
    2: [(days_after(left_on=-239), nothing, True), (days_after(left_on=-238), nothing, False)],
}


@pytest.mark.parametrize("days", CASES)
def test_a_session_has_moved(days: int) -> None:
    before = World()
    for number, (standing, _, _) in enumerate(CASES[days]):
        session = before.add("sessions", session_id=f"S{number}")
        before.add("learners", session_id=f"S{number}", left_on=AS_OF - timedelta(500))
        standing(Random(1), before, session)
    now = copy.deepcopy(before)
    for session, (_, change, _) in zip(list(now.sessions), CASES[days], strict=True):
        change(Random(1), now, session)
    reused = built(now, AS_OF + timedelta(days), earlier=built(before, AS_OF))
    moved = {row["session_id"] for row in table(reused, "work.sessions_moved")}
    assert moved == {f"S{number}" for number, (_, _, has_moved) in enumerate(CASES[days]) if has_moved}


PUBLISHED_AS_OF = date(2030, 1, 1)
#: a lie in the sums of the published warehouse comes out again where they are taken over
LIE = "UPDATE sums.session_audiences SET women = 0"


@pytest.fixture(scope="module")
def home_of_one_learner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    with Store.open(home) as store:
        store.load("run", [submission(kind, [{}]) for kind in ("actions", "sessions", "apprenants")])
        store.begin_night("run", datetime(2026, 1, 1, tzinfo=UTC), PUBLISHED_AS_OF, None)
        publish_or_remove(compute_warehouse(home, store, PUBLISHED_AS_OF, load_programme(), "run"))
        store.end_night("run", datetime(2026, 1, 1, tzinfo=UTC), "done")
    return home


@pytest.mark.parametrize(
    ("change", "as_of", "may_reuse", "is_reused"),
    [
        ("", PUBLISHED_AS_OF, True, True),
        ("UPDATE meta.release SET models_version = 'before'", PUBLISHED_AS_OF, True, False),
        *(
            pytest.param(*case, marks=pytest.mark.attack)
            for case in [
                ("", PUBLISHED_AS_OF + timedelta(1), True, True),
                ("", PUBLISHED_AS_OF - timedelta(1), True, False),
                ("", PUBLISHED_AS_OF, False, False),
                ("UPDATE meta.release SET programme_version = 'before'", PUBLISHED_AS_OF, True, False),
                ("ALTER TABLE meta.release DROP COLUMN models_version", PUBLISHED_AS_OF, True, False),
                ("DELETE FROM clean.learners", PUBLISHED_AS_OF, True, False),
            ]
        ),
    ],
)
def test_sums_are_taken_over(
    home_of_one_learner: Path, tmp_path: Path, change: str, as_of: date, may_reuse: bool, is_reused: bool
) -> None:
    home = Path(shutil.copytree(home_of_one_learner, tmp_path / "home"))
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute(f"{LIE}; {change}")
    assert women_of(home, as_of, may_reuse=may_reuse) == (0 if is_reused else 1)


@pytest.mark.attack
def test_without_a_published_warehouse_everything_is_summed_up(home_of_one_learner: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(home_of_one_learner, tmp_path / "home"))
    (home / "warehouse.duckdb").unlink()
    assert women_of(home, PUBLISHED_AS_OF, may_reuse=True) == 1


def women_of(home: Path, as_of: date, *, may_reuse: bool) -> int:
    with Store.open(home) as store:
        publish_or_remove(compute_warehouse(home, store, as_of, load_programme(), "run", may_reuse_sums=may_reuse))
    with contextlib.closing(open_read_only(home)) as con:
        query = "SELECT women FROM indicators.audience_mix WHERE level = 'programme' AND cohort = 'all'"
        ((women,),) = con.execute(query).fetchall()
        return int(women)


@pytest.mark.attack
def test_a_night_sums_up_again_where_what_was_kept_does_not_add_up(home_of_one_learner: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(home_of_one_learner, tmp_path / "home"))
    (home / "inbox").mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("UPDATE sums.session_audiences SET entrants = 77")
    with Night(load_settings(str(home)), PUBLISHED_AS_OF) as night:
        publish_or_remove(compute(night))
    with contextlib.closing(open_read_only(home)) as con:
        assert con.execute("SELECT entrants FROM sums.session_audiences").fetchall() == [(1,)]
