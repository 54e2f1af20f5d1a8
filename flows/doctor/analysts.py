"""Checks of what analysts get: how many learners are alone with what is shown, and files of before that still show more."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import duckdb

from flows.doctor.fault import Fault, HomeToCheck
from warehouse.published import snapshots
from warehouse.published.publish import open_read_only
from warehouse.published.published_tables import DETAIL
from warehouse.query_results import read_sql


def detail(home_to_check: HomeToCheck) -> Iterator[Fault]:
    """Analysts get no more of learners than the setting says; where they get birth years and communes, whom these betray."""
    wanted = home_to_check.settings.analysts_detail
    if wanted and (counted := _alone(home_to_check)):
        what = f"{counted[0]} of {counted[1]} learners are unique on (birth year, commune, sex): who knows these finds them"
        yield Fault(DETAIL.name, what, "set analysts_detail = false unless analysts need it", is_advice=True)
    paths = {home_to_check.settings.warehouse: "run `suivi nightly`"}
    for day in snapshots.snapshot_days(home_to_check.home):
        todo = f"run `suivi backfill --from {day} --to {day} --every day`, or remove it"
        paths[snapshots.snapshot_path(home_to_check.home, day)] = todo
    for path, todo in paths.items():
        with contextlib.suppress(duckdb.Error):
            if path.is_file() and snapshots.shows_more_than_now(path, detail=wanted):
                yield Fault(str(path), "it tells more of each learner than analysts get now", todo)


def _alone(home_to_check: HomeToCheck) -> tuple[int, int] | None:
    """How many learners are unique, of how many; None where the warehouse does not tell, or there is none yet."""
    try:
        with contextlib.closing(open_read_only(home_to_check.home)) as con:
            alone, learners = con.execute(read_sql("flows.doctor", "learners_alone")).fetchall()[0]
            return int(alone), int(learners)
    except duckdb.Error:
        return None
