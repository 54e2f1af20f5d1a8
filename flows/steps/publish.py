"""Step 6, publish: puts a computed warehouse in the place of the published one, and keeps a snapshot of its day."""

from __future__ import annotations

import logging
from datetime import date
from pathlib import Path

from flows.errors import described
from flows.night import Night
from flows.steps.compute import ComputedWarehouse
from warehouse.published.publish import put_in_place
from warehouse.published.snapshots import keep_snapshot, remove_old_snapshots
from warehouse.published.unfinished_file import remove_unfinished

log = logging.getLogger("suivi.night")

Tables = list[tuple[str, int]]


def publish(night: Night, computed: ComputedWarehouse) -> Tables:
    """Put the night's warehouse in the place of yesterday's, and keep its snapshot. May be called again after it failed."""
    with night.step("publish") as outcome:
        tables = publish_warehouse(computed)
        if night.as_of == night.received_on:  # of an earlier day `suivi backfill` makes a snapshot
            keep_snapshot_of_day(night.settings.home, night.as_of)
        outcome.append(f"{len(tables)} tables")
        return tables


def publish_warehouse(computed: ComputedWarehouse) -> Tables:
    """Verify a computed warehouse, and put it in its place in one step. Gives name and rows of each table.

    Raises PublicationFailed where it is not fit to be shown, OSError where it cannot be put there. Then the old warehouse
    stays, and the computed file too, for another try: remove it with `remove_unfinished` once there is none.
    """
    put_in_place(computed.target, computed.tables)
    return list(computed.tables)


def publish_or_remove(computed: ComputedWarehouse) -> Tables:
    """Like publish_warehouse; where that fails there is no other try, and nothing stays beside the old warehouse."""
    try:
        return publish_warehouse(computed)
    finally:
        remove_unfinished(computed.target)


def keep_snapshot_of_day(home: Path, as_of: date) -> None:
    """Keep the published warehouse as the snapshot of its day, and remove those that the rule does not keep.

    A full disk is logged and no failure: `suivi backfill` can make the snapshot of any day.
    """
    try:
        keep_snapshot(home, as_of)
        remove_old_snapshots(home, as_of)
    except OSError as error:
        log.error("no snapshot of %s: %s", as_of, described(error))
