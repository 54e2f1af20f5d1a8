"""A release: the warehouse's counts as anyone may see them, audited with all earlier releases, then published for good."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from expectations.programme import Programme, in_force
from expectations.programme.rules import PublicationRule
from flows.audit import audited
from flows.errors import WrongUse, safe_to_show
from flows.lock import night_lock
from flows.night import new_run_id
from flows.publication.open_folder import (
    PublishedRelease,
    ReleaseRefused,
    open_folder,
    published_releases,
    put_in_place,
    remove_unfinished,
    write_files,
    write_list,
    write_unfinished,
)
from flows.settings import Settings, programme_of
from flows.version import version
from transforms.disclosure_audit import AuditReport, Thresholds, Violation, audit
from transforms.publication.counts import LEVELS, Counts, PublishedCounts, last_day, read_counts
from transforms.publication.differences import hidden_as_before, is_the_same
from transforms.publication.filled_tables import OpenMoney, fill_tables, read_money
from transforms.publication.grants import Publisher
from transforms.publication.read_release import ReleaseName, read_published_counts
from transforms.publication.release_files import data_files, other_files
from transforms.publication.schemas import About
from transforms.publication.suppression import Contradiction, NotProtectable, Suppression, suppress
from warehouse.durable_files import private_files
from warehouse.paris_days import PARIS
from warehouse.published.publish import open_read_only
from warehouse.query_results import single_row

_VIOLATIONS_SHOWN = 12


@dataclass(frozen=True)
class HiddenAtLevel:
    """How many of a level's counts are hidden: for what they tell themselves, and to protect others; and how many there are."""

    level: str
    telling: int
    to_protect: int
    counts: int


@dataclass(frozen=True)
class Released:
    """What was published, or would be: its name, what is hidden in it, the audit's words, and where it is (None: nowhere)."""

    name: str
    units: int
    hidden: Sequence[HiddenAtLevel]
    verdicts_hidden: int
    verdicts: int
    audited_with: Sequence[str]
    bounded: int
    path: Path | None


@dataclass(frozen=True)
class _Read:
    """What the warehouse tells."""

    counts: Counts
    money: OpenMoney
    as_of: date


def release(settings: Settings, period: str, *, dry_run: bool = False, now: datetime | None = None) -> Released:
    """Publish a release of a period under `open/`, or say what would be published.

    Args:
        settings: of the home whose published warehouse is read.
        period: a quarter like 2026-Q3. Of one that is published already this makes the next version.
        dry_run: change nothing, in the home or elsewhere.
        now: when it is made, this moment if None.

    Raises WrongUse where the period or the warehouse cannot be used, or nothing has changed; ReleaseRefused where the audit
    finds that something hidden can be worked out, or an earlier release is not as it was published; AnotherNight. Then nothing
    is published.
    """
    try:
        end = last_day(period)
    except ValueError:
        raise WrongUse(f"{safe_to_show(period)!r} is no period: write a quarter like 2026-Q3") from None
    if not settings.warehouse.is_file():
        raise WrongUse(f"there is no warehouse at {settings.warehouse}: run `suivi nightly` first, or name its home with --home")
    programme, at = programme_of(settings), (now or datetime.now(UTC)).astimezone(PARIS)
    if dry_run:
        with tempfile.TemporaryDirectory() as scratch:
            return _released(settings, programme, period, end, at, Path(scratch))
    with night_lock(settings.home, new_run_id()), audited(settings.home, "release") as entry:
        remove_unfinished(open_folder(settings.home))
        done = _released(settings, programme, period, end, at, None)
        entry.files.append(done.name)
        entry.counts |= {"units": done.units, "hidden": sum(level.telling + level.to_protect for level in done.hidden)}
        return done


def _released(
    settings: Settings, programme: Programme, period: str, end: date, at: datetime, scratch: Path | None
) -> Released:
    folder = open_folder(settings.home)
    earlier = published_releases(folder)
    if scratch is None:
        write_list(folder, earlier, settings.publisher)  # one that was killed before it got there has left it as it was
    name = _next_name(period, earlier)
    publisher = Publisher(settings.publisher, settings.publisher_siret)
    found = _read(settings, period, end, publisher)
    rule = in_force(programme.publication_rules, end)
    told = [read_published_counts(one.path) for one in earlier]
    if earlier and earlier[-1].name.period == period:
        as_before = fill_tables(hidden_as_before(found.counts, told[-1]), found.money, rule.smallest_denominator)
        if is_the_same(earlier[-1].path, data_files(as_before)):
            raise WrongUse(f"nothing has changed since {earlier[-1].path}: there is nothing to correct")
    suppression = _suppression(found.counts, told, rule, str(name))
    published = suppression.published
    filled = fill_tables(published, found.money, rule.smallest_denominator)
    data = data_files(filled)
    about = About(
        str(name), period, programme.call_rules[0].adopted_on, end, found.as_of, at, publisher, version(),
        programme.fingerprint, [(str(one.name), one.sums) for one in earlier],
    )  # fmt: skip
    files = data | other_files(about, rule, filled, data, earlier[-1].path if earlier else None, found.money.titles)
    if scratch is not None:
        written = scratch / str(name)
        with private_files():
            write_files(written, files)
    else:
        written = write_unfinished(folder, name, files)
    try:
        report = _audit(written, earlier, found.counts, rule)
        path = put_in_place(written) if scratch is None else None
    except BaseException:
        if scratch is None:
            remove_unfinished(folder)
        raise
    if scratch is None:
        write_list(folder, published_releases(folder), settings.publisher)
    return Released(
        str(name), len(published.units), hidden_by_level(suppression.hidden),
        int(published.verdicts["verdict"].isna().sum()), len(published.verdicts), [str(one.name) for one in earlier],
        report.bounded, path,
    )  # fmt: skip


def _suppression(
    counts: Counts, earlier: Sequence[PublishedCounts], rule: PublicationRule, name: str
) -> Suppression:
    try:
        return suppress(counts, earlier, rule, name)
    except NotProtectable as error:
        raise ReleaseRefused(f"{name} cannot be published beside the earlier releases ({error}); nothing is published") from None
    except Contradiction:
        raise ReleaseRefused(
            f"the counts of {name}, or of an earlier release, do not add up to what is known of any counts; nothing is published"
        ) from None


def _next_name(period: str, earlier: Sequence[PublishedRelease]) -> ReleaseName:
    if not earlier:
        return ReleaseName(period)
    last = earlier[-1].name
    if period < last.period:
        raise WrongUse(
            f"{period} lies before {last}, which is published: counts are cumulated, so that what is corrected appears in the"
            f" next release, or in a new version of {last.period}"
        )
    return last.next_version if period == last.period else ReleaseName(period)


def _read(settings: Settings, period: str, end: date, publisher: Publisher) -> _Read:
    with _warehouse(settings) as con:
        as_of: date = single_row(con, "SELECT as_of FROM meta.release")[0]
        if as_of < end:
            raise WrongUse(f"the warehouse is of {as_of}, before the end of {period}: run `suivi nightly` once {end} is past")
        counts = read_counts(con, period)
        if counts.units.empty:
            raise WrongUse(f"nobody had entered by {end}: there is nothing to publish of {period}")
        return _Read(counts, read_money(con, publisher), as_of)


@contextlib.contextmanager
def _warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    try:
        with contextlib.closing(open_read_only(settings.home)) as con:
            yield con
    except duckdb.Error:
        raise WrongUse(f"the warehouse of {settings.home} cannot be read: run `suivi nightly`") from None


def _audit(written: Path, earlier: Sequence[PublishedRelease], counts: Counts, rule: PublicationRule) -> AuditReport:
    """What the audit says of a release that is written. Raises ReleaseRefused, by unit and quantity, never with a value."""
    thresholds = Thresholds(rule.smallest_count, rule.smallest_disabled_in_district, rule.smallest_denominator)
    report = audit(written, [one.path for one in earlier], counts.counts, thresholds)
    if report.violations:
        raise ReleaseRefused(_blocked(written.name, report.violations))
    return report


def _blocked(name: str, violations: Sequence[Violation]) -> str:
    shown = "; ".join(
        f"{' '.join(filter(None, (one.release, one.level, safe_to_show(one.level_id), one.quantity)))}: {one.wrong}"
        for one in violations[:_VIOLATIONS_SHOWN]
    )
    more = len(violations) - _VIOLATIONS_SHOWN
    return (
        f"the audit blocks {name}: {len(violations)} things must not be published so ({shown}"
        f"{f'; and {more} more' if more > 0 else ''}); nothing is published"
    )


def hidden_by_level(hidden: pd.DataFrame) -> list[HiddenAtLevel]:
    """What is hidden at each level that has units; `hidden` is a Suppression's."""
    found = []
    for level in LEVELS:
        kinds = hidden[hidden.index.get_level_values("level") == level].to_numpy()
        if kinds.size:
            found.append(HiddenAtLevel(level, int((kinds == "primary").sum()), int((kinds == "secondary").sum()), kinds.size))
    return found


def as_lines(done: Released) -> Iterator[str]:
    """What was published, in lines for people."""
    verb = "published" if done.path else "would be published"
    yield f"{done.name}: {done.units} units {verb}" + (f", in {done.path}" if done.path else "; nothing is written")
    for level in done.hidden:
        yield (
            f"  {level.level}: {level.telling + level.to_protect} of {level.counts} counts hidden"
            f" ({level.telling} telling of few, {level.to_protect} to protect others)"
        )
    yield f"  verdicts: {done.verdicts_hidden} of {done.verdicts} hidden"
    together = f" together with {', '.join(done.audited_with)}" if done.audited_with else ""
    yield f"Audit{together}: {done.bounded} hidden figures bounded, none closer than allowed"


def as_json(done: Released) -> Mapping[str, Any]:
    """The same for programs."""
    return {
        "release": done.name, "path": str(done.path) if done.path else None, "units": done.units,
        "hidden": {
            level.level: {"telling": level.telling, "to_protect": level.to_protect, "counts": level.counts}
            for level in done.hidden
        },
        "verdicts": {"hidden": done.verdicts_hidden, "of": done.verdicts}, "audited_with": list(done.audited_with),
        "bounded": done.bounded,
    }  # fmt: skip
