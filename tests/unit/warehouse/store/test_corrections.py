"""docs/spec/returns.md, "Corrections", on the store alone: scenarios by hand, and any sequence of files against a dull dictionary."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.contract.checks import Severity
from expectations.contract.returns import RETURNS
from tests.unit.store_builders import OTHER_SIRET, SIRET, ask, day, finding, in_force, submission
from warehouse.store.stage import KEY_SEPARATOR
from warehouse.store.store import Store
from warehouse.store.submission import Submission

LATER = date(2030, 1, 1)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with Store.open(home) as store:
        yield store


def learners(*refs: str, session: str = "S1", **changes: Any) -> list[dict[str, Any]]:
    return [{"learner_ref": ref, "session_id": session, **changes} for ref in refs]


def key(ref: str, session: str = "S1") -> tuple[str, ...]:
    return (SIRET, session, ref)


def refs(store: Store, as_of: date = LATER) -> list[tuple[Any, ...]]:
    """Session, learner and file of what is in force; learners by name, which only the store knows."""
    names = dict(ask(store, "SELECT DISTINCT learner_key, learner_ref FROM rows_learners"))
    found = in_force(store, "learners", as_of, "session_id, learner_key, submission_id")
    return sorted((session, names[learner], number) for session, learner, number in found)


def take(store: Store, *submissions: Submission) -> list[int]:
    """One night per file."""
    return [number for one in submissions for number in store.load("run", [one])]


def test_a_new_file_replaces_and_retires_within_the_scopes_it_names(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a", "b") + learners("c", session="S2")),
        submission("apprenants", learners("b", "d"), at=day(1)),
    )
    assert refs(store) == [("S1", "b", 2), ("S1", "d", 2), ("S2", "c", 1)]


def test_a_key_only_in_error_keeps_its_last_good_version(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a", "b", "c")),
        submission("apprenants", learners("a"), unread=[key("b")], at=day(1)),
    )
    assert refs(store) == [("S1", "a", 2), ("S1", "b", 1)]


def test_a_record_whose_key_cannot_be_read_retires_nobody(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a", "b", "c")),
        submission("apprenants", learners("a"), unread=[None], at=day(1)),
    )
    assert refs(store) == [("S1", "a", 2), ("S1", "b", 1), ("S1", "c", 1)]


def test_rows_in_error_name_no_scope(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a") + learners("b", session="S2")),
        submission("apprenants", learners("b", session="S2"), unread=[key("z")], at=day(1)),
    )
    assert refs(store) == [("S1", "a", 1), ("S2", "b", 2)]


def test_an_empty_return_replaces_nothing(store: Store) -> None:
    take(store, submission("apprenants", learners("a")), submission("apprenants", at=day(1)))
    assert refs(store) == [("S1", "a", 1)]


def test_another_provider_and_another_kind_touch_nothing(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a")),
        submission("apprenants", learners("b", provider_siret=OTHER_SIRET), siret=OTHER_SIRET, at=day(1)),
        submission("suivi", [{"learner_ref": "z"}], at=day(2)),
    )
    assert [row[:2] for row in refs(store)] == [("S1", "a"), ("S1", "b")]


def test_followups_are_replaced_by_session_and_horizon(store: Store) -> None:
    def rows(*found: tuple[str, str]) -> list[dict[str, Any]]:
        return [{"learner_ref": ref, "horizon": horizon} for ref, horizon in found]

    take(
        store,
        submission("suivi", rows(("a", "M3"), ("b", "M3"), ("a", "M6"))),
        submission("suivi", rows(("a", "M3")), at=day(1)),
    )
    assert in_force(store, "followups", LATER, "horizon, submission_id") == [("M3", 2), ("M6", 1)]


def test_files_of_the_region_are_replaced_action_by_action(store: Store) -> None:
    take(
        store,
        submission("financements", [{"reference": "1"}, {"reference": "2"}, {"reference": "1", "action_id": "A2"}]),
        submission("financements", [{"reference": "2", "amount_eur": 5}], at=day(1)),
        submission("actions", [{}, {"provider_siret": OTHER_SIRET}], at=day(2)),
        submission("actions", [{"title": "x"}], at=day(3)),
    )
    assert in_force(store, "fundings", LATER, "action_id, reference, submission_id") == [("A1", "2", 2), ("A2", "1", 1)]
    assert in_force(store, "actions", LATER, "provider_siret, submission_id") == [(SIRET, 4), (OTHER_SIRET, 3)]


def test_every_day_can_be_computed_again(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a", "b"), at=day(0)),
        submission("apprenants", learners("b"), at=day(2)),
        submission("apprenants", learners("a"), at=day(4)),
    )
    states = {number: refs(store, day(number).date()) for number in (-1, 0, 1, 2, 3, 4)}
    assert states[-1] == []
    assert states[0] == states[1] == [("S1", "a", 1), ("S1", "b", 1)]
    assert states[2] == states[3] == [("S1", "b", 2)]
    assert states[4] == [("S1", "a", 3)]


def test_the_day_is_that_of_paris(store: Store) -> None:
    take(store, submission("apprenants", learners("a"), at=day(0).replace(hour=23, minute=30)))
    assert refs(store, day(0).date()) == []
    assert refs(store, day(1).date()) == [("S1", "a", 1)]


def test_a_clock_that_goes_back_does_not_mix_days(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a"), at=day(5)),
        submission("apprenants", learners("a", sex="M"), at=day(3)),
    )
    assert refs(store, day(4).date()) == []
    assert refs(store, day(5).date()) == [("S1", "a", 2)]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_any_order_a_night_is_like_many(home: Path, order: tuple[int, ...], together: bool) -> None:
    files: list[tuple[list[dict[str, Any]], list[Any]]] = [
        (learners("a", "b"), []),
        (learners("b"), [key("a")]),
        (learners("c"), [None]),
        (learners("a", "c") + learners("x", session="S2"), []),
    ]
    made = [submission("apprenants", files[i][0], unread=files[i][1]) for i in order]
    with Store.open(home) as store:
        if together:
            store.load("run", made)
        else:
            take(store, *made)
        expected = Dull()
        for number, one in enumerate(made, start=1):
            expected.take(number, one)
        assert refs(store) == sorted((k[1], k[2], number) for k, (number, _) in expected.in_force.items())


# -------------------------------------------------------------------------------------------------------------- findings


def standing(store: Store) -> list[tuple[Any, ...]]:
    return ask(
        store,
        "SELECT submission_id, line, rule FROM findings ANTI JOIN resolutions USING (finding_id) ORDER BY 1, 2 NULLS FIRST, 3",
    )


def test_a_finding_on_a_row_ends_when_the_row_is_accepted(store: Store) -> None:
    bad = submission("apprenants", learners("a"), unread=[key("b"), key("c")], findings=[finding(3), finding(4)])
    take(store, bad, submission("apprenants", learners("b"), unread=[key("c")], at=day(1)))
    assert standing(store) == [(1, 4, "APP-03V")]
    take(store, submission("apprenants", learners("b"), at=day(2)))
    assert standing(store) == []
    assert ask(store, "SELECT resolved_by, resolved_at FROM resolutions ORDER BY 1") == [(2, day(1)), (3, day(2))]


def test_a_finding_on_a_row_outlives_other_sessions_and_unsure_files(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a"), unread=[key("b")], findings=[finding(3)]),
        submission("apprenants", learners("z", session="S2"), at=day(1)),
        submission("apprenants", learners("a"), unread=[None], at=day(2)),
    )
    assert standing(store) == [(1, 3, "APP-03V")]


def test_a_warning_ends_with_the_version_it_was_about_and_keeps_its_date(store: Store) -> None:
    warning = finding(2, "APP-37", Severity.WARNING)
    take(
        store,
        submission("apprenants", learners("a"), findings=[warning]),
        submission("apprenants", learners("a"), findings=[warning], at=day(1)),
        submission("apprenants", learners("a"), at=day(2)),
        submission("apprenants", learners("a"), findings=[warning], at=day(3)),
    )
    assert standing(store) == [(4, 2, "APP-37")]
    seen = ask(store, "SELECT submission_id, first_seen FROM findings ORDER BY 1")
    assert seen == [(1, day(0)), (2, day(0)), (4, day(3))]


def test_a_damaged_record_ends_with_a_file_that_is_all_right(store: Store) -> None:
    take(
        store,
        submission("apprenants", learners("a"), unread=[None], findings=[finding(3, "LIG-01")]),
        submission("apprenants", learners("a"), unread=[key("b")], at=day(1)),
        submission("apprenants", at=day(2)),
        submission("apprenants", learners("a", provider_siret=OTHER_SIRET), siret=OTHER_SIRET, at=day(3)),
    )
    assert standing(store) == [(1, 3, "LIG-01")]
    take(store, submission("apprenants", learners("a"), at=day(4)))
    assert standing(store) == []


def test_the_list_of_another_session_settles_nothing(store: Store) -> None:
    """Neither a damaged record of this one's, nor its refusal; of two files that may be meant, the one about it does."""
    take(
        store,
        submission("apprenants", learners("a"), unread=[None], findings=[finding(3, "LIG-01")]),
        submission("apprenants", decision="refused", unread=[key("b")], findings=[finding(None, "FIC-08")], at=day(1)),
        submission("apprenants", learners("c", session="S2"), at=day(2)),
    )
    assert standing(store) == [(1, 3, "LIG-01"), (2, None, "FIC-08")]
    take(store, submission("apprenants", learners("a"), unread=[key("b")], at=day(3)))
    assert standing(store) == [(1, 3, "LIG-01")], "a file in part settles what was refused"
    take(store, submission("apprenants", learners("a"), at=day(4)))
    assert standing(store) == []


def test_a_refusal_ends_when_anything_is_taken(store: Store) -> None:
    refusal = [finding(None, "FIC-08")]
    take(
        store,
        submission("apprenants", decision="refused", findings=refusal),
        submission(None, decision="refused", findings=refusal, name="x/retour.xlsx", at=day(1)),
        submission("apprenants", learners("a"), unread=[key("b")], at=day(2)),
    )
    assert standing(store) == [(2, None, "FIC-08")]
    take(store, submission("apprenants", learners("a"), name="x/retour.csv", at=day(3)))
    assert standing(store) == []


def test_an_unknown_provider_is_known_from_its_first_action_on(store: Store) -> None:
    unknown = [finding(None, "FIC-07"), finding(3, "LIG-01")]
    take(
        store,
        submission("apprenants", learners("a"), unread=[None], findings=unknown),
        submission("actions", [{"provider_siret": OTHER_SIRET}], at=day(1)),
    )
    assert standing(store) == [(1, None, "FIC-07"), (1, 3, "LIG-01")]
    take(store, submission("actions", [{}], at=day(2)))
    assert standing(store) == [(1, 3, "LIG-01")]
    assert ask(store, "SELECT resolved_by, resolved_at FROM resolutions") == [(3, day(2))]


# ---------------------------------------------------------------------------------------- any sequence, against a dictionary


@dataclass
class Dull:
    """What the store must say of one kind with scope (siret, session), computed a file at a time and without thought."""

    in_force: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)
    standing: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)

    def take(self, number: int, submission: Submission) -> None:
        file = submission.file
        accepted = {}
        if file.rows:
            keys_of_rows = file.rows.keys(RETURNS["apprenants"].key).to_pylist()
            accepted = {tuple(key.split(KEY_SEPARATOR)): line for line, key in zip(file.rows.lines, keys_of_rows, strict=True)}
        quarantined = [
            (row["line"], row["row_key"] and tuple(row["row_key"].split(KEY_SEPARATOR)))
            for row in file.quarantined_rows.to_pylist()
        ]
        in_error = {key for _, key in quarantined}
        scopes = {k[:2] for k in accepted}

        def gone(k: tuple[Any, ...]) -> bool:
            return k in accepted or (k[:2] in scopes and None not in in_error and k not in in_error)

        self.in_force = {k: row for k, row in self.in_force.items() if not gone(k)}
        self.in_force |= {k: (number, line) for k, line in accepted.items()}
        self.standing = {at: k for at, k in self.standing.items() if not gone(k)}
        keys = {line: k for k, line in accepted.items()} | dict(quarantined)
        for f in file.findings:
            if f.line is not None and (k := keys[f.line]) is not None:
                self.standing[(number, f.line)] = k


SESSIONS, NAMES = ("S1", "S2"), ("a", "b", "c")
KEYS = [(session, ref) for session in SESSIONS for ref in NAMES]
FILE = st.fixed_dictionaries(
    {
        "accepted": st.sets(st.sampled_from(KEYS)),
        "in_error": st.sets(st.sampled_from(KEYS)),
        "unsure": st.booleans(),
        "warned": st.booleans(),
    }
)
SIRETS = (f"{number:014d}" for number in itertools.count(10**13))
NIGHTS = itertools.count()


@pytest.fixture(scope="module")
def any_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("any")) as store:
        yield store


@given(nights=st.lists(st.lists(FILE, max_size=3), min_size=1, max_size=4), data=st.data())
def test_the_store_equals_a_dull_dictionary(any_store: Store, nights: list[list[Any]], data: st.DataObject) -> None:
    # every example is a provider of its own, days going on: so one store does for all
    siret = next(SIRETS)
    dull, states = Dull(), []
    for files in nights:
        at = day(next(NIGHTS))
        made = []
        for file in files:
            rows = [{"provider_siret": siret, "session_id": s, "learner_ref": r} for s, r in sorted(file["accepted"])]
            in_error = sorted(file["in_error"] - file["accepted"])
            unread = [(siret, *k) for k in in_error] + [None] * file["unsure"]
            lines = range(2 if file["warned"] else 2 + len(rows), 2 + len(rows) + len(in_error))
            made.append(
                submission("apprenants", rows, unread=unread, siret=siret, at=at, findings=[finding(n) for n in lines])
            )
        for number, one in zip(any_store.load("run", made), made, strict=True):
            dull.take(number, one)
        states.append((at.date(), dict(dull.in_force)))
    as_of, expected = data.draw(st.sampled_from(states))
    found = in_force(any_store, "learners", as_of, "provider_siret, submission_id, line")
    assert [row[1:] for row in found if row[0] == siret] == sorted(expected.values())
    still = ask(
        any_store,
        "SELECT f.submission_id, f.line FROM findings AS f ANTI JOIN resolutions USING (finding_id)"
        f" JOIN submissions AS s ON s.submission_id = f.submission_id WHERE s.provider_siret = '{siret}'",
    )
    assert sorted(still) == sorted(dull.standing)
