"""The suites on typed rows: they find what plain loops find, say nothing of values, and are what the repository holds."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from expectations.contract import Column, Return, ValueType
from expectations.contract.returns import RETURNS
from expectations.programme import load_programme
from expectations.rule_registry import all_rules, rules_of
from tests.documents.suites import suite_files
from tests.oracle.row_rules import RULES, plainly_broken
from transforms.parse.columns import TypedRows, parse_columns
from warehouse.reference.places import load_places

PROGRAMME = load_programme()
#: a day for each of three files: before, among and after the dates of the rows
DAYS = [(day, PROGRAMME) for day in (date(2017, 6, 1), date(2019, 6, 1), date(2026, 11, 24))]
DATES = ["05/03/2018", "2018-03-05", "04/03/2018", "06/09/2019", "31/12/2014", "01/01/2015", "05/03/2004", "06/03/2002", "05/03/1937", "05/03/1952", "05/03/2031", "2018-03-04T23:00:00.000Z", "31/02/2018", "CANARI", ""]
AMOUNTS = ["100,01", "40,01", "40", "50000", "20000,01", "0", "-5", "1.234", "CANARI", ""]
#: texts of a cell by type: read, repaired, empty, and not read; some twice in different writing
TEXTS: dict[ValueType, list[str]] = {
    ValueType.DATE: DATES,
    ValueType.AMOUNT: AMOUNTS,
    ValueType.WHOLE_NUMBER: ["1", "24", "1 200", "0", "12,5", "CANARI", ""],
    ValueType.YES_NO: ["OUI", "non", "CANARI", ""],
    ValueType.YES_NO_UNKNOWN: ["OUI", "?", "CANARI", ""],
    ValueType.SIRET: ["90012000700019", "900 120 007 00019", "90012000700018", "900120007000.00", "CANARI", ""],
    ValueType.COMMUNE: ["59512", "1004", "59000", "CANARI", ""],
    ValueType.DIPLOMA: ["3", "VI", "1", ""],
    ValueType.SEX: ["F", "Mme", "CANARI", ""],
    ValueType.ID: ["A1", " A1 ", "A2", "A3", "C" * 65, "-"],
    ValueType.TEXT: ["un texte", ""],
    ValueType.EMAIL: ["a@exemple.fr", "CANARI", ""],
    ValueType.CERTIFICATION_CODE: ["rncp37674", "CANARI", ""],
    ValueType.ROME: ["M1805", "CANARI", ""],
    ValueType.CALL: [*PROGRAMME.calls(), "CANARI", ""],
}  # fmt: skip


def texts_of(column: Column) -> list[str]:
    return TEXTS.get(column.type) or [*column.codes.codes, "CANARI", ""]  # type: ignore[union-attr]


def typed(contract: Return, files: Sequence[Mapping[str, Sequence[str]]]) -> tuple[TypedRows, np.ndarray[Any, Any]]:
    lengths = [len(next(iter(texts.values()))) for texts in files]
    given = [
        (np.arange(2, length + 2, dtype=np.int32), {name: pa.array(column, pa.string()).dictionary_encode() for name, column in texts.items()})
        for texts, length in zip(files, lengths, strict=True)
    ]
    rows = parse_columns(contract, given, load_places(), PROGRAMME.calls())
    return rows, np.repeat(np.arange(len(files), dtype=np.int32), lengths)


def random_rows(contract: Return, random: Random, count: int) -> tuple[TypedRows, np.ndarray[Any, Any]]:
    """Three files with cells of every kind; good ones are more frequent, so that rules on several columns are asked."""
    wanted = {column.name: texts_of(column) for column in contract.columns}
    return typed(contract, [{name: random.choices(texts, range(len(texts), 0, -1), k=count) for name, texts in wanted.items()} for _ in DAYS])


def by_row(breaches: Any, count: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(count)]
    for row, code in zip(breaches.rows, breaches.codes, strict=True):
        found[row].append(breaches.rules[code])
    return found


@pytest.mark.parametrize(("kind", "side_by_side"), [("actions", 0), *((kind, 20_000) for kind in RETURNS)])
def test_suites_find_what_plain_loops_find(kind: str, side_by_side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the combinations of a night lie in batches, each row breaks the same rules, told in the same order."""
    from expectations.suites import run

    monkeypatch.setattr(run, "MOST_SIDE_BY_SIDE", side_by_side)
    rows, files = random_rows(RETURNS[kind], Random(kind), 300)
    found = run.validate(RETURNS[kind], rows, files, DAYS)
    wanted = plainly_broken(RETURNS[kind], rows, files.tolist(), DAYS)
    assert by_row(found, len(rows)) == wanted
    assert {rule for broken in wanted for rule in broken} >= {check.id for check in RETURNS[kind].row_checks} - {"ACT-34"}


def test_a_file_is_judged_by_its_own_day_and_its_own_caps() -> None:
    from expectations.suites.run import validate

    class Generous:
        def calls(self) -> tuple[str, ...]:
            return PROGRAMME.calls()

        def grant_cap(self, call_id: str, total_cost_eur: Decimal, on: date) -> Decimal:
            return total_cost_eur

    row = {"cout_total": "50000", "subvention": "20000,01"}
    texts = {column.name: [row.get(column.header, column.example)] for column in RETURNS["actions"].columns}
    rows, files = typed(RETURNS["actions"], [texts, texts])
    assert by_row(validate(RETURNS["actions"], rows, files, [DAYS[2], (DAYS[2][0], Generous())]), 2) == [["ACT-34"], []]


def test_programmes_that_know_other_calls_are_not_judged_together() -> None:
    from expectations.suites.run import validate

    class Other:
        def calls(self) -> tuple[str, ...]:
            return ("ERN-1999",)

        def grant_cap(self, call_id: str, total_cost_eur: Decimal, on: date) -> Decimal:
            raise KeyError(call_id)

    rows, files = random_rows(RETURNS["suivi"], Random(0), 1)
    with pytest.raises(ValueError, match="different calls"):
        validate(RETURNS["suivi"], rows, files, [DAYS[0], DAYS[1], (DAYS[2][0], Other())])


def test_no_rows_break_nothing() -> None:
    from expectations.suites.run import validate

    rows, files = random_rows(RETURNS["suivi"], Random(0), 1)
    assert len(validate(RETURNS["suivi"], rows.take(slice(0, 0)), files[:0], DAYS).rows) == 0


@pytest.mark.parametrize("side_by_side", [0, 20_000])
def test_no_value_of_a_file_is_in_a_result_or_a_log(side_by_side: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Every column of `apprenants` holds a canary or breaks a rule on values that stand nowhere else, keys included."""
    from great_expectations.validator.v1_validator import Validator

    from expectations.suites import run

    said = []
    real = Validator.validate_expectation_suite

    def heard(self: Any, *args: Any) -> Any:
        result = real(self, *args)
        said.append(json.dumps(result.to_json_dict(), default=str) + repr(result))
        return result

    monkeypatch.setattr(Validator, "validate_expectation_suite", heard)
    monkeypatch.setattr(run, "MOST_SIDE_BY_SIDE", side_by_side)
    contract = RETURNS["apprenants"]
    good = {column.name: column.example for column in contract.columns}
    bad = dict.fromkeys(good, "CANARI-7") | {"commune_code": "1004", "completion": "ABANDON", "certification": "OBTENUE", "learner_ref": "CANARI-8"}
    old = good | {"born_on": "17/07/1911", "entered_on": "13/07/2031", "left_on": "11/07/2031", "completion": "", "learner_ref": "CANARI-9" * 20}
    texts = [good, bad, bad | {"provider_siret": good["provider_siret"]}, bad | {"provider_siret": good["provider_siret"]}, good | {"learner_ref": "CANARI-5"}, good | {"learner_ref": "CANARI-5"}, old, good | {"left_on": ""}]  # fmt: skip
    texts += [good | {"born_on": "16/07/2003"}, good | {"left_on": "12/07/2031"}, dict.fromkeys(good, "")]
    rows, files = typed(contract, [{name: [row[name] for row in texts] for name in good}])
    with caplog.at_level(logging.DEBUG):
        breaches = run.validate(contract, rows, files, [DAYS[2]])
    assert {check.id for check in contract.row_checks} <= {breaches.rules[code] for code in breaches.codes}
    assert said
    # Whole numbers: four digits may also stand within the microseconds of a batch's load time.
    assert re.findall(r"CANARI|\b(?:1911|2031|1004|2003-07|16/07)\b", "\n".join((*said, caplog.text))) == []


def test_an_expectation_that_raises_says_its_rule_and_no_value(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    import great_expectations.expectations as gxe

    from expectations.suites import run
    from expectations.suites.asking import ValidationCrashed

    broken = gxe.ExpectColumnValuesToBeBetween(column="learner_ref_as_given", min_value=1, meta={"rule": "APP-99"})
    real = run.suite

    def with_broken(contract: Return) -> Any:
        made = real(contract)
        made.add_expectation(broken)
        return made

    monkeypatch.setattr(run, "suite", with_broken)
    contract = RETURNS["apprenants"]
    rows, files = typed(contract, [{column.name: ["CANARI", "CANARI2"] for column in contract.columns}])
    with caplog.at_level(logging.DEBUG), pytest.raises(ValidationCrashed) as crash:
        run.validate(contract, rows, files, [DAYS[2]])
    assert str(crash.value) == "rule APP-99 could not be examined"
    assert crash.value.__cause__ is None
    assert crash.value.__context__ is None
    assert "CANARI" not in caplog.text + "".join(capsys.readouterr())


def test_the_suites_of_the_repository_are_current() -> None:
    for path, text in suite_files().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m tests.documents.write"


@pytest.mark.parametrize("kind", RETURNS)
def test_whoever_reads_a_suite_sees_each_rule_with_its_sentence(kind: str) -> None:
    (text,) = [text for path, text in suite_files().items() if path.stem == kind]
    expectations = json.loads(text)["expectations"]
    severities = {"error": "critical", "warning": "warning", "info": "info"}
    contract = RETURNS[kind]
    across = {check.id for check in contract.cross_checks} | {f"{contract.prefix}-21"}
    assert [one["meta"]["rule"] for one in expectations] == [id_ for id_ in rules_of(kind) if id_ not in across]
    for one in expectations:
        check = all_rules()[one["meta"]["rule"]]
        assert (one["description"], one["meta"]["column"], one["severity"]) == (check.sentence, check.column, severities[check.severity])
        assert check.sentence
        assert check.example


def test_every_check_of_a_row_is_judged_a_second_time_here() -> None:
    assert set(RULES) == {check.id for contract in RETURNS.values() for check in contract.row_checks}
