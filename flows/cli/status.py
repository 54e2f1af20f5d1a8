"""`suivi status`: the last nights, the last files, what is overdue or still open, the mails, and where to look."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.cli.debugging import DebugCommand
from flows.cli.options import format_option, home_option
from flows.errors import WrongUse, safe_to_show
from flows.lock import holder
from flows.settings import Settings, load_settings
from warehouse.errors import SendersUnusable
from warehouse.intake.senders import Senders, read_senders
from warehouse.paris_days import PARIS
from warehouse.query_results import read_sql, rows_as_dicts

if TYPE_CHECKING:
    import duckdb

_SHOWN_NIGHTS = 7
_SHOWN_REFUSED = 20
#: null while a night holds the store; null before the first warehouse
_OF_STORE = ("nights", "last_night", "mails", "held")
_OF_WAREHOUSE = ("warehouse", "files", "overdue", "open_findings")


@click.command("status", cls=DebugCommand)
@home_option
@format_option("text", "json", default="text")
def command(home: str | None, output_format: str) -> None:
    """Show the last nights and what is open."""
    settings = load_settings(home)
    if not settings.store.is_file():
        _say_why_there_is_no_store(settings)
    status = status_of(settings)
    if output_format == "json":
        click.echo(json.dumps(status, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_as_lines(status)))


def _say_why_there_is_no_store(settings: Settings) -> None:
    """Raises what `suivi doctor` says of a store that is gone (exit 1), WrongUse where no night has run yet."""
    from warehouse.errors import NoStoreYet
    from warehouse.store.store import Store

    try:
        with Store.open(settings.home, read_only=True):
            return  # a night has just made it
    except NoStoreYet:
        if not settings.warehouse.is_file():
            raise WrongUse(f"no night has run in {settings.home}: run `suivi nightly`, or name its home with --home") from None


def status_of(settings: Settings) -> dict[str, Any]:
    """What `suivi status --format json` prints, without any value of a file. Raises WrongUse where a database cannot be read."""
    running = holder(settings.home)
    # While a night runs the store is its own; the warehouse is last night's, and readable.
    store = _of_store(settings.store) if not running and settings.store.is_file() else dict.fromkeys(_OF_STORE)
    warehouse = _of_warehouse(settings.warehouse) if settings.warehouse.is_file() else dict.fromkeys(_OF_WAREHOUSE)
    dashboard, receipts = settings.dashboard, settings.home / "receipts"
    try:
        holds_everything = Senders(settings.senders, read_senders(settings.home)).holds_everything
    except SendersUnusable as error:
        raise WrongUse(str(error)) from None
    return {
        "home": str(settings.home),
        "running": running,
        "senders": settings.senders,
        "holds_everything": holds_everything,
        **store,
        **warehouse,
        "dashboard": str(dashboard) if dashboard.is_file() else None,
        "receipts": str(receipts) if receipts.is_dir() else None,
    }


def _of_store(store: Path) -> dict[str, Any]:
    from warehouse.intake.held_files import held_files
    from warehouse.notifications.outbox import mails_by_state

    with _reading(store) as con:
        nights = _rows(con, read_sql("flows.cli", "last_nights"), _SHOWN_NIGHTS)
        last = nights[0]["run_id"] if nights else None
        files = _counts(
            con, "SELECT decision, count(*) FROM submissions WHERE run_id = ? GROUP BY decision ORDER BY decision", last
        )
        refused = _rows(
            con,
            "SELECT file_name FROM submissions WHERE run_id = ? AND decision = 'refused' ORDER BY submission_id LIMIT ?",
            last, _SHOWN_REFUSED,
        )  # fmt: skip
        mails = mails_by_state(con)
        held = sum(file.is_waiting for file in held_files(con))
    shown_nights = [{**night, "as_of": str(night["as_of"]), "started_at": _instant(night["started_at"])} for night in nights]
    last_night = {"files": files, "refused": [row["file_name"] for row in refused]}
    return {"nights": shown_nights, "last_night": last_night, "mails": mails, "held": held}


def _of_warehouse(warehouse: Path) -> dict[str, Any]:
    with _reading(warehouse) as con:
        (release,) = _rows(con, "SELECT run_id, as_of, created_at FROM meta.release")
        files = _counts(con, "SELECT decision, count(*) FROM quality.files GROUP BY decision ORDER BY decision")
        overdue = _rows(con, read_sql("flows.cli", "overdue_by_kind"))
        findings = _counts(
            con,
            "SELECT severity, count(*) FROM quality.findings WHERE resolved_at IS NULL GROUP BY severity ORDER BY severity",
        )
    made = {"as_of": str(release["as_of"]), "created_at": _instant(release["created_at"].replace(tzinfo=PARIS))}
    return {
        "warehouse": {"path": str(warehouse), "run_id": release["run_id"], **made},
        "files": files,
        "overdue": {row.pop("kind"): row for row in overdue},
        "open_findings": findings,
    }


def _as_lines(status: Mapping[str, Any]) -> Iterator[str]:
    yield f"home {status['home']}"
    if status["holds_everything"]:
        yield "senders = strict, and senders.toml lets nobody speak: every return is held"
    if status["running"]:
        yield f"a night is running: {status['running']}"
    for night in status["nights"] or ():
        lasted = f", {night['seconds']:.0f} s" if night["seconds"] is not None else ""
        state = "unfinished" if night["state"] == "running" else night["state"]
        yield f"night {night['run_id']}: {state}, as of {night['as_of']}{lasted}"
    if status["nights"] is not None:
        if not status["nights"]:
            yield "no night has finished yet"
        yield f"files of the last night: {_listed(status['last_night']['files'], 'none')}"
        for name in status["last_night"]["refused"]:
            yield f"  refused: {safe_to_show(name)}"
        yield f"mails: {_listed(status['mails'], 'none')}"
        if status["held"]:
            yield f"held: {status['held']} files wait for an answer: suivi held"
    if status["warehouse"] is None:
        yield "no warehouse yet: run `suivi nightly`"
    else:
        release = status["warehouse"]
        made = release["created_at"][:16].replace("T", " ")
        yield f"warehouse of night {release['run_id']}, as of {release['as_of']}, made {made}"
        yield f"files: {_listed(status['files'], 'none yet')}"
        yield f"overdue: {', '.join(map(_late, status['overdue'].items())) or 'nothing'}"
        yield f"open findings: {_listed(status['open_findings'], 'none')}"
    for what in ("dashboard", "receipts"):
        if status[what]:
            yield f"{what}: {status[what]}"


def _late(overdue: tuple[str, Mapping[str, int]]) -> str:
    kind, late = overdue
    return f"{late['returns']} {kind} (by {late['longest_days']} days at most, {late['providers']} providers)"


def _listed(counts: Mapping[str, int], nothing: str) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()) or nothing


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


@contextlib.contextmanager
def _reading(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    try:
        with duckdb.connect(str(database), read_only=True) as con:
            con.execute("SET TimeZone = 'Europe/Paris'")
            yield con
    except duckdb.Error as error:
        kind = type(error).__name__
        raise WrongUse(f"{database} cannot be read ({kind}): see that it is yours and free, or run a night") from None


def _rows(con: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> list[dict[str, Any]]:
    return rows_as_dicts(con.execute(query, list(parameters)))


def _counts(con: duckdb.DuckDBPyConnection, query: str, *parameters: Any) -> dict[str, int]:
    return dict(con.execute(query, list(parameters)).fetchall())
