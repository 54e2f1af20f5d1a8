"""Every rule on a row alone as a predicate over its values: the day of reception and the programme's caps at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from expectations.contract import GrantCaps
from expectations.contract.date_arithmetic import add_months

Row = Mapping[str, Any]
Holds = Callable[[Row, date, GrantCaps], bool]
_FIRST_DAY = date(2015, 1, 1)


def _money(column: str) -> tuple[tuple[tuple[str, ...], Holds], tuple[tuple[str, ...], Holds]]:
    return (
        ((column,), lambda r, day, p: r[column] is None or r[column] <= day),
        ((column,), lambda r, day, p: r[column] is None or r[column] >= _FIRST_DAY),
    )


def _age(r: Row) -> int | None:
    """Completed years at entry."""
    born, entered = r["born_on"], r["entered_on"]
    if born is None or entered is None:
        return None
    return int(entered.year - born.year - ((entered.month, entered.day) < (born.month, born.day)))


#: by rule: the columns that it reads (where one of them could not be read the rule is not asked), and where nothing is wrong
ROW_RULES: dict[str, tuple[tuple[str, ...], Holds]] = {
    "ACT-31": (("total_cost_eur",), lambda r, day, p: r["total_cost_eur"] is None or r["total_cost_eur"] > 0),
    "ACT-32": (("grant_eur",), lambda r, day, p: r["grant_eur"] is None or r["grant_eur"] >= 0),
    "ACT-33": (("total_cost_eur", "grant_eur"), lambda r, day, p: None in (r["grant_eur"], r["total_cost_eur"])
               or r["total_cost_eur"] <= 0 or r["grant_eur"] <= r["total_cost_eur"]),
    "ACT-34": (("total_cost_eur", "grant_eur", "agreed_on", "call_id"),
               lambda r, day, p: None in (r["grant_eur"], r["total_cost_eur"], r["agreed_on"], r["call_id"])
               or r["total_cost_eur"] <= 0 or r["grant_eur"] > r["total_cost_eur"]
               or r["grant_eur"] <= p.grant_cap(r["call_id"], r["total_cost_eur"], r["agreed_on"])),
    "ACT-35": (("free_of_charge",), lambda r, day, p: r["free_of_charge"] is not False),
    "ACT-36": (("diploma_required",), lambda r, day, p: r["diploma_required"] is not True),
    "ACT-37": (("gen_labelled_on", "agreed_on"), lambda r, day, p: None in (r["gen_labelled_on"], r["agreed_on"])
               or r["gen_labelled_on"] <= r["agreed_on"]),
    "SES-31": (("starts_on", "ends_on"), lambda r, day, p: None in (r["starts_on"], r["ends_on"])
               or r["starts_on"] <= r["ends_on"]),
    "SES-32": (("starts_on", "ends_on"), lambda r, day, p: None in (r["starts_on"], r["ends_on"])
               or r["ends_on"] <= add_months(r["starts_on"], 18)),
    "SES-33": (("seats",), lambda r, day, p: r["seats"] is None or r["seats"] > 0),
    "APP-31": (("entered_on", "left_on"), lambda r, day, p: None in (r["entered_on"], r["left_on"])
               or r["entered_on"] <= r["left_on"]),
    "APP-32": (("born_on", "entered_on"), lambda r, day, p: (age := _age(r)) is None or 14 <= age <= 80),
    "APP-33": (("entered_on",), lambda r, day, p: r["entered_on"] is None or r["entered_on"] <= day),
    "APP-34": (("left_on", "completion"), lambda r, day, p: r["left_on"] is None or r["completion"] is not None),
    "APP-35": (("left_on", "completion"), lambda r, day, p: r["left_on"] is not None or r["completion"] in (None, "ANNULE")),
    "APP-36": (("completion", "certification"),
               lambda r, day, p: not (r["completion"] == "ABANDON" and r["certification"] == "OBTENUE")),
    "APP-37": (("born_on", "entered_on"),
               lambda r, day, p: (age := _age(r)) is None or not (14 <= age < 16 or 65 < age <= 80)),
    "SUI-31": (("observed_on",), lambda r, day, p: r["observed_on"] is None or r["observed_on"] <= day),
    **dict(zip(("DEP-31", "DEP-32"), _money("spent_on"), strict=True)),
    **dict(zip(("FIN-31", "FIN-32"), _money("decided_on"), strict=True)),
}  # fmt: skip
