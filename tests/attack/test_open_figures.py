"""Open figures, attacked through their CSV files alone: small counts hidden give the rest away, a release that is audited does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack.open_figures import Outcome, attack, table
from tests.releases import Programme, Session, below_programme, drawn, people, programme_of, small, write_release
from transforms.disclosure_audit import audit

Seen = Callable[[str], None]
case = pytest.mark.case


def _told(outcomes: list[Outcome]) -> str:
    print(table(outcomes))
    return ", ".join(f"{one.attack}: {one.recovered} of {one.tried} recovered, {one.close} closely bounded" for one in outcomes)


def _programme() -> Programme:
    chance = random.Random(1)
    return programme_of(Session(f"P{n}/S{n}", "62" if n % 4 > 1 else "59", f"E{n % 4}", f"P{n}/A", people(20, chance)) for n in range(16))


@case(10, "computes hidden counts of open figures from totals, rates, costs, verdicts, releases", "with small counts alone hidden nearly all came back")
def test_small_counts_alone_do_not_hide(tmp_path: Path, seen: Seen) -> None:
    """The attack is real: of thirty providers it recovers hundreds of counts, and the audit says so of each."""
    programme = programme_of(drawn(30, random.Random(1), epcis=8))
    outcomes = attack([write_release(tmp_path / "r", programme, small(programme))])
    seen(f"where small counts alone are hidden: {_told(outcomes[-3:])}")
    assert outcomes[-3].recovered > 200


@case(10, "the same on a release that the audit lets pass", "there was none")
def test_an_audited_release_gives_nothing_away(tmp_path: Path, seen: Seen) -> None:
    programme = _programme()
    own = small(programme)
    folder = write_release(tmp_path / "r", programme, lambda *cell: below_programme(*cell) or own(*cell))
    outcomes = attack([folder])
    seen(_told(outcomes[-3:]))
    violations = [one for one in audit(folder, truth=programme.counts).violations if one.level != "programme"]
    assert not violations
    assert not any(one.recovered or one.close for one in outcomes[:-2])
