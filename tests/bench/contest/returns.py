"""Synthetic returns by columns: millions of rows in seconds, some damaged, and beside them what is true of them.

`transforms.synth` writes what people really send, row by row; this writes what a measurement needs, and computes the truth from
what was drawn, by other code than that which is measured. The same number of rows and seed give the same bytes.

So that one truth is fair to all contenders, a kind's files are named after it and have the template's header, and damage lies in
cells that everybody casts, or breaks the width. Actions and sessions are not damaged: everything below would wait for them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from expectations.contract.returns import RETURNS
from tests.bench.contest.damage import damaged, quoted
from tests.bench.contest.spellings import Style, all_spellings, draw_style, spell_dates
from tests.bench.contest.truth import Truth
from transforms.synth.meaning import programme_meaning
from transforms.synth.providers import TRAININGS, Provider, make_providers
from transforms.synth.towns import load_towns

#: all windows are closed by then, and it lies after any day on which this can be received
AS_OF = date(2028, 1, 1)
FIRST_START, LAST_START = date(2023, 1, 1), date(2024, 6, 30)
DAMAGED_SHARE, QUOTED_SHARE, OUTSIDE_WINDOW_SHARE = 0.02, 0.003, 0.005
LEARNERS_SHARE = 0.3
ROWS_A_SESSION = 5000
EXTRA_ROWS = 24
#: rows up to which there are so many providers, and so many files of learners a provider
SHAPES = ((1_000, 2, 1), (100_000, 12, 1), (1_000_000, 50, 1), (10**9, 50, 4))

_SITUATIONS = {
    "CDI": 18, "CDD_6P": 12, "CDD_6M": 8, "INTERIM_6P": 2, "INTERIM_6M": 5, "FONCTION_PUBLIQUE": 1, "APPRENTISSAGE": 4,
    "PROFESSIONNALISATION": 3, "CONTRAT_AIDE": 2, "CREATION": 4, "INCUBATION": 1, "STAGE": 3, "FORMATION_QUALIF": 7,
    "FORMATION_PREQUALIF": 2, "SERVICE_CIVIQUE": 1, "RECHERCHE": 15, "INACTIF": 3, "NEUTRALISE": 1, "INCONNU": 8,
}  # fmt: skip
_FLAGS = {"OUI": 10, "NON": 82, "NSP": 8}
_EPOCH = date(1970, 1, 1)
_NO_DAY = -(10**6)
Indices = NDArray[np.int64]
Cells = Sequence[pa.Array]


@dataclass(frozen=True)
class Returns:
    """What was written, and what is true of it.

    `folder` has an `inbox/` as it would be dropped, `spellings.csv` with each spelling in use of each code, and in `extra/` one
    file more, with the learners of a session that has none yet.
    """

    folder: Path
    truth: Truth
    truth_of_extra: Truth


def write(directory: Path, rows: int, seed: int = 2026) -> Returns:
    """Write the returns of a programme that has so many rows of apprenants and suivi together. Raises OSError."""
    made, parts = next((providers, parts) for most, providers, parts in SHAPES if rows <= most)
    providers = make_providers(made, seed)
    writer = _Writer(directory, Truth(rows, AS_OF), providers, parts, seed)
    writer.write_all()
    with (directory / "spellings.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["list", "spelling", "code"])
        lines.writerows(all_spellings())
    writer.truth.save(directory / "truth.json")
    return Returns(directory, writer.truth, writer.truth_of_extra)


@dataclass(frozen=True)
class _Sessions:
    """Sessions of one provider: days since 1970, identifiers, action of each."""

    ids: Sequence[str]
    actions: Sequence[str]
    starts: Indices
    ends: Indices


class _Writer:
    def __init__(self, directory: Path, truth: Truth, providers: Sequence[Provider], parts: int, seed: int) -> None:
        self.truth, self.truth_of_extra = truth, Truth(0, truth.as_of)
        self._directory, self._providers, self._parts, self._seed = directory, providers, parts, seed
        meaning = programme_meaning(truth.as_of)
        codes = list(_SITUATIONS)
        self._is_positive = np.array([code in meaning.positive for code in codes])
        self._is_neutralised = np.array([code in meaning.neutralised for code in codes])
        self._is_known = ~self._is_neutralised & ~np.array([code in meaning.unknown for code in codes])
        self._windows = dict(meaning.windows)
        self._towns = sorted({code for code in load_towns().everywhere.codes})[::4]

    def write_all(self) -> None:
        rows, parts = self.truth.rows, self._parts
        learners = int(rows * LEARNERS_SHARE)
        pieces = len(self._providers) * parts
        learners_of, followups_of = _shares(learners, pieces), _shares(rows - learners, pieces)
        sessions_a_part = max(2, rows // ROWS_A_SESSION // pieces)
        actions: list[list[str]] = []
        fundings: list[list[str]] = []
        for provider in self._providers:
            rng = np.random.default_rng([self._seed, provider.number])
            sessions = self._sessions(provider, sessions_a_part * parts, 4 * learners // pieces // sessions_a_part, rng)
            self._money(provider, sessions, actions, fundings, rng)
            for part in range(parts):
                of_part = slice(part * sessions_a_part, (part + 1) * sessions_a_part)
                some = _Sessions(
                    sessions.ids[of_part], sessions.actions[of_part], sessions.starts[of_part], sessions.ends[of_part]
                )
                piece = (provider.number - 1) * parts + part
                suffix = f"-{part + 1}" if parts > 1 else ""
                self._people(provider, suffix, some, learners_of[piece], followups_of[piece], rng)
        rng = np.random.default_rng([self._seed, 0])
        self._write("region/actions.csv", "actions", Style(), _columns(actions), rng)
        is_paid = np.array([row[4:6] == ["REGION", "VERSE"] for row in fundings])
        cents = np.array([int(row[7].replace(",", "")) for row in fundings])
        is_kept = self._write("region/financements.csv", "financements", Style(), _columns(fundings), rng)
        self.truth.sums["paid_cents"] += int(cents[is_paid & is_kept].sum())

    def _sessions(self, provider: Provider, number: int, seats: int, rng: np.random.Generator) -> _Sessions:
        """Write the provider's sessions; the first provider has one more, of the extra file."""
        is_first = provider.number == 1
        starts = rng.integers(_day(FIRST_START), _day(LAST_START) + 1, number + is_first)
        ends = starts + rng.integers(84, 271, number + is_first)
        ids = [f"S-{provider.number:03d}-{n:04d}" for n in range(1, number + is_first + 1)]
        actions = [f"HDF-{provider.number:03d}-{n // 4 + 1:03d}" for n in range(number + is_first)]
        style = draw_style(rng)
        towns = [self._towns[n] for n in rng.integers(0, len(self._towns), len(ids))]
        cells = [[style.siret(provider.siret)] * len(ids), actions, ids, towns, _days(starts, style), _days(ends, style),
                 [str(seats + 50)] * len(ids)]  # fmt: skip
        self._write(f"{provider.folder}/sessions.csv", "sessions", style, [pa.array(column) for column in cells], rng)
        if is_first:
            self._write_extra(provider, ids[-1], int(starts[-1]), rng)
        return _Sessions(ids[:number], actions, starts[:number], ends[:number])

    def _write_extra(self, provider: Provider, session: str, start: int, rng: np.random.Generator) -> None:
        one = _Sessions([session], [""], np.array([start]), np.array([start + 100]))
        cells, left, is_entrant, is_priority = self._learners(provider, one, np.zeros(EXTRA_ROWS, np.int64), Style(), rng)
        self.truth_of_extra.count("apprenants", EXTRA_ROWS, 0)
        self.truth_of_extra.add(entrants=is_entrant, priority=is_entrant & is_priority, leavers=is_entrant & (left != _NO_DAY))
        path = self._directory / "extra" / provider.folder / "apprenants-24.csv"
        _save(path, "apprenants", Style(), _joined(cells, Style()))

    def _money(
        self, provider: Provider, sessions: _Sessions, actions: list[list[str]], fundings: list[list[str]],
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        """Add the Region's rows of the provider's actions, and write its expenses."""
        style = draw_style(rng)
        names = list(dict.fromkeys(sessions.actions))
        for name in names:
            first = FIRST_START - timedelta(days=int(rng.integers(20, 200)))
            title, certification, rome = TRAININGS[rng.integers(len(TRAININGS))]
            grant = int(rng.integers(40_000, 100_000))
            actions.append([
                provider.siret, provider.name, provider.email, name, title, certification or "", rome or "",
                f"{first - timedelta(days=30):%d/%m/%Y}", "OUI", "NON", "ERN-2017", "250000,00", f"{grant},00",
                f"{first:%d/%m/%Y}",
            ])  # fmt: skip
            for number, (funder, nature, status, share) in enumerate((
                ("Région Hauts-de-France", "REGION", "NOTIFIE", 1.0), ("Région Hauts-de-France", "REGION", "VERSE", 0.5),
                ("Région Hauts-de-France", "REGION", "VERSE", 0.3), ("France Travail", "ETAT", "VERSE", 0.4),
                ("Fonds social européen", "EUROPE", "NOTIFIE", 0.2), ("Opco du numérique", "OPCO", "VERSE", 0.1),
            ), 1):  # fmt: skip
                decided = FIRST_START + timedelta(days=int(rng.integers(0, 700)))
                fundings.append([provider.siret, name, f"{status[0]}-{name[4:]}-{number}", funder, nature, status,
                                 f"{decided:%d/%m/%Y}", f"{grant * share:.2f}".replace(".", ",")])  # fmt: skip
        number = 60 * len(names)
        cents = rng.integers(5_000, 400_000, number) * np.where(rng.random(number) < 0.03, -1, 1)
        day = rng.integers(_day(FIRST_START), _day(date(2025, 3, 31)), number)
        cells = [pa.array([style.siret(provider.siret)] * number), pa.array(np.repeat(names, 60)),
                 pa.array([f"F-{n:06d}" for n in range(number)]), _days(day, style),
                 style.codes("cost_category", rng.integers(0, 7, number), rng),
                 pa.array([style.amount(amount) for amount in cents.tolist()])]  # fmt: skip
        is_kept = self._write(f"{provider.folder}/depenses.csv", "depenses", style, cells, rng)
        self.truth.sums["justified_cents"] += int(cents[is_kept].sum())

    def _people(
        self, provider: Provider, suffix: str, sessions: _Sessions, learners: int, followups: int, rng: np.random.Generator
    ) -> None:
        style = draw_style(rng)
        session = np.sort(rng.integers(0, len(sessions.ids), learners))
        cells, left, is_entrant, is_priority = self._learners(provider, sessions, session, style, rng)
        is_kept = self._write(f"{provider.folder}/apprenants{suffix}.csv", "apprenants", style, cells, rng)
        has_left = left != _NO_DAY
        is_leaver = is_kept & is_entrant & has_left
        self.truth.add(entrants=is_kept & is_entrant, priority=is_kept & is_entrant & is_priority, leavers=is_leaver)

        horizons = list(self._windows)
        candidates = np.flatnonzero(has_left)[:, None] * len(horizons) + np.arange(len(horizons))
        drawn = np.sort(rng.choice(candidates.ravel(), followups, replace=False))
        who, horizon = drawn // len(horizons), drawn % len(horizons)
        windows = np.array(list(self._windows.values()))
        after = rng.integers(windows[horizon, 0], windows[horizon, 1] + 1)
        after = np.where(rng.random(followups) < OUTSIDE_WINDOW_SHARE, windows[horizon, 1] + 9, after)
        situation = _draw(_SITUATIONS, followups, rng)
        style = draw_style(rng)
        cells = [
            pa.array([style.siret(provider.siret)]).take(pa.array(np.zeros(followups, np.int64))),
            pa.array(sessions.ids).take(pa.array(session[who])),
            _references(who),
            style.codes("horizon", horizon, rng),
            _days(left[who] + after, style),
            style.codes("situation", situation, rng, list(_SITUATIONS)),
            style.codes("yes_no_unknown", _draw(_FLAGS, followups, rng), rng),
            style.codes("source", rng.integers(0, 4, followups), rng),
        ]
        is_kept = self._write(f"{provider.folder}/suivi{suffix}.csv", "suivi", style, cells, rng)
        is_counted = is_kept & (horizon == horizons.index("M6")) & is_leaver[who]
        found = situation[is_counted]
        self.truth.add(known=self._is_known[found], positive=self._is_positive[found], neutralised=self._is_neutralised[found])

    def _learners(
        self, provider: Provider, sessions: _Sessions, session: Indices, style: Style, rng: np.random.Generator
    ) -> tuple[Cells, Indices, NDArray[np.bool_], NDArray[np.bool_]]:
        """The cells of learners; and of each the day of leaving, whether it is an entrant, and of a priority audience."""
        number = len(session)
        entered = sessions.starts[session] + rng.integers(0, 15, number)
        end = rng.choice(5, number, p=(0.72, 0.09, 0.08, 0.03, 0.08))  # TERMINE, ABANDON, ABANDON_EMPLOI, ANNULE, none yet
        has_left = end < 3
        left = np.where(end == 0, sessions.ends[session], entered + rng.integers(20, 60, number))
        sex = _draw({"F": 41, "M": 57, "X": 2}, number, rng)
        months = np.where(rng.random(number) < 0.4, -1, rng.integers(0, 37, number))
        flags = [_draw(_FLAGS, number, rng) for _ in range(5)]
        is_priority = (sex == 0) | (months >= 12)
        for flag in flags:
            is_priority |= flag == 0
        certification = np.where(end == 0, rng.choice(3, number, p=(0.7, 0.1, 0.2)), np.where(has_left, 3, 5))
        cells = [
            pa.array([style.siret(provider.siret)]).take(pa.array(np.zeros(number, np.int64))),
            pa.array(sessions.ids).take(pa.array(session)),
            _references(np.arange(number)),
            pa.array([""]).take(pa.array(np.zeros(number, np.int64))),
            style.codes("sex", sex, rng),
            _days(entered - rng.integers(17 * 366, 60 * 365, number), style),
            pa.array(self._towns).take(pa.array(rng.integers(0, len(self._towns), number))),
            style.codes("diploma_level", rng.choice(7, number, p=(0.2, 0.25, 0.25, 0.15, 0.08, 0.05, 0.02)), rng),
            *(style.codes("yes_no_unknown", flag, rng) for flag in flags),
            pa.array([*map(str, range(37)), ""]).take(pa.array(np.where(months < 0, 37, months))),
            _days(entered, style),
            _days(np.where(has_left, left, _NO_DAY), style),
            style.codes("completion", end, rng, ["TERMINE", "ABANDON", "ABANDON_EMPLOI", "ANNULE", ""]),
            style.codes("certification", certification, rng),
        ]
        return cells, np.where(has_left, left, _NO_DAY), end != 3, is_priority

    def _write(self, name: str, kind: str, style: Style, cells: Cells, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Write a file of these cells, some of its records damaged; gives which are to be accepted."""
        rows = len(cells[0])
        chance = rng.random(rows)
        is_spoilt = (chance < DAMAGED_SHARE) & (kind not in ("actions", "sessions"))
        lines = _joined(cells, style)
        for mask, change in ((is_spoilt, damaged), (chance > 1 - QUOTED_SHARE, quoted)):
            rewritten = zip(*(column.filter(pa.array(mask)).to_pylist() for column in cells), strict=True)
            changed = [change(kind, list(row), rng) + style.newline for row in rewritten]
            if changed:
                lines = pc.replace_with_mask(lines, pa.array(mask), pa.array(changed, pa.large_string()))
        _save(self._directory / "inbox" / name, kind, style, lines)
        self.truth.count(kind, rows, int(is_spoilt.sum()))
        return ~is_spoilt


def _shares(total: int, pieces: int) -> list[int]:
    ends = [total * n // pieces for n in range(pieces + 1)]
    return [after - before for before, after in pairwise(ends)]


def _day(day: date) -> int:
    return (day - _EPOCH).days


def _draw(weights: Mapping[str, int], number: int, rng: np.random.Generator) -> Indices:
    ends = np.cumsum(list(weights.values()))
    return np.searchsorted(ends, rng.integers(0, ends[-1], number), side="right")


def _days(days: Indices, style: Style) -> pa.Array:
    """The days since 1970 as the style writes them; _NO_DAY is an empty cell."""
    first, texts = spell_dates(style.dates)
    return texts.take(pa.array(np.where(days == _NO_DAY, len(texts) - 1, days - first)))


def _references(numbers: Indices) -> pa.Array:
    return pc.binary_join_element_wise("APP", pc.utf8_lpad(pa.array(numbers + 1).cast(pa.string()), 6, "0"), "-")


def _columns(rows: Sequence[Sequence[str]]) -> Cells:
    return [pa.array(column) for column in zip(*rows, strict=True)]


def _joined(cells: Cells, style: Style) -> pa.Array:
    """Each record as one text with its line end."""
    joined = pc.binary_join_element_wise(*(column.cast(pa.large_string()) for column in cells), pa.scalar(";", pa.large_string()))
    newline = pa.scalar(style.newline, pa.large_string())
    return pc.binary_join_element_wise(joined, newline, pa.scalar("", pa.large_string()))


def _save(path: Path, kind: str, style: Style, lines: pa.Array) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ";".join(column.header for column in RETURNS[kind].columns) + style.newline
    offsets = np.frombuffer(lines.buffers()[1], np.int64)[lines.offset : lines.offset + len(lines) + 1]
    data = header.encode() + lines.buffers()[2].to_pybytes()[offsets[0] : offsets[-1]]
    path.write_bytes(data if style.encoding == "utf-8" else data.decode().encode(style.encoding))
