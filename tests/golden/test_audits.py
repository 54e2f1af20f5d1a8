"""Audits: drawn alike by the same seed, verified on a sheet, counted by the next night, kept, and without who is erased."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.audit import audit_path
from flows.cli import main
from flows.erasure.erase import erase, person_of
from flows.erasure.purge import purge
from flows.errors import WrongUse
from flows.recovery.rebuild import rebuild
from flows.settings import Settings, load_settings
from flows.verification.audits import Drawn, audits, draw_audit, take_results
from tests.golden.nights import Home, sent_by, sirets
from tests.golden.test_rebuild import ask_store
from tests.spec.paper import SIRET, changes, csv_of
from tests.workbooks import with_open_document, with_xlsxwriter
from warehouse.store.pseudonyms import key_path

OTHER = sirets(2)[1]
DAY = date(2019, 9, 2)
NOON = datetime(2019, 9, 2, 12, tzinfo=UTC)
LEARNERS = [f"id_apprenant=00{number}" for number in range(1, 13)]
#: of twelve, the first eight with a job; two without, one neutralised, one not known
SITUATIONS = ["CDI"] * 8 + ["RECHERCHE"] * 2 + ["NEUTRALISE"]
FILES = {
    "a.csv": csv_of("actions"),
    "b.csv": csv_of("sessions"),
    "c.csv": csv_of("apprenants", *LEARNERS),
    "d.csv": csv_of("suivi", *(f"{who} & situation={what}" for who, what in zip(LEARNERS, SITUATIONS, strict=False))),
}
RATE = "SELECT audit, drawn, erased, pending, unreachable, verified, confirmed, corrected_rate FROM indicators.audited WHERE level = 'programme'"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = Home(tmp_path_factory.mktemp("home"), tells=False)
    home.night({**sent_by(SIRET, FILES), **sent_by(OTHER, FILES)}, on=DAY)
    return home.folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(made, tmp_path / "home")), tells=False)


def drawn(home: Home, size: int = 24, seed: str = "7", **more: Any) -> Drawn:
    return draw_audit(load_settings(home.folder), "2018-Q3", size, seed, now=NOON, **more)


def sheet_of(done: Drawn) -> list[dict[str, str]]:
    with done.written[0].open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def filled(lines: list[dict[str, str]], *, but: dict[str, dict[str, str]] | None = None) -> list[dict[str, str]]:
    """All confirmed, but for changes by the number of a line."""
    found = {"constat": "confirmé", "constate_le": "1/9/2019", "moyen": "Attestation de l'employeur"}
    return [{**line, **found, **(but or {}).get(line["numero"], {})} for line in lines]


def sent(home: Home, lines: list[dict[str, str]], *, encoding: str = "cp1252", delimiter: str = ";") -> Path:
    path = home.folder.parent / "back.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(lines)
    return path


def taken(home: Home, lines: list[dict[str, str]], now: datetime = NOON, **how: str) -> list[str]:
    """What is wrong with a sheet."""
    result = take_results(load_settings(home.folder), sent(home, lines, **how), now=now)
    return [f"{fault.line}:{fault.column}" for fault in result.faults]


NOTHING_FOUND = {"constat": "INJOIGNABLE", "constate_le": "", "moyen": ""}


def test_the_same_seed_draws_the_same(home: Home, made: Path, tmp_path: Path) -> None:
    ten = [line["id_apprenant"] + line["siret"] for line in sheet_of(drawn(home, 10))]
    copy = Home(Path(shutil.copytree(made, tmp_path / "copy")), tells=False)
    assert [line["id_apprenant"] + line["siret"] for line in sheet_of(drawn(copy, 10))] == ten
    again = drawn(home, 10)
    assert (again.is_new, again.state["audit"], again.written, len(again.left)) == (False, 1, (), 2), "a sheet is not written over"
    other = drawn(home, 10, "8")
    assert (other.is_new, other.state["audit"]) == (True, 2)
    assert [line["id_apprenant"] + line["siret"] for line in sheet_of(other)] != ten
    assert {path.stat().st_mode & 0o777 for path in other.written} == {0o600}
    assert other.written[0].parent.stat().st_mode & 0o777 == 0o700
    assert [one["audit"] for one in audits(load_settings(home.folder))] == [1, 2]
    assert '"command":"audit draw"' in audit_path(home.folder).read_text()


def test_what_cannot_be_drawn(home: Home) -> None:
    settings = load_settings(home.folder)
    for quarter, said in (("2018-Q4", "nobody left in it"), ("2018-3", "is not a quarter")):
        with pytest.raises(WrongUse, match=said):
            draw_audit(settings, quarter, 10, "7")
    with pytest.raises(WrongUse, match="none of its 24 leavers is mature"):
        draw_audit(settings, "2018-Q3", 10, "7", horizon="M12")
    assert audits(settings) == []


def give_signals(home: Home, *signals: tuple[str, str, str]) -> None:
    """The published warehouse finds these signals (signal, level, level_id), and no others."""
    with duckdb.connect(str(home.folder / "warehouse.duckdb")) as con:
        con.execute("CREATE OR REPLACE TABLE quality.signals (signal VARCHAR, level VARCHAR, level_id VARCHAR)")
        con.execute("CREATE OR REPLACE TABLE reference.signals AS SELECT 'SIG-X' AS id, 3 AS weight")
        if signals:
            con.executemany("INSERT INTO quality.signals VALUES (?, ?, ?)", list(signals))


def test_half_is_drawn_by_signals(home: Home) -> None:
    """Without a signal the whole is drawn by chance; that is said, and whether nothing is known of signals at all."""
    give_signals(home)
    assert drawn(home, 8).state["signalled"] == 0
    give_signals(home, ("SIG-X", "session", f"{SIRET}/S1"), ("SIG-X", "provider", SIRET), ("SIG-X", "programme", ""))
    done = drawn(home, 8, "9")
    assert done.state["signalled"] == 1
    assert [line["siret"] for line in sheet_of(done)].count(SIRET) == 6
    chances = ask_store(home, "SELECT DISTINCT provider_siret, probability FROM audit_strata WHERE audit = 2 ORDER BY ALL")
    assert dict(chances) == {SIRET: 0.5, OTHER: pytest.approx(1 / 6)}
    with duckdb.connect(str(home.folder / "warehouse.duckdb")) as con:
        con.execute("DROP TABLE quality.signals")
    assert drawn(home, 8, "10").state["signalled"] is None, "of a warehouse of before"


@pytest.mark.slow
def test_what_is_found_counts_from_the_next_night_on(home: Home) -> None:
    lines = sheet_of(drawn(home, folder=home.folder.parent / "out"))
    job = next(line for line in lines if line["situation_declaree"] == "CDI")
    assert (job["siret"], job["source"], job["observee_le"]) == (SIRET if job["siret"] == SIRET else OTHER, "DECLARATIF", "01/04/2019")
    out = next(line for line in lines if line["situation_declaree"] == "sans réponse")
    no_job = {"constat": "non", "situation_constatee": "au chômage"}
    results = filled(lines, but={job["numero"]: no_job, out["numero"]: NOTHING_FOUND})
    for line in results:  # what a spreadsheet does to numbers and references
        line |= {"siret": "9,0012E+13", "id_apprenant": line["id_apprenant"].lstrip("0")}
    assert taken(home, results) == []
    assert home.rows(RATE) == [], "the published warehouse knows nothing of it"
    home.night(on=date(2019, 9, 3))
    # 16 of 22 were reported positive; 15 are
    assert home.rows(RATE) == [(1, 24, 0, 0, 1, 23, 22, pytest.approx(15 / 22))]
    home.night(as_of=DAY, on=date(2019, 9, 4))
    assert home.rows(RATE) == [], "the day of a draw is that of a night before it"

    # sent again, three days later, all of it replaces what was sent; of before it is still known
    assert taken(home, filled(lines), datetime(2019, 9, 5, tzinfo=UTC), encoding="utf-16", delimiter="\t") == []
    home.night(as_of=date(2019, 9, 5), on=date(2019, 9, 6))
    assert home.rows(RATE) == [(1, 24, 0, 0, 1, 23, 22, pytest.approx(15 / 22))]
    home.night(on=date(2019, 9, 7))
    assert home.rows(RATE) == [(1, 24, 0, 0, 0, 24, 24, pytest.approx(16 / 22))]


WRONG = """
constat=peut-être                                  | 2:constat
constat=                                           | 2:constat
constate_le=                                       | 2:constate_le
constate_le=03/09/2019                             | 2:constate_le
constate_le=31/02/2019                             | 2:constate_le
moyen=                                             | 2:moyen
moyen=on m'a dit                                   | 2:moyen
constat=AUTRE                                      | 2:situation_constatee
constat=INJOIGNABLE & situation_constatee=STAGE    | 2:situation_constatee
situation_constatee=STAGE                          | 2:situation_constatee
id_apprenant=0099                                  | 2:numero
numero_session=S2                                  | 2:numero
numero=99                                          | 2:numero
numero=2                                           | 3:numero
numero=                                            | 2:numero
audit=2                                            | None:audit
""".strip().splitlines()


def test_a_sheet_is_taken_whole_or_not_at_all(home: Home) -> None:
    lines = sheet_of(drawn(home, 4))
    for example in WRONG:
        change, _, where = example.rpartition("|")
        assert where.strip() in taken(home, filled(lines, but={"1": changes(change)})), example
    assert audits(load_settings(home.folder))[0]["pending"] == 4
    assert ask_store(home, "SELECT * FROM audit_results") == []


def test_a_sheet_that_is_not_one(home: Home) -> None:
    lines = sheet_of(drawn(home, 4))
    assert taken(home, lines) == ["None:None"], "nothing is filled in"
    assert taken(home, filled(lines)[1:]) == ["None:None"], "a line lacks"
    assert taken(home, [{**line, "audit": "5"} for line in filled(lines)]) == ["None:audit"]
    settings = load_settings(home.folder)
    for data, said in ((b"", "vide"), (b"PK\x03\x04\x00\x00", "abîmé"), (csv_of("sessions"), "titres"), (b"audit;numero;constat\n1;1;AUTRE\n", "manquent")):
        path = home.folder.parent / "other.csv"
        path.write_bytes(data)
        result = take_results(settings, path)
        assert result.state is None and said in result.faults[0].sentence


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_a_sheet_comes_back_as_a_workbook(home: Home, ending: str) -> None:
    """Numbers and days as such, as the sheet was written; another sheet of it is not looked at."""
    done = drawn(home)
    lines = filled(sheet_of(done))
    whole = {"audit", "numero", "siret"}
    rows = [[int(value) if title in whole else _day(value) for title, value in line.items()] for line in lines]
    write = with_xlsxwriter if ending == "xlsx" else with_open_document
    path = home.folder.parent / f"back.{ending}"
    path.write_bytes(write({"Notes": [["à vérifier"]], "Feuil1": [list(lines[0]), *rows]}))
    result = take_results(load_settings(home.folder), path, now=NOON)
    assert result.faults == ()
    assert ask_store(home, "SELECT count(*) FROM audit_results") == [(len(lines),)]
    path.write_bytes(write({"Notes": [["à vérifier"]]}))
    (fault,) = take_results(load_settings(home.folder), path, now=NOON).faults
    assert "Aucune feuille du classeur" in fault.sentence


def _day(text: str) -> Any:
    return datetime.strptime(text, "%d/%m/%Y").date() if re.fullmatch(r"\d\d/\d\d/\d{4}", text) else text


def test_sheets_go_once_everybody_is_accounted_for(home: Home) -> None:
    done = drawn(home, 4)
    lines = filled(sheet_of(done))
    partly = [{**line, **dict.fromkeys(("constat", "constate_le", "moyen"), "")} if line["numero"] == "3" else line for line in lines]
    assert taken(home, partly) == []
    assert all(path.exists() for path in done.written)
    done.written[0].unlink()
    assert [line["constat"] for line in sheet_of(drawn(home, 4))] == ["CONFIRME", "CONFIRME", "", "CONFIRME"], "what was found so far"
    assert taken(home, lines) == []
    assert list((home.folder / "audits").iterdir()) == []


def home_with_results(home: Home) -> Settings:
    lines = sheet_of(drawn(home))
    assert taken(home, filled(lines, but={"1": NOTHING_FOUND})) == []
    home.night(on=date(2019, 9, 3))
    draw_audit(load_settings(home.folder), "2018-Q3", 20, "8", now=datetime(2019, 9, 3, 12, tzinfo=UTC))
    return load_settings(home.folder)


@pytest.mark.attack
@pytest.mark.slow
def test_who_is_erased_leaves_the_stratum_alone(home: Home) -> None:
    settings = home_with_results(home)
    erase(settings, person_of(SIRET, "S1", "003"))
    (one, two) = audits(settings)
    assert (one["drawn"], one["erased"], one["confirmed"] + one["unreachable"]) == (24, 1, 23)
    gone = ask_store(home, "SELECT session_id, learner_key, situation, source FROM audit_items WHERE learner_key IS NULL AND audit = 1")
    assert gone == [(None, None, None, None)]
    assert home.row(RATE + " AND audit = 1")[:3] == (1, 24, 1)
    assert not list((home.folder / "audits").iterdir()) or two["erased"] == 0
    assert rebuild(settings, verify=True).is_proven
    purge(settings, today=date(2030, 1, 1))
    assert [(one["drawn"], one["erased"]) for one in audits(settings)] == [(24, 24), (20, 20)]
    assert not list((home.folder / "audits").iterdir())


@pytest.mark.attack
@pytest.mark.slow
@pytest.mark.parametrize("new_key", [False, True])
def test_a_rebuild_carries_audits_over(home: Home, new_key: bool) -> None:
    settings = home_with_results(home)
    before = home.rows("FROM indicators.audited ORDER BY ALL"), audits(settings)
    sheet = sheet_of(drawn(home, folder=home.folder.parent / "before"))
    if new_key:
        key_path(home.folder).unlink()
    rebuild(settings, new_key=new_key)
    assert (home.rows("FROM indicators.audited ORDER BY ALL"), audits(settings)) == before
    assert sheet_of(drawn(home, folder=home.folder.parent / "after")) == sheet
    assert rebuild(settings, verify=True).is_proven


def test_the_command(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["audit", "--home", str(home.folder), *arguments])
        return code, *capsys.readouterr()

    give_signals(home)
    assert run()[1].startswith("no audit was drawn")
    assert run("--quarter", "2018-Q3", "--n", "5")[0] == 2
    code, said, _ = run("--quarter", "2018-Q3", "--n", "5", "--seed", "7")
    assert code == 0 and "5 of 24 leavers" in said and "drawn by chance: no provider has a signal" in said
    code, said, _ = run("--quarter", "2018-Q3", "--n", "5", "--seed", "7", "--format", "json")
    assert (json.loads(said)["is_new"], len(json.loads(said)["left"])) == (False, 2)
    sheet = next((home.folder / "audits").glob("*.csv"))
    code, said, errors = run("--results", str(sheet))
    assert code == 1 and "Aucun constat" in said and "nothing of" in errors
    assert json.loads(run("--format", "json")[1])[0]["pending"] == 5
