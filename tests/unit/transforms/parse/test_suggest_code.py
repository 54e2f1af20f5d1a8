"""Proposals have a budget: beyond it what is unknown is still found, and costs no more than what is known."""

from __future__ import annotations

from typing import Any

import pytest

from expectations.contract.returns import RETURNS
from tests.spec.paper import csv_of
from transforms.parse import suggest_code
from transforms.parse.rows import TypedRow, parse_rows
from transforms.parse.suggest_code import BUDGET
from transforms.read import match_columns, read_return
from transforms.read.match_columns import match_columns as matched
from warehouse.reference.places import load_places


def parsed(file: bytes) -> list[TypedRow]:
    return parse_rows(read_return(file), load_places(), ())


def hints(texts: list[str]) -> list[str | None]:
    """What is proposed for these situations of one file."""
    rows = parsed(csv_of("suivi", *(f"situation={text}" for text in texts)))
    return [next((problem.suggestion for problem in row.problems if problem.column == "situation"), None) for row in rows]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were compared with all forms of a list."""
    found: list[str] = []
    real = suggest_code.nearest

    def nearest(folded: str, forms: Any) -> str | None:
        found.append(folded)
        return real(folded, forms)

    monkeypatch.setattr(suggest_code, "nearest", nearest)
    return found


def test_a_hundred_thousand_unknown_codes_are_compared_a_few_times(compared: list[str]) -> None:
    found = hints([f"CDDI{number}" for number in range(2_000)])
    assert len(compared) == BUDGET
    assert all(found[:BUDGET]) and not any(found[BUDGET:])


def test_a_text_that_was_compared_keeps_its_proposal(compared: list[str]) -> None:
    texts = ["CDDI", *(f"zz{number}" for number in range(2 * BUDGET)), "CDDI"]
    found = hints(texts)
    assert found[0] == found[-1] == "la valeur la plus proche est CDI"


def test_each_file_and_column_has_a_budget_of_its_own(compared: list[str]) -> None:
    many = [f"CDDI{number}" for number in range(2 * BUDGET)]
    assert sum(map(bool, hints(many))) == sum(map(bool, hints(many))) == BUDGET
    rows = [{"situation": text, "source": f"DECLARATION{text}", "echeance": f"M6{text}"} for text in many]
    found = parsed(csv_of("suivi", *rows))
    for column in ("situation", "source"):
        told = [problem for row in found for problem in row.problems if problem.column == column]
        assert len(told) == 2 * BUDGET
        assert sum(problem.suggestion is not None for problem in told) == BUDGET


def test_titles_are_compared_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = 0
    real = match_columns.get_close_matches

    def counted(word: str, possibilities: Any, **named: Any) -> list[str]:
        nonlocal pairs
        pairs += len(possibilities)
        return real(word, possibilities, **named)

    monkeypatch.setattr(match_columns, "get_close_matches", counted)
    titles = [column.header for column in RETURNS["apprenants"].columns[:12]]
    header = matched([*titles, *(f"date d'entre {number}" for number in range(1_900))])
    assert header is not None and header.missing
    assert header.nearest_titles() == {}
    assert pairs == 0
    one = matched([*titles, "entre_lee"])
    assert one is not None
    assert "entre_lee" in one.nearest_titles().values()
    assert 0 < pairs <= 200
