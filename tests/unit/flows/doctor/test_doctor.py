"""The doctor: one thing is broken, and one line says what, where, and what to do."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from expectations.contract import Severity
from flows.audit import audit_path, audited
from flows.cli import main
from flows.deposit.secret import Secret, secret_path
from flows.doctor import machine
from flows.doctor.all_checks import CHECKS, check_home
from flows.doctor.fault import Fault
from flows.lock import night_lock
from tests.mail_post import CLOSED_PORT
from tests.unit.store_builders import finding, submission
from warehouse.erasure.erased_persons import tombstone_of
from warehouse.erasure.tombstones import Person, lay_tombstone, tombstones_path
from warehouse.intake.archive import Archive
from warehouse.store.pseudonyms import Pseudonyms, load_key
from warehouse.store.store import Store

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def well(home: Path) -> Path:
    """A home in which all is well: a night was done this morning."""
    home.chmod(0o750)
    with Store.open(home) as store:
        store.begin_night("n1", NOW - timedelta(hours=9), NOW.date())
        store.end_night("n1", NOW - timedelta(hours=8), "done")
    Archive(home).put("ab" * 32, b"x")
    with audited(home, "nightly"):
        pass
    return home


def found(home: Path, now: datetime = NOW) -> dict[str, tuple[Fault, ...]]:
    return {one.name: one.faults for one in check_home(home, now)}


def test_nothing_is_wrong_with_a_home_that_is_well(well: Path) -> None:
    examined = list(check_home(well, NOW))
    assert [one.name for one in examined] == ["settings", *CHECKS]
    assert [one for one in examined if not one.is_well] == []
    # advice: nobody is told of failures, and whoever first sends what is the Region's is taken for it
    assert {one.name for one in examined if one.faults} == {"mail", "senders"}


def test_a_deposit_page_is_examined_where_one_was_started(well: Path) -> None:
    Secret.of(well)
    assert {fault.where.rpartition("/")[2] for fault in found(well)["deposit page"]} == {"deposit_url", "smtp_host", "senders.toml"}
    (well / "suivi.toml").write_text('deposit_url = "http://depot.region.example"\nsmtp_host = "localhost"\nsender = "a@b.example"\n')
    (well / "senders.toml").write_text(
        '[[sender]]\nfolder = "region"\nkinds = ["actions", "financements"]\n'
        '[[sender]]\nfolder = ".x"\nsirets = ["90012000700019"]\ncontact = "a@b.example"\n'
    )
    clear, unusable = found(well)["deposit page"]
    assert "in clear" in clear.what
    assert "90012000700019" in unusable.what
    assert unusable.is_advice
    (well / "suivi.toml").write_text('deposit_url = "https://depot.region.example"\nsmtp_host = "localhost"\nsender = "a@b.example"\n')
    (well / "senders.toml").write_text((well / "senders.toml").read_text().replace(".x", "opale"))
    assert found(well)["deposit page"] == ()
    secret_path(well).write_bytes(b"short")
    assert "damaged" in found(well)["deposit page"][0].what


def write(path: str, text: str) -> Callable[[Path], object]:
    return lambda home: (home / path).write_text(text)


def mode(path: str, bits: int) -> Callable[[Path], object]:
    return lambda home: (home / path).chmod(bits)


def spoil_key(home: Path) -> None:
    (home / "secrets" / "pseudonym.key").unlink()
    (home / "secrets" / "pseudonym.key").write_text("rubbish")
    (home / "secrets" / "pseudonym.key").chmod(0o400)


def spoil_store(home: Path) -> None:
    (home / "store.duckdb").write_bytes(b"rubbish" * 1000)


def change_audit(home: Path) -> None:
    text = audit_path(home).read_text()
    audit_path(home).write_text(text.replace("begun", "ended"))


def bad_programme(home: Path) -> None:
    (home / "suivi.toml").write_text('programme_file = "mine.toml"\n')
    (home / "suivi.toml").chmod(0o600)
    (home / "mine.toml").write_text('# ours\n[[calls]]\nfrom = 2017-09-25\ncall_id = "X"\nenvelope_eur = -1\n')


def old_learners(home: Path) -> None:
    with Store.open(home) as store, store.transaction("fill") as con:
        con.execute("INSERT INTO submissions VALUES (1, 'n1', 'a.csv', 'suivi', NULL, $1, $1::DATE, 'x', 'accepted', 1, 1, 0, 0, NULL, '', NULL)", [datetime(2015, 1, 1, tzinfo=UTC)])
        con.execute(
            "INSERT INTO rows_followups SELECT * FROM (SELECT 1, 2, 's', 'k', '9', 'S1', 'L1', 'M6', DATE '2014-12-01', 'CDI', 'NON', NULL, 'x')"
        )


def files_beside(home: Path) -> None:
    (home / "depots" / "A").mkdir(parents=True)
    (home / "depots" / "A" / "suivi.csv").write_text("")
    (home / "inbx").mkdir()
    (home / "suivi.toml").write_text('inbox = "inbx"\n')


def hold(home: Path) -> None:
    with Store.open(home) as store:
        held = finding(None, "FIC-17", Severity.WARNING)
        store.load("n1", [submission("suivi", at=NOW, decision="held", findings=[held], sender="B")])


def remove(path: str) -> Callable[[Path], object]:
    return lambda home: (home / path).unlink()


#: check, what is done to the home, whether it is wrong (else advice), words of the line
BROKEN: list[tuple[str, Callable[[Path], object], bool, tuple[str, ...]]] = [
    ("settings", write("suivi.toml", "refuse_above = 3\n"), True, ("refuse_above", "from 0 to 1")),
    ("programme", bad_programme, True, ("mine.toml, line 5", "envelope_eur")),
    ("senders", write("suivi.toml", 'senders = "off"\n'), True, ("everybody may send everything",)),
    ("senders", write("suivi.toml", 'senders = "strict"\n'), True, ("lets nobody speak", "every return is held")),
    ("senders", write("senders.toml", "[[sender]]\nfolder = 3\n"), True, ("senders.toml", "number 1", "must name a folder")),
    ("senders", write("senders.toml", '[[sender]]\nfolder = "A"\nkinds = ["actions"]\n'), False, ("Region's folder", "financements")),
    ("engine", write("suivi.toml", 'engine = "spark"\nspark_master = "spark://127.0.0.1:1"\n'), True, ("Spark", "engine = duckdb")),
    ("held", hold, False, ("1 held files", "since 2026-", "suivi held")),
    ("permissions", mode("store.duckdb", 0o644), True, ("store.duckdb", "others may read it", "chmod go-rwx")),
    ("permissions", mode("archive", 0o755), True, ("archive", "chmod go-rwx")),
    ("permissions", mode("archive/ab/" + "ab" * 32, 0o444), True, ("abab", "others may read it")),
    ("permissions", mode("secrets/pseudonym.key", 0o440), True, ("pseudonym.key",)),
    ("permissions", mode("audit.jsonl", 0o604), True, ("audit.jsonl",)),
    ("permissions", lambda home: (write("suivi.toml", "")(home), mode("suivi.toml", 0o666)(home)), True, ("suivi.toml", "write to it")),
    ("permissions", mode(".", 0o777), True, ("or write to it", "chmod g-w,o-rwx")),
    ("permissions", mode(".", 0o755), True, ("others may read it or", "chmod g-w,o-rwx")),
    ("permissions", lambda home: ((home / "reports").mkdir(), mode("reports", 0o755)(home)), True, ("reports", "chmod g-w,o-rwx")),
    ("permissions", lambda home: ((home / "lake").mkdir(0o700), write("lake/a.parquet", "")(home), mode("lake/a.parquet", 0o640)(home)),
     True, ("a.parquet", "chmod go-rwx")),
    ("leftovers", write("store.duckdb.new", ""), False, ("store.duckdb.new", "cut off", "suivi nightly")),
    ("leftovers", write("store.duckdb.before-20260101T000000Z", ""), False, ("remove it once all is well",)),
    ("inbox", lambda home: (home / "inbox").rmdir(), False, ("no inbox yet",)),
    ("inbox", mode("inbox", 0o777), True, ("inbox", "every user of this machine may send", "chmod o-w")),
    ("inbox", lambda home: ((home / "inbox").rmdir(), (home / "inbox").write_text("")), True, ("no folder",)),
    ("inbox", write("suivi.toml", 'inbox = "dépots"\n'), True, ("dépots", "a folder that does not exist")),
    ("inbox", files_beside, False, ("inbx", "nothing lies there", "depots")),
    ("inbox", lambda home: (home / "inbox" / "a.csv").symlink_to("/etc/hostname"), True, ("a.csv", "is a link", "never taken")),
    ("arrivals", old_learners, False, ("nothing was received for 4345 days", "setting inbox")),
    ("permissions", lambda home: (write("suivi.log.1", "")(home), mode("suivi.log.1", 0o644)(home)), True, ("suivi.log.1", "chmod go-rwx")),
    ("mail", write("suivi.toml", f'smtp_host = "127.0.0.1"\nsmtp_port = {CLOSED_PORT}\nsender = "a@b.example"\n'), True, ("steward_email", "not set")),
    ("mail", write("suivi.toml", 'smtp_host = "127.0.0.1"\n'), True, ("setting sender", "not set")),
    ("key", remove("secrets/pseudonym.key"), True, ("is missing although the store exists", "backup")),
    ("key", spoil_key, True, ("is damaged", "backup")),
    ("store", remove("store.duckdb"), True, ("is missing although", "suivi rebuild")),
    ("store", spoil_store, True, ("store.duckdb",)),
    ("store", old_learners, False, ("1 sessions", "74 months", "suivi purge")),
    ("ledger", write("archive/ledger.jsonl", "rubbish\n"), True, ("ledger.jsonl, line 1", "backup")),
    ("audit", change_audit, True, ("audit.jsonl, line 1", "not what was written")),
    ("erasures", lambda home: lay_tombstone(home, tombstone_of(Pseudonyms(load_key(home, may_create=False)), Person("9", "S", "L")), NOW),
     True, ("1 erasures were cut off", "--again")),
    ("erasures", lambda home: tombstones_path(home).write_text("rubbish\n"), True, ("line 1", "come back")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "spoil", "is_wrong", "words"), BROKEN)
def test_what_is_broken_is_told_in_one_line(
    well: Path, name: str, spoil: Callable[[Path], object], is_wrong: bool, words: tuple[str, ...]
) -> None:
    spoil(well)
    lines = found(well)[name]
    line = next(a for a in lines if all(word in f"{a.where}: {a.what}: {a.todo}" for word in words))
    assert line.is_advice is not is_wrong
    assert line.what
    assert line.todo


def test_a_home_without_a_night_for_thirty_hours(well: Path) -> None:
    (line,) = found(well, NOW + timedelta(hours=23))["nights"]
    assert "30 hours" in line.what
    assert "2026-11-24 05:00" in line.what
    assert found(well, NOW + timedelta(hours=21))["nights"] == ()


def test_a_clock_that_went_back(well: Path) -> None:
    (line,) = found(well, NOW - timedelta(days=2))["clock"]
    assert "set the clock" in line.todo


def test_what_a_running_night_has_in_hand_is_no_fault(well: Path) -> None:
    (well / "store.duckdb.wal").write_bytes(b"")
    with night_lock(well, "n2"):
        assert found(well, NOW + timedelta(days=9))["leftovers"] == ()
        assert found(well, NOW + timedelta(days=9))["nights"] == ()


@pytest.mark.parametrize(
    ("name", "replaced", "by", "word"),
    [
        ("disk", "_LEAST_FREE", 10**18, "GB are free"),
        ("versions", "_PIN", __import__("re").compile("(click)==(.)"), "wanted"),
        ("time zone", "ZoneInfo", lambda name: UTC, "tzdata"),
    ],
)
def test_the_machine(well: Path, name: str, replaced: str, by: object, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, replaced, by)
    lines = found(well)[name]
    assert lines
    assert word in f"{lines[0].what} {lines[0].todo}"


def test_a_large_database_of_prefect(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (well / ".prefect").mkdir(mode=0o700)
    (well / ".prefect" / "prefect.db").write_bytes(b"12")
    monkeypatch.setattr(machine, "_LARGE_PREFECT", 1)
    (line,) = found(well)["prefect"]
    assert line.is_advice


def test_a_check_that_breaks_does_not_keep_the_others(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(home_to_check: object) -> Iterator[Fault]:
        raise ValueError("ZZCANARY")

    monkeypatch.setitem(CHECKS, "disk", broken)
    told = found(well)
    assert "ValueError" in told["disk"][0].what
    assert "ZZCANARY" not in told["disk"][0].what
    assert told["mail"]


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    """A mail server that greets, and knows neither STARTTLS nor a login."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as connection:
            connection.sendall(b"220 here\r\n")
            for line in connection.makefile("rb"):
                connection.sendall(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()
    thread.join(timeout=5)


def with_mail(home: Path, port: int, security: str = "none", more: str = "") -> None:
    text = f'steward_email = "s@exemple.fr"\nsender = "p@exemple.fr"\nsmtp_host = "127.0.0.1"\nsmtp_port = {port}\nsmtp_security = "{security}"\n{more}'
    (home / "suivi.toml").write_text(text)
    (home / "suivi.toml").chmod(0o600)


def test_a_mail_server_that_takes_us(well: Path, server: tuple[str, int]) -> None:
    with_mail(well, server[1])
    assert found(well)["mail"] == ()


def test_a_mail_server_without_the_security_that_is_set(well: Path, server: tuple[str, int]) -> None:
    with_mail(well, server[1], "starttls")
    (line,) = found(well)["mail"]
    assert "STARTTLS" in line.what


def test_a_mail_server_that_is_down(well: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with_mail(well, free.getsockname()[1])
        (line,) = found(well)["mail"]
    assert "cannot be used" in line.what
    assert "smtp_port" in line.todo


def test_a_password_that_others_may_read_and_one_that_is_gone(well: Path) -> None:
    (well / "password").write_text("x\n")
    (well / "password").chmod(0o644)
    with_mail(well, CLOSED_PORT, more='smtp_user = "u"\nsmtp_password_file = "password"\n')
    (line,) = found(well)["mail"]
    assert "chmod 600" in line.todo
    (well / "password").unlink()
    (line,) = found(well)["mail"]
    assert "cannot be read" in line.what


def test_the_command(well: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (well / "store.duckdb").chmod(0o640)
    assert main(["doctor", "--home", str(well), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["is_well"] is False
    assert {check["name"] for check in said["checks"]} == {"settings", *CHECKS}
    assert main(["doctor", "--home", str(well)]) == 1
    text = capsys.readouterr().out
    assert "WRONG   permissions: " in text
