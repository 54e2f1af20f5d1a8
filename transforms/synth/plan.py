"""What a provider does: its actions with their money, and the sessions of each, as rows of the contract's fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from transforms.synth.providers import TRAININGS, Provider
from transforms.synth.towns import Towns

Row = dict[str, Any]

_SESSION_SIZES = (8, 26)
_SESSIONS_AN_ACTION = (2, 6)
_COST_A_LEARNER_EUR = (2200, 4200)
_OLDEST_START_DAYS = 820
_NEWEST_START_DAYS = 45
_HIGHEST_GRANT = Decimal(100_000)


@dataclass
class Session:
    """A session's row, and how many learners it has (its places may be more)."""

    row: Row
    size: int

    @property
    def starts_on(self) -> date:
        """Its first day."""
        return self.row["starts_on"]

    @property
    def ends_on(self) -> date:
        """Its last day."""
        return self.row["ends_on"]


@dataclass
class Action:
    """An action's row and its sessions."""

    row: Row
    sessions: list[Session] = field(default_factory=list)


def working_day(day: date) -> date:
    """That day, or the Monday after a week-end."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)


def _sizes(learners: int, rng: Random) -> Iterator[int]:
    if learners == 0:
        yield 0
    while learners > 0:
        size = min(learners, rng.randint(*_SESSION_SIZES))
        yield size
        learners -= size


def make_session(
    provider: Provider, action_id: str, number: int, size: int, today: date, site: str, rng: Random
) -> Session:
    """A session that began between 820 and 45 days ago and lasts three to nine months."""
    starts_on = working_day(today - timedelta(days=rng.randint(_NEWEST_START_DAYS, _OLDEST_START_DAYS)))
    row = {
        "provider_siret": provider.siret,
        "action_id": action_id,
        "session_id": f"S-{starts_on.year}-{number:03d}",
        "commune_code": site,
        "starts_on": starts_on,
        "ends_on": working_day(starts_on + timedelta(days=rng.randint(84, 270))),
        "seats": max(size, _SESSION_SIZES[0]) + rng.choice((0, 0, 0, 1, 2, 4)),
    }
    return Session(row, size)


def make_action(provider: Provider, action_id: str, sessions: list[Session], rng: Random) -> Action:
    """The action that these sessions belong to, its grant within the cap of 40 % and 100 000 EUR."""
    first = min(session.starts_on for session in sessions)
    learners = sum(max(session.size, _SESSION_SIZES[0]) for session in sessions)
    cost = Decimal(learners * rng.randint(*_COST_A_LEARNER_EUR)).quantize(Decimal("0.01"))
    grant = min(cost * 2 / 5, _HIGHEST_GRANT) * rng.choice((Decimal("0.9"), Decimal(1), Decimal(1)))
    title, certification, rome = rng.choice(TRAININGS)
    agreed_on = first - timedelta(days=rng.randint(20, 110))
    row = {
        "provider_siret": provider.siret,
        "provider_name": provider.name,
        "contact_email": provider.email,
        "action_id": action_id,
        "title": title,
        "certification_code": certification,
        "rome_code": rome,
        "gen_labelled_on": agreed_on - timedelta(days=rng.randint(10, 300)),
        "free_of_charge": True,
        "diploma_required": False,
        "call_id": "ERN-2017",
        "total_cost_eur": cost,
        "grant_eur": grant.quantize(Decimal("0.01"), rounding="ROUND_DOWN"),
        "agreed_on": agreed_on,
    }
    return Action(row, sessions)


def make_actions(
    provider: Provider, learners: int, today: date, towns: Towns, rng: Random, site: str | None = None
) -> Iterator[Action]:
    """The actions of a provider with so many learners in all, most sessions at its `site`; one session at least."""
    pending: list[Session] = []
    wanted = rng.randint(*_SESSIONS_AN_ACTION)
    actions = 1
    site = site or towns.site(rng)
    for number, size in enumerate(_sizes(learners, rng), start=1):
        action_id = f"HDF-{provider.number:03d}-{actions:02d}"
        place = site if rng.random() < 0.6 else towns.site(rng)
        pending.append(make_session(provider, action_id, number, size, today, place, rng))
        if len(pending) == wanted:
            yield make_action(provider, action_id, pending, rng)
            pending, wanted = [], rng.randint(*_SESSIONS_AN_ACTION)
            actions += 1
    if pending:
        yield make_action(provider, pending[0].row["action_id"], pending, rng)


def make_expenses(action: Action, today: date, rng: Random) -> Iterator[Row]:
    """Supporting documents month by month, in proportion to the part of the action that is over; some credit notes."""
    first = min(s.starts_on for s in action.sessions)
    last = max(s.ends_on for s in action.sessions)
    months = max(1, (last - first).days // 30)
    share = action.row["total_cost_eur"] / (months + 1)
    number = 0
    for month in range(months + 1):
        spent_on = working_day(first + timedelta(days=30 * month + rng.randint(0, 8)))
        if spent_on > today:
            return
        for category, part in (("PERSONNEL", 62), ("PRESTATION", 18), ("LOCAUX", 12), ("FONCTIONNEMENT", 8)):
            if category != "PERSONNEL" and rng.random() < 0.35:
                continue
            number += 1
            amount = (share * part / 100 * Decimal(rng.randint(80, 115)) / 100).quantize(Decimal("0.01"))
            if rng.random() < 0.03:
                amount = -amount / 4
            yield {
                "provider_siret": action.row["provider_siret"],
                "action_id": action.row["action_id"],
                "document_ref": f"{category[:3]}-{spent_on:%Y%m}-{number:04d}",
                "spent_on": spent_on,
                "cost_category": category,
                "amount_eur": amount.quantize(Decimal("0.01")),
            }


def make_fundings(action: Action, today: date, rng: Random) -> Iterator[Row]:
    """The grant as notified, its advance and its balance when due, and what others pay."""
    row = action.row
    first = min(s.starts_on for s in action.sessions)
    last = max(s.ends_on for s in action.sessions)
    half = (row["grant_eur"] / 2).quantize(Decimal("0.01"), rounding="ROUND_DOWN")
    rest = row["total_cost_eur"] - row["grant_eur"]
    planned: list[tuple[str, str, str, date, Decimal]] = [
        ("Région Hauts-de-France", "REGION", "NOTIFIE", row["agreed_on"], row["grant_eur"]),
        ("Région Hauts-de-France", "REGION", "VERSE", first + timedelta(days=rng.randint(20, 60)), half),
        (
            "Région Hauts-de-France",
            "REGION",
            "VERSE",
            last + timedelta(days=rng.randint(100, 160)),
            row["grant_eur"] - half,
        ),
        ("France Travail", "ETAT", "VERSE", first + timedelta(days=rng.randint(40, 90)), rest * 30 / 100),
        ("Fonds social européen", "EUROPE", "NOTIFIE", row["agreed_on"] + timedelta(days=10), rest * 25 / 100),
    ]
    if rng.random() < 0.7:
        planned.append(
            ("Opco du numérique", "OPCO", "VERSE", first + timedelta(days=rng.randint(60, 150)), rest * 15 / 100)
        )
    if rng.random() < 0.3:
        planned.append(("Club des entreprises", "ENTREPRISE", "VERSE", first + timedelta(days=75), rest * 5 / 100))
    for number, (funder, nature, status, decided_on, amount) in enumerate(planned, start=1):
        if decided_on <= today:
            yield {
                "provider_siret": row["provider_siret"],
                "action_id": row["action_id"],
                "reference": f"{status[0]}-{decided_on:%Y}-{row['action_id'][4:]}-{number}",
                "funder": funder,
                "funder_type": nature,
                "status": status,
                "decided_on": decided_on,
                "amount_eur": amount.quantize(Decimal("0.01"), rounding="ROUND_DOWN"),
            }
