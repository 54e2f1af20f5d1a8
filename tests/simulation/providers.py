"""Providers that do their work and tell it truthfully, drawn by chance: what happened, and the returns that they send of it.

What the chances are taken from, and what is assumed:

- Grande École du Numérique, key figures of 2017 (301 of 410 trainings answered, 73 %): 24 % women, 17 % residents of priority
  quarters (21 % in 2019), 65 % neither in work nor in training before, 55 % up to the baccalaureate, seven months on average,
  74 % positive exits (85 % in 2018, 74 % in 2019), a quarter or so of the exits with a CDI. Pôle emploi, leavers of 2015: 57 %
  in a job within six months. Dares, survey after training, second quarter of 2021: 81 % of those who wanted a certification got
  it at least in part, 74 % wholly.
- Assumed, for nobody publishes them by provider: how much providers differ. Each has shares of its own, drawn from Beta
  distributions about these means; the larger `spread`, the less providers differ. Town and country differ most: where a provider has its site decides
  upon its residents of priority quarters (means 6 to 45 %) and rural zones (2 to 45 %).
- Assumed of conduct: one learner in twelve drops out, one in thirty never comes and is ANNULE in the next list, one answer in forty
  is neutralised, one in thirty dated before its window, one in seventy corrected later; one reference in a hundred is mistyped in
  the first list, one exit in fifty told a month late and more, one session in twelve prolonged in time, one in sixty when it has ended already.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

Row = dict[str, Any]
HORIZONS = {"SORTIE": (0, 28), "M3": (75, 120), "M6": (150, 240), "M12": (330, 420)}
POSITIVE = ("CDI", "CDD_6P", "CDD_6M", "INTERIM_6P", "INTERIM_6M", "FONCTION_PUBLIQUE", "CONTRAT_AIDE", "APPRENTISSAGE",
            "PROFESSIONNALISATION", "CREATION", "FORMATION_QUALIF", "STAGE", "INCUBATION")  # fmt: skip
#: of positive exits
_SHARES = (0.27, 0.17, 0.12, 0.04, 0.05, 0.02, 0.03, 0.06, 0.06, 0.05, 0.08, 0.04, 0.01)
_NEGATIVE = (("RECHERCHE", 0.78), ("INACTIF", 0.13), ("SERVICE_CIVIQUE", 0.05), ("FORMATION_PREQUALIF", 0.04))
NOT_PASSED = ("NON_OBTENUE", "PARTIELLE")
#: where a site lies: commune, mean share of residents of priority quarters, of rural zones
_SITES = (("59512", 0.45, 0.02), ("59350", 0.25, 0.03), ("59178", 0.15, 0.12), ("80021", 0.12, 0.25), ("02408", 0.06, 0.45))
FIRST_DAY = date(2018, 1, 8)


@dataclass(frozen=True)
class Sent:
    """A file: the day of its reception, whose, of which kind, its rows by field name; `blank_lines` at its end make other bytes."""

    day: date
    siret: str
    kind: str
    rows: tuple[Row, ...]
    blank_lines: int = 0


@dataclass
class Learner:
    """What is true of somebody: the row as it will be at the end, and the situation at each horizon."""

    row: Row
    situations: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return str(self.row["learner_ref"])

    @property
    def is_positive(self) -> bool:
        """At six months."""
        return self.situations.get("M6") in POSITIVE


@dataclass
class Session:
    """A session: its row, its learners, and how long its provider takes to tell of its end."""

    row: Row
    learners: list[Learner]

    @property
    def ends_on(self) -> date:
        return self.row["ends_on"]


@dataclass
class Provider:
    """A provider: its actions (rows), its sessions, its habits as it sends."""

    siret: str
    actions: list[Row]
    sessions: list[Session]
    expenses: list[Row]
    #: of the answers that could be had, the share that is had, and the share of these on the learner's word
    response: float = 1.0
    declared: float = 0.7

    def learners(self) -> Iterator[Learner]:
        for session in self.sessions:
            yield from session.learners

    def failures(self) -> set[tuple[str, str]]:
        """Session and reference of whoever has no positive exit at six months."""
        return {(s.row["session_id"], one.reference) for s in self.sessions for one in s.learners if not one.is_positive}

    def uncertified(self) -> set[tuple[str, str]]:
        """Session and reference of whoever failed the certification, wholly or in part."""
        return {(s.row["session_id"], one.reference) for s in self.sessions for one in s.learners if one.row["certification"] in NOT_PASSED}


def share_about(rng: Random, mean: float, spread: float = 12) -> float:
    """A provider's own share: Beta with this mean and mean * spread successes."""
    return rng.betavariate(mean * spread, (1 - mean) * spread)


def draw_provider(rng: Random, siret: str, *, sessions: int | None = None, size: int | None = None) -> Provider:
    """One provider, honest, with 1 to 6 sessions of 8 to 30 learners where nothing else is asked for."""
    commune, qpv, rural = _SITES[min(int(rng.triangular(0, 5, 1)), 4)]
    shares = {
        "women": share_about(rng, 0.27), "qpv": share_about(rng, qpv), "rural": share_about(rng, rural), "far": share_about(rng, 0.6, 6),
        "positive": share_about(rng, 0.62), "neutralised": share_about(rng, 0.025, 60), "abandon": share_about(rng, 0.08, 30),
        "certified": share_about(rng, 0.76), "unpresented": share_about(rng, 0.08, 25), "sex unknown": share_about(rng, 0.01, 100),
    }  # fmt: skip
    # what kinds of contract a provider's employers give differs too
    weights = [rng.gammavariate(share * 25, 1) for share in _SHARES]
    count = sessions or rng.choices((1, 2, 3, 4, 5, 6), (2, 4, 4, 3, 2, 1))[0]
    actions = [_action(rng, siret, f"A{number}") for number in range(1, 2 + (count > 2))]
    held = []
    starts_on = FIRST_DAY + timedelta(days=rng.randrange(0, 240))
    for number in range(1, count + 1):
        ends_on = starts_on + timedelta(days=rng.randrange(100, 300))
        heads = size or rng.randint(8, 30)
        row = {
            "provider_siret": siret, "action_id": actions[number % len(actions)]["action_id"], "session_id": f"S{number}", "commune_code": commune,
            "starts_on": starts_on, "ends_on": ends_on, "seats": max(heads, round(heads / rng.uniform(0.72, 1))),
        }  # fmt: skip
        held.append(Session(row, [_learner(rng, row, f"{number}{place:03}", shares, weights) for place in range(heads)]))
        starts_on += timedelta(days=rng.randrange(30, 200))
    return Provider(
        siret, actions, held, [e for action in actions for e in _expenses(rng, action, held)],
        response=0.6 + 0.39 * rng.betavariate(5, 2), declared=share_about(rng, 0.65, 6),
    )  # fmt: skip


def experiment(rng: Random, siret: str, starts_on: date, sessions: int = 2) -> Provider:
    """The provider of an experiment: each session has 24 entrants, 12 of them with a positive exit, and nothing is left untold."""
    provider = draw_provider(rng, siret, sessions=sessions, size=24)
    provider.response = 1
    provider.actions = [_action(rng, siret, f"A{number}") for number in (1, 2)]
    for number, session in enumerate(provider.sessions):
        session.row |= {"action_id": f"A{number % 2 + 1}", "starts_on": starts_on, "ends_on": starts_on + timedelta(days=180), "seats": 24}
        for place, learner in enumerate(session.learners):
            learner.row |= {"entered_on": starts_on, "left_on": session.ends_on, "completion": "TERMINE"}
            learner.row["certification"] = "OBTENUE" if place % 3 else "NON_OBTENUE"
            is_positive = place % 2 == 0
            situation = POSITIVE[place // 2 % 5] if is_positive else ("RECHERCHE" if place % 6 else "INACTIF")
            learner.situations = dict.fromkeys(HORIZONS, situation)
    provider.expenses = [e for action in provider.actions for e in _expenses(rng, action, provider.sessions)]
    return provider


def _action(rng: Random, siret: str, action_id: str) -> Row:
    cost = Decimal(rng.randint(300, 1200) * 100)
    return {
        "provider_siret": siret, "provider_name": f"Organisme {siret[5:8]}", "contact_email": "contact@exemple.fr", "action_id": action_id,
        "title": "Développeur web", "certification_code": "RNCP37674", "rome_code": "M1805", "gen_labelled_on": date(2017, 11, 15),
        "free_of_charge": True, "diploma_required": False, "call_id": "ERN-2017", "total_cost_eur": cost, "grant_eur": cost * 2 / 5,
        "agreed_on": date(2017, 12, 18),
    }  # fmt: skip


def _learner(rng: Random, session: Row, reference: str, shares: dict[str, float], weights: list[float]) -> Learner:
    def flag(share: float) -> str:
        return "NSP" if rng.random() < 0.02 else "OUI" if rng.random() < share else "NON"

    diploma = rng.choices(("SANS", "3", "4", "5", "6", "7", "NSP"), (14, 20, 24, 18, 14, 8, 2))[0]
    row = {
        "provider_siret": session["provider_siret"], "session_id": session["session_id"], "learner_ref": reference, "national_ref": None,
        "sex": "X" if rng.random() < shares["sex unknown"] else "F" if rng.random() < shares["women"] else "M",
        "born_on": date(1970, 1, 1) + timedelta(days=rng.randrange(30 * 365)),
        "commune_code": session["commune_code"] if rng.random() < 0.5 else rng.choice(_SITES)[0], "diploma_level": diploma,
        "is_dropout": flag(0.5) if diploma in ("SANS", "3") else "NON", "is_far_from_employment": flag(shares["far"]),
        "is_qpv_resident": flag(shares["qpv"]), "is_rural_resident": flag(shares["rural"]), "is_disabled": flag(0.05),
        "months_without_job": rng.randrange(24), "entered_on": session["starts_on"] + timedelta(days=rng.choice((0, 0, 0, 0, 1, 3, 7))),
    }  # fmt: skip
    learner = Learner(row)
    if rng.random() < 0.03:  # never came
        row |= {"left_on": None, "completion": "ANNULE", "certification": None}
        return learner
    length = (session["ends_on"] - row["entered_on"]).days
    row |= {"left_on": session["ends_on"], "completion": "TERMINE"}
    if rng.random() < shares["abandon"]:
        row |= {"left_on": row["entered_on"] + timedelta(days=rng.randrange(14, length)), "completion": rng.choice(("ABANDON", "ABANDON", "ABANDON_EMPLOI"))}
    presented = row["completion"] == "TERMINE" and rng.random() >= shares["unpresented"]
    passed = "OBTENUE" if rng.random() < shares["certified"] else rng.choice(NOT_PASSED[::-1])
    row["certification"] = passed if presented else "NON_PRESENTEE"
    # the chance of a positive exit grows with time; whoever has one mostly keeps it
    luck, neutral = rng.random(), rng.random() < shares["neutralised"]
    good, bad = rng.choices(POSITIVE, weights)[0], rng.choices(*zip(*_NEGATIVE, strict=True))[0]
    chance = shares["positive"] * (0.6 if row["completion"] == "ABANDON" else 1)
    for horizon, factor in {"SORTIE": 0.55, "M3": 0.85, "M6": 1, "M12": 1.08}.items():
        learner.situations[horizon] = "NEUTRALISE" if neutral else good if luck < chance * factor else bad
    return learner


def _expenses(rng: Random, action: Row, sessions: Iterable[Session]) -> Iterator[Row]:
    days = [s.row["starts_on"] for s in sessions if s.row["action_id"] == action["action_id"]]
    if not days:
        return
    count, left = rng.randint(5, 12), action["total_cost_eur"] * Decimal(round(rng.uniform(0.82, 1), 2))
    for number in range(count):
        amount = (left / (count - number) * Decimal(round(rng.uniform(0.8, 1.15), 3))).quantize(Decimal("0.01")) if number < count - 1 else left
        left -= amount
        yield {
            "provider_siret": action["provider_siret"], "action_id": action["action_id"], "document_ref": f"{action['action_id']}-{101 + number}",
            "spent_on": min(days) + timedelta(days=rng.randrange(150)), "cost_category": rng.choice(("PERSONNEL", "PERSONNEL", "LOCAUX", "EQUIPEMENT")),
            "amount_eur": amount,
        }  # fmt: skip


def returns_of(rng: Random, provider: Provider) -> list[Sent]:
    """Every file that the provider sends, and the Region of it, in the order of their days."""
    files = [Sent(FIRST_DAY - timedelta(days=14), provider.siret, "actions", tuple(provider.actions))]
    for session in provider.sessions:
        files += _session_files(rng, provider, session)
    for action in provider.actions:
        ends = [s.ends_on for s in provider.sessions if s.row["action_id"] == action["action_id"]]
        if ends:
            own = tuple(e for e in provider.expenses if e["action_id"] == action["action_id"])
            files.append(Sent(max(ends) + timedelta(days=rng.randrange(10, 75)), provider.siret, "depenses", own))
            files.append(Sent(max(ends) + timedelta(days=30), provider.siret, "financements", ({
                "provider_siret": provider.siret, "action_id": action["action_id"], "reference": f"V-{action['action_id']}", "funder": "Région",
                "funder_type": "REGION", "status": "VERSE", "decided_on": min(s.row["starts_on"] for s in provider.sessions),
                "amount_eur": action["grant_eur"],
            },)))  # fmt: skip
    return list(_without_repeats(sorted(files, key=lambda file: file.day)))


def _without_repeats(files: Iterable[Sent]) -> Iterator[Sent]:
    """The files less those that say word for word what the one before said of the same session and horizon."""
    before: dict[tuple[Any, ...], tuple[Row, ...]] = {}
    for file in files:
        about = (file.kind, *(file.rows[0].get(name) for name in ("action_id", "session_id", "horizon")))
        if before.get(about) != file.rows:
            yield file
        before[about] = file.rows


def _session_files(rng: Random, provider: Provider, session: Session) -> Iterator[Sent]:
    def after(day: date, first: int, last: int) -> date:
        return day + timedelta(days=rng.randint(first, last))

    def sent(day: date, kind: str, rows: Iterable[Row]) -> Sent:
        return Sent(day, provider.siret, kind, tuple(rows))

    starts_on, ends_on, luck = session.row["starts_on"], session.ends_on, rng.random()
    # by a week or two mostly, by six at most
    announced = ends_on - timedelta(days=int(rng.triangular(3, 45, 7))) if luck < 0.1 else ends_on
    yield sent(after(starts_on, -30, -3), "sessions", [session.row | {"ends_on": announced}])
    if announced != ends_on:  # prolonged, mostly while it goes on
        yield sent(after(announced, 1, 5) if luck < 0.017 else after(announced, -20, -1), "sessions", [session.row])

    untold: Row = {"left_on": None, "completion": None, "certification": None}
    mistyped = {one.reference for one in session.learners if rng.random() < 0.01}
    # nobody is on a list before entering
    listed_on = max([after(starts_on, 5, 28), *(one.row["entered_on"] for one in session.learners)])
    yield sent(listed_on, "apprenants", [
        one.row | untold | ({"learner_ref": one.reference[:1] + one.reference[::-1]} if one.reference in mistyped else {}) for one in session.learners
    ])  # fmt: skip
    if rng.random() < 0.4 and listed_on < ends_on:  # the list again, with who has left by then
        again = after(listed_on, 10, (ends_on - listed_on).days // 2 + 11)
        yield sent(again, "apprenants", [
            one.row if one.row["completion"] == "ANNULE" or (one.row["left_on"] and one.row["left_on"] <= min(again, ends_on - timedelta(days=1))) else one.row | untold
            for one in session.learners
        ])  # fmt: skip
        listed_on = again
    late = {one.reference for one in session.learners if rng.random() < 0.02}
    told_on = max(after(ends_on, 2, 26), listed_on + timedelta(days=1))
    waits = {one.reference for one in session.learners if rng.random() < 0.3 and one.row["certification"] not in (None, "NON_PRESENTEE")} if rng.random() < 0.3 else set()
    yield sent(told_on, "apprenants", [
        one.row | (untold if one.reference in late and one.row["completion"] != "ANNULE" else {"certification": "EN_ATTENTE"} if one.reference in waits else {})
        for one in session.learners
    ])  # fmt: skip
    if late or waits:
        yield sent(after(told_on, 15, 60), "apprenants", [one.row for one in session.learners])
    yield from _answers(rng, provider, session, told_on)


def _answers(rng: Random, provider: Provider, session: Session, told_on: date) -> Iterator[Sent]:
    declared = rng.random()
    for horizon, (opens, closes) in HORIZONS.items():
        calls, rows = session.ends_on + timedelta(days=rng.randint(opens, (opens + closes) // 2)), []
        for one in session.learners:
            if horizon not in one.situations:
                continue
            left_on = one.row["left_on"]
            first, last = left_on + timedelta(days=opens), left_on + timedelta(days=closes)
            observed = min(max(calls + timedelta(days=int(rng.triangular(0, 25, 3))), first), last)
            if opens and rng.random() < 0.03:
                observed = first - timedelta(days=rng.randrange(1, 15))
            told = rng.random() < provider.response ** (0.7 if horizon in ("SORTIE", "M6") else 1.2)
            rows.append({
                "provider_siret": provider.siret, "session_id": session.row["session_id"], "learner_ref": one.reference, "horizon": horizon,
                "observed_on": observed, "situation": one.situations[horizon] if told else "INCONNU",
                "is_digital_job": rng.choice(("OUI", "NON", "NSP")),
                "source": "DECLARATIF" if rng.random() < (provider.declared + declared) / 2 else rng.choice(("EMPLOYEUR", "ADMINISTRATIF")),
            })  # fmt: skip
        if not rows:
            continue
        # some answers come late, with the whole list, as each file takes the place of the one before
        first_day = max(max(row["observed_on"] for row in rows) + timedelta(days=rng.randint(1, 20)), told_on)
        pending = {place for place, row in enumerate(rows) if row["situation"] == "INCONNU" and rng.random() < 0.15}
        wrong = {place for place, row in enumerate(rows) if row["situation"] not in ("INCONNU", "NEUTRALISE") and rng.random() < 0.014}
        for place in pending:
            rows[place]["situation"] = session_situation(session, rows[place])
        first = [replaced(row, rng) if place in wrong else row | ({"situation": "INCONNU"} if place in pending else {}) for place, row in enumerate(rows)]
        yield Sent(first_day, provider.siret, "suivi", tuple(first))
        if pending or wrong:
            yield Sent(first_day + timedelta(days=rng.randint(8, 40)), provider.siret, "suivi", tuple(rows))


def session_situation(session: Session, answer: Row) -> str:
    """What is true of whoever an answer is about."""
    (learner,) = (one for one in session.learners if one.reference == answer["learner_ref"])
    return learner.situations[answer["horizon"]]


def replaced(row: Row, rng: Random) -> Row:
    """The answer with another situation, mistaken."""
    return row | {"situation": rng.choice(("CDI", "CDD_6P", "RECHERCHE", "RECHERCHE"))}
