"""What the audit of open figures sees in the files of releases, and what it lets pass."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.releases import (
    COLUMNS,
    Programme,
    Session,
    below_programme,
    change_cell,
    drawn,
    nothing,
    people,
    programme_of,
    small,
    write_release,
)
from transforms.disclosure_audit import AuditReport, Thresholds, audit, intervals
from transforms.disclosure_audit.report import (
    CHANGED,
    CONTRADICTS,
    COST_OF_HIDDEN,
    COVERAGE_DIFFERS,
    DOES_NOT_ADD_UP,
    FORMATS_DIFFER,
    KNOWN,
    RATE_OF_FEW,
    RATE_OF_HIDDEN,
    RATE_WRONG,
    TIGHT,
    TOO_SMALL,
    UNKNOWN_FILE,
    UNTRUE,
    VERDICT,
)

#: whole numbers that are far from every threshold
PLENTY = {
    "entrants": 100, "women": 40, "dropouts": 30, "far_from_employment": 50, "qpv_residents": 40, "rural_residents": 20, "disabled": 30,
    "disabled_qpv": 15, "priority": 60, "leavers": 80, "completed": 50, "dropped_out": 20, "presented": 40, "certified": 30,
    "eligible": 60, "known": 40, "positive": 20,
}  # fmt: skip


def of(*sessions: tuple[str, str, str, Mapping[str, int]]) -> Programme:
    return programme_of(Session(level_id, "59", epci, action, {**PLENTY, **counts}) for level_id, epci, action, counts in sessions)


def wrong(report: AuditReport) -> set[tuple[str, str, str, str]]:
    return {(one.level, one.level_id, one.quantity, one.wrong) for one in report.violations}


@pytest.fixture
def plain() -> Programme:
    return of(*((f"P{number // 2}/S{number}", f"E{number % 2}", f"P{number // 2}/A", {}) for number in range(4)))


def test_a_release_of_large_counts_is_safe(plain: Programme, tmp_path: Path) -> None:
    report = audit(write_release(tmp_path / "r", plain, nothing, french=True), truth=plain.counts)
    assert not report.violations
    assert (report.figures.counts, report.figures.hidden, report.bounded) == (plain.counts.size, 0, 0)


# ------------------------------------------------------------------------------------------- what hides too little


def test_a_count_hidden_alone_is_known_by_subtraction(plain: Programme, tmp_path: Path) -> None:
    report = audit(write_release(tmp_path / "r", plain, lambda *cell: cell == ("session", "P0/S0", "women")), truth=plain.counts)
    assert wrong(report) == {("session", "P0/S0", "women", KNOWN)}
    assert [(one.low, one.high) for one in report.violations] == [(40, 40)]


def test_four_corners_of_both_trees_are_safe_and_three_are_not(plain: Programme, tmp_path: Path) -> None:
    four = {("session", f"P{number // 2}/S{number}") for number in range(4)}
    for kept, expected in ((set(), set()), ({("session", "P1/S3")}, {KNOWN})):
        folder = write_release(tmp_path / f"r{len(kept)}", plain, lambda *cell, hidden=four - kept: cell[:2] in hidden and cell[2] == "dropouts")
        assert {one.wrong for one in audit(folder, truth=plain.counts).violations} == expected


def test_a_sensitive_count_must_seem_possible_from_0_to_4(tmp_path: Path) -> None:
    programme = of(*((f"P{number // 2}/S{number}", f"E{number % 2}", f"P{number // 2}/A", {"women": 3} if number == 0 else {}) for number in range(4)))
    four = {("session", f"P{number // 2}/S{number}") for number in range(4)}
    folder = write_release(tmp_path / "r", programme, lambda *cell: cell[:2] in four and cell[2] == "women")
    assert not audit(folder, truth=programme.counts).violations
    bounds = intervals(folder).set_index(["level_id"])
    # 43 with each neighbour, of whom none can be more than the 60 of its priority audiences: the fourth has 20 at the least
    assert tuple(bounds.loc["P0/S0", ["low", "high"]]) == (0, 23)
    assert tuple(bounds.loc["P0/S1", ["low", "high"]]) == (20, 43)


def test_a_narrow_secondary_count_is_too_tight(tmp_path: Path) -> None:
    """All who entered S0 and S1 are women but for three: their sum is known, and neither can be larger than its entrants."""
    programme = of(*((f"P{number // 2}/S{number}", f"E{number % 2}", f"P{number // 2}/A", {"women": 96, "priority": 98} if number < 4 else {}) for number in range(4)))
    four = {("session", f"P{number // 2}/S{number}") for number in range(4)}
    report = audit(write_release(tmp_path / "r", programme, lambda *cell: cell[:2] in four and cell[2] == "women"), truth=programme.counts)
    assert ("session", "P0/S0", "women", TIGHT) in wrong(report)
    assert {(one.low, one.high) for one in report.violations if one.quantity == "women"} == {(94, 98)}


def test_published_small_counts_and_rests_are_seen(tmp_path: Path) -> None:
    programme = of(("P0/S0", "E0", "P0/A", {"disabled_qpv": 10, "women": 4, "completed": 77, "dropped_out": 0}), ("P1/S1", "E1", "P1/A", {}))
    found = wrong(audit(write_release(tmp_path / "r", programme, nothing), truth=programme.counts))
    assert {("session", "P0/S0", "disabled_qpv", TOO_SMALL), ("session", "P0/S0", "women", TOO_SMALL)} <= found
    assert {("session", "P0/S0", "leavers - completed", KNOWN), ("session", "P0/S0", "dropped_out", TOO_SMALL)} <= found


def test_the_calendar_tells_that_all_leavers_are_asked(tmp_path: Path) -> None:
    """Eligible = leavers says nothing of anybody; one leaver fewer is one who was neutralised."""
    for eligible, expected in ((80, set()), (79, {("programme", "", "leavers - eligible", KNOWN)})):
        programme = of(("P0/S0", "E0", "P0/A", {"eligible": eligible}), ("P1/S1", "E1", "P1/A", {"eligible": 80}))
        found = wrong(audit(write_release(tmp_path / f"r{eligible}", programme, nothing)))
        assert {one for one in found if one[0] == "programme"} == expected


def test_thresholds_are_the_callers(plain: Programme, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "r", plain, nothing)
    assert ("session", "P0/S0", "rural_residents", TOO_SMALL) in wrong(audit(folder, thresholds=Thresholds(smallest_count=21)))


@pytest.mark.parametrize("seed", range(2))
def test_primary_suppression_alone_is_caught(seed: int, tmp_path: Path) -> None:
    programme = programme_of(drawn(2, random.Random(seed), sessions=2, epcis=2))
    folder = write_release(tmp_path / "r", programme, small(programme))
    with_truth, without = audit(folder, truth=programme.counts), audit(folder)
    assert {KNOWN, TIGHT} & {one.wrong for one in with_truth.violations if one.quantity in COLUMNS}
    assert without.violations


# ------------------------------------------------------------------------------------------- two releases


def _later(one_more: Mapping[str, int]) -> tuple[Programme, Programme]:
    before = [(f"P{number // 2}/S{number}", f"E{number % 2}", f"P{number // 2}/A", {}) for number in range(4)]
    after = [(*row, {**counts, **(one_more if place == 0 else {})}) for place, (*row, counts) in enumerate(before)]
    return of(*before), of(*after)


def test_one_more_leaver_is_known_from_two_releases(tmp_path: Path) -> None:
    before, after = _later({"leavers": 81})
    first = write_release(tmp_path / "2026-Q2", before, nothing)
    second = write_release(tmp_path / "2026-Q3", after, nothing)
    assert not audit(second, truth=after.counts).violations
    found = wrong(audit(second, [first], truth=after.counts))
    assert ("session", "P0/S0", "leavers since 2026-Q2", KNOWN) in found
    assert ("programme", "", "leavers since 2026-Q2", KNOWN) in found


def test_a_change_is_bounded_where_its_count_is_hidden(tmp_path: Path) -> None:
    """Hidden in the second release, and between its old value and two more: a change of 0 to 2."""
    before, after = (of(("P0/S0", "E0", "P0/A", {"leavers": leavers}), ("P1/S1", "E1", "P1/A", {})) for leavers in (98, 99))
    first = write_release(tmp_path / "2026-Q2", before, nothing)
    second = write_release(tmp_path / "2026-Q3", after, lambda *cell: cell[2] == "leavers" and cell[1] != "P1/S1")
    bounds = {(one.level, one.quantity): (one.low, one.high, one.wrong) for one in audit(second, [first]).violations}
    assert bounds["session", "leavers since 2026-Q2"] == (0, 2, TIGHT)
    assert bounds["session", "leavers"] == (98, 100, TIGHT)


def test_the_later_release_gives_away_what_the_earlier_hides(tmp_path: Path) -> None:
    """Nobody enters any more, so what a later release publishes stands for the earlier too: its hidden count lies below."""
    before, after = _later({})
    first = write_release(tmp_path / "2026-Q2", before, lambda *cell: cell[0] == "session" and cell[2] == "women")
    second = write_release(tmp_path / "2026-Q3", after, nothing)
    found = audit(second, [first]).violations
    assert {(one.release, one.level_id, one.quantity, one.wrong) for one in found} == {("2026-Q2", f"P{n // 2}/S{n}", "women", KNOWN) for n in range(4)}


def test_a_correction_that_takes_people_away_is_no_contradiction(tmp_path: Path) -> None:
    before, after = _later({"women": 20})
    first = write_release(tmp_path / "2026-Q2", before, nothing)
    second = write_release(tmp_path / "2026-Q2-v2", after, nothing)
    report = audit(second, [first], truth=after.counts)
    assert not report.violations
    assert report.figures.dropped == 6


def test_a_fall_among_hidden_counts_lets_go_of_what_contradicts(tmp_path: Path) -> None:
    """Two sessions had 40 women each; now they are hidden, and their action has 50: one of them fell, nobody knows which."""
    before, after = (
        of(("P0/S0", "E0", "P0/A", {"women": women}), ("P0/S1", "E0", "P0/A", {"women": women}), ("P1/S2", "E1", "P1/A", {})) for women in (40, 25)
    )
    first = write_release(tmp_path / "2026-Q2", before, nothing)
    second = write_release(tmp_path / "2026-Q2-v2", after, lambda *cell: cell[2] == "women" and cell[1] in ("P0/S0", "P0/S1"))
    report = audit(second, [first], truth=after.counts)
    # the five units above fell by published counts
    assert report.figures.dropped >= 6
    assert not [one for one in report.violations if one.wrong == CONTRADICTS]


def test_a_unit_that_is_only_in_one_release_is_compared_with_nothing(tmp_path: Path) -> None:
    before = of(("P0/S0", "E0", "P0/A", {}), ("P1/S1", "E1", "P1/A", {}))
    after = of(("P0/S0", "E0", "P0/A", {}), ("P2/S2", "E1", "P2/A", {}))
    first = write_release(tmp_path / "2026-Q2", before, nothing)
    assert not audit(write_release(tmp_path / "2026-Q3", after, nothing), [first], truth=after.counts).violations


# ------------------------------------------------------------------------------------------- plain truths


def _change(file: str, where: Mapping[str, str], column: str, value: str) -> Callable[[Path], None]:
    return lambda folder: change_cell(folder / "data" / f"{file}.csv", where, column, value)


def _both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        for one in changes:
            one(folder)

    return change


def _more(file: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "data" / file).write_text(text)

    return write


S0 = {"level": "session", "level_id": "P0/S0"}
SPEND = {"provider": "P0", "action": "P0/A", "justified": "6000.00", "cost_per_entrant": "30.00"}
CHANGES: dict[str, tuple[Callable[[Path], None], tuple[str, str, str, str]]] = {
    "a rate without its count": (_change("audiences", S0, "women", "s"), ("session", "P0/S0", "women_share", RATE_OF_HIDDEN)),
    "an empty rate beside a hidden count": (
        _both(_change("certification", S0, "certified", "s"), _change("certification", S0, "certified_of_leavers", "")),
        ("session", "P0/S0", "certified_of_leavers", RATE_OF_HIDDEN),
    ),
    "a rate of other counts": (_change("positive_exits", S0, "bound_high", "0.75"), ("session", "P0/S0", "bound_high", RATE_WRONG)),
    "a total that is not that of its parts": (_change("audiences", S0, "women", "41"), ("action", "P0/A", "women", DOES_NOT_ADD_UP)),
    "more known than asked": (_change("positive_exits", S0, "known", "61"), ("session", "P0/S0", "known", CONTRADICTS)),
    "a verdict against its counts": (_change("verdicts", {"level_id": "P0/S0"}, "verdict", "not_met"), ("session", "P0/S0", "priority", VERDICT)),
    "coverage with other entrants": (_change("coverage", {"level_id": "E0"}, "entrants", "201"), ("epci", "E0", "coverage", COVERAGE_DIFFERS)),
    "coverage with more sessions": (_change("coverage", {"level_id": "E0"}, "sessions", "3"), ("epci", "E0", "coverage", COVERAGE_DIFFERS)),
    "a cost that is not that of its heads": (_change("spend", {"action": "P0/A"}, "cost_per_entrant", "31"), ("action", "P0/A", "cost_per_entrant", RATE_WRONG)),
    "a cost of heads that are hidden": (_change("audiences", {"level_id": "P0/A"}, "entrants", "s"), ("action", "P0/A", "cost_per_entrant", COST_OF_HIDDEN)),
    "the French file says what is hidden": (
        _change("audiences", S0, "rural_residents", "s"), ("session", "P0/S0", "csv-fr/audiences.csv: rural_residents", FORMATS_DIFFER),
    ),
    "a file more": (_more("learners.csv", "a\r\n"), ("", "", "data/learners.csv", UNKNOWN_FILE)),
    "persons among the grants": (
        _more("subventions.csv", "idBeneficiaire,personnes\r\n"), ("", "", "data/subventions.csv: personnes", UNKNOWN_FILE),
    ),
    "another count than the true one": (_change("audiences", {"level": "programme"}, "women", "161"), ("programme", "", "women", UNTRUE)),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_not_as_it_should_be_is_seen(case: str, plain: Programme, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "r", plain, nothing, spend=[SPEND], french=True)
    assert not audit(folder, truth=plain.counts).violations
    change, expected = CHANGES[case]
    change(folder)
    assert expected in wrong(audit(folder, truth=plain.counts))


def test_a_rate_of_fewer_than_twenty_is_seen(tmp_path: Path) -> None:
    programme = of(("P0/S0", "E0", "P0/A", {"presented": 19, "certified": 10}), ("P1/S1", "E1", "P1/A", {}))
    folder = write_release(tmp_path / "r", programme, nothing)
    change_cell(folder / "data" / "certification.csv", S0, "certified_of_presented", "0.526316")
    assert ("session", "P0/S0", "certified_of_presented", RATE_OF_FEW) in wrong(audit(folder))


def test_parquet_is_held_against_the_csv(plain: Programme, tmp_path: Path) -> None:
    folder = write_release(tmp_path / "r", plain, nothing)
    (folder / "parquet").mkdir()
    frame = pd.read_csv(folder / "data" / "audiences.csv", keep_default_na=False)
    frame.to_parquet(folder / "parquet" / "audiences.parquet")
    assert not audit(folder).violations
    frame["women"] = frame["women"].mask(frame["level_id"] == "P0/S0")
    frame.to_parquet(folder / "parquet" / "audiences.parquet")
    assert wrong(audit(folder)) == {("session", "P0/S0", "parquet/audiences.parquet: women", FORMATS_DIFFER)}


@pytest.mark.parametrize("kept", ["datapackage.json", "SHA256SUMS"])
def test_an_earlier_release_that_was_changed_is_seen(kept: str, plain: Programme, tmp_path: Path) -> None:
    first, second = (write_release(tmp_path / name, plain, nothing) for name in ("2026-Q2", "2026-Q3"))
    digests = {f"data/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in (first / "data").iterdir()}
    if kept == "SHA256SUMS":
        (first / kept).write_text("".join(f"{digest}  {path}\n" for path, digest in digests.items()))
    else:
        (first / kept).write_text(json.dumps({"resources": [{"path": path, "hash": f"sha256:{digest}"} for path, digest in digests.items()]}))
    assert not audit(second, [first]).violations
    with (first / "data" / "spend.csv").open("a") as file:
        file.write("\r\n")
    assert [(one.release, one.quantity, one.wrong) for one in audit(second, [first]).violations] == [("2026-Q2", "data/spend.csv", CHANGED)]


def test_a_list_of_hashes_that_was_written_anew_is_seen(plain: Programme, tmp_path: Path) -> None:
    first, second = (write_release(tmp_path / name, plain, nothing) for name in ("2026-Q2", "2026-Q3"))
    (first / "SHA256SUMS").write_text("")
    package: dict[str, Any] = {"earlierReleases": [{"name": "2026-Q2", "sha256sums": "0" * 64}]}
    (second / "datapackage.json").write_text(json.dumps(package))
    assert [(one.release, one.wrong) for one in audit(second, [first]).violations] == [("2026-Q2", CHANGED)]


# ------------------------------------------------------------------------------------------- against whole numbers


def whole_number_bounds(programme: Programme, hidden: list[str], column: str) -> dict[str, tuple[int, int]]:
    """Of a column whose hidden sessions are these, by trying every whole number: the least and the most that each can be."""
    true = {session: int(programme.counts.loc[("session", session), column]) for session in hidden}
    rows = programme.units.set_index("level_id")
    groups = [
        [session for session in hidden if rows.loc[session, level] == unit] for level in ("action", "epci") for unit in rows.loc[hidden, level].unique()
    ]
    found: dict[str, tuple[int, int]] = {}
    most = sum(true.values())
    for values in _assignments(hidden, groups, true, most):
        for session, value in values.items():
            low, high = found.get(session, (value, value))
            found[session] = min(low, value), max(high, value)
    return found


def _assignments(hidden: list[str], groups: list[list[str]], true: dict[str, int], most: int) -> list[dict[str, int]]:
    partial: list[dict[str, int]] = [{}]
    for session in hidden:
        partial = [{**values, session: value} for values, value in product(partial, range(most + 1)) if _fits({**values, session: value}, groups, true)]
    return partial


def _fits(values: dict[str, int], groups: list[list[str]], true: dict[str, int]) -> bool:
    for group in groups:
        own, total = [values[session] for session in group if session in values], sum(true[session] for session in group)
        if sum(own) > total or (len(own) == len(group) and sum(own) != total):
            return False
    return True


@pytest.mark.parametrize("seed", range(12))
def test_bounds_of_sums_are_those_of_whole_numbers(seed: int, tmp_path: Path) -> None:
    """Only of those asked, with large leavers and few known: nothing but sums bounds it. Up to twelve hidden sessions."""
    chance = random.Random(seed)
    number = chance.randint(4, 12)
    rows = [
        (f"P{place % 3}/S{place}", f"E{chance.randrange(3)}", f"P{place % 3}/A", {"eligible": chance.choice([0, 1, 1, 2]), "known": 0, "positive": 0})
        for place in range(number)
    ]
    programme = of(*rows)
    folder = write_release(tmp_path / "r", programme, lambda *cell: cell[0] == "session" and cell[2] == "eligible")
    found = intervals(folder)
    expected = whole_number_bounds(programme, list(found["level_id"]), "eligible")
    assert {row.level_id: (round(row.low, 6), round(row.high, 6)) for row in found.itertuples()} == expected


def test_everything_below_the_programme_hidden_is_safe(tmp_path: Path) -> None:
    chance = random.Random(3)
    sessions = [Session(f"P{n}/S{n}", "62" if n % 3 == 2 else "59", f"E{n % 3}", f"P{n}/A", people(20, chance)) for n in range(12)]
    programme = programme_of(sessions)
    own = small(programme)
    folder = write_release(tmp_path / "r", programme, lambda *cell: below_programme(*cell) or own(*cell))
    assert not [one for one in audit(folder, truth=programme.counts).violations if one.quantity in COLUMNS and one.level != "programme"]
