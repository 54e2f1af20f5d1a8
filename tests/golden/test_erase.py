"""A learner is erased: no file under the home holds a trace, nobody else's rows change, and no file brings the learner back."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from flows.cli import main
from flows.erasure import rewrite_home
from flows.erasure.erase import Erasure, erase, person_of
from flows.errors import Problem, WrongUse
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home
from tests.spec.paper import SIRET, csv_of
from transforms.models.rows_in_force import lake_of_store
from warehouse.erasure.tombstones import Person, read_tombstones
from warehouse.published.snapshots import snapshot_days
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.store import Store

REF, NATIONAL, NOTE = "ZZCANARYREF1", "ZZCANARYINE", "ZZCANARYNOTÉ"
PERSON = Person(SIRET, "S1", REF)
BORN = "17/03/1991"
ME = f"id_apprenant={REF} & identifiant_national={NATIONAL} & naissance={BORN}"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")


def learners(*rows: str) -> bytes:
    return csv_of("apprenants", *rows)


def with_note(file: bytes) -> str:
    """The file with a column that we do not know, in which something is said of the learner, in a cell of two lines."""
    header, *rows = file.decode().splitlines()
    said = [f'{row};"{NOTE}\nencore"' if REF in row else f"{row};rien" for row in rows]
    return "\n".join([f"{header};commentaire", *said]) + "\n"


def document() -> bytes:
    """An original that nobody can look into."""
    return f"%PDF-1.7\n({REF})\n".encode()


NIGHTS = [
    {
        "actions.csv": csv_of("actions"),
        "sessions.csv": csv_of("sessions", "", "numero_session=S2"),
        "v1.csv": learners(ME, "id_apprenant=L2", "id_apprenant=L3", "id_apprenant=L4"),
        "other.csv": learners("numero_session=S2 & id_apprenant=L8", "numero_session=S2 & id_apprenant=L9 & sexe=??"),
        "suivi.csv": csv_of("suivi", f"id_apprenant={REF}", "id_apprenant=L2", f"id_apprenant={REF} & echeance=M12 & observe_le=hier"),
        "no-column.csv": learners(ME, "id_apprenant=L2").replace(b"naissance;", b"date;"),
        "no-header.csv": f"Liste\n{REF};{NATIONAL};rien\nautre;ligne\n".encode(),
        "liste.pdf": document(),
    },
    {  # the learner twice, in error, in a line that is damaged, in another one with no session, and above the header
        "v2.csv": (
            f"Stagiaires ({REF})\n".encode("cp1252") + with_note(learners(ME, ME, "id_apprenant=L2", "id_apprenant=L3 & sexe=M"))
            .encode("cp1252") + f'{SIRET};S1;"{REF}"x;{NATIONAL}\n{SIRET};;{REF};{NATIONAL}'.encode() + b";" * 15 + b"\n"
        ),
        "suivi2.csv": csv_of("suivi", f"id_apprenant={REF} & echeance=M12", "id_apprenant=L3 & echeance=M12").decode().encode("utf-16"),
        # L3 and L4 are retired by a file in which the learner alone is accepted
        "v3.csv": learners(ME, "id_apprenant=L2 & sexe=??"),
        "v4.csv": learners(ME, "id_apprenant=L2 & sexe=??", "id_apprenant=L3 & sexe=??"),
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the learner stands in every kind of file, in several versions."""
    home = Home(tmp_path_factory.mktemp("before"))
    for files in NIGHTS:
        home.night(files)
    (home.folder / "store.duckdb.before-20260101T000000Z").write_bytes((home.folder / "store.duckdb").read_bytes())
    (home.folder / "receipts" / SIRET / ".part-x.csv").write_text(REF)
    return home


@pytest.fixture(scope="module")
def erased(before: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Erasure]:
    home = copy(before, tmp_path_factory.mktemp("erased") / "home")
    with Store.open(home.folder) as store:
        lake_of_store(store, home.folder, date(2100, 1, 1))
    shutil.copytree(home.folder / "lake", home.folder.with_name("lake-of-before"))
    return home, erase(load_settings(home.folder), PERSON)


def copy(home: Home, to: Path) -> Home:
    shutil.copytree(home.folder, to)
    return Home(to)


def traces(folder: Path) -> dict[str, set[str]]:
    """Where which canary stands, in any encoding, in files and in what is packed in them."""
    texts = {REF, NATIONAL, NOTE, BORN, Pseudonyms(load_key(folder, may_create=False)).learner_key(SIRET, "S1", REF)}
    needles = {text.encode(encoding): text for text in texts for encoding in ENCODINGS}
    tombstones = folder / "archive" / "erased.jsonl"
    found: dict[str, set[str]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p != tombstones):
        for data in unpacked(path.read_bytes()):
            for needle, text in needles.items():
                if needle in data:
                    found.setdefault(path.relative_to(folder).as_posix(), set()).add(text)
    return found


def unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            yield from (book.read(name) for name in book.namelist())
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:4] == b"PAR1":
        yield str(pyarrow.parquet.read_table(io.BytesIO(data)).to_pydict()).encode()


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as con:
        return con.execute(query).fetchall()


def others(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """All that store and warehouse say of everybody else; findings by what they say, since they are numbered anew."""
    store, warehouse = home.folder / "store.duckdb", home.folder / "warehouse.duckdb"
    mine = f"'{SIRET}' || chr(31) || 'S1' || chr(31) || '{REF}'"
    not_me = f"coalesce(NOT starts_with(row_key, {mine}), true)"
    key = Pseudonyms(load_key(home.folder, may_create=False)).learner_key(SIRET, "S1", REF)
    said = f"SELECT * EXCLUDE (finding_id) FROM {{}} WHERE {not_me} ORDER BY ALL"
    queries = {
        "learners": f"FROM rows_learners WHERE learner_ref <> '{REF}' ORDER BY ALL",
        "followups": f"FROM rows_followups WHERE learner_ref <> '{REF}' ORDER BY ALL",
        "sessions": "FROM rows_sessions ORDER BY ALL",
        "files": "SELECT * FROM submissions ORDER BY ALL",
        "in error": f"FROM quarantined_rows WHERE {not_me} ORDER BY ALL",
        "closed": "SELECT c.* FROM closings AS c JOIN rows_learners AS r USING (submission_id, line)"
                  f" WHERE c.kind = 'apprenants' AND r.learner_ref <> '{REF}' ORDER BY ALL",
        "findings": said.format("findings"),
        # that a session lost many learners is said on a line of one of them
        "across": said.format("cross_findings").replace("WHERE", "WHERE rule <> 'APP-71' AND"),
    }  # fmt: skip
    found = {name: rows(store, query) for name, query in queries.items()}
    for table in ("learners", "followups", "sessions", "actions"):
        condition = f"WHERE learner_key <> '{key}'" if table in ("learners", "followups") else ""
        found[f"clean.{table}"] = rows(warehouse, f"FROM clean.{table} {condition} ORDER BY ALL")
    return found


def test_the_learner_stood_everywhere(before: Home) -> None:
    found = traces(before.folder)
    assert {REF, NATIONAL, BORN} <= set.union(*found.values())
    assert NOTE not in set.union(*found.values()), "a column that nobody asked for is dropped at the door"
    assert {name.split("/")[0] for name in found} == {
        "archive", "store.duckdb", "store.duckdb.before-20260101T000000Z", "receipts", "warehouse.duckdb", "snapshots"
    }  # fmt: skip
    assert sum(name.startswith("archive/") for name in found) == 9


def test_no_file_holds_a_trace(erased: tuple[Home, Erasure]) -> None:
    home, done = erased
    assert traces(home.folder) == {}
    assert (len(done.removed.originals), len(done.removed.withheld)) == (8, 1)
    assert done.removed.rows["rows_learners"] == 3
    assert (done.remains, done.is_done, done.was_searched) == ((), True, True)


def test_nobody_else_changes(before: Home, erased: tuple[Home, Erasure]) -> None:
    was, now = others(before), others(erased[0])
    for name in was:
        extra = [row for row in was[name] if row not in now[name]]
        # what had been found on lines of the learner whose key could not be read
        assert name == "findings" or was[name] == now[name], name
        assert [row for row in now[name] if row not in was[name]] == [], name
        assert all(row[3] != "LIG-02" for row in extra), "the damaged line is still told of"


def test_the_indicators_lose_one(before: Home, erased: tuple[Home, Erasure]) -> None:
    query = "SELECT entrants FROM indicators.audience_mix WHERE level = 'session' AND level_id LIKE '%/S1' AND cohort = 'all'"
    assert erased[0].row(query)[0] == before.row(query)[0] - 1


def test_the_record_names_nobody(erased: tuple[Home, Erasure]) -> None:
    home, done = erased
    (record,) = (home.folder / "erasures").iterdir()
    assert record.stat().st_mode & 0o777 == 0o600
    assert done.id in record.read_text()
    (tombstone,) = read_tombstones(home.folder)
    assert tombstone.done_at is not None


def test_what_is_sent_again_does_not_bring_the_learner_back(erased: tuple[Home, Erasure], tmp_path: Path) -> None:
    home = copy(erased[0], tmp_path / "home")
    again = {f"again-{name}": data for files in NIGHTS for name, data in files.items()}
    other_bytes = {"new.csv": learners("id_apprenant=L5", ME), "bad.csv": csv_of("suivi", f"id_apprenant={REF} & situation=??")}
    report = home.night({**again, **other_bytes})
    assert traces(home.folder) == {}
    by_name = {file["name"]: file for file in report["files"]}
    assert by_name["new.csv"]["decision"] == "accepted"
    assert by_name["new.csv"]["accepted"] == 2
    assert by_name["again-v2.csv"]["decision"] == "held", "later files have replaced what was in it"
    found = home.rows("SELECT f.line FROM quality.findings AS f JOIN quality.files USING (submission_id) WHERE file_name = 'new.csv' AND rule = 'LIG-06'")
    assert found == [(3,)]
    proof = rebuild(load_settings(home.folder), verify=True)
    # what nights have found across returns is history: it had been found with the learner's rows
    assert (proof.originals, {found.table for found in proof.store or ()} - {"cross_findings", "cross_resolutions"}) == ((), set())
    assert {found.table for found in proof.warehouse or ()} <= {"quality.findings"}


class Cut(BaseException):
    """A kill."""


@pytest.mark.attack
@pytest.mark.faults
def test_what_was_cut_off_goes_on(before: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off before each step in turn; the last run need not know who it was."""
    home = copy(before, tmp_path / "home")
    for step in ("archive", "store", "receipts", "warehouse", "snapshots", "leftovers"):
        real = getattr(rewrite_home.PersonRemoval, step)

        def cut(work: rewrite_home.PersonRemoval, real: Any = real) -> None:
            if not work._dry_run:
                raise Cut
            real(work)

        with monkeypatch.context() as patch:
            patch.setattr(rewrite_home.PersonRemoval, step, cut)
            with pytest.raises(Cut):
                erase(load_settings(home.folder), PERSON)
    (tombstone,) = read_tombstones(home.folder)
    assert tombstone.done_at is None
    assert erase(load_settings(home.folder), None).was_resumed
    assert traces(home.folder) == {}
    (tombstone,) = read_tombstones(home.folder)
    assert tombstone.done_at is not None


def test_a_dry_run_changes_nothing(before: Home, tmp_path: Path) -> None:
    home = copy(before, tmp_path / "home")
    files = {p: p.read_bytes() for p in home.folder.rglob("*") if p.is_file() and p.name not in ("audit.jsonl", ".lock", "store.duckdb")}
    done = erase(load_settings(home.folder), PERSON, dry_run=True)
    assert (len(done.removed.originals), len(done.removed.withheld)) == (8, 1)
    assert {p: p.read_bytes() for p in files} == files
    assert read_tombstones(home.folder) == []


def test_a_learner_that_nobody_knows_is_not_erased(before: Home) -> None:
    with pytest.raises(WrongUse, match="nothing of such a learner"):
        erase(load_settings(before.folder), Person(SIRET, "S1", "ZZNOBODY"))
    assert read_tombstones(before.folder) == []


@pytest.mark.parametrize("key", [("123", "S1", "L1"), (SIRET, " ", "L1"), (SIRET, "S1", "")])
def test_a_key_that_cannot_be_read_is_told(key: tuple[str, str, str]) -> None:
    with pytest.raises(Problem, match="cannot be read"):
        person_of(*key)


def test_the_command(before: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    who = ["erase", "--home", str(before.folder), "--siret", SIRET, "--session", "S1", "--dry-run", "--learner"]
    assert main([*who, REF]) == 0
    told = capsys.readouterr().out
    assert "originals that would be rewritten: 8" in told
    assert "2 rows_learners" not in told
    assert "3 rows_learners" in told
    assert REF not in told
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{REF}\n"))
    assert main([*who, "-", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["originals"]) == 8
    for wrong in (["--again", "--siret", SIRET], ["--siret", SIRET], []):
        assert main(["erase", "--home", str(before.folder), *wrong]) == 2
    assert main([*who[:-1], "--learner", "ZZNOBODY"]) == 2
    assert "ZZNOBODY" not in "".join(capsys.readouterr())
    assert main(["erase", "--home", str(tmp_path), "--again"]) == 2


@pytest.mark.attack
def test_what_is_not_ours_is_told(before: Home, tmp_path: Path) -> None:
    """A file that somebody put there, one that waits in the inbox, a file's name, another session of the same person."""
    home = copy(before, tmp_path / "home")
    (home.folder / "notes.txt").write_text(f"voir {REF}")
    duckdb.execute(f"COPY (SELECT 'voir {REF}' AS said) TO '{home.folder / 'notes.parquet'}' (COMPRESSION zstd)")
    home.drop({"late.csv": learners(ME), "half.csv.part": learners(ME)})
    home.night({f"{REF}.csv": learners("numero_session=S2 & id_apprenant=L8", f"{ME.replace(REF, 'OTHER')} & numero_session=S2")})
    (home.folder / "inbox" / "half.csv.part").rename(home.folder / "inbox" / "half.csv")
    done = erase(load_settings(home.folder), PERSON)
    places = {remain.place for remain in done.remains}
    assert {
        "inbox/half.csv", "notes.txt", "notes.parquet, rows.said, 1 rows", "the name of file 14", "audit.jsonl", "archive/ledger.jsonl",
    } <= places  # fmt: skip
    assert {remain.place for remain in done.remains if remain.waits} == {"inbox/half.csv"}
    assert not any(REF in place for place in places)
    assert not done.is_done
    assert (done.alike, done.elsewhere) == ((f"{SIRET}/S2",), ())


def test_of_the_lake_only_what_held_the_learner_is_written_again(erased: tuple[Home, Erasure]) -> None:
    home, _ = erased
    before = home.folder.with_name("lake-of-before")
    key = Pseudonyms(load_key(home.folder, may_create=False)).learner_key(SIRET, "S1", REF)
    of_before = {path.relative_to(before): path.read_bytes() for path in before.rglob("*.parquet")}
    now = {path.relative_to(home.folder / "lake") for path in (home.folder / "lake").rglob("*.parquet")}
    held = {path for path, data in of_before.items() if any(key.encode() in one for one in unpacked(data))}
    assert {path.parts[0] for path in held} == {"learners", "followups"}
    assert held <= of_before.keys() - now
    assert {path.parts[0] for path in of_before.keys() - now - held} == {"closings"}
    assert now & of_before.keys(), "the files of others stay"


def test_snapshots_keep_their_figures(before: Home, erased: tuple[Home, Erasure]) -> None:
    (day,) = snapshot_days(before.folder)
    name = f"snapshots/{day}.duckdb"
    for query in ("FROM indicators.audience_mix ORDER BY ALL", "FROM indicators.positive_exit ORDER BY ALL"):
        assert rows(before.folder / name, query) == rows(erased[0].folder / name, query)
    assert (erased[0].folder / name).stat().st_mode & 0o777 == 0o640
