"""Signals and ledgers as the page says them: in the order of the warehouse, and nothing of fewer than five people."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from transforms.pages.dashboard import to_look_at


def signal(**changes: Any) -> Any:
    return SimpleNamespace(**{
        "signal": "SIG-01", "level": "provider", "level_id": "1", "provider_siret": "1", "value": 12.0, "of": 40, "programme_value": 0.02,
        "threshold": 0.1, "tests": 700, "severity": "warning", "sentence": "12 personnes sur 40 (30 %), contre 2 %.",
        "since": date(2026, 11, 2), "wording": "{value} personnes sur {of} ({share}), contre {others}.", "question": "Pourquoi ?",
        "of_people": True, **changes,
    })  # fmt: skip


def test_a_signal_names_its_provider_and_unit() -> None:
    provider = SimpleNamespace(siret="1")
    board: Any = SimpleNamespace(
        providers=[provider], signals=[signal(), signal(level="session", level_id="2/S<1", provider_siret="2", severity="info", tests=None)]
    )
    first, second = to_look_at.signals(board)
    assert (first.provider, first.unit, first.is_grave) == (provider, "", True)
    assert (second.provider, second.siret, second.unit, second.is_grave) == (None, "2", "session <bdi>S&lt;1</bdi>", False)
    assert to_look_at.tests(board) == 700 and to_look_at.with_signals(board) == {"1"}


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "12 personnes sur 40 (30 %), contre 2 %."),
        ({"value": 5.0}, "12 personnes sur 40 (30 %), contre 2 %."),
        ({"value": 4.0}, "Moins de 5 personnes sur 40 (·), contre 2 %."),
        ({"value": 4.0, "of_people": False, "sentence": "4 envois."}, "4 envois."),
    ],
)
def test_fewer_than_five_people_are_not_counted(changes: dict[str, Any], shown: str) -> None:
    board: Any = SimpleNamespace(providers=[], signals=[signal(**changes)])
    assert to_look_at.signals(board)[0].sentence == shown


def step(positive: int, eligible: int, cause: str = "matured") -> Any:
    return SimpleNamespace(night=date(2026, 10, 12), cause=cause, positive_change=positive, eligible_change=eligible)


def test_a_ledger_tells_all_its_numbers_or_none() -> None:
    told = to_look_at.ledger([step(12, 24), step(-6, 0, "corrected_down")])
    assert "12/10/2026, échéance passée : +12 positives, +24 comptées ; 12/10/2026, réponses qui ne sont plus positives : −6 positives." in told
    hidden = to_look_at.ledger([step(12, 24), step(-1, 0, "corrected_down")])
    assert "échéance passée ; 12/10/2026, réponses qui ne sont plus positives." in hidden and "12 positives" not in hidden
    assert to_look_at.ledger([]) == ""
