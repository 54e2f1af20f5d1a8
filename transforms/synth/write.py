"""Writes synthetic returns into a folder, row by row, whatever their number, and the truth into `truth/` beside them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random
from typing import Any

from expectations.contract.returns import RETURNS
from transforms.synth.meaning import programme_meaning
from transforms.synth.people import make_followups, make_learner
from transforms.synth.plan import Action, Row, make_actions, make_expenses, make_fundings
from transforms.synth.providers import Provider, make_providers
from transforms.synth.return_file import FileTruth, ReturnFile
from transforms.synth.style import PLAIN, draw_style
from transforms.synth.towns import Towns, load_towns
from transforms.synth.truth import Expected, Truth

REGION = "region-hauts-de-france"
Add = Callable[[Row], bool]


def write(
    directory: Path,
    *,
    providers: int = 12,
    learners: int = 1000,
    seed: int = 2026,
    dirty: float = 0.05,
    today: date | None = None,
    truth_folder: Path | None = None,
) -> Truth:
    """Write returns of all six kinds, a folder for each provider and one for the Region.

    Args:
        directory: where to write; made if need be, files of the same name are overwritten.
        providers: how many invented providers.
        learners: how many rows the returns `apprenants` have in all, before copies.
        seed: the same seed, numbers and day write the same bytes.
        dirty: share of the records that are spoilt; half of a file's rows are in error at most. With 0 every file is as the
            template has it; otherwise each office writes in its own way. The Region's rows stay readable: an action in
            quarantine would make all of a provider's rows wait.
        today: the day on which the files are received, by default today; dates are relative to it.
        truth_folder: where the truth is written, by default `truth/` in the directory.

    Returns:
        what is true of the files, which `truth.json` says too. `dirt.csv` beside it names each spoilt record or line;
        `<table>.csv` has the rows as they should have been, with file, line and whether they must be accepted.

    Raises:
        OSError: the folder cannot be written.
        ValueError: no provider, or more than there are SIRETs for.
    """
    today = today or date.today()
    makers = make_providers(providers, seed)
    meaning = programme_meaning(today)
    truth_folder = truth_folder or directory / "truth"
    truth = Truth(seed, today, dirty, providers, learners, Expected(today, meaning))
    towns = load_towns()
    with ExitStack() as stack:
        desk = stack.enter_context(_Desk.opened(directory, truth_folder, truth, dirty, seed))
        region = Provider(0, "", "Région Hauts-de-France", "", REGION)
        actions = stack.enter_context(desk.file(region, "actions"))
        fundings = stack.enter_context(desk.file(region, "financements"))
        for provider, share in zip(makers, _shares(learners, providers, seed), strict=True):
            rng = Random(f"{seed}/{provider.number}")
            _write_provider(desk, provider, share, towns, rng, actions, fundings)
    (truth_folder / "truth.json").write_text(truth.as_json(), encoding="utf-8")
    return truth


def _shares(learners: int, providers: int, seed: int) -> list[int]:
    """How many learners each provider has, between half and three halves of the mean; they add up."""
    rng = Random(f"{seed}/shares")
    ends = list(accumulate(rng.randint(50, 150) for _ in range(providers)))
    limits = [0, *(learners * end // ends[-1] for end in ends)]
    return [after - before for before, after in pairwise(limits)]


def _write_provider(
    desk: _Desk, provider: Provider, learners: int, towns: Towns, rng: Random, add_action: Add, add_funding: Add
) -> None:
    expected, today = desk.truth.expected, desk.truth.today
    with ExitStack() as stack:
        add_session = stack.enter_context(desk.file(provider, "sessions"))
        add_learner = stack.enter_context(desk.file(provider, "apprenants"))
        add_followup = stack.enter_context(desk.file(provider, "suivi"))
        add_expense = stack.enter_context(desk.file(provider, "depenses"))
        for action in make_actions(provider, learners, today, towns, rng):
            add_action(action.row)
            expected.eur["committed"] += action.row["grant_eur"]
            _write_money(desk, action, rng, add_expense, add_funding)
            for session in action.sessions:
                is_known = add_session(session.row)
                expected.sessions += is_known
                for number in range(1, session.size + 1):
                    learner = make_learner(session, number, today, towns, rng)
                    counts = add_learner(learner) and is_known
                    answers = {}
                    for row in make_followups(learner, today, expected.meaning.windows, rng):
                        if add_followup(row):
                            answers[row["horizon"]] = row["situation"]
                    if counts:
                        expected.learner(learner, answers)


def _write_money(desk: _Desk, action: Action, rng: Random, add_expense: Add, add_funding: Add) -> None:
    eur, today = desk.truth.expected.eur, desk.truth.today
    for row in make_expenses(action, today, rng):
        if add_expense(row):
            eur["justified"] += row["amount_eur"]
    for row in make_fundings(action, today, rng):
        if add_funding(row) and row["funder_type"] == "REGION" and row["status"] == "VERSE":
            eur["paid"] += row["amount_eur"]


class _Desk:
    """Opens returns, and keeps the truth of each row beside them."""

    def __init__(
        self, directory: Path, truth: Truth, dirty: float, seed: int, dirt: Any, tables: dict[str, Any]
    ) -> None:
        self.truth = truth
        self._directory, self._dirty, self._seed, self._dirt, self._tables = directory, dirty, seed, dirt, tables

    @classmethod
    @contextmanager
    def opened(cls, directory: Path, truth_folder: Path, truth: Truth, dirty: float, seed: int) -> Iterator[_Desk]:
        """A desk whose truth files are open: one for each kind, and dirt.csv."""
        truth_folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:

            def table(name: str, header: list[str]) -> Any:
                file = stack.enter_context((truth_folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header)
                return writer.writerow

            dirt = table("dirt", ["file", "line", "sort", "is_accepted"])
            about = ["file", "line", "is_accepted"]
            tables = {kind: table(r.table, about + [c.name for c in r.columns]) for kind, r in RETURNS.items()}
            yield cls(directory, truth, dirty, seed, dirt, tables)

    @contextmanager
    def file(self, provider: Provider, kind: str) -> Iterator[Add]:
        """A return being written: call it with a row, it says whether the row must be accepted."""
        name = f"{provider.folder}/{kind}.csv"
        rng = Random(f"{self._seed}/{name}")
        style = draw_style(rng, provider.name, kind, self.truth.today) if self._dirty else PLAIN
        about = FileTruth(name, kind, provider.siret or None, style)
        path = self._directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        fields = [column.name for column in RETURNS[kind].columns]
        keep, rows = self._tables[kind], self.truth.rows
        with path.open("wb") as stream:
            written = ReturnFile(
                stream,
                about,
                dirty=self._dirty,
                rng=rng,
                harmless_only=RETURNS[kind].from_region,
                note=lambda line, sort, is_accepted: self._dirt([name, line, sort, is_accepted]),
            )

            def add(row: Row) -> bool:
                line, is_accepted = written.add(row)
                keep([name, line, is_accepted, *(row[field] for field in fields)])
                rows[kind] += 1
                return is_accepted

            yield add
            self.truth.files[name] = written.close()
