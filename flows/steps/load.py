"""Puts files, as judged, into the store; a night does so with what came, a rebuild with what the archive kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from expectations.verdict.decide import Judged, refused
from warehouse.errors import UnstorableFile
from warehouse.store.store import Store
from warehouse.store.submission import Submission

log = logging.getLogger("suivi.night")


def store_all(
    store: Store, run_id: str, files: Sequence[Judged], submissions: Callable[[Sequence[Judged]], Sequence[Submission]]
) -> list[Judged]:
    """Store all files in one transaction; those that no table can hold are refused, and the others stored.

    Args:
        store: the open store.
        run_id: the night.
        files: as judged.
        submissions: makes of them what the store takes, in the same order.

    Returns:
        the files as they were stored.
    """
    kept = list(files)
    while True:
        try:
            store.load(run_id, submissions(kept))
            return kept
        except UnstorableFile as error:
            if not error.guilty:
                raise
            guilty = {kept[position].sha256 for position in error.guilty}
        log.error("no table can hold what is in %d files: they are refused", len(guilty))
        kept = [refused(file, "FIC-12") if file.sha256 in guilty else file for file in kept]


def submission_of(
    file: Judged, received_at: datetime, identity: tuple[int, ...], sender: str, released_from: int | None
) -> Submission:
    """What the store takes of a file; for the last three see warehouse.store.submission.Arrival."""
    return Submission(
        file_name=file.name,
        sha256=file.sha256,
        kind=file.kind,
        provider_siret=file.provider_siret,
        received_at=received_at,
        decision=str(file.decision),
        records=file.records,
        accepted=file.accepted,
        quarantined=file.quarantined,
        blank_lines=file.blank_lines,
        rows=file.rows,
        quarantined_rows=file.quarantined_rows,
        findings=file.findings,
        scopes=file.scopes,
        identity=identity,
        sender=sender,
        released_from=released_from,
    )
