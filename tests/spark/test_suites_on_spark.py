"""The suites on Spark: the breaches that this process finds, of every return; no value in an answer; no file at fault for a cluster."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from expectations.contract.returns import RETURNS
from tests.spark.clusters import sail
from tests.unit.expectations.suites.test_validate import DAYS, by_row, random_rows, texts_of, typed
from transforms.engines import spark_session as sessions
from transforms.engines.spark_session import spark_session

# PySpark 4.3 warns of pandas 3 and of itself.
pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]

#: cells on which engines are known to differ: days before the calendar's reform, a line's end after a number, signs that fold
ODD = {
    "provider_siret": ["90012000700019\n", "35600000000048", "35600000012345", "٩0012000700019", "00000000000000"],
    "learner_ref": ["É1", "é1", "E\u03011", "ß", "SS", "A1\u00a0", "'; --", '"', "\\", "`A1`"],
    "born_on": ["01/01/0001", "04/10/1582", "15/10/1582", "29/02/2004"],
    "total_cost_eur": ["999999999999,99", "0,00", "-0,01"],
}


@pytest.fixture(scope="module")
def session(master: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with spark_session(master, tmp_path_factory.mktemp("session") / "spark.log") as opened:
        yield opened


@pytest.mark.parametrize("kind", RETURNS)
def test_breaches_are_those_that_this_process_finds(kind: str, session: Any, tmp_path: Path) -> None:
    from expectations.suites.run import validate
    from expectations.suites.spark import validate_on_spark

    contract, random = RETURNS[kind], Random(kind)
    files = []
    for _ in DAYS:
        wanted = {column.name: [*texts_of(column), *ODD.get(column.name, ())] for column in contract.columns}
        files.append({name: random.choices(texts, range(len(texts), 0, -1), k=300) for name, texts in wanted.items()})
    rows, numbers = typed(contract, files)
    here = validate(contract, rows, numbers, DAYS)
    there = validate_on_spark(session, tmp_path, contract, rows, numbers, DAYS)
    assert here.rules == there.rules
    assert by_row(there, len(rows)) == by_row(here, len(rows))
    assert {here.rules[code] for code in here.codes} >= {check.id for check in contract.row_checks} - {"ACT-34"}
    assert list(tmp_path.iterdir()) == []


def test_sirets_are_judged_as_the_standard_library_of_numbers_does(session: Any) -> None:
    """Numbers of 14 digits by chance, one in ten of which is right; those of La Poste; and texts that are no number."""
    from great_expectations.execution_engine import SparkDFExecutionEngine  # noqa: F401  (registers what the condition is made of)
    from pyspark.sql import functions as F
    from stdnum.fr import siret

    from expectations.suites.valid_siret import is_valid_on_spark

    random = Random("siret")
    bodies = [f"{random.randrange(10**9):09}" for _ in range(300)] + ["356000000"] * 200
    sirens = [body[:8] + last for body in bodies for last in (body[8:] if body == "356000000" else "0123456789")]
    numbers = [siren + f"{random.randrange(10**5):05}" for siren in sirens for _ in range(3)] + ["35600000000048", *TEXTS_NO_NUMBER]
    frame = session.createDataFrame(pa.table({"number": numbers}))
    found = {row["number"] for row in frame.filter(is_valid_on_spark(F.col("number"))).collect()}
    assert found == {number for number in numbers if re.fullmatch("[0-9]{14}", number) and siret.is_valid(number)}
    assert len(found) > 30


TEXTS_NO_NUMBER = ["", "90012000700019\n", "9001200070001", "900120007000199", "9001200070001É", "٩0012000700019", " 90012000700019"]


def test_no_value_of_a_file_is_in_an_answer_or_a_log(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    from great_expectations.validator.v1_validator import Validator

    from expectations.suites.spark import validate_on_spark

    said = []
    real = Validator.validate_expectation_suite

    def heard(self: Any, *args: Any) -> Any:
        result = real(self, *args)
        said.append(json.dumps(result.to_json_dict(), default=str) + repr(result))
        return result

    monkeypatch.setattr(Validator, "validate_expectation_suite", heard)
    contract = RETURNS["apprenants"]
    good = {column.name: column.example for column in contract.columns}
    bad = dict.fromkeys(good, "CANARI-7") | {"learner_ref": "CANARI-8", "provider_siret": good["provider_siret"]}
    old = good | {"born_on": "17/07/1911", "learner_ref": "CANARI-9" * 20}
    texts = [bad, bad, good | {"learner_ref": "CANARI-5"}, good | {"learner_ref": "CANARI-5"}, old, dict.fromkeys(good, "")]
    rows, files = typed(contract, [{name: [row[name] for row in texts] for name in good}])
    with caplog.at_level(logging.DEBUG, "great_expectations"):
        assert len(validate_on_spark(session, tmp_path, contract, rows, files, [DAYS[2]]).rows)
    assert said
    assert re.findall(r"CANARI|\b1911\b", "\n".join((*said, caplog.text))) == []


def test_rows_lie_where_nobody_else_reads_and_are_gone_when_it_breaks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A session that raises: the rows are judged in this process, the log tells it without the text, which may hold values."""
    from expectations.suites.run import validate
    from expectations.suites.spark import ValidateOnSpark

    seen = []

    class Dead:
        @property
        def read(self) -> Any:
            (folder,) = tmp_path.iterdir()
            seen.append((folder.stat().st_mode & 0o777, sorted(path.name for path in folder.iterdir())))
            raise ConnectionError("CANARI")

    left_lying = tmp_path / ".passing-rows-being-checked" / "of a night that was killed"
    left_lying.parent.mkdir()
    left_lying.touch()
    contract = RETURNS["suivi"]
    rows, files = random_rows(contract, Random(1), 20)
    with caplog.at_level(logging.WARNING):
        found = ValidateOnSpark(Dead(), tmp_path)(contract, rows, files, DAYS)  # type: ignore[arg-type]
    assert by_row(found, len(rows)) == by_row(validate(contract, rows, files, DAYS), len(rows))
    assert seen == [(0o700, ["0.parquet"])]
    assert list(tmp_path.iterdir()) == []
    assert [record.message for record in caplog.records if record.name == "suivi.spark"] == [
        "suivi: not checked on Spark (ConnectionError), but in this process"
    ]


def test_a_server_that_is_killed_in_the_middle_costs_seconds_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations.suites import spark

    monkeypatch.setattr(sessions, "_PATIENCE_SECONDS", 2.0)
    contract = RETURNS["suivi"]
    rows, files = random_rows(contract, Random(1), 20)
    real = spark.Batch.rows_of
    with sail(tmp_path) as (url, server), spark_session(url, tmp_path / "spark.log") as session:

        def killed(self: Any, broken: Any) -> Any:
            server.kill()
            server.wait()
            return real(self, broken)

        monkeypatch.setattr(spark.Batch, "rows_of", killed)
        monkeypatch.setattr(spark, "validate", lambda *given: seen.append(given) or "judged here")
        seen: list[Any] = []
        assert spark.ValidateOnSpark(session, tmp_path)(contract, rows, files, DAYS) == "judged here"
    assert seen == [(contract, rows, files, DAYS)]
    assert [path.name for path in tmp_path.iterdir()] == ["sail.log"]


def test_a_check_uses_the_validator_that_it_is_given(session: Any, tmp_path: Path) -> None:
    """A whole file, as `suivi check` would see it, has the same verdict by both."""
    from datetime import UTC, datetime
    from hashlib import sha256

    from expectations.programme import load_programme
    from expectations.suites.spark import ValidateOnSpark
    from expectations.verdict.checked_file import RulesOfDay
    from expectations.verdict.decide import decide
    from flows.steps.check import check_files, read_files
    from tests.spec.paper import csv_of
    from tests.typed_rows import comparable
    from warehouse.reference.places import load_places
    from warehouse.store.submission import Arrival

    data = csv_of("sessions", "numero_session=S1", "numero_session=S2 & places=CANARI", "numero_session=S2")
    arrival = Arrival("a.csv", tmp_path / "a.csv", data, sha256(data).hexdigest(), datetime.now(UTC))

    def verdicts(validate: Any) -> list[dict[str, Any]]:
        read = read_files([(arrival, RulesOfDay(date(2026, 11, 24), load_programme()), None)])
        return [comparable(file) for file in decide(check_files(read, load_places(), validate=validate))]

    assert verdicts(ValidateOnSpark(session, tmp_path)) == verdicts(None)
