"""When a night is due, which one serves for it, and what the morning check makes of the ledger."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.recorded_nights import NightRecord, is_still_to_run, last_scheduled_night, night_done_since, recorded_nights
from flows.recovery.check_last_night import alarm, check_last_night, what_became_of_night
from flows.settings import Settings, load_settings
from warehouse.paris_days import PARIS


def at(text: str) -> datetime:
    """A moment on the clocks of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def held(started: str, finished: str | None, state: str = "done", as_of: str | None = None) -> NightRecord:
    ended = at(finished) if finished else None
    return NightRecord(f"night-{started}", at(started), ended, date.fromisoformat(as_of or started[:10]), state)


@pytest.mark.parametrize(
    ("now", "due", "utc"),
    [
        ("2026-11-24 06:00", "2026-11-24 04:00", 3),
        ("2026-11-24 04:00", "2026-11-24 04:00", 3),
        ("2026-11-24 03:59", "2026-11-23 04:00", 3),
        ("2026-07-14 00:10", "2026-07-13 04:00", 2),
        # clocks go forward at 2 on 29 March, back at 3 on 25 October: the night comes once, at four
        ("2026-03-29 05:00", "2026-03-29 04:00", 2),
        ("2026-03-29 03:59", "2026-03-28 04:00", 3),
        ("2026-10-25 03:30", "2026-10-24 04:00", 2),
        ("2026-10-25 06:00", "2026-10-25 04:00", 3),
    ],
)
def test_the_last_night_due(now: str, due: str, utc: int) -> None:
    found = last_scheduled_night(at(now).astimezone(UTC))
    assert found == at(due)
    assert found.astimezone(UTC).hour == utc


DUE, NOW = "2026-11-24 04:00", "2026-11-24 06:00"


@pytest.mark.parametrize(
    ("nights", "reason"),
    [
        ([], "absent"),
        ([held("2026-11-23 04:00", "2026-11-23 04:03")], "absent"),
        ([held("2026-11-24 04:00", "2026-11-24 04:03")], None),
        # by hand, before the hour: it ended after, and is of that day
        ([held("2026-11-24 03:55", "2026-11-24 04:01")], None),
        ([held("2026-11-24 03:50", "2026-11-24 03:59")], "absent"),
        # a night of an earlier day, run by hand, is not what analysts wait for
        ([held("2026-11-24 05:00", "2026-11-24 05:02", as_of="2025-12-31")], "absent"),
        ([held("2026-11-24 04:00", "2026-11-24 04:01", "failed")], "failed"),
        ([held("2026-11-24 04:00", None, "running")], "cut off"),
        # mended since
        ([held("2026-11-24 05:00", "2026-11-24 05:03"), held("2026-11-24 04:00", None, "running")], None),
        # held while the clock was a year ahead
        ([held("2027-11-24 04:00", "2027-11-24 04:03"), held("2026-11-23 04:00", "2026-11-23 04:03")], "absent"),
        (None, "unreadable"),
    ],
)
def test_what_became_of_the_night(nights: list[NightRecord] | None, reason: str | None) -> None:
    verdict = what_became_of_night(at(DUE), at(NOW), nights, None)
    assert verdict.reason == reason
    assert (night_done_since(nights or [], at(DUE), at(NOW)) is not None) is (reason is None)


def test_a_night_that_runs_still_is_no_night_done() -> None:
    running = what_became_of_night(at(DUE), at(NOW), None, "process 7, night x")
    assert running.reason == "running"
    assert "process 7" in running.sentence


def test_five_missed_nights_are_caught_up_by_one(tmp_path: Path) -> None:
    missed = [at("2026-11-20 04:00") + timedelta(days=days) for days in range(5)]
    now = at("2026-11-24 10:00")
    store = ledger(tmp_path, ("2026-11-19 04:00", "2026-11-19 04:02", "done"))
    run = 0
    for due in missed:
        if is_still_to_run(store, due, now):
            run += 1
            store = ledger(tmp_path, ("2026-11-24 10:00", "2026-11-24 10:02", "done"))
            now = at("2026-11-24 10:03")
    assert run == 1


def ledger(home: Path, *nights: tuple[str, str | None, str]) -> Path:
    """A store with a ledger of nights and nothing else."""
    with duckdb.connect(str(home / "store.duckdb")) as con:
        con.execute(
            "CREATE TABLE IF NOT EXISTS nights"
            " (run_id VARCHAR, started_at TIMESTAMPTZ, finished_at TIMESTAMPTZ, as_of DATE, state VARCHAR)"
        )
        for started, finished, state in nights:
            con.execute(
                "INSERT INTO nights VALUES (?, ?, ?, ?, ?)",
                [f"n-{started}", at(started), at(finished) if finished else None, date.fromisoformat(started[:10]), state],
            )
    return home / "store.duckdb"


def test_the_ledger_is_read_without_the_store(tmp_path: Path) -> None:
    assert recorded_nights(tmp_path / "store.duckdb") == []
    (tmp_path / "store.duckdb").write_bytes(b"damaged")
    assert recorded_nights(tmp_path / "store.duckdb") is None
    assert is_still_to_run(tmp_path / "store.duckdb", at(DUE), at(NOW))
    (tmp_path / "store.duckdb").unlink()
    (night,) = recorded_nights(ledger(tmp_path, ("2026-11-24 04:00", None, "running"))) or []
    assert (night.started_at, night.finished_at, night.state) == (at("2026-11-24 04:00"), None, "running")


# ------------------------------------------------------------------------------------------------------- the steward


@pytest.fixture
def settings(home: Path) -> Settings:
    (home / "suivi.toml").write_text('steward_email = "intendance@region.example"\nsender = "suivi@region.example"\n')
    return load_settings(home)


def outbox(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.home / "outbox").glob("*.eml"))


def test_the_steward_is_told_once_for_each_night_missed(settings: Settings) -> None:
    ledger(settings.home, ("2026-11-23 04:00", "2026-11-23 04:02", "done"))
    assert check_last_night(settings, at("2026-11-23 06:00")).is_well
    assert outbox(settings) == []
    for _ in range(2):
        verdict = check_last_night(settings, at(NOW))
        assert verdict.is_steward_informed
        assert verdict.sentence == "no night was done since 2026-11-24 04:00: none was begun; the steward was told"
    assert len(outbox(settings)) == 1
    check_last_night(settings, at("2026-11-25 06:00"))
    assert len(outbox(settings)) == 2


def test_the_mail_says_in_french_what_happened_and_what_to_do(settings: Settings) -> None:
    ledger(settings.home, ("2026-11-23 04:00", "2026-11-23 04:02", "done"), ("2026-11-24 04:00", None, "running"))
    check_last_night(settings, at(NOW))
    (name,) = outbox(settings)
    mail = email.message_from_bytes((settings.home / "outbox" / name).read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Suivi : la nuit du 24 novembre 2026 n’a pas abouti"
    assert (mail["To"], mail["From"]) == ("intendance@region.example", "suivi@region.example")
    assert mail["Message-ID"] == "<no-night-20261124@region.example>"
    text = " ".join(mail.get_content().split())
    assert "Elle a été interrompue" in text
    assert "terminée le 23 novembre 2026 à 4 h 02" in text
    assert f"suivi nightly --home {settings.home}" in text


@pytest.mark.parametrize("reason", ["running", "failed", "cut off", "absent", "unreadable"])
def test_every_reason_has_its_sentence(settings: Settings, reason: str) -> None:
    nights = {
        "failed": [held(DUE, "2026-11-24 04:01", "failed")], "cut off": [held(DUE, None, "running")], "absent": [],
    }.get(reason)  # fmt: skip
    verdict = what_became_of_night(at(DUE), at(NOW), nights, "process 7" if reason == "running" else None)
    assert verdict.reason == reason
    assert verdict.sentence
    lines = alarm(settings, verdict, at(NOW)).get_content().splitlines()
    assert max(map(len, lines)) <= 120
    assert not any("{" in line for line in lines)
    assert "\n\n\n" not in "\n".join(lines)


def test_without_a_steward_it_says_that_nobody_was_told(home: Path) -> None:
    verdict = check_last_night(load_settings(home), at(NOW))
    assert not verdict.is_well
    assert "nobody was told" in verdict.sentence
    assert not (home / "outbox").exists()
