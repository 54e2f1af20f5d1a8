"""Nobody writes in another's name: whole nights in which one folder sends what is another's, and what the steward makes of it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.errors import WrongUse
from flows.held_answers import accept, held, reject
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.spec.paper import csv_of
from warehouse.intake.senders import read_senders

A, B = sirets(2)
OF_A, OF_B = {"siret": A}, {"siret": B}
#: the Region's folder and both providers' own, on a first night; A's learner has found work
FIRST = {
    "region/actions.csv": csv_of("actions", OF_A, {**OF_B, "courriel": "b@exemple.fr", "cout_total": "250000"}),
    "region/financements.csv": csv_of("financements", OF_A),
    "A/sessions.csv": csv_of("sessions", OF_A),
    "A/apprenants.csv": csv_of("apprenants", OF_A),
    "A/suivi.csv": csv_of("suivi", OF_A),
    "A/depenses.csv": csv_of("depenses", {**OF_A, "montant": "50000"}),
    "B/sessions.csv": csv_of("sessions", OF_B),
}
#: what B sends in the name of A, and of the Region
FORGED = {
    "B/1.csv": csv_of("suivi", {**OF_A, "situation": "RECHERCHE"}),
    "B/2.csv": csv_of("apprenants", {**OF_A, "id_apprenant": "L9"}),
    "B/3.csv": csv_of("depenses", {**OF_A, "montant": "1"}),
    "B/4.csv": csv_of("actions", {**OF_B, "cout_total": "250000", "subvention": "100000"}, {**OF_A, "courriel": "b@exemple.fr"}),
    "B/5.csv": csv_of("financements", {**OF_B, "montant": "100000"}),
}


def on(day: int) -> date:
    return date(2019, 6, day)


def decisions(report: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: file["decision"] for file in report["files"]}


def of_a(home: Home) -> tuple[Any, ...]:
    """A's rate, what is still due to it, its grant, and its address."""
    return (
        home.row("SELECT rate FROM indicators.positive_exit WHERE level = 'provider' AND level_id = ? AND cohort = 'all'"
                 " AND horizon = 'M6'", A)[0],
        *home.row("SELECT settlement_due, paid FROM indicators.spend_by_action WHERE provider_siret = ?", A),
        *home.row("SELECT contact_email FROM clean.actions WHERE provider_siret = ?", A),
    )  # fmt: skip


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, tuple[Any, ...]]:
    """A home after the first night and one of forgeries; A's figures before them."""
    home = Home(tmp_path_factory.mktemp("senders"), tells=False)
    assert set(decisions(home.night(FIRST, on=on(1))).values()) == {"accepted"}
    before = of_a(home)
    assert before[0] == 1.0
    assert set(decisions(home.night(FORGED, on=on(2))).values()) == {"held"}
    return home, before


@pytest.fixture
def home(lived: tuple[Home, tuple[Any, ...]], tmp_path: Path) -> Home:
    shutil.copytree(lived[0].folder, tmp_path / "home")
    return Home(tmp_path / "home", tells=False)


def settings(home: Home) -> Any:
    return load_settings(home.folder)


def waiting(home: Home) -> list[tuple[int, str, str | None, str]]:
    return [(file.number, file.name, file.speaks_for, file.rule) for file in held(settings(home)) if file.is_waiting]


def proven(home: Home) -> None:
    found = rebuild(settings(home), verify=True)
    assert found.is_proven, found


def test_what_is_sent_in_another_s_name_changes_nothing(lived: tuple[Home, tuple[Any, ...]]) -> None:
    home, before = lived
    assert of_a(home) == before
    assert home.row("SELECT grant_eur FROM clean.actions WHERE provider_siret = ?", B) == (20000,)
    assert waiting(home) == [(8 + n, f"B/{n + 1}.csv", whom, "FIC-17") for n, whom in enumerate((A, A, A, None, None))]
    (message,) = home.row("SELECT message FROM quality.findings WHERE submission_id = 8")
    assert "dans le dossier « B »" in message and f"SIRET {A}" in message and "dans le dossier « A »" in message
    proven(home)


def test_held_files_lie_apart_for_their_owner_alone(lived: tuple[Home, tuple[Any, ...]]) -> None:
    home, _ = lived
    kept = [path for path in (home.folder / "held").rglob("*") if path.is_file()]
    assert sorted(path.read_bytes() for path in kept) == sorted(FORGED.values())
    assert {path.stat().st_mode & 0o777 for path in (home.folder / "held").rglob("*") if path.is_dir()} == {0o700}
    assert not list((home.folder / "inbox").rglob("*.csv"))


@pytest.mark.attack
def test_an_accepted_file_counts_in_the_next_night_as_the_last_received(home: Home) -> None:
    accept(settings(home), 8)
    assert of_a(home)[0] == 1.0
    late = csv_of("suivi", {**OF_A, "situation": "CDD_6P"})
    assert decisions(home.night({"A/suivi.csv": late}, on=on(3))) == {"A/suivi.csv": "accepted", "B/1.csv": "accepted"}
    assert of_a(home)[0] == 0.0
    assert home.row("SELECT resolved_at IS NOT NULL FROM quality.findings WHERE submission_id = 8") == (True,)
    # once, not for ever: the folder is still a stranger
    assert decisions(home.night({"B/again.csv": csv_of("suivi", OF_A)}, on=on(4))) == {"B/again.csv": "held"}
    with pytest.raises(WrongUse, match="counts already, as number 14"):
        reject(settings(home), 8)
    proven(home)


@pytest.mark.attack  # a store lost and rebuilt
def test_always_binds_the_folder_and_accepts_what_else_waits(home: Home) -> None:
    answered = accept(settings(home), 9, always=True)
    assert [file.number for file in answered.files] == [9, 8, 10]
    assert (answered.newer, answered.bound_in) == (0, "the store")
    assert set(decisions(home.night(on=on(3))).values()) == {"accepted"}
    more = {"B/6.csv": csv_of("sessions", {**OF_A, "places": "12"}), "A/7.csv": csv_of("sessions", {**OF_A, "places": "20"})}
    assert set(decisions(home.night(more, on=on(4))).values()) == {"accepted"}, "beside the folder that spoke first"
    assert decisions(home.night({"B/8.csv": csv_of("financements", {**OF_A, "montant": "5"})}, on=on(5))) == {"B/8.csv": "held"}
    proven(home)
    # with the store lost, the archive and its ledger give the same
    before = held(settings(home))
    (home.folder / "store.duckdb").unlink()
    rebuild(settings(home))
    assert held(settings(home)) == before
    more = {"B/9.csv": csv_of("sessions", {**OF_A, "places": "13"}), "B/10.csv": csv_of("actions", OF_B)}
    assert decisions(home.night(more, on=on(6))) == {"B/9.csv": "accepted", "B/10.csv": "held"}


@pytest.mark.attack
def test_a_rejected_file_never_counts_and_may_be_accepted_after_all(home: Home) -> None:
    reject(settings(home), 8)
    assert home.night(on=on(3))["files"] == []
    assert [number for number, *_ in waiting(home)] == [9, 10, 11, 12]
    accept(settings(home), 8)
    assert decisions(home.night(on=on(4))) == {"B/1.csv": "accepted"}
    with pytest.raises(WrongUse, match="file 3 is not held"):
        accept(settings(home), 3)
    proven(home)


@pytest.mark.attack
def test_senders_toml_comes_first_and_excludes_who_spoke_first(home: Home) -> None:
    (home.folder / "senders.toml").write_text(f'[[sender]]\nfolder = "B"\nsirets = ["{A}"]\n', encoding="utf-8")
    files = {"A/6.csv": csv_of("sessions", OF_A), "B/7.csv": csv_of("sessions", OF_A), "B/8.csv": csv_of("sessions", {**OF_B, "places": "9"})}
    found = decisions(home.night(files, on=on(3)))
    # the very bytes that count already change nothing, whoever sends them
    assert found == {"A/6.csv": "duplicate", "B/7.csv": "duplicate", "B/8.csv": "accepted"}
    files = {"A/9.csv": csv_of("sessions", {**OF_A, "places": "9"}), "B/10.csv": csv_of("sessions", {**OF_A, "places": "8"})}
    assert decisions(home.night(files, on=on(4))) == {"A/9.csv": "held", "B/10.csv": "accepted"}
    number = waiting(home)[-1][0]
    assert accept(settings(home), number, always=True).bound_in == "senders.toml"
    assert [(entry.folder, entry.sirets) for entry in read_senders(home.folder)] == [("B", (A,)), ("A", (A,))]
    assert decisions(home.night({"A/11.csv": csv_of("sessions", {**OF_A, "places": "7"})}, on=on(5)))["A/11.csv"] == "accepted"


def test_strict_without_an_entry_holds_everything(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = Home(tmp_path, tells=False)
    (tmp_path / "suivi.toml").write_text('senders = "strict"\n', encoding="utf-8")
    assert set(decisions(home.night(FIRST, on=on(1))).values()) == {"held"}
    assert "senders = strict, and senders.toml lets nobody speak: every return is held" in caplog.text
    accept(settings(home), 1, always=True)
    assert 'kinds = ["actions", "financements"]' in (tmp_path / "senders.toml").read_text(encoding="utf-8")
    report = home.night({"region/f.csv": csv_of("financements", OF_B)}, on=on(2))
    assert decisions(report) == {"region/f.csv": "accepted", "region/actions.csv": "accepted", "region/financements.csv": "accepted"}


def test_off_lets_everybody_speak(home: Home) -> None:
    (home.folder / "suivi.toml").write_text('senders = "off"\n', encoding="utf-8")
    assert decisions(home.night({"B/6.csv": csv_of("suivi", {**OF_A, "situation": "STAGE"})}, on=on(3))) == {"B/6.csv": "accepted"}


@pytest.mark.parametrize("flat", ["", pytest.param("tous/", marks=pytest.mark.attack)])
def test_one_folder_for_all_is_as_before(tmp_path: Path, flat: str) -> None:
    home = Home(tmp_path, tells=False)
    names = [name.replace("/", "-") for name in FIRST]
    found = decisions(home.night({f"{flat}{name}": data for name, data in zip(names, FIRST.values(), strict=True)}, on=on(1)))
    assert set(found.values()) == {"accepted"}
    report = home.night({f"{flat}{n}.csv": data for n, data in enumerate(FORGED.values())}, on=on(2))
    assert set(decisions(report).values()) == {"accepted"}


@pytest.mark.parametrize(
    "forged",
    [
        csv_of("suivi", {**OF_A, "situation": "n'importe quoi"}),
        csv_of("suivi", OF_A).replace(b"situation", b"situations du jour"),
        csv_of("suivi", {**OF_A, "situation": "RECHERCHE"}, OF_B),
    ],
    ids=["all in error", "a column missing", "two SIRETs"],
)
def test_what_would_be_refused_is_held_too(home: Home, forged: bytes) -> None:
    """A refusal in another's name would stand against it."""
    assert decisions(home.night({"B/6.csv": forged}, on=on(3))) == {"B/6.csv": "held"}
    assert home.row("SELECT provider_siret, records FROM quality.files ORDER BY submission_id DESC LIMIT 1") == (A, 0)


@pytest.mark.attack
def test_an_empty_return_teaches_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, tells=False)
    nothing = csv_of("actions").splitlines(keepends=True)[0]
    assert decisions(home.night({"B/actions.csv": nothing}, on=on(1))) == {"B/actions.csv": "accepted"}
    assert decisions(home.night({"region/actions.csv": csv_of("actions", OF_A)}, on=on(2))) == {"region/actions.csv": "accepted"}
    assert decisions(home.night({"B/2.csv": csv_of("actions", OF_B)}, on=on(3))) == {"B/2.csv": "held"}


# ------------------------------------------------------------------------------------------- bytes sent again after a correction


@pytest.mark.attack
def test_bytes_that_were_replaced_are_held_and_can_be_made_to_count(home: Home) -> None:
    worse = csv_of("suivi", {**OF_A, "situation": "RECHERCHE"})
    home.night({"A/corrige.csv": worse}, on=on(3))
    assert of_a(home)[0] == 0.0
    report = home.night({"A/encore.csv": FIRST["A/suivi.csv"]}, on=on(4))
    assert decisions(report) == {"A/encore.csv": "held"}
    (reason,) = report["files"][0]["reasons"]
    assert "Reçu le 01/06/2019 (« A/suivi.csv »)" in reason and "par « A/corrige.csv », reçu le 03/06/2019" in reason
    accept(settings(home), waiting(home)[-1][0])
    assert decisions(home.night(on=on(5))) == {"A/encore.csv": "accepted"}
    assert of_a(home)[0] == 1.0
    # now it is the correction that was replaced, and what counts is a duplicate again
    again = {"A/1.csv": worse, "A/2.csv": FIRST["A/suivi.csv"]}
    assert decisions(home.night(again, on=on(6))) == {"A/1.csv": "held", "A/2.csv": "duplicate"}
    proven(home)


@pytest.mark.attack
def test_the_same_bytes_while_they_wait_need_one_answer(home: Home) -> None:
    more = {"B/1 again.csv": FORGED["B/1.csv"], "A/new.csv": csv_of("suivi", {**OF_A, "situation": "CDD_6P"})}
    home.night(more, on=on(3))
    assert [number for number, *_ in waiting(home)] == [8, 9, 10, 11, 12, 13]
    assert accept(settings(home), 8).newer == 1
    assert [number for number, *_ in waiting(home)] == [9, 10, 11, 12]
    assert decisions(home.night(on=on(4))) == {"B/1.csv": "accepted"}


@pytest.mark.attack
def test_what_is_held_makes_nobody_known(home: Home) -> None:
    (stranger,) = set(sirets(3)) - {A, B}
    files = {"B/6.csv": csv_of("actions", {"siret": stranger}), "C/7.csv": csv_of("sessions", {"siret": stranger})}
    report = home.night(files, on=on(3))
    assert decisions(report) == {"B/6.csv": "held", "C/7.csv": "accepted"}
    assert [file["reasons"] != [] for file in report["files"]] == [True, True], "FIC-07 is said of it"
    proven(home)


@pytest.mark.attack
def test_within_one_night_too(home: Home) -> None:
    first = csv_of("depenses", {**OF_A, "montant": "2"})
    files = {"A/1.csv": first, "A/2.csv": csv_of("depenses", {**OF_A, "montant": "3"}), "A/3.csv": first, "A/4.csv": FIRST["A/depenses.csv"]}
    found = decisions(home.night(files, on=on(3)))
    assert found == {"A/1.csv": "accepted", "A/2.csv": "accepted", "A/3.csv": "held", "A/4.csv": "held"}
    proven(home)


@pytest.mark.attack
def test_another_scope_replaces_nothing(home: Home) -> None:
    home.night({"A/s2.csv": csv_of("apprenants", {**OF_A, "numero_session": "S2"})}, on=on(3))
    assert decisions(home.night({"A/encore.csv": FIRST["A/apprenants.csv"]}, on=on(4))) == {"A/encore.csv": "duplicate"}


def test_nobody_counts_who_is_kept_by_an_unreadable_line(home: Home) -> None:
    """A correction with a damaged line replaces rows and retires none: what it leaves in force is no correction of it."""
    two = csv_of("depenses", {**OF_A, "piece": "F1"}, {**OF_A, "piece": "F2"})
    unclear = csv_of("depenses", {**OF_A, "piece": "F9"}) + b'"jamais ferm\xc3\xa9;1\n'
    files = {"A/1.csv": two, "A/2.csv": unclear, "A/3.csv": two}
    assert decisions(home.night(files, on=on(3))) == {"A/1.csv": "accepted", "A/2.csv": "partial", "A/3.csv": "duplicate"}
