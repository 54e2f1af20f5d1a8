"""`suivi nightly` and `suivi demo` as a person runs them: real processes, real Prefect, nothing left behind."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from flows.cli import main
from flows.cli.demo import MARK, PROVIDER_ADDRESS, STAFF_ADDRESS
from flows.deposit.known import WhoIsKnown
from flows.deposit.secret import Secret
from flows.lock import night_lock
from flows.settings import load_settings
from tests.command import processes_of, task_runs
from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of

pytestmark = pytest.mark.slow

Suivi = Callable[..., CompletedProcess[str]]
TASKS = {"receive", "read", "check", "load", "compute", "publish", "report"}


def test_two_nights_never_overlap(suivi: Suivi, tmp_path: Path) -> None:
    with night_lock(tmp_path, "the-other"):
        began = time.monotonic()
        done = suivi("nightly", "--home", tmp_path)
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "another night is running" in done.stderr
    # It does not pay for Prefect first.
    assert not (tmp_path / ".prefect").exists()
    assert time.monotonic() - began < 60


@pytest.mark.attack
def test_the_demo_makes_its_home_again_and_shows_what_matters(suivi: Suivi, tmp_path: Path) -> None:
    home = tmp_path / "of a demo"
    earlier = Home(home, tells=False)
    earlier.night({"actions.csv": csv_of("actions")})
    earlier.drop({"reste.csv": b"CANARI"})
    (home / MARK).write_text("")
    done = suivi("demo", "--home", home)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "22 of 24: 91.7 %, between 74.2 and 97.7 %" in done.stdout
    assert "1 not met" in done.stdout
    assert str(home / "warehouse.duckdb") in done.stdout
    assert "1 duplicate" in done.stdout
    assert earlier.row("SELECT count(*) FROM clean.actions WHERE provider_siret = ?", SIRET) == (0,)
    assert not [path for path in (home / "inbox").rglob("*") if path.is_file()]
    *_, command = done.stdout.splitlines()
    assert shlex.split(command)[1:] == ["depot", "--home", str(home)], "it ends with what opens the deposit page"
    assert f"--home '{home}' --newest" in done.stdout
    who = WhoIsKnown(load_settings(home), Secret.of(home))
    known = who.latest()
    (provider,) = known.sirets[who.hidden(PROVIDER_ADDRESS) or ""]
    assert known.folder_of(provider) == "code-et-beffroi"
    assert who.hidden(STAFF_ADDRESS) in known.staff
    assert {state for _, state in task_runs(home)} == {"COMPLETED"}
    assert {name for name, _ in task_runs(home)} == TASKS
    assert len(task_runs(home)) == 2 * len(TASKS)
    assert processes_of(home) == []


def test_the_demo_never_empties_a_home_in_use(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextlib.contextmanager
    def without_prefect(*_: object, **__: object) -> Iterator[None]:
        yield None

    monkeypatch.setattr("flows.prefect_runtime.run_once.nights_of", without_prefect)
    monkeypatch.setenv("SUIVI_SETTLE_SECONDS", "0")  # the demo sets it
    (home / "inbox" / "retour.csv").write_text("précieux")
    assert main(["demo", "--home", str(home)]) == 2
    assert "in use" in capsys.readouterr().err
    assert (home / "inbox" / "retour.csv").read_text() == "précieux"
