"""The indicators once more, from the specification alone: loops over rows, no SQL, no programme file, nothing clever."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

Row = dict[str, Any]
Rows = list[Row]

WINDOWS = {"SORTIE": 28, "M3": 120, "M6": 240, "M12": 420}
DURABLE = ["CDI", "CDD_6P", "INTERIM_6P", "FONCTION_PUBLIQUE", "CREATION"]
EMPLOYED = [*DURABLE, "CDD_6M", "INTERIM_6M", "CONTRAT_AIDE", "APPRENTISSAGE", "PROFESSIONNALISATION"]
TRAINING = ["FORMATION_QUALIF", "FORMATION_PREQUALIF"]
POSITIVE = [*EMPLOYED, "FORMATION_QUALIF", "STAGE", "INCUBATION"]
ENVELOPES = {"ERN-2017": Decimal(1500000)}


def rate(numerator: Any, denominator: Any) -> float | None:
    return float(numerator) / float(denominator) if denominator else None


def floor_cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_FLOOR)


def cap(total_cost: Decimal) -> Decimal:
    return min(floor_cents(total_cost * 2 / 5), Decimal(100000))


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def wilson(k: int, n: int) -> tuple[float | None, float | None]:
    if n == 0:
        return None, None
    z, p = 1.959963984540054, k / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


# -------------------------------------------------------------------------------------------------------- who and where


def session_of(world: Any, learner: Row) -> Row:
    for session in world.sessions:
        if (session["provider_siret"], session["session_id"]) == (learner["provider_siret"], learner["session_id"]):
            return session
    raise LookupError("every learner that counts has a session")


def units_of(session: Row, epci_of: dict[str, str | None]) -> list[tuple[str, str]]:
    siret, commune = session["provider_siret"], session["commune_code"]
    units = [
        ("programme", ""),
        ("departement", commune[:3] if commune[:2] in ("97", "98") else commune[:2]),
        ("provider", siret),
        ("action", siret + "/" + session["action_id"]),
        ("session", siret + "/" + session["session_id"]),
    ]
    if epci_of[commune]:
        units.append(("epci", epci_of[commune] or ""))
    return units


def all_units(world: Any, epci_of: dict[str, str | None]) -> list[tuple[str, str]]:
    units = {("programme", "")}
    for session in world.sessions:
        units.update(units_of(session, epci_of))
    for action in world.actions:
        units.add(("provider", action["provider_siret"]))
        units.add(("action", action["provider_siret"] + "/" + action["action_id"]))
    return sorted(units)


def entrants(world: Any, as_of: date) -> Rows:
    return [x for x in world.learners if x["entered_on"] <= as_of and x["completion"] != "ANNULE"]


def leavers(world: Any, as_of: date) -> Rows:
    return [x for x in entrants(world, as_of) if x["left_on"] is not None and x["left_on"] <= as_of]


def cohorts(
    world: Any, learners: Rows, day: str, epci_of: dict[str, str | None]
) -> list[tuple[str, str, str, Rows]]:
    """(level, level_id, cohort, learners in it), for every row that a table of units and cohorts must have."""
    found = []
    for level, level_id in all_units(world, epci_of):
        inside = [x for x in learners if (level, level_id) in units_of(session_of(world, x), epci_of)]
        found.append((level, level_id, "all", inside))
        for name in sorted({quarter(x[day]) for x in inside}):
            found.append((level, level_id, name, [x for x in inside if quarter(x[day]) == name]))
    return found


# --------------------------------------------------------------------------------------------------------------- tables


def answer(world: Any, learner: Row, horizon: str) -> Row | None:
    for row in world.followups:
        same = [row[name] == learner[name] for name in ("provider_siret", "session_id", "learner_key")]
        if all(same) and row["horizon"] == horizon:
            return row
    return None


def is_mature(learner: Row, horizon: str, as_of: date) -> bool:
    return learner["left_on"] + timedelta(days=WINDOWS[horizon]) < as_of


def situations(world: Any, learners: Rows, horizon: str, as_of: date) -> list[str]:
    """What each mature one does; INCONNU where there is no answer."""
    found = []
    for learner in learners:
        if is_mature(learner, horizon, as_of):
            row = answer(world, learner, horizon)
            found.append(row["situation"] if row else "INCONNU")
    return found


def positive_exit(world: Any, as_of: date, epci_of: dict[str, str | None]) -> Rows:
    rows = []
    for level, level_id, cohort, inside in cohorts(world, leavers(world, as_of), "left_on", epci_of):
        for horizon in WINDOWS:
            found = situations(world, inside, horizon, as_of)
            neutralised, unknown = found.count("NEUTRALISE"), found.count("INCONNU")
            known = len(found) - neutralised - unknown
            eligible = known + unknown
            positive = len([s for s in found if s in POSITIVE])
            employed = len([s for s in found if s in EMPLOYED])
            training = len([s for s in found if s in TRAINING])
            low, high = wilson(positive, known)
            rows.append({
                "level": level, "level_id": level_id, "cohort": cohort, "horizon": horizon, "leavers": len(inside),
                "mature": len(found), "neutralised": neutralised, "known": known, "unknown": unknown, "positive": positive,
                "positive_strict": employed, "employed": employed, "durable": len([s for s in found if s in DURABLE]),
                "training": training,
                "other": len([s for s in found if s in ("STAGE", "INCUBATION", "SERVICE_CIVIQUE", "RECHERCHE", "INACTIF")]),
                "rate": rate(positive, eligible), "rate_known": rate(positive, known), "wilson_low": low, "wilson_high": high,
                "bound_low": rate(positive, eligible), "bound_high": rate(positive + unknown, eligible),
                "response_rate": rate(known, eligible), "rate_strict": rate(employed, eligible),
            })  # fmt: skip
    return rows


def audiences(learner: Row) -> dict[str, str]:
    far = learner["is_far_from_employment"]
    if learner["months_without_job"] is not None and learner["months_without_job"] >= 12:
        far = "OUI"
    return {
        "women": {"F": "OUI", "M": "NON", "X": "NSP"}[learner["sex"]],
        "dropouts": learner["is_dropout"],
        "far_from_employment": far,
        "qpv_residents": learner["is_qpv_resident"],
        "rural_residents": learner["is_rural_resident"],
        "disabled": learner["is_disabled"],
    }


def audience_mix(world: Any, as_of: date, epci_of: dict[str, str | None]) -> Rows:
    rows = []
    for level, level_id, cohort, inside in cohorts(world, entrants(world, as_of), "entered_on", epci_of):
        row: Row = {"level": level, "level_id": level_id, "cohort": cohort, "entrants": len(inside)}
        answers = [audiences(x) for x in inside]
        for name in ("women", "dropouts", "far_from_employment", "qpv_residents", "rural_residents", "disabled"):
            row[name] = len([a for a in answers if a[name] == "OUI"])
        n = len(inside)
        k = len([a for a in answers if "OUI" in a.values()])
        u = len([a for a in answers if "OUI" not in a.values() and "NSP" in a.values()])
        row["priority"] = k
        row["priority_strict"] = len([a for a in answers if "OUI" in [a[name] for name in a if name != "women"]])
        row["undetermined"] = u
        row["priority_share"] = row["share_low"] = rate(k, n)
        row["share_high"] = rate(k + u, n)
        row["target"] = 0.5
        row["verdict"] = None
        if n:
            row["verdict"] = "met" if 2 * k >= n else "not_met" if 2 * (k + u) < n else "undetermined"
        levels = [x["diploma_level"] for x in inside]
        row["sex_unknown"] = len([x for x in inside if x["sex"] == "X"])
        row["diploma_none"] = levels.count("SANS")
        row["diploma_3"], row["diploma_4"], row["diploma_5"] = (levels.count(level) for level in "345")
        row["diploma_6_plus"] = levels.count("6") + levels.count("7") + levels.count("8")
        row["diploma_unknown"] = levels.count("NSP")
        row["up_to_bac_share"] = rate(levels.count("SANS") + levels.count("3") + levels.count("4"), n)
        row["women_share"] = rate(row["women"], n)
        rows.append(row)
    return rows


def certification(world: Any, as_of: date, epci_of: dict[str, str | None]) -> Rows:
    rows = []
    for level, level_id, cohort, inside in cohorts(world, leavers(world, as_of), "left_on", epci_of):
        ends = [x["completion"] for x in inside]
        results = [x["certification"] for x in inside]
        n, to_job, certified = len(inside), ends.count("ABANDON_EMPLOI"), results.count("OBTENUE")
        dropped_out = ends.count("ABANDON") + to_job
        presented = certified + results.count("PARTIELLE") + results.count("NON_OBTENUE")
        rows.append({
            "level": level, "level_id": level_id, "cohort": cohort, "leavers": n, "completed": ends.count("TERMINE"),
            "dropped_out": dropped_out, "dropped_out_to_job": to_job, "presented": presented, "certified": certified,
            "completion_rate": rate(ends.count("TERMINE"), n), "dropout_rate": rate(dropped_out, n),
            "certified_of_presented": rate(certified, presented), "certified_of_leavers": rate(certified, n),
        })  # fmt: skip
    return rows


def belongs(row: Row, action: Row) -> bool:
    return row["provider_siret"] == action["provider_siret"] and row["action_id"] == action["action_id"]


def money(world: Any, action: Row, status: str, *funders: str) -> Decimal:
    total = Decimal(0)
    for row in world.fundings:
        if belongs(row, action) and row["status"] == status and row["funder_type"] in funders:
            total += row["amount_eur"]
    return total


def spend_by_action(world: Any, as_of: date) -> Rows:
    rows = []
    for action in world.actions:
        learners = [x for x in entrants(world, as_of) if belongs(session_of(world, x), action)]
        gone = [x for x in leavers(world, as_of) if belongs(session_of(world, x), action)]
        heads = len(learners)
        exits = len([s for s in situations(world, gone, "M6", as_of) if s in POSITIVE])
        justified = sum((x["amount_eur"] for x in world.expenses if belongs(x, action)), Decimal(0))
        paid = money(world, action, "VERSE", "REGION")
        grant, allowed = action["grant_eur"], cap(action["total_cost_eur"])
        rows.append({
            "provider_siret": action["provider_siret"], "action_id": action["action_id"], "call_id": action["call_id"],
            "total_cost": action["total_cost_eur"], "grant": grant, "cap": allowed, "cap_headroom": allowed - grant,
            "over_cap": grant > allowed, "grant_share": rate(grant, action["total_cost_eur"]), "paid": paid,
            "notified": money(world, action, "NOTIFIE", "REGION"),
            "cofinancing_public": money(world, action, "VERSE", "ETAT", "COLLECTIVITE", "EUROPE"),
            "cofinancing_private": money(world, action, "VERSE", "OPCO", "ENTREPRISE", "AUTRE"), "justified": justified,
            "settlement_due": min(grant, floor_cents(justified * 2 / 5), Decimal(100000)) - paid, "entrants": heads,
            "positive_exits_m6": exits, "state": "complete" if justified else "nothing_justified",
            "cost_per_entrant": rate(justified, heads) if heads >= 5 and justified else None,
            "cost_per_positive_exit": rate(justified, exits) if exits >= 5 and justified else None,
        })  # fmt: skip
    return rows


def spend_by_provider(world: Any, as_of: date) -> Rows:
    rows = []
    every = spend_by_action(world, as_of)
    for siret in sorted({action["provider_siret"] for action in every}):
        mine = [action for action in every if action["provider_siret"] == siret]
        row: Row = {"provider_siret": siret, "actions": len(mine), "actions_over_cap": len([a for a in mine if a["over_cap"]])}
        for name in ("total_cost", "grant", "cap", "cap_headroom", "paid", "notified", "cofinancing_public",
                     "cofinancing_private", "justified", "settlement_due", "entrants", "positive_exits_m6"):  # fmt: skip
            row[name] = sum(action[name] for action in mine)
        row["grant_share"] = rate(row["grant"], row["total_cost"])
        row["state"] = "complete" if row["justified"] else "nothing_justified"
        for name, count in (("cost_per_entrant", "entrants"), ("cost_per_positive_exit", "positive_exits_m6")):
            row[name] = rate(row["justified"], row[count]) if row[count] >= 5 and row["justified"] else None
        rows.append(row)
    return rows


def months(day: date) -> int:
    return day.year * 12 + day.month - 1


def forecast(world: Any, call_id: str, as_of: date) -> list[date | None]:
    paid: list[tuple[int, Decimal]] = []
    for action in world.actions:
        for row in world.fundings:
            mine = belongs(row, action) and action["call_id"] == call_id
            if mine and row["funder_type"] == "REGION" and row["status"] == "VERSE":
                paid.append((months(row["decided_on"]), row["amount_eur"]))
    if len([amount for _, amount in paid if amount > 0]) < 3:
        return [None] * 3
    envelope, now, first = ENVELOPES[call_id], months(as_of), min(month for month, _ in paid)
    left = envelope - sum(amount for _, amount in paid)
    span = max(now - first + 1, 1)
    if left <= 0:
        for month in range(first, now + 1000):
            if sum(amount for at, amount in paid if at <= month) >= envelope:
                return [date(month // 12, month % 12 + 1, 1)] * 3
    rates = [float(sum(a for at, a in paid if at > now - back)) / min(span, back) for back in (6, 12)]
    rates.append(float(sum(amount for _, amount in paid)) / span)
    found: list[date | None] = []
    for pace in sorted(rates, reverse=True):
        wait = math.ceil(float(left) / pace) if pace > 0 else 9999
        found.append(date((now + wait) // 12, (now + wait) % 12 + 1, 1) if wait <= 1200 else None)
    return found


def envelope(world: Any, as_of: date) -> Rows:
    rows = []
    for call_id, total in ENVELOPES.items():
        mine = [action for action in spend_by_action(world, as_of) if action["call_id"] == call_id]
        committed, paid, justified = (sum((a[n] for a in mine), Decimal(0)) for n in ("grant", "paid", "justified"))
        low, mid, high = forecast(world, call_id, as_of)
        rows.append({
            "call_id": call_id, "envelope": total, "actions": len(mine), "committed": committed, "paid": paid,
            "justified": justified, "remaining": total - committed, "committed_share": rate(committed, total),
            "paid_share": rate(paid, total), "actions_over_cap": len([a for a in mine if a["over_cap"]]),
            "exhausted_low": low, "exhausted_mid": mid, "exhausted_high": high,
        })  # fmt: skip
    return rows


def skills_gap(world: Any, as_of: date) -> Rows:
    found = 0
    for learner in leavers(world, as_of):
        row = answer(world, learner, "M6")
        if row and is_mature(learner, "M6", as_of) and row["situation"] in EMPLOYED and row["is_digital_job"] == "OUI":
            found += 1
    return [{"employed_digital": found, "posts_low": 500, "posts_high": 3000,
             "share_low": found / 3000, "share_high": found / 500}]  # fmt: skip


def coverage(world: Any, as_of: date, epci_of: dict[str, str | None], places: dict[tuple[str, str], int]) -> Rows:
    """`places` are the departments and EPCIs to show in any case, and those where sessions are, with inhabitants."""
    rows = []
    for (level, level_id), inhabitants in places.items():
        here = [s for s in world.sessions if (level, level_id) in units_of(s, epci_of)]
        heads = len([x for x in entrants(world, as_of) if session_of(world, x) in here])
        rows.append({"level": level, "level_id": level_id, "sessions": len(here), "entrants": heads, "inhabitants": inhabitants,
                     "entrants_per_10000": rate(heads * 10000, inhabitants)})  # fmt: skip
    return rows
