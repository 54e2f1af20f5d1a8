"""`suivi release` on the demo's home: what is published is what the warehouse has, safe, valid, and there for good."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result

from flows.cli import main, release
from flows.publication.open_folder import published_releases
from tests.golden.conftest import Demo
from tests.table_schema import faults, lost
from transforms.disclosure_audit import audit
from transforms.publication.counts import Counts, PublishedCounts, last_day
from transforms.publication.filled_tables import TABLES
from transforms.publication.read_release import read_published_counts, read_table
from transforms.publication.suppression import Suppression, suppress

pytestmark = [pytest.mark.slow, pytest.mark.attack]  # a minute for its two releases
#: the quarters that are released: so many before the demo's last night
FIRST, SECOND = 8, 7
#: of each table of counts the warehouse's, and its columns
WAREHOUSE: dict[str, tuple[str, tuple[str, ...]]] = {
    "audiences": (
        "audience_mix", ("entrants", "women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled", "priority"),
    ),
    "certification": ("certification", ("leavers", "completed", "dropped_out", "presented", "certified")),
    "positive_exits": ("positive_exit", ("known", "positive")),
}  # fmt: skip


def quarter_before(day: date, back: int = 1) -> str:
    """The quarter that ended last before that day, or one so many before it."""
    number = day.year * 4 + (day.month - 1) // 3 - back
    return f"{number // 4}-Q{number % 4 + 1}"


def run(home: Path, period: str, *options: str) -> Result:
    return CliRunner().invoke(release.command, ["--home", str(home), "--period", period, *options])


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def releases(home: Path) -> dict[str, bytes]:
    """All that is published but the list, which is mended whenever a release is made."""
    return {name: content for name, content in tree(home / "open").items() if name != "index.html"}


def copy_of(home: Path, folder: Path) -> Path:
    """A home with the warehouse of another, and its releases."""
    folder.mkdir()
    shutil.copy(home / "warehouse.duckdb", folder)
    if (home / "open").is_dir():
        shutil.copytree(home / "open", folder / "open")
    return folder


@pytest.fixture(scope="module")
def as_of(demo_told: Demo) -> date:
    day: date = demo_told.home.row("SELECT as_of FROM meta.release")[0]
    return day


@pytest.fixture(scope="module")
def released(demo_told: Demo, as_of: date, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two releases, of early quarters: they have few sessions, and are made in seconds. Not to be changed by a test."""
    home = copy_of(demo_told.home.folder, tmp_path_factory.mktemp("released") / "home")
    for back in (FIRST, SECOND):
        done = run(home, quarter_before(as_of, back))
        assert (done.exit_code, done.exception) == (0, None), done.output
    return home


@pytest.fixture
def home(released: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it."""
    yield copy_of(released, tmp_path / "home")


@pytest.fixture(scope="module")
def last(released: Path, as_of: date) -> Path:
    """The second release."""
    return released / "open" / quarter_before(as_of, SECOND)


@pytest.fixture
def with_first(released: Path, as_of: date, tmp_path: Path) -> Path:
    """A copy of it with the first release alone."""
    found = copy_of(released, tmp_path / "home")
    shutil.rmtree(found / "open" / quarter_before(as_of, SECOND))
    return found


@pytest.mark.parametrize("table", WAREHOUSE)
def test_published_counts_are_those_of_the_warehouse(table: str, released: Path, last: Path, as_of: date) -> None:
    name, columns = WAREHOUSE[table]
    sums = ", ".join(f"sum({column})" for column in columns)
    of_horizon = "AND horizon = 'M6'" if table == "positive_exits" else ""
    with duckdb.connect(str(released / "warehouse.duckdb"), read_only=True) as con:
        rows = con.execute(
            f"SELECT level, level_id, {sums} FROM indicators.{name} WHERE cohort <> 'all' AND cohort <= ? {of_horizon} GROUP BY ALL",
            [quarter_before(as_of, SECOND)],
        ).fetchall()
    true = {(level, level_id): dict(zip(columns, counts, strict=True)) for level, level_id, *counts in rows}
    shown = 0
    for row in read_table(last, table):
        for column in columns:
            if row[column] != "s":
                assert int(row[column]) == true.get((row["level"], row["level_id"]), dict.fromkeys(columns, 0))[column]
                shown += 1
    assert shown


def test_small_counts_are_hidden_and_rates_are_of_shown_ones(last: Path) -> None:
    of = {
        "audiences": {"women_share": ("women", "entrants"), "priority_share": ("priority", "entrants")},
        "certification": {"completion_rate": ("completed", "leavers"), "certified_of_presented": ("certified", "presented")},
        "positive_exits": {"rate": ("positive", "eligible"), "response_rate": ("known", "eligible")},
    }
    hidden = 0
    for table, rates in of.items():
        for row in read_table(last, table):
            for column, text in row.items():
                if column in ("level", "level_id", "horizon") or column in rates or "." in text:
                    continue
                assert text in ("", "s") or int(text) >= 5
                hidden += text == "s"
            for rate, (part, whole) in rates.items():
                if row[rate] not in ("", "s"):
                    assert float(row[rate]) == pytest.approx(int(row[part]) / int(row[whole]), abs=1e-6)
                    assert int(row[whole]) >= 20
    assert hidden > 50


def test_the_programme_is_told(last: Path) -> None:
    whole = {row["level_id"]: row for row in read_table(last, "audiences") if row["level"] in ("programme", "departement")}
    assert whole[""]["entrants"] != "s"
    assert len(whole) > 1


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_each_csv_is_what_its_schema_says(table: str, last: Path) -> None:
    schema = json.loads((last / "schemas" / f"{table}.json").read_bytes())
    content = {one.name: (last / "data" / f"{one.name}.csv").read_bytes() for one in TABLES}
    assert faults(content[table], schema) == []
    assert lost(content[table], schema, content) == []


def test_the_audit_finds_nothing_from_the_files_alone(released: Path) -> None:
    first, second = (one.path for one in published_releases(released / "open"))
    assert list(audit(second, [first]).violations) == []


def test_the_list_and_the_pages_name_both(released: Path, last: Path, as_of: date) -> None:
    before = quarter_before(as_of, FIRST)
    text = (released / "open" / "index.html").read_text()
    assert re.findall(r'href="([^/"]*)/index.html"', text) == [last.name, before]
    assert f"../{before}/index.html" in (last / "differences.html").read_text()
    assert "est la première" in (released / "open" / before / "differences.html").read_text()


def test_a_dry_run_says_what_would_be_and_writes_nothing(demo_told: Demo, as_of: date, tmp_path: Path) -> None:
    home = copy_of(demo_told.home.folder, tmp_path / "home")
    before = tree(home)
    done = run(home, quarter_before(as_of, FIRST), "--dry-run", "--format", "json")
    assert (done.exit_code, tree(home)) == (0, before)
    said = json.loads(done.stdout)
    assert (said["release"], said["path"], said["audited_with"]) == (quarter_before(as_of, FIRST), None, [])
    assert said["hidden"]["session"]["telling"] > 10
    assert list(said["hidden"]) == ["programme", "departement", "epci", "provider", "action", "session"]


def test_the_same_again_is_no_release_and_a_correction_is_a_new_version(with_first: Path, as_of: date, capsys: pytest.CaptureFixture[str]) -> None:
    home, period = with_first, quarter_before(as_of, FIRST)
    before = tree(home / "open" / period)
    assert main(["release", "--home", str(home), "--period", period]) == 2
    assert "nothing has changed since" in capsys.readouterr().err
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("UPDATE indicators.spend_by_action SET paid = paid + 1 WHERE action_id = (SELECT min(action_id) FROM indicators.spend_by_action)")
    done = run(home, period)
    assert done.exit_code == 0, done.output
    assert tree(home / "open" / period) == before
    corrected = home / "open" / f"{period}-v2"
    assert "Versé" in (corrected / "differences.html").read_text()
    # what was told is told again, unless that a count is as before would tell how little it can have changed
    pairs = list(zip(read_table(home / "open" / period, "audiences"), read_table(corrected, "audiences"), strict=True))
    changed = [new[name] for old, new in pairs for name in old if old[name] != new[name]]
    assert set(changed) <= {"s"}
    assert len(changed) < 20
    assert "remplacée par une version plus récente" in (home / "open" / "index.html").read_text()


def test_what_cannot_be_published(home: Path, as_of: date, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ahead, before = quarter_before(as_of, 0), tree(home)
    for period, where, code, told in (
        ("2026-3", home, 2, "is no period: write a quarter like 2026-Q3"),
        (ahead, home, 2, f"before the end of {ahead}: run `suivi nightly` once {last_day(ahead)} is past"),
        (quarter_before(as_of, FIRST), home, 2, "which is published"),
        (ahead, tmp_path / "elsewhere", 2, "there is no warehouse at"),
    ):
        assert main(["release", "--home", str(where), "--period", period, "--dry-run"]) == code
        assert told in capsys.readouterr().err
    assert tree(home) == before
    shutil.rmtree(home / "open")
    assert main(["release", "--home", str(home), "--period", "2016-Q4"]) == 2
    assert "nobody had entered by 2016-12-31" in capsys.readouterr().err


def test_an_earlier_release_that_was_changed_stops_the_next(home: Path, as_of: date, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "open" / quarter_before(as_of, FIRST) / "data" / "audiences.csv"
    path.chmod(0o640)
    path.write_bytes(path.read_bytes().replace(b",s,", b",7,", 1))
    assert main(["release", "--home", str(home), "--period", quarter_before(as_of, SECOND)]) == 1
    assert "is not as it was published (data/audiences.csv was changed)" in capsys.readouterr().err


def test_what_the_audit_does_not_pass_is_not_published(
    with_first: Path, as_of: date, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As if the suppression had a fault: it hides small counts, and not what gives them away."""

    def careless(counts: Counts, *others: Any) -> Suppression:
        found = suppress(counts, *others)
        told = counts.counts.loc[found.hidden.index].astype("Int64").mask(found.hidden == "primary")
        return replace(found, published=replace(found.published, counts=told))

    monkeypatch.setattr("flows.publication.release.suppress", careless)
    before = releases(with_first)
    period = quarter_before(as_of, SECOND)
    assert main(["release", "--home", str(with_first), "--period", period]) == 1
    said = capsys.readouterr().err
    assert f"the audit blocks {period}: " in said
    assert re.search(r"[(;] ?\d{4}-Q\d departement \d\w \w+: [a-z ]+; ", said)
    assert "nothing is published" in said
    assert releases(with_first) == before


def test_what_earlier_releases_tell_too_much_of_is_not_published(
    with_first: Path, as_of: date, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first release told small counts: whatever the next hides, they are known to be as many at the least."""

    def outspoken(path: Path) -> PublishedCounts:
        found = read_published_counts(path)
        return replace(found, counts=found.counts.fillna(4))

    monkeypatch.setattr("flows.publication.release.read_published_counts", outspoken)
    before = releases(with_first)
    assert main(["release", "--home", str(with_first), "--period", quarter_before(as_of, SECOND)]) == 1
    assert "nothing is published" in capsys.readouterr().err
    assert releases(with_first) == before


def test_nothing_that_is_of_one_person_is_in_a_release(released: Path) -> None:
    with duckdb.connect(str(released / "warehouse.duckdb"), read_only=True) as con:
        keys = {key.encode() for (key,) in con.execute("SELECT learner_key FROM clean.learners").fetchall()}
        mails = {mail.encode() for (mail,) in con.execute("SELECT DISTINCT contact_email FROM clean.actions").fetchall()}
    files = {name: content for name, content in tree(released / "open").items() if not name.endswith(".parquet")}
    words = {word for content in files.values() for word in re.findall(rb"[\w@.+-]{8,}", content)}
    assert len(keys) > 500
    assert not words & (keys | mails)
