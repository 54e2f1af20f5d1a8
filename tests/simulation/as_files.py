"""Simulated returns as the files that a provider sends, and the nights that take them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from expectations.contract.returns import RETURNS
from tests.golden.nights import Home
from tests.simulation.providers import Sent

_REGION = "region"


def as_csv(file: Sent) -> bytes:
    """The file's bytes, in the template's columns."""
    columns = RETURNS[file.kind].columns
    lines = [";".join(column.header for column in columns)]
    lines += [";".join(_cell(row.get(column.name)) for column in columns) for row in file.rows]
    return ("\n".join(lines) + "\n" * (1 + file.blank_lines)).encode()


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "OUI" if value else "NON"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, Decimal):
        return f"{value:.2f}".replace(".", ",")
    return "" if value is None else str(value)


def by_night(files: Iterable[Sent], nights: Sequence[date]) -> dict[date, list[Sent]]:
    """The files of each night, in the order of their days: each in the first night that is not before it."""
    taken: dict[date, list[Sent]] = {night: [] for night in nights}
    for file in sorted(files, key=lambda file: file.day):
        taken[nights[bisect_left(nights, file.day)]].append(file)
    return taken


def live(home: Home, sender: str, files: Iterable[Sent], nights: Sequence[date]) -> None:
    """Run these nights on the home; a provider's files come from its folder `sender` ('' for one named as the SIRET)."""
    for night, taken in by_night(files, nights).items():
        named = {}
        for number, file in enumerate(taken):
            folder = _REGION if RETURNS[file.kind].from_region else sender or file.siret
            named[f"{folder}/{night:%Y%m%d}-{number:03}-{file.kind}.csv"] = as_csv(file)
        home.night(named, on=night)
