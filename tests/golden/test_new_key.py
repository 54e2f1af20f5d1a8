"""A home whose key is lost in every backup goes on: with other pseudonyms, the same figures, and a word on what is not known again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.cli.rebuild import described
from flows.doctor.fault import Fault, HomeToCheck
from flows.doctor.records import erasures, key
from flows.erasure.erase import erase
from flows.errors import NightFailed, WrongUse
from flows.recovery import new_key
from flows.recovery import rebuild as rebuilding
from flows.recovery.rebuild import Rebuilt, rebuild
from flows.recovery.replay import Replay
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.golden.test_rebuild import NOW, ask_store
from tests.spec.paper import SIRET, csv_of
from warehouse.compare_databases import ACROSS_KEYS, digests
from warehouse.erasure.tombstones import Person
from warehouse.errors import KeyLost, KeyUnusable
from warehouse.intake.archive import Archive
from warehouse.intake.ledger_file import ledger_path
from warehouse.store.pseudonyms import key_path

ERASED = Person(SIRET, "S1", "L2")
AGAIN = {"c3.csv": csv_of("apprenants", "", "id_apprenant=L2 & sexe=M", "id_apprenant=L3")}


@pytest.fixture(scope="module")
def before(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a few nights behind it, in which a learner was erased, and stood in a file once more."""
    home = Home(Path(shutil.copytree(history, tmp_path_factory.mktemp("before") / "home")))
    assert erase(load_settings(home.folder), ERASED).is_done
    home.night({"c3.csv": AGAIN["c3.csv"] + b"\n"}, on=date(2019, 5, 29))
    return home


@pytest.fixture
def home(before: Home, tmp_path: Path) -> Home:
    shutil.copytree(before.folder, tmp_path / "home")
    return Home(tmp_path / "home")


def lose(home: Home) -> None:
    key_path(home.folder).unlink()


def spoil(home: Home) -> None:
    key_path(home.folder).chmod(0o600)
    key_path(home.folder).write_bytes(b"\xff" * 10)


class CutOff(BaseException):
    """What a kill would do."""


def before_it(step: Callable[..., Any]) -> Callable[..., Any]:
    def cut(*arguments: Any, **named: Any) -> Any:
        raise CutOff

    return cut


def after_it(step: Callable[..., Any]) -> Callable[..., Any]:
    def cut(*arguments: Any, **named: Any) -> Any:
        step(*arguments, **named)
        raise CutOff

    return cut


#: in the order in which they are taken
STEPS: tuple[tuple[Any, str], ...] = (
    (new_key, "note_next_key"), (new_key, "bind_ledger_copy"), (new_key, "note_rewritten"), (Archive, "put"),
    (new_key, "note_new_key"), (new_key, "put_next_key_in_place"), (Replay, "run"), (rebuilding, "_set_aside"),
    (rebuilding._Build, "put_in_place"),
)  # fmt: skip


def figures(home: Home) -> dict[str, object]:
    return {name: digests(home.folder / name, ACROSS_KEYS) for name in ("store.duckdb", "warehouse.duckdb")}


def with_new_key(home: Home) -> Rebuilt:
    return rebuild(load_settings(home.folder), new_key=True, now=NOW)


def faults(home: Home, check: Callable[..., object]) -> list[Fault]:
    return list(check(HomeToCheck(load_settings(home.folder), NOW)))


@pytest.mark.slow
def test_all_but_the_pseudonyms_is_as_before(home: Home) -> None:
    was = figures(home)
    keys = home.rows("SELECT learner_key FROM clean.learners")
    lose(home)
    with pytest.raises(KeyLost, match="suivi rebuild --new-key"):
        rebuild(load_settings(home.folder))
    assert "suivi rebuild --new-key" in faults(home, key)[0].todo
    done = with_new_key(home)
    assert done.store == () and done.warehouse == () and done.lost == (), described(done)
    assert figures(home) == was
    assert not set(keys) & set(home.rows("SELECT learner_key FROM clean.learners"))
    assert faults(home, key) == []
    assert rebuild(load_settings(home.folder), verify=True).is_proven
    assert home.night({"e.csv": csv_of("suivi", "echeance=M3 & observe_le=20/12/2018")}, on=date(2019, 6, 2))["totals"]["accepted"] == 1


@pytest.mark.slow
def test_who_was_erased_is_not_known_again_and_that_is_said(home: Home) -> None:
    spoil(home)
    said = "\n".join(described(with_new_key(home)))
    assert "1 erased persons are not known again" in said and "suivi erase" in said
    (advice,) = faults(home, erasures)
    assert advice.is_advice and "1 persons were erased under a key that is lost" in advice.what and "suivi erase" in advice.todo
    erase(load_settings(home.folder), ERASED)
    home.night(AGAIN, on=date(2019, 6, 2))
    assert home.rows("SELECT count(*) FROM clean.learners") == [(2,)]  # L1 and L3: the erased one stays out
    assert ask_store(home, "SELECT count(*) FROM rows_learners WHERE learner_ref = 'L2'") == [(0,)]


@pytest.mark.attack
@pytest.mark.slow
def test_cut_off_anywhere_the_same_command_finishes(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    was = figures(home)
    lose(home)
    ledger_path(home.folder).unlink()  # the old store has it too
    for place, name in STEPS:
        for cut in (before_it, after_it):
            with monkeypatch.context() as patch, pytest.raises(CutOff):
                patch.setattr(place, name, cut(getattr(place, name)))
                with_new_key(home)
            if (name, cut) != ("put_in_place", after_it):
                assert "suivi rebuild --new-key" in faults(home, key)[0].todo
                with pytest.raises(NightFailed, match="suivi rebuild --new-key"):
                    home.night()
    assert figures(home) == was and faults(home, key) == []
    assert rebuild(load_settings(home.folder), verify=True).is_proven
    with pytest.raises(WrongUse, match="is whole"):
        with_new_key(home)


def test_where_nothing_is_lost_nothing_is_done(home: Home) -> None:
    was = figures(home)
    with pytest.raises(WrongUse, match="is whole"):
        with_new_key(home)
    lose(home)
    key_path(home.folder).write_text("ab" * 32)  # another home's
    assert "not the key that this store was written with" in faults(home, key)[0].what
    with pytest.raises(WrongUse, match="put the right one back"):
        with_new_key(home)
    key_path(home.folder).unlink()
    key_path(home.folder).mkdir()
    with pytest.raises(KeyUnusable, match="cannot be read"):
        with_new_key(home)
    assert figures(home) == was and not list(home.folder.rglob("*.before-*"))
