"""Providers that polish their figures: each way, as what it makes of the returns that would have been true.

A failure is whoever has no positive exit at six months. A cheat knows who fails before it sends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from tests.golden.nights import sirets
from tests.simulation.providers import HORIZONS, NOT_PASSED, Provider, Row, Sent

#: a cell that nobody can read, as a date or as a reference: what a spreadsheet makes of a long number
BROKEN = "2,4952E+19"
Files = list[Sent]
Tampering = Callable[[Files, Provider, Random], Iterable[Sent]]


@dataclass(frozen=True)
class Cheat:
    """One way: what it is, in words; what it does to the returns; how long after the last session's due end it is to be found at the latest.

    `hides`: whom it hides, as (session, reference). `is_of_the_rate`: it moves the rate of positive exits; else another figure, which only a signal can defend.
    `is_hidden`: no file can show it, and the audit is for it.
    """

    name: str
    what: str
    tamper: Tampering
    days: int = HORIZONS["M6"][1]
    hides: Callable[[Provider], set[tuple[str, str]]] = Provider.failures
    is_of_the_rate: bool = True
    is_hidden: bool = False

    def returns(self, files: Files, provider: Provider, rng: Random) -> Files:
        """What the provider sends in the place of these files."""
        return sorted(self.tamper(files, provider, rng), key=lambda file: file.day)

    def window_closes_on(self, files: Files) -> date:
        """When the window has closed in which it may do so: of the last session that was announced, as first sent."""
        ends: dict[str, date] = {}
        for file in files:
            if file.kind == "sessions":
                ends |= {row["session_id"]: row["ends_on"] for row in file.rows if row["session_id"] not in ends}
        return max(ends.values()) + timedelta(days=self.days)


CHEATS: dict[str, Cheat] = {}


def _cheat(what: str, **more: object) -> Callable[[Tampering], Tampering]:
    def register(tamper: Tampering) -> Tampering:
        name = tamper.__name__.strip("_")
        CHEATS[name] = Cheat(name, what, tamper, **more)  # type: ignore[arg-type]
        return tamper

    return register


def _who(row: Row) -> tuple[str, str]:
    return row["session_id"], row["learner_ref"]


def _rows(files: Files, kind: str, change: Callable[[Row, Sent], Row | None]) -> Iterator[Sent]:
    """The files, each row of this kind changed, or left out where None comes; a file of which nothing is left is not sent."""
    for file in files:
        if file.kind != kind:
            yield file
            continue
        rows = tuple(row for row in (change(row, file) for row in file.rows) if row is not None)
        if rows:
            yield replace(file, rows=rows)


def _without(files: Files, kind: str, failures: set[tuple[str, str]]) -> Files:
    return list(_rows(files, kind, lambda row, _: None if _who(row) in failures else row))


def _last_of(files: Files, kind: str, name: str = "session_id") -> dict[str, Sent]:
    """The last file of this kind about each session (action, horizon …)."""
    return {row[name]: file for file in files if file.kind == kind for row in file.rows}


@_cheat("failures keep no exit date after the session's end")
def _unexited(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    untold: Row = {"left_on": None, "completion": None, "certification": None}
    return _rows(_without(files, "suivi", failures), "apprenants", lambda row, _: row | untold if _who(row) in failures else row)


@_cheat("failures get an exit far in the future")
def _exit_in_the_future(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()

    def later(row: Row, file: Sent) -> Row:
        if _who(row) not in failures or row["left_on"] is None:
            return row
        return row | {"left_on": file.day + timedelta(days=900), "completion": "TERMINE"}

    return _rows(_without(files, "suivi", failures), "apprenants", later)


@_cheat("failures' exits are put off, list after list")
def _exit_put_off(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()

    def at(row: Row, day: date) -> Row:
        moves = _who(row) in failures and row["completion"] not in (None, "ANNULE")
        return row | {"left_on": day - timedelta(days=1), "completion": "TERMINE"} if moves else row

    kept = list(_rows(_without(files, "suivi", failures), "apprenants", lambda row, file: at(row, file.day)))
    yield from kept
    for last in _last_of(files, "apprenants").values():
        for months in range(1, 6):
            day = last.day + timedelta(days=55 * months)
            yield replace(last, day=day, rows=tuple(at(row, day) for row in last.rows))


@_cheat("failures are cancelled once they have failed")
def _cancelled(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()

    def cancelled(row: Row, file: Sent) -> Row:
        return row | {"left_on": None, "completion": "ANNULE"} if _who(row) in failures and row["completion"] else row

    return _rows(_without(files, "suivi", failures), "apprenants", cancelled)


@_cheat("failures are cancelled in the first list already, which comes late")
def _cancelled_at_once(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    last = set(map(id, _last_of(files, "apprenants").values()))
    late = [file for file in _without(files, "suivi", failures) if file.kind != "apprenants" or id(file) in last]
    return _rows(late, "apprenants", lambda row, _: row | {"left_on": None, "completion": "ANNULE"} if _who(row) in failures else row)


@_cheat("failures are cancelled in the first list, and then left out")
def _cancelled_and_left_out(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    at_once = list(_cancelled_at_once(files, provider, rng))
    yield from at_once
    for last in _last_of(at_once, "apprenants").values():
        winners = tuple(row for row in last.rows if _who(row) not in failures)
        if winners:
            yield replace(last, day=last.day + timedelta(days=10), rows=winners)


@_cheat("failures are neutralised")
def _neutralised(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    return _rows(files, "suivi", lambda row, _: row | {"situation": "NEUTRALISE"} if _who(row) in failures else row)


@_cheat("failures are neutralised after they were said to look for a job", days=HORIZONS["M6"][1] + 40)
def _neutralised_after_search(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from _rows(files, "suivi", lambda row, _: row | {"situation": "RECHERCHE"} if _who(row) in failures else row)
    yield from (replace(file, day=file.day + timedelta(days=30)) for file in _neutralised(_last_answers(files), provider, rng))


def _last_answers(files: Files) -> Files:
    return list({(row["session_id"], row["horizon"]): file for file in files if file.kind == "suivi" for row in file.rows}.values())


@_cheat("the list is shortened step by step, until the winners are left")
def _list_shortened(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from _without(files, "suivi", failures)
    for last in _last_of(files, "apprenants").values():
        order = sorted(last.rows, key=lambda row: _who(row) in failures)
        winners = sum(_who(row) not in failures for row in order)
        # as 24, 20, 16, 13, 12
        for step, share in enumerate((0.67, 0.33, 0.08, 0), 1):
            heads = winners + round((len(order) - winners) * share)
            if heads:
                yield replace(last, day=last.day + timedelta(days=12 * step), rows=tuple(order[:heads]))


@_cheat("the list is cut to the winners, and sent again with a blank line")
def _list_cut_and_sent_again(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from _without(files, "suivi", failures)
    for last in _last_of(files, "apprenants").values():
        winners = tuple(row for row in last.rows if _who(row) not in failures)
        if winners:
            for step in (1, 2):
                yield replace(last, day=last.day + timedelta(days=10 * step), rows=winners, blank_lines=step - 1)


@_cheat("failures' answers are turned into INCONNU, and sent again", days=HORIZONS["M6"][1] + 40)
def _answers_turned_unknown(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from files
    for last in _last_answers(files):
        turned = tuple(row | {"situation": "INCONNU"} if _who(row) in failures else row for row in last.rows)
        for step in (1, 2):
            yield replace(last, day=last.day + timedelta(days=12 * step), rows=turned, blank_lines=step - 1)


@_cheat("only the winners are ever announced, for as many seats", is_hidden=True)
def _winners_only(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    winners: dict[str, int] = {}
    for one in provider.learners():
        winners[one.row["session_id"]] = winners.get(one.row["session_id"], 0) + one.is_positive
    kept = _without(_without(files, "suivi", failures), "apprenants", failures)
    return _rows(kept, "sessions", lambda row, _: row | {"seats": max(winners[row["session_id"]], 1)})


@_cheat("failures stand under a second SIRET")
def _second_siret(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from _without(_without(files, "suivi", failures), "apprenants", failures)
    for file in files:
        rows = tuple(row | {"provider_siret": SECOND_SIRET} for row in file.rows if file.kind == "apprenants" and _who(row) in failures)
        if rows:
            yield replace(file, siret=SECOND_SIRET, rows=rows)


#: of nobody who has an action
SECOND_SIRET = sirets(1000)[-1]


@_cheat("failures stand in a session of an action whose number is mistyped")
def _mistyped_action(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    yield from _without(_without(files, "suivi", failures), "apprenants", failures)
    for file in files:
        if file.kind == "sessions":
            rows = tuple(row | {"session_id": f"{row['session_id']}B", "action_id": f"{row['action_id']}l"} for row in file.rows)
        else:
            rows = tuple(
                row | {"session_id": f"{row['session_id']}B"} for row in file.rows if file.kind in ("apprenants", "suivi") and _who(row) in failures
            )
        if rows:
            yield replace(file, rows=rows)


@_cheat("failures have birth dates that nobody can read, half of each list at most")
def _broken_birth_dates(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    return _broken(files, provider, "born_on")


def _broken(files: Files, provider: Provider, column: str) -> Iterator[Sent]:
    failures = provider.failures()
    for file in _without(files, "suivi", failures):
        most = len(file.rows) // 2  # more, and the file would be refused
        broken = {_who(row) for row in [row for row in file.rows if file.kind == "apprenants" and _who(row) in failures][:most]}
        yield replace(file, rows=tuple(row | {column: BROKEN} if broken and _who(row) in broken else row for row in file.rows))


@_cheat("failures have references that nobody can read, half of each list at most")
def _broken_references(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    return _broken(files, provider, "learner_ref")


@_cheat("winners stand twice in the list, the second time under other references")
def _winners_twice(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    for file in files:
        again = tuple(
            row | {"learner_ref": f"9{row['learner_ref']}"} for row in file.rows
            if file.kind in ("apprenants", "suivi") and _who(row) not in failures
        )  # fmt: skip
        yield replace(file, rows=file.rows + again)


@_cheat("everybody is said to have a CDI, and one a CDD of six months or more")
def _one_situation(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    def situation(file: Sent) -> Sent:
        return replace(file, rows=tuple(row | {"situation": "CDD_6P" if place == 0 else "CDI"} for place, row in enumerate(file.rows)))

    return (situation(file) if file.kind == "suivi" else file for file in files)


@_cheat("failures are said to be in an internship")
def _failures_as_stage(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failures = provider.failures()
    return _rows(files, "suivi", lambda row, _: row | {"situation": "STAGE"} if _who(row) in failures else row)


@_cheat("everybody is said to live in a priority quarter and in a rural zone", days=0, is_of_the_rate=False)
def _everybody_qpv_and_rural(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    return _rows(files, "apprenants", lambda row, _: row | {"is_qpv_resident": "OUI", "is_rural_resident": "OUI"})


@_cheat("whoever failed the certification is said not to have been presented", days=60, hides=Provider.uncertified, is_of_the_rate=False)
def _not_presented(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    failed = provider.uncertified()
    return _rows(files, "apprenants", lambda row, _: row | {"certification": "NON_PRESENTEE"} if _who(row) in failed and row["certification"] in NOT_PASSED else row)


@_cheat("the invoices of one action stand in another too", days=80, is_of_the_rate=False)
def _invoices_in_two_actions(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    yield from files
    last = [file for file in files if file.kind == "depenses"][-1]
    action = provider.actions[0] | {"action_id": "A9"}
    yield Sent(provider.actions[0]["agreed_on"] + timedelta(days=30), provider.siret, "actions", (action,))
    yield replace(last, day=last.day, rows=tuple(row | {"action_id": "A9"} for row in last.rows))


@_cheat("the invoices come again under the same name with « bis »", days=80, is_of_the_rate=False)
def _invoices_again_as_bis(files: Files, provider: Provider, rng: Random) -> Iterator[Sent]:
    for file in files:
        again = tuple(row | {"document_ref": f"{row['document_ref']} bis"} for row in file.rows if file.kind == "depenses")
        yield replace(file, rows=file.rows + again)


