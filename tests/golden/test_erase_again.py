"""A person who was erased does not come back in another guise, and what cannot be taken out is named, whatever the spelling."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import duckdb
import pytest

from expectations.rule_registry import sentence
from flows.cli import main
from flows.doctor.fault import HomeToCheck
from flows.doctor.records import erasures
from flows.erasure.erase import erase, note_somebody_else
from flows.recovery.rebuild import rebuild
from flows.settings import load_settings
from tests.golden.nights import Home, sirets
from tests.golden.test_erase import unpacked
from tests.spec.paper import SIRET, csv_of
from warehouse.erasure.spelling import folded
from warehouse.erasure.tombstones import Person, read_all

#: some twenty whole nights and searches of a home: `make attack` runs them
pytestmark = pytest.mark.attack

OTHER = sirets(3)[2]
REF, NATIONAL, BORN = "CANARI-7731", "1357924680K", "17/03/1991"
ME = f"identifiant_national={NATIONAL} & naissance={BORN}"
PERSON = Person(SIRET, "S1", REF)
SPELLINGS = ("CANARI 7731", "CANARI_7731", "canari-7731", "Cânari.07731", "CANARI\u00a07731")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "iso-8859-15")


def learners(*rows: str) -> bytes:
    return csv_of("apprenants", *rows)


def texts(data: bytes) -> Iterator[str]:
    """What bytes may say, in any encoding; of a mail its parts, of what is packed its content."""
    for part in unpacked(data):
        yield from (part.decode(encoding, "replace") for encoding in ("utf-8", "cp1252", "utf-16-le", "utf-16-be"))
        yield part[1:].decode("utf-16-le", "replace")


def of_database(path: Path) -> Iterator[str]:
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{path}' AS looked_at (READ_ONLY)")
        columns = con.execute("SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'looked_at' AND NOT internal").fetchall()
        for schema, table, column in columns:
            for (value,) in con.execute(f'SELECT DISTINCT CAST("{column}" AS VARCHAR) FROM looked_at."{schema}"."{table}"').fetchall():
                yield value or ""


def of_mail(data: bytes) -> Iterator[str]:
    mail = message_from_bytes(data, policy=policy.default)
    yield from (str(value) for value in mail.values())
    for part in mail.walk():
        if not part.is_multipart():
            content = part.get_content()
            yield content if isinstance(content, str) else content.decode("utf-8", "replace")


def traces(folder: Path) -> set[str]:
    """Every file under the home in which the canary stands, in any spelling or encoding, its name included."""
    found = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "erased.jsonl"):
        said = [str(path.relative_to(folder))]
        data = path.read_bytes()
        said += of_database(path) if data[8:12] == b"DUCK" else texts(data)
        if path.suffix == ".eml":
            said += of_mail(data)
        if any(folded(needle) in folded(text) for text in said for needle in (REF, NATIONAL)):
            found.add(path.relative_to(folder).as_posix())
    with duckdb.connect(str(folder / "store.duckdb"), read_only=True) as con:
        for (content,) in con.execute("SELECT content FROM outbox").fetchall():
            if any(folded(REF) in folded(text) for text in of_mail(bytes(content))):
                found.add("store.duckdb: outbox")
    return found


def base(folder: Path) -> Home:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "suivi.toml").write_text('steward_email = "donnees@region.example"\nsender = "suivi@region.example"\n')
    home = Home(folder)
    home.night({
        "a.csv": csv_of("actions"),
        "b.csv": csv_of("sessions", "", "numero_session=S2"),
        "c.csv": learners(f"id_apprenant={REF} & {ME}", "id_apprenant=L2", "id_apprenant=L3"),
        "d.csv": csv_of("suivi", f"id_apprenant={REF}", "id_apprenant=L2"),
    })  # fmt: skip
    return home


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = base(tmp_path_factory.mktemp("erased") / "home")
    assert erase(load_settings(home.folder), PERSON).is_done
    assert traces(home.folder) == set()
    return home


def copy(home: Home, to: Path) -> Home:
    shutil.copytree(home.folder, to)
    return Home(to)


def others(count: int, session: str = "S1") -> list[str]:
    return [f"id_apprenant=L{number} & numero_session={session}" for number in range(2, 2 + count)]


def test_under_five_other_spellings_in_six_encodings(erased: Home, tmp_path: Path) -> None:
    """Each in a file of learners, in a damaged line, in a refused file, in a title, above the header, and in a follow-up."""
    home = copy(erased, tmp_path / "home")
    files: dict[str, bytes] = {}
    for number, (spelling, encoding) in enumerate(zip([*SPELLINGS, REF], ENCODINGS, strict=True)):
        other = f"{spelling} & naissance=01/01/1990" if number % 2 else f"{spelling} & {ME}"
        text = learners(f"id_apprenant={other}", *others(3)).decode() + f'{SIRET};S1;"{spelling}"x;{NATIONAL}\n'
        titled = csv_of("depenses", f"piece=F{number}").decode().replace("montant", f"montant;note {spelling}").replace("00\n", "00;x\n")
        refused = learners(f"id_apprenant={spelling} & {ME} & numero_session=S9", "sexe=?? & id_apprenant=L8").decode().replace("naissance;", "ne;")
        files |= {
            f"{number}-learners.csv": text.encode(encoding),
            f"{number}-suivi.csv": csv_of("suivi", f"id_apprenant={spelling}", *others(2)).decode().encode(encoding),
            f"{number}-refused.csv": refused.encode(encoding),
            f"{number}-errors.csv": learners(f"id_apprenant={spelling} & {ME}", "sexe=?? & id_apprenant=L8").replace(b";59512", b";x").decode().encode(encoding),
            f"{number}-titled.csv": titled.encode(encoding),
            f"{number}-list.csv": f"Liste\n{spelling};{NATIONAL}\nautre;ligne\n".encode(encoding),
            f"{number}-above.csv": (f"Stagiaires de {spelling} absents\n" + learners(*others(3, "S2")).decode()).encode(encoding),
        }
    files["autre/held.csv"] = learners(f"id_apprenant={SPELLINGS[0]} & {ME}", *others(3))
    report = home.night(files)
    by_name = {file["name"]: file["decision"] for file in report["files"]}
    assert {by_name[f"{number}-learners.csv"] for number in range(6)} == {"partial"}
    assert by_name["autre/held.csv"] == "held"
    assert traces(home.folder) == set()
    found = home.rows(
        "SELECT file_name, f.line FROM quality.findings AS f JOIN quality.files USING (submission_id) WHERE rule = 'LIG-08' ORDER BY ALL"
    )
    assert [(f"{number}-learners.csv", 2) for number in range(5)] == [one for one in found if "learners" in one[0]]
    assert [(f"{number}-suivi.csv", 2) for number in range(5)] == [one for one in found if "suivi" in one[0]]
    assert ("5-learners.csv", 2, "LIG-06") in home.rows(
        "SELECT file_name, f.line, rule FROM quality.findings AS f JOIN quality.files USING (submission_id)"
    )
    assert home.rows("SELECT count(DISTINCT learner_key) FROM clean.learners WHERE session_id = 'S1'") == [(3,)]
    with duckdb.connect(str(home.folder / "store.duckdb"), read_only=True) as con:
        digest = con.execute("SELECT content FROM outbox WHERE topic = 'digest' ORDER BY created_at DESC LIMIT 1").fetchall()[0][0]
    said = " ".join(" ".join(of_mail(bytes(digest))).split())
    assert "Personnes effacées qui semblent revenir" in said
    assert "0-learners.csv, ligne 2" in said
    # what was held counts the night after somebody has let it in, and is no way in for the person either
    assert main(["held", "--home", str(home.folder), "accept", str(4 + len(files))]) == 0
    (late,) = home.night()["files"]
    assert (late["name"], late["quarantined"]) == ("autre/held.csv", 1)
    assert traces(home.folder) == set()
    proof = rebuild(load_settings(home.folder), verify=True)
    assert (proof.originals, proof.store, proof.warehouse) == ((), (), ())


#: rows of somebody in a session of its own, and whether it is taken
GUISES = (
    (f"id_apprenant=X99 & {ME}", False),  # another reference, another session
    (f"id_apprenant=X99 & identifiant_national={NATIONAL.lower()} & naissance=01/01/1990", False),
    (f"siret={OTHER} & id_apprenant={REF} & naissance={BORN}", False),  # another provider
    (f"id_apprenant={REF} & naissance={BORN}", False),
    (f"id_apprenant={SPELLINGS[1]} & naissance={BORN}", False),
    (f"id_apprenant={REF} & naissance={BORN} & sexe=M", True),  # somebody else
    (f"id_apprenant={REF} & naissance=01/01/1990", True),
    ("id_apprenant=X99 & identifiant_national=1357924680L", True),
)


def test_in_another_guise(erased: Home, tmp_path: Path) -> None:
    """Follow-ups of the same key, before the learners or on a later night, are the same person's too."""
    home = copy(erased, tmp_path / "home")
    first, later = {}, {}
    for number, (row, _) in enumerate(GUISES):
        who = {key: value for key, _, value in (part.partition("=") for part in row.split(" & "))}
        place = f"numero_session=T{number}" + (f" & siret={who['siret']}" if "siret" in who else "")
        followed = f"{place} & id_apprenant={who['id_apprenant']}"
        first[f"{number}-suivi.csv"] = csv_of("suivi", followed, f"{place} & id_apprenant=L2")
        first[f"{number}.csv"] = learners(f"{row} & {place}", *(f"{place} & id_apprenant=L{n}" for n in (5, 6)))
        later[f"{number}-later.csv"] = csv_of("suivi", f"{followed} & echeance=M3", f"{place} & id_apprenant=L2 & echeance=M3")
    reports = home.night(first), home.night(later)
    quarantined = {file["name"]: file["quarantined"] for report in reports for file in report["files"]}
    assert quarantined == {name: int(not GUISES[int(name[0])][1]) for name in (*first, *later)}
    proof = rebuild(load_settings(home.folder), verify=True)
    assert (proof.originals, proof.store, proof.warehouse) == ((), (), ())


def test_a_number_with_three_birth_dates_is_nobodys(tmp_path: Path) -> None:
    """When the person is erased others have it too: it says nothing of who comes."""
    home = Home(tmp_path, tells=False)
    shared = [f"id_apprenant=M{n} & identifiant_national=DOSSIER EN COURS & naissance=0{n}/01/1990" for n in (1, 2, 3)]
    home.night({"c.csv": learners(f"id_apprenant={REF} & identifiant_national=DOSSIER EN COURS & naissance={BORN}", *shared)})
    erase(load_settings(home.folder), PERSON)
    assert home.night({"d.csv": learners(shared[0], "id_apprenant=L3")})["files"][0]["decision"] == "accepted"


@pytest.fixture(scope="module")
def in_many_guises(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the person stood under other references, in another session and with another provider before it asked."""
    home = base(tmp_path_factory.mktemp("guises") / "home")
    home.night({
        "e.csv": learners(f"numero_session=S2 & id_apprenant=X99 & {ME}", "numero_session=S2 & id_apprenant=L8"),
        "f.csv": learners(f"siret={OTHER} & numero_session=Z1 & id_apprenant=canari 7731 & naissance={BORN}", f"siret={OTHER} & numero_session=Z1 & id_apprenant=L9"),
        "g.csv": learners(f"numero_session=S3 & id_apprenant=Q1 & {ME} & sexe=??", *others(2, "S3")),
        "h.csv": csv_of("suivi", "numero_session=S2 & id_apprenant=X99", "numero_session=S2 & id_apprenant=L8"),
    })  # fmt: skip
    return home


def test_elsewhere_is_listed_and_stays(in_many_guises: Home, tmp_path: Path) -> None:
    home = copy(in_many_guises, tmp_path / "home")
    done = erase(load_settings(home.folder), PERSON)
    assert done.alike == (f"{SIRET}/S2", f"{SIRET}/S3", f"{OTHER}/Z1")
    assert home.rows("SELECT count(*) FROM clean.learners WHERE session_id = 'S2'") == [(2,)]
    # whoever was asked and left them there is not told again each time that they come
    again = home.night({"e2.csv": learners(f"numero_session=S2 & id_apprenant=X99 & {ME} & certification=", "numero_session=S2 & id_apprenant=L8")})
    assert again["files"][0]["decision"] == "accepted"
    assert rebuild(load_settings(home.folder), verify=True).store == ()
    assert erase(load_settings(home.folder), PERSON, everywhere=True).everywhere == 3, "later, after all"
    assert traces(home.folder) == set()


def test_everywhere(in_many_guises: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = copy(in_many_guises, tmp_path / "home")
    who = ["erase", "--home", str(home.folder), "--siret", SIRET, "--session", "S1", "--learner", REF]
    assert main([*who, "--dry-run"]) == 0
    assert f"the same person seems to stand in {OTHER}/Z1 too" in capsys.readouterr().out
    assert main([*who, "--everywhere", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["everywhere"], said["alike"]) == (3, [])
    assert traces(home.folder) == set()
    assert not [one for one in read_all(home.folder).tombstones if one.done_at is None]
    assert rebuild(load_settings(home.folder), verify=True).store == ()


def test_somebody_else_after_all(erased: Home, tmp_path: Path) -> None:
    home = copy(erased, tmp_path / "home")
    twin = f"numero_session=S2 & id_apprenant={REF} & naissance={BORN}"
    note_somebody_else(load_settings(home.folder), Person(SIRET, "S2", REF))
    report = home.night({"once-more.csv": learners(twin, *others(3, "S2"))})
    assert report["files"][0]["decision"] == "accepted"
    assert home.rows("SELECT count(*) FROM clean.learners WHERE session_id = 'S2'") == [(4,)]
    assert rebuild(load_settings(home.folder), verify=True).store == ()


def test_what_cannot_be_taken_out_is_named_by_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of a file, the title of an action, a document's number; a title of a column, and the mails that quote it, go."""
    home = base(tmp_path / "home")
    titled = csv_of("depenses", "piece=F1").decode().replace("montant", f"montant;{SPELLINGS[0]}").replace("00\n", "00;x\n")
    home.night({
        "actions.csv": csv_of("actions", f"numero_action=A2 & intitule=Pour {SPELLINGS[2]}"),
        "depenses.csv": csv_of("depenses", f"piece=FRAIS_{REF}", "piece=F2 & montant=??", "piece=F3 & montant=1"),
        "titled.csv": titled.encode(),
        f"export {SPELLINGS[0]}.csv": csv_of("suivi", "id_apprenant=L3 & echeance=M3", "id_apprenant=L2 & echeance=M3 & situation=??"),
    })  # fmt: skip
    (home.folder / ".prefect").mkdir()
    with contextlib.closing(sqlite3.connect(home.folder / ".prefect" / "prefect.db")) as con:
        con.execute("CREATE TABLE log (message TEXT)")
        con.execute("INSERT INTO log VALUES (?)", [f"export {SPELLINGS[0]}.csv: partial"])
        con.commit()
    (home.folder / "notes.txt.gz").write_bytes(gzip.compress(f"voir {SPELLINGS[3]}".encode("cp1252")))
    (home.folder / "notes.txt").write_bytes(f"voir {SPELLINGS[1]}".encode("utf-16"))
    who = ["erase", "--home", str(home.folder), "--siret", SIRET, "--session", "S1", "--learner", REF]
    assert main(who) == 1
    out, err = capsys.readouterr()
    assert len(err.strip().splitlines()) == 1
    assert folded(REF) not in folded(out + err)
    for place in ("the name of file 8", "rows_actions.title (file 5 line 2)", "rows_expenses.document_ref (file 6 line 2)", "the original of file 5, column intitule", ".prefect/prefect.db, table log, 1 rows", "notes.txt.gz: not ours", "notes.txt: not ours"):
        assert place in out, place
    (record,) = (home.folder / "erasures").iterdir()
    assert folded(REF) not in folded(record.read_text())
    named = {one["place"] for one in json.loads(record.read_text())["remains"]}
    left = traces(home.folder)
    # every file in which it still stands is named, by its place
    for name in left:
        first = name.split("/")[0]
        is_named = any(place.startswith((name, f"the original of file {5}", f"the original of file {6}")) or first == place.split("/")[0] for place in named)
        assert is_named, name
    # the title of the column is in no original, finding, receipt or mail; what was sent of the file's name is out of our hands
    assert "the mail <" in out
    assert not [one for one in left if one.startswith(("outbox/", "store.duckdb: "))]
    assert not [one for one in left if one.startswith("receipts/") and "titled" in one]
    assert home.rows("SELECT message FROM quality.findings AS f JOIN quality.files USING (submission_id) WHERE file_name = 'titled.csv'") == [
        (f"{sentence('FIC-11')} Ignorée : « effacé ».",)
    ]
    proof = rebuild(load_settings(home.folder), verify=True)
    assert (proof.originals, proof.store, proof.warehouse) == ((), (), ())


@pytest.mark.parametrize("damage", [b'"x"y;1\n', f'"{REF}"y;1\n'.encode()])
def test_where_the_only_record_in_error_is_a_damaged_line(tmp_path: Path, damage: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """Its key is NULL, and so is all of that column: DuckDB 2.0.0 raised."""
    home = Home(tmp_path, tells=False)
    home.night({"c.csv": learners(f"id_apprenant={REF} & {ME}", *others(2)) + damage})
    assert main(["erase", "--home", str(home.folder), "--siret", SIRET, "--session", "S1", "--learner", REF]) == 0
    assert "1 rows_learners" in capsys.readouterr().out
    assert traces(home.folder) == set()


def test_old_tombstones_can_be_read(erased: Home, tmp_path: Path) -> None:
    home = Home(copy(erased, tmp_path / "home").folder, tells=False)
    path = home.folder / "archive" / "erased.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    old = [{key: line[key] for key in ("erased", "at", "learner", "reference", "done") if key in line} for line in lines]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in old))
    home.night({"again.csv": learners(f"id_apprenant={REF} & {ME}", "id_apprenant=L2", "id_apprenant=L3")})
    assert traces(home.folder) == set()
    patient = HomeToCheck(load_settings(home.folder), datetime.now(UTC))
    assert [ailment.is_advice for ailment in erasures(patient)] == [True]
    # asked for again, the person is known in other spellings too
    assert erase(load_settings(home.folder), PERSON).is_done
    assert list(erasures(patient)) == []
    report = home.night({"other.csv": csv_of("suivi", f"id_apprenant={SPELLINGS[2]} & echeance=M3", "id_apprenant=L2 & echeance=M3")})
    assert report["files"][0]["quarantined"] == 1
