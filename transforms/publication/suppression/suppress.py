"""The counts of a release as anyone may see them: small ones hidden, and with them whatever would give them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from expectations.programme.rules import PublicationRule
from transforms.publication.counts import COUNT_COLUMNS, Counts, PublishedCounts
from transforms.publication.suppression.moves import Mover
from transforms.publication.suppression.parts import all_cells, parts_of
from transforms.publication.suppression.proof import Proof
from transforms.publication.suppression.protect import Protection
from transforms.publication.suppression.releases import (
    cells_in_both,
    keys_of,
    providers_of,
    table_of_counts,
    table_of_published,
    told_before,
)
from transforms.publication.suppression.sensitive import COLUMN, SMALL, Sensitive, find_sensitive
from transforms.publication.suppression.start import find_start
from transforms.publication.suppression.system import Flags, Floats, Numbers, System, Table, build_system

_WIDTH = len(COUNT_COLUMNS)
#: What it costs to hide a count: the higher its unit stands, and the more is asked for it, the dearer.
_LEVEL_PRICE = {"session": 1, "action": 2, "provider": 4, "epci": 4, "departement": 16, "programme": 64}
_COLUMN_PRICE = {"entrants": 8, "leavers": 4, "priority": 3, "eligible": 3, "positive": 3}
#: A verdict is what sessions are held to: it is hidden where nothing else helps.
_VERDICT_PRICE = 100.0
#: Up to so many counts the whole is solved at once, and every hidden one is tried until it is published or known to be needed; of
#: more, as many as so much work allows (counts that could move, of every problem solved).
_FEW_COUNTS = 800
_MOST_WORK = 2_000_000
#: so often what contradicts earlier releases is looked for anew, as more of it is hidden
_MOST_ROUNDS = 5


@dataclass(frozen=True)
class Suppression:
    """What is published, and what is not: `hidden` has the index and columns of the counts, each '', 'primary' or 'secondary'.

    Primary are small counts, and parts of wholes or changes that would tell one; secondary what would let one be computed.
    `problems` is how many linear problems were solved for it.
    """

    published: PublishedCounts
    hidden: pd.DataFrame
    problems: int


def suppress(
    counts: Counts, earlier: Sequence[PublishedCounts], rule: PublicationRule, release: str | None = None
) -> Suppression:
    """Hide the small counts and what would give them away, together with all earlier releases, and as little else as can be.

    Args:
        counts: what the warehouse counts.
        earlier: the releases published before, in the order of their publication.
        rule: the thresholds in force on the last day of the period.
        release: the release's name, the period if None.

    A correction, of the period of the last release, hides again what that hides: two choices of cells would tell more than one.
    The same counts give the same result, in whatever order their rows come. Raises NotProtectable if the earlier releases already
    tell more than they may, Contradiction if they do not add up.
    """
    new = table_of_counts(counts)
    tables = [*map(table_of_published, earlier), new]
    truth, keys = new.values.astype(np.int64), keys_of(new.units)
    sensitive = find_sensitive(truth, rule)
    before = told_before(tables[:-1], new.units)
    primary = _primary(truth, sensitive, before)
    verdicts = counts.verdicts.sort_index()
    told_verdicts = np.ones(len(verdicts), dtype=bool)
    hidden = primary
    if truth.size:
        few = truth[[row for row, *_ in new.verdicts], COLUMN["entrants"]] < rule.smallest_count
        is_correction = bool(earlier) and earlier[-1].period == counts.period
        hidden, told_verdicts, problems = _hide(tables, truth, sensitive, before, primary, few, is_correction)
    told = pd.DataFrame(truth, index=keys, columns=list(COUNT_COLUMNS)).astype("Int64").mask(hidden)
    kinds = np.where(hidden, np.where(primary, "primary", "secondary"), "")
    return Suppression(
        PublishedCounts(
            release or counts.period, counts.period, new.units, told,
            verdicts.assign(verdict=verdicts["verdict"].astype(object).where(told_verdicts, None)),
        ),
        pd.DataFrame(kinds, index=keys, columns=list(COUNT_COLUMNS)),
        problems if truth.size else 0,
    )  # fmt: skip


def _hide(
    tables: list[Table], truth: Numbers, sensitive: Sensitive, before: list[Floats], primary: Flags, few: Flags,
    is_correction: bool,
) -> tuple[Flags, Flags, int]:
    """What is hidden in the end, which verdicts are told, and how many problems were solved for it."""
    system = build_system(tables)
    values = np.concatenate([table.values.ravel() for table in tables])
    earlier = len(values) - truth.size
    hidden = np.concatenate([np.isnan(values[:earlier]), primary.ravel()])
    # what the last release hid protects whatever has not changed since
    again = _hidden_in_the_last(tables, hidden)
    hidden |= again
    problems = 0
    for _ in range(_MOST_ROUNDS):
        start, contradicted = find_start(system, values, hidden)
        protection = _protection(system, tables, start, hidden, sensitive, truth)
        protection.mover.active[contradicted] = False
        protection.mover.active[system.first_verdict : system.first_monotone][few] = False
        is_small = len(values) <= _FEW_COUNTS
        parts = [all_cells(tables)] if is_small else parts_of(tables)
        protection.protect(parts)
        candidates = _candidates(protection, earlier, sensitive)
        if is_correction:
            candidates = candidates[~again[candidates]]
        known = _Known(protection.proof.hidden, earlier, truth, sensitive, before)
        protection.publish_again(candidates, known, parts, None if is_small else _MOST_WORK)
        problems += protection.solved
        hidden = protection.proof.hidden
        # what has fallen may be hidden now: then nobody sees that it has, and it is as if it had not
        if np.array_equal(find_start(system, values, hidden)[1], contradicted):
            break
    told_verdicts = protection.mover.active[system.first_verdict : system.first_monotone]
    return hidden[earlier:].reshape(truth.shape), told_verdicts, problems


def _hidden_in_the_last(tables: list[Table], hidden: Flags) -> Flags:
    """The cells of the release to come whose counts the last one before hides."""
    found = np.zeros_like(hidden)
    if len(tables) > 1:
        old, new = cells_in_both(tables, hidden).T
        before_last = sum(table.values.size for table in tables[:-2])
        found[new[old >= before_last]] = True
    return found


def _protection(
    system: System, tables: list[Table], start: Floats, hidden: Flags, sensitive: Sensitive, truth: Numbers
) -> Protection:
    earlier = len(start) - truth.size
    highest = np.concatenate([np.full(earlier, -1), sensitive.highest.ravel()])
    places = np.array(sensitive.rests, dtype=np.int64).reshape(-1, 3)
    rests = earlier + places[:, :1] * _WIDTH + places[:, 1:]
    changes = cells_in_both(tables, hidden)
    proof = Proof(start, hidden.copy(), np.arange(len(start)) < earlier, highest, rests, changes)
    group = providers_of(tables)
    price = np.concatenate([np.zeros(earlier), _prices(tables[-1].units, truth).ravel()])
    verdict_price = np.zeros(system.limits.shape[0])
    verdict_price[system.first_verdict : system.first_monotone] = _VERDICT_PRICE
    column = np.arange(len(start)) % _WIDTH
    group = np.concatenate([group, group[proof.differences[:, 1]]])
    return Protection(Mover(system, start), proof, column, group, price, verdict_price)


def _primary(truth: Numbers, sensitive: Sensitive, before: list[Floats]) -> Flags:
    hidden: Flags = sensitive.highest >= 0
    for values in before:
        change = np.abs(truth - values)
        hidden = hidden | ((change >= 1) & (change <= SMALL))
    for unit, part, whole in sensitive.rests:
        if not hidden[unit, part] and not hidden[unit, whole]:
            hidden[unit, part] = True
    return hidden


class _Known:
    """Whether publishing a cell would tell a difference that must not be told: what is missing from a whole, or a change."""

    def __init__(self, hidden: Flags, earlier: int, truth: Numbers, sensitive: Sensitive, before: list[Floats]) -> None:
        self._hidden = hidden
        self._changed = np.zeros(len(hidden), dtype=bool)
        for values in before:
            change = np.abs(truth - values).ravel()
            self._changed[earlier:] |= (change >= 1) & (change <= SMALL)
        self._others: dict[int, list[int]] = {}
        for unit, part, whole in sensitive.rests:
            one, other = earlier + unit * _WIDTH + part, earlier + unit * _WIDTH + whole
            self._others.setdefault(one, []).append(other)
            self._others.setdefault(other, []).append(one)

    def __call__(self, cell: int) -> bool:
        return bool(self._changed[cell]) or not all(self._hidden[other] for other in self._others.get(cell, []))


def _candidates(protection: Protection, earlier: int, sensitive: Sensitive) -> Numbers:
    """The hidden cells that are not small themselves, the dearest first."""
    own = np.flatnonzero(protection.proof.hidden[earlier:] & (sensitive.highest.ravel() < 0)) + earlier
    order: Numbers = own[np.argsort(-protection.price[own], kind="stable")]
    return order


def _prices(units: pd.DataFrame, truth: Numbers) -> Floats:
    of_level = units["level"].map(_LEVEL_PRICE).to_numpy(dtype=np.float64)
    of_column = np.array([_COLUMN_PRICE.get(name, 1) for name in COUNT_COLUMNS])
    prices: Floats = of_level[:, None] * of_column[None, :] * (1 + np.log1p(truth))
    return prices
