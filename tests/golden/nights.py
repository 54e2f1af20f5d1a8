"""Whole nights without Prefect: files into an inbox, the night's steps in order, the warehouse queried."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from stdnum import luhn

from flows.night import Night, new_run_id
from flows.pages.report_json import night_report
from flows.settings import load_settings
from flows.steps.check import Verdicts, check
from flows.steps.compute import compute
from flows.steps.load import load
from flows.steps.publish import publish
from flows.steps.read import read
from flows.steps.receive import Batch, receive
from flows.steps.report import report
from tests.spec.paper import SIRET, csv_of
from warehouse.intake.senders import REGION_KINDS
from warehouse.paris_days import PARIS


def sirets(count: int) -> list[str]:
    """That many valid SIRETs; the first is the one of tests/spec/paper.py."""
    found = []
    for number in range(count):
        siren = f"90012{number:03d}"
        siren += luhn.calc_check_digit(siren)
        found.append(f"{siren}0001" + luhn.calc_check_digit(f"{siren}0001"))
    return found


def sent_by(siret: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same files from another provider, in its own folder, and of the Region for it, in the Region's: `<folder>/<siret>/<name>`."""
    region = {csv_of(kind).splitlines()[0] for kind in REGION_KINDS}
    return {
        f"{'region' if data.splitlines()[:1] and data.splitlines()[0] in region else siret}/{siret}/{name}":
            data.replace(SIRET.encode(), siret.encode())
        for name, data in files.items()
    }  # fmt: skip


def all_steps(night: Night) -> dict[str, Any]:
    """The seven steps of flows.nightly, without Prefect; gives the report."""
    batch, verdicts = first_four_steps(night)
    return report(night, batch, verdicts, publish(night, compute(night)))


def first_four_steps(night: Night) -> tuple[Batch, Verdicts]:
    """What came and what became of it, once it is in the store."""
    batch = receive(night)
    verdicts = check(night, batch, read(night, batch))
    load(night, batch, verdicts)
    return batch, verdicts


class Home:
    """A home folder in which nights are run; `night` gives what `suivi nightly --format json` would print.

    Where `tells` is False nights end with the warehouse: no receipts, mails and dashboard, which cost a quarter of a night.
    """

    def __init__(self, folder: Path, *, tells: bool = True) -> None:
        self.folder = folder
        self.tells = tells
        (folder / "inbox").mkdir(parents=True, exist_ok=True)

    def drop(self, files: Mapping[str, bytes]) -> None:
        """Put files into the inbox, in this order, as if they had lain there for a while."""
        at = time.time() - 3600
        for number, (name, data) in enumerate(files.items()):
            path = self.folder / "inbox" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            os.utime(path, (at + number, at + number))

    def night(
        self, files: Mapping[str, bytes] | None = None, as_of: date | None = None, on: date | None = None
    ) -> dict[str, Any]:
        """Drop these files and run a night, on that day (today if None)."""
        self.drop(files or {})
        now = datetime.combine(on, datetime.min.time().replace(hour=4), PARIS) if on else None
        with Night(load_settings(self.folder), as_of, new_run_id(), now) as night:
            if self.tells:
                return all_steps(night)
            batch, verdicts = first_four_steps(night)
            tables = publish(night, compute(night))
            return night_report(night.run_id, night.as_of, verdicts.files, batch.deferred, tables, [])

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """What an analyst sees."""
        with duckdb.connect(str(self.folder / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query, list(parameters)).fetchall()

    def row(self, query: str, *parameters: Any) -> tuple[Any, ...]:
        """The one row that this query gives."""
        (row,) = self.rows(query, *parameters)
        return row
