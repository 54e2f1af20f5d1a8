"""What the programme's rules say on a day, as the truth counts with it."""

from __future__ import annotations

from datetime import date

from expectations.programme import Programme, in_force, load_programme
from transforms.synth.truth import Meaning


def programme_meaning(day: date, programme: Programme | None = None) -> Meaning:
    """The versions in force on that day, by default of the programme file that comes with the code.

    The indicators take for each learner the version of their own dates; the truth is right where no version changed
    within the days that the synthetic returns speak of.
    """
    programme = programme or load_programme()
    situations = in_force(programme.situation_rules, day)

    def of(*classes: str) -> frozenset[str]:
        return frozenset(code for code, name in situations.classes if name in classes)

    return Meaning(
        windows=dict(in_force(programme.followup_rules, day).windows),
        employed=of("durable", "other_employment"),
        durable=of("durable"),
        positive=situations.positive,
        neutralised=of("neutralised"),
        unknown=of("unknown"),
    )
