"""The rules on rows once more, by loops over plain values: what the suites must find, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from expectations.contract import CellProblemKind, GrantCaps, Return
from expectations.rule_registry import column_rule
from transforms.parse.columns import PROBLEMS, TypedRows

Row = dict[str, Any]


def age(r: Row) -> int:
    return r["entered_on"].year - r["born_on"].year - ((r["entered_on"].month, r["entered_on"].day) < (r["born_on"].month, r["born_on"].day))


def months_later(day: date, months: int) -> date:
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = date(year + (month0 == 11), (month0 + 1) % 12 + 1, 1) - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))


def given(r: Row, *names: str) -> bool:
    return all(r[name] is not None for name in names)


#: the columns that a rule reads, and whether a row of which all of them could be read breaks it
RULES: dict[str, tuple[tuple[str, ...], Callable[[Row, date, GrantCaps], bool]]] = {
    "ACT-31": (("total_cost_eur",), lambda r, day, p: given(r, "total_cost_eur") and r["total_cost_eur"] <= 0),
    "ACT-32": (("grant_eur",), lambda r, day, p: given(r, "grant_eur") and r["grant_eur"] < 0),
    "ACT-33": (("total_cost_eur", "grant_eur"), lambda r, day, p: given(r, "grant_eur", "total_cost_eur") and 0 < r["total_cost_eur"] < r["grant_eur"]),
    "ACT-34": (("total_cost_eur", "grant_eur", "agreed_on", "call_id"), lambda r, day, p: given(r, "grant_eur", "total_cost_eur", "agreed_on", "call_id")
               and 0 < r["total_cost_eur"] >= r["grant_eur"] > p.grant_cap(r["call_id"], r["total_cost_eur"], r["agreed_on"])),
    "ACT-35": (("free_of_charge",), lambda r, day, p: r["free_of_charge"] is False),
    "ACT-36": (("diploma_required",), lambda r, day, p: r["diploma_required"] is True),
    "ACT-37": (("gen_labelled_on", "agreed_on"), lambda r, day, p: given(r, "gen_labelled_on", "agreed_on") and r["gen_labelled_on"] > r["agreed_on"]),
    "ACT-38": (("gen_labelled_on",), lambda r, day, p: given(r, "gen_labelled_on") and r["gen_labelled_on"] < date(2015, 1, 1)),
    "ACT-39": (("gen_labelled_on",), lambda r, day, p: given(r, "gen_labelled_on") and r["gen_labelled_on"] > months_later(day, 36)),
    "ACT-40": (("agreed_on",), lambda r, day, p: given(r, "agreed_on") and r["agreed_on"] < date(2015, 1, 1)),
    "ACT-41": (("agreed_on",), lambda r, day, p: given(r, "agreed_on") and r["agreed_on"] > months_later(day, 36)),
    "SES-31": (("starts_on", "ends_on"), lambda r, day, p: given(r, "starts_on", "ends_on") and r["starts_on"] > r["ends_on"]),
    "SES-32": (("starts_on", "ends_on"), lambda r, day, p: given(r, "starts_on", "ends_on") and r["ends_on"] > months_later(r["starts_on"], 18)),
    "SES-35": (("starts_on",), lambda r, day, p: given(r, "starts_on") and r["starts_on"] < date(2015, 1, 1)),
    "SES-36": (("starts_on",), lambda r, day, p: given(r, "starts_on") and r["starts_on"] > months_later(day, 36)),
    "SES-37": (("ends_on",), lambda r, day, p: given(r, "ends_on") and r["ends_on"] < date(2015, 1, 1)),
    "SES-38": (("ends_on",), lambda r, day, p: given(r, "ends_on") and r["ends_on"] > months_later(day, 36)),
    "SES-33": (("seats",), lambda r, day, p: given(r, "seats") and r["seats"] <= 0),
    "APP-31": (("entered_on", "left_on"), lambda r, day, p: given(r, "entered_on", "left_on") and r["entered_on"] > r["left_on"]),
    "APP-32": (("born_on", "entered_on"), lambda r, day, p: given(r, "born_on", "entered_on") and not 14 <= age(r) <= 80),
    "APP-33": (("entered_on",), lambda r, day, p: given(r, "entered_on") and r["entered_on"] > day),
    "APP-34": (("left_on", "completion"), lambda r, day, p: given(r, "left_on") and not given(r, "completion")),
    "APP-35": (("left_on", "completion"), lambda r, day, p: not given(r, "left_on") and r["completion"] not in (None, "ANNULE")),
    "APP-36": (("completion", "certification"), lambda r, day, p: (r["completion"], r["certification"]) == ("ABANDON", "OBTENUE")),
    "APP-37": (("born_on", "entered_on"), lambda r, day, p: given(r, "born_on", "entered_on") and (14 <= age(r) < 16 or 65 < age(r) <= 80)),
    "APP-38": (("left_on", "completion"), lambda r, day, p: given(r, "left_on", "completion") and r["completion"] != "ANNULE" and r["left_on"] > day),
    "SUI-31": (("observed_on",), lambda r, day, p: given(r, "observed_on") and r["observed_on"] > day),
    "DEP-31": (("spent_on",), lambda r, day, p: given(r, "spent_on") and r["spent_on"] > day),
    "DEP-32": (("spent_on",), lambda r, day, p: given(r, "spent_on") and r["spent_on"] < date(2015, 1, 1)),
    "FIN-31": (("decided_on",), lambda r, day, p: given(r, "decided_on") and r["decided_on"] > day),
    "FIN-32": (("decided_on",), lambda r, day, p: given(r, "decided_on") and r["decided_on"] < date(2015, 1, 1)),
}  # fmt: skip


def plainly_broken(contract: Return, rows: TypedRows, files: Sequence[int], days_and_rules: Sequence[tuple[date, GrantCaps]]) -> list[list[str]]:
    """For each row the rules that it breaks, in their order."""
    values = {name: column.values().to_pylist() for name, column in rows.columns.items()}
    problems = {name: [PROBLEMS[number] for number in column.problems()] for name, column in rows.columns.items()}
    keys = [(file, *(values[name][at] for name in contract.key)) for at, file in enumerate(files)]
    times = Counter(keys)
    found = []
    for at, file in enumerate(files):
        row = {name: column[at] for name, column in values.items()}
        wrong = {column: problems[column.name][at] for column in contract.columns if problems[column.name][at]}
        unread = {column.name for column, problem in wrong.items() if problem is not CellProblemKind.REPAIRED}
        broken = [column_rule(contract, column, problem) for column, problem in wrong.items() if problem]
        broken += [f"{contract.prefix}-22"] * (None not in keys[at] and times[keys[at]] > 1)
        checks = [(check.id, *RULES[check.id]) for check in contract.row_checks]
        found.append(broken + [id_ for id_, reads, breaks in checks if unread.isdisjoint(reads) and breaks(row, *days_and_rules[file])])
    return found
