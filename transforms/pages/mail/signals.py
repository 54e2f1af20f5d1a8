"""Signals as the steward's mail shows them: each with what to ask, and of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from expectations.contract.french import with_french_spaces
from transforms.pages.mail.compose import sender_name
from transforms.pages.mail.wording import one_line
from transforms.pages.templating import day
from warehouse.notifications.signals import SignalUpdate

#: the most units that a mail shows; the table quality.signals has all
SHOWN_SIGNALS = 40


@dataclass(frozen=True)
class SignalGroup:
    """A signal, what to ask the providers, and of each unit: its name, what is seen there, and since when."""

    signal: str
    question: str
    units: tuple[tuple[str, str, str], ...]


def signal_groups(signals: Sequence[SignalUpdate]) -> list[SignalGroup]:
    """The first SHOWN_SIGNALS units, by signal, in the order given."""
    groups = groupby(signals[:SHOWN_SIGNALS], key=lambda one: (one.signal, one.question))
    return [SignalGroup(signal, with_french_spaces(question), tuple(map(_unit, units))) for (signal, question), units in groups]


def _unit(one: SignalUpdate) -> tuple[str, str, str]:
    siret, _, number = one.level_id.partition("/")
    name = sender_name(siret, one.provider_name)
    since = f"depuis le {day(one.since)}"
    return (
        f"{name}, {one.level} {one_line(number, 64)}" if number else name, with_french_spaces(one.sentence),
        f"a grandi, {since}" if one.has_grown else since,
    )  # fmt: skip
