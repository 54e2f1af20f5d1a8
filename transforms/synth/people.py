"""Invented learners of a session and what became of them, as rows of the contract's fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from transforms.synth.plan import Row, Session
from transforms.synth.towns import Towns

#: first and last day after leaving, by horizon
Windows = Mapping[str, tuple[int, int]]

_DIPLOMAS = (("SANS", "3", "4", "5", "6", "7", "8", "NSP"), (22, 24, 27, 11, 8, 4, 0.4, 3.6))
_DURABLE = (("CDI", "CDD_6P", "INTERIM_6P", "FONCTION_PUBLIQUE", "CREATION"), (50, 28, 8, 6, 8))
_SHORT_JOB = (
    ("CDD_6M", "INTERIM_6M", "CONTRAT_AIDE", "APPRENTISSAGE", "PROFESSIONNALISATION"), (34, 22, 10, 20, 14),
)  # fmt: skip
_TRAINING = (("FORMATION_QUALIF", "FORMATION_PREQUALIF"), (80, 20))
_BETWEEN = (("STAGE", "INCUBATION", "SERVICE_CIVIQUE"), (60, 15, 25))
_WITHOUT = (("RECHERCHE", "INACTIF", "NEUTRALISE"), (86, 11, 3))
#: by horizon: chances of durable job, short job, training, between, without; they improve with time
_CHANCES = {
    "SORTIE": (12, 22, 14, 16, 36), "M3": (24, 27, 14, 9, 26), "M6": (36, 25, 12, 5, 22), "M12": (44, 22, 9, 3, 22),
}  # fmt: skip
_KINDS = (_DURABLE, _SHORT_JOB, _TRAINING, _BETWEEN, _WITHOUT)
_STEADY = 0.5  # share of situations that stay what they were at the horizon before
_ANSWERS = {"SORTIE": 0.96, "M3": 0.88, "M6": 0.83, "M12": 0.71}
_TOLD_UNKNOWN = 0.35
_JOBS = frozenset(_DURABLE[0] + _SHORT_JOB[0])
_EARLY = 0.5  # chance of an answer while the window is still open
_RURAL_OUTSIDE_TOWN = 0.3


def _flag(rng: Random, share: float) -> str:
    chance = rng.random()
    return "OUI" if chance < share else "NSP" if chance > 0.97 else "NON"


def make_learner(session: Session, number: int, today: date, towns: Towns, rng: Random) -> Row:
    """One learner of that session, whose parcours ends with the session's where it is over."""
    row = session.row
    entered_on = session.starts_on if rng.random() < 0.88 else session.starts_on + timedelta(days=rng.randint(1, 14))
    entered_on = min(entered_on, today, session.ends_on)
    age_days = int(rng.triangular(17.5, 55, 23) * 365.25)
    level = rng.choices(*_DIPLOMAS)[0]
    home = towns.home(rng, row["commune_code"])
    months = rng.choices((None, 0, rng.randint(1, 11), rng.randint(12, 48)), (18, 14, 42, 26))[0]
    left_on, completion, certification = _end(session, entered_on, today, rng)
    return {
        "provider_siret": row["provider_siret"],
        "session_id": row["session_id"],
        "learner_ref": f"{row['session_id'][2:]}-{number:02d}",
        "national_ref": f"{rng.randrange(10**9):09d}{'ABCDEFGH'[rng.randrange(8)]}{'JKLMN'[rng.randrange(5)]}"
        if rng.random() < 0.2
        else None,
        "sex": rng.choices(("F", "M", "X"), (29, 70, 1))[0],
        "born_on": entered_on - timedelta(days=age_days),
        "commune_code": home,
        "diploma_level": level,
        "is_dropout": _flag(rng, {"SANS": 0.55, "3": 0.04}.get(level, 0)),
        "is_far_from_employment": _flag(rng, 0.7 if (months or 0) >= 12 else 0.12),
        "is_qpv_resident": _flag(rng, 0.27 if home == row["commune_code"] else 0.08),
        "is_rural_resident": _flag(rng, 0.01 if home == row["commune_code"] else _RURAL_OUTSIDE_TOWN),
        "is_disabled": _flag(rng, 0.06),
        "months_without_job": months,
        "entered_on": entered_on,
        "left_on": left_on,
        "completion": completion,
        "certification": certification,
    }


def _end(session: Session, entered_on: date, today: date, rng: Random) -> tuple[date | None, str | None, str | None]:
    """When and how the parcours ends, and the result; nothing yet for those who are still there."""
    fate = rng.choices(("TERMINE", "ABANDON", "ABANDON_EMPLOI", "EXCLUSION", "ANNULE"), (79, 8, 8, 2, 3))[0]
    if fate == "ANNULE":
        return None, "ANNULE", None
    if fate == "TERMINE":
        if session.ends_on > today:
            return None, None, None
        result = rng.choices(("OBTENUE", "PARTIELLE", "NON_OBTENUE", "NON_PRESENTEE", "EN_ATTENTE"), (70, 13, 8, 5, 4))[
            0
        ]
        return session.ends_on, "TERMINE", result
    days = max(0, (session.ends_on - entered_on).days - 1)
    left_on = entered_on + timedelta(days=rng.randint(min(10, days), days))
    return (left_on, fate, "NON_PRESENTEE") if left_on <= today else (None, None, None)


def draw_situation(horizon: str, before: str | None, rng: Random) -> str:
    """A situation at that horizon, often the one of the horizon before."""
    if before == "NEUTRALISE" or (before is not None and before != "RECHERCHE" and rng.random() < _STEADY):
        return before
    return rng.choices(*rng.choices(_KINDS, _CHANCES[horizon])[0])[0]


def followup(learner: Row, horizon: str, observed_on: date, situation: str, rng: Random) -> Row:
    """A row of the return suivi for that learner."""
    digital = "NON"
    if situation in _JOBS:
        digital = rng.choices(("OUI", "NON", "NSP"), (68, 28, 4))[0]
    elif situation == "INCONNU":
        digital = "NSP"
    return {
        "provider_siret": learner["provider_siret"],
        "session_id": learner["session_id"],
        "learner_ref": learner["learner_ref"],
        "horizon": horizon,
        "observed_on": observed_on,
        "situation": situation,
        "is_digital_job": digital,
        "source": rng.choices(("DECLARATIF", "EMPLOYEUR", "ADMINISTRATIF", None), (70, 12, 10, 8))[0],
    }


def make_followups(
    learner: Row, today: date, windows: Windows, rng: Random, told_unknown: float = _TOLD_UNKNOWN
) -> Iterator[Row]:
    """The answers of a learner who has left, inside each window, up to today; some stay without.

    `told_unknown`: of those without an answer when the window closes, the share that has a row INCONNU.
    """
    left_on: Any = learner["left_on"]
    if left_on is None:
        return
    situation: str | None = None
    for horizon, (first, last) in windows.items():
        days_gone = (today - left_on).days
        if days_gone < first:
            return
        is_open = days_gone <= last
        situation = draw_situation(horizon, situation, rng)
        answers = rng.random() < _ANSWERS[horizon] * (_EARLY if is_open else 1)
        if not answers and (is_open or rng.random() > told_unknown):
            continue
        observed_on = left_on + timedelta(days=rng.randint(first, min(last, days_gone)))
        yield followup(learner, horizon, observed_on, situation if answers else "INCONNU", rng)
