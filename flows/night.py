"""The steps of a night, without Prefect: what each does, in which order files are stored and leave the inbox."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from expectations.decide import Judged, Limits, judge
from expectations.findings import Finding
from expectations.messages import all_rules, sentence
from expectations.programme import load_programme
from flows.errors import NightFailed, Problem, described
from flows.lock import night_lock
from flows.progress import current
from flows.settings import Settings
from warehouse import archive, inbox, published
from warehouse.reference.places import load_places
from warehouse.store import Store
from warehouse.submission import Arrival, Submission

log = logging.getLogger("suivi.night")

PARIS = ZoneInfo("Europe/Paris")
#: A file fresher than settle_seconds is waited for, but no longer than this: a larger setting means "leave it to the next night".
LONGEST_WAIT = 10.0
DECISIONS = ("accepted", "partial", "refused", "duplicate", "deferred")
Tables = list[tuple[str, int]]


def new_run_id() -> str:
    """The name of a night: its start in UTC, and enough chance that two never share one."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


class Batch:
    """What was in the inbox. Not a dataclass, nor is Verdicts: Prefect looks into those, row by row."""

    def __init__(self, arrivals: Sequence[Arrival], deferred: Sequence[tuple[str, str]]) -> None:
        self.arrivals = arrivals
        self.deferred = deferred


class Verdicts:
    """What became of each arrival, in the same order."""

    def __init__(self, files: Sequence[Judged]) -> None:
        self.files = list(files)


class Night:
    """One night of one home, step by step. Use as a context manager: it holds the lock and the store's connection.

    `seconds` says how long each step took. Every step raises NightFailed, whose text holds no value of a file.
    """

    def __init__(self, settings: Settings, as_of: date | None = None, run_id: str | None = None) -> None:
        self.settings = settings
        self.run_id = run_id or new_run_id()
        self.now = datetime.now(UTC)
        self.received_on = self.now.astimezone(PARIS).date()
        self.as_of = as_of or self.received_on
        self.seconds: dict[str, float] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Night:
        with contextlib.ExitStack() as opening:
            opening.enter_context(night_lock(self.settings.home, self.run_id))
            with self._step("open"):
                self.settings.inbox.mkdir(parents=True, exist_ok=True)
                self.programme = load_programme(self.settings.programme_file)
                self.store = opening.enter_context(Store.open(self.settings.home))
                self.store.begin_night(self.run_id, self.now, self.as_of)
            self._open = opening.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with self._open, contextlib.suppress(Exception):
            self.store.end_night(self.run_id, datetime.now(UTC), "failed" if kind else "done")

    def receive(self) -> Batch:
        """The files that are ready, in the order in which they count. Nothing leaves the inbox yet."""
        with self._step("receive") as outcome:
            collected = self._collect()
            if self._only_too_fresh(collected.deferred):
                # `cp file inbox/ && suivi nightly` must take the file, and a file that still grows must stay.
                time.sleep(min(self.settings.settle_seconds, LONGEST_WAIT) + 0.1)
                collected = self._collect()
            outcome.append(f"{len(collected.arrivals)} files, {len(collected.deferred)} left for later")
            return Batch(collected.arrivals, collected.deferred)

    def check(self, batch: Batch) -> Verdicts:
        """Read every file, parse every value, apply every rule of a file alone. A file that crashes that is refused."""
        with self._step("check") as outcome:
            judged = judge(
                [(arrival.name, arrival.data) for arrival in batch.arrivals],
                self.received_on,
                self.programme,
                load_places(),
                limits=Limits(self.settings.refuse_above, self.settings.max_file_mb),
                known_sirets=self.store.known_sirets(),
                taken=self.store.taken(),
            )
            for file in judged:
                # Names, counts and rule ids: never a value, and no sentence, which may quote the file's own header.
                rules = " ".join(sorted({finding.rule for finding in file.findings})) or "no rule broken"
                log.info("%s: %s, %d of %d records taken, %s", file.name, file.decision, file.accepted, file.records, rules)
            counts = Counter(str(file.decision) for file in judged)
            outcome.append(", ".join(f"{counts[name]} {name}" for name in DECISIONS if counts[name]) or "nothing new")
            return Verdicts(judged)

    def load(self, batch: Batch, verdicts: Verdicts) -> int:
        """Archive the originals, store the batch in one transaction, then empty the inbox of it, in that order.

        A night killed in between finds its files still in the inbox: those stored already are duplicates by then.
        """
        with self._step("load") as outcome:
            for arrival, file in zip(batch.arrivals, verdicts.files, strict=True):
                self.archive.put(arrival.sha256, file.archive_bytes)
            try:
                self._store(batch.arrivals, verdicts.files)
            except Exception as error:
                if not self._refuse_the_guilty(batch, verdicts, error):
                    raise
            for arrival in batch.arrivals:
                inbox.remove(arrival)
            outcome.append(f"{sum(len(file.rows) for file in verdicts.files)} rows stored")
            return len(verdicts.files)

    def publish(self) -> Tables:
        """Compute every table beside the warehouse, verify it, replace the warehouse whole."""
        with self._step("publish") as outcome:
            tables = published.publish(self.settings.home, self.store, self.as_of, self._fill, self._meta())
            outcome.append(f"{len(tables)} tables")
            return tables

    def report(self, batch: Batch, verdicts: Verdicts, tables: Tables) -> dict[str, Any]:
        """The one object of `suivi nightly --format json` (interfaces.md)."""
        with self._step("report") as outcome:
            files = [file_fields(file) for file in verdicts.files]
            files += [deferred_fields(name, reason) for name, reason in batch.deferred]
            counts = Counter(file["decision"] for file in files)
            totals = {"files": len(files), "decisions": {name: counts[name] for name in DECISIONS}}
            for field in ("records", "accepted", "quarantined", "blank_lines"):
                totals[field] = sum(file[field] for file in files)
            outcome.append(f"{len(files)} files, {totals['accepted']} of {totals['records']} records taken")
            report: dict[str, Any] = {
                "run_id": self.run_id,
                "as_of": self.as_of.isoformat(),
                "files": files,
                "totals": totals,
                "alerts": [],
                "tables": [{"name": name, "rows": rows} for name, rows in tables],
                "seconds": self.seconds,
            }
        return report

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        """Time the step and tell who looks; whatever breaks becomes a NightFailed, whose text holds no value."""
        began = time.monotonic()
        outcome: list[str] = []
        current().began(name)
        try:
            yield outcome
        except Problem:
            current().failed(name)
            raise
        except Exception as error:
            current().failed(name)
            log.error("step %s: %s", name, described(error))
            raise NightFailed(name, error) from None
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - began, 3)
        current().ended(name, " ".join(outcome), self.seconds[name])
