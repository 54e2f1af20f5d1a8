"""`suivi demo`: a believable year of returns, two nights, and where to look."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flows.cli.debugging import DebugCommand, wants_traceback
from flows.cli.nightly import summary
from flows.errors import WrongUse
from flows.settings import Settings, load_settings
from warehouse.durable_files import shared_folder, write_shared
from warehouse.intake.senders import senders_path
from warehouse.paris_days import PARIS
from warehouse.query_results import read_sql

#: Says that a home is a demo's: no other home is ever emptied.
MARK = ".suivi-demo"
#: What a night makes. Prefect's folder is kept: a second demo then starts ten seconds faster.
_MADE = (
    "inbox", "archive", "store.duckdb", "store.duckdb.wal", "warehouse.duckdb", "receipts", "reports", "outbox", "snapshots",
    "erasures", "deposit", "held", "open",
)  # fmt: skip

#: The demo's files are whole: waiting for them to settle would only cost time. Nobody has these addresses (RFC 2606).
SETTINGS = """\
# The settings of the demonstration. All of them are in the README.
settle_seconds = 0
steward_email = "donnees@region.example"
sender = "suivi@region.example"
"""

#: One of the providers that send workbooks, and the Region's staff: who may be tried on the deposit page.
PROVIDER_ADDRESS, STAFF_ADDRESS = "contact@code-et-beffroi.example", "pilotage@region.example"
SENDERS = f"""\
# Who may speak for whom, and who of the Region's staff enters the deposit page. Providers enter by the address of their
# actions.
staff = ["{STAFF_ADDRESS}"]

[[sender]]
folder = "region"
kinds = ["actions", "financements"]
"""

#: What is worth seeing first: French label, English label, query (one row, one text).
RESULTS = (
    (
        "Sorties positives à 6 mois, programme",
        "positive exits at M6",
        read_sql("flows.cli", "demo_positive_exits"),
    ),
    (
        "Session de Roubaix, 6 mois",
        "the Roubaix session",
        read_sql("flows.cli", "demo_roubaix"),
    ),
    (
        "Publics prioritaires, par session",
        "sessions by verdict on the 50 %",
        read_sql("flows.cli", "demo_audiences"),
    ),
    (
        "Enveloppe engagée",
        "envelope committed",
        read_sql("flows.cli", "demo_envelopes"),
    ),
    (
        "Actions au-delà du plafond",
        "actions over their cap",
        "SELECT CAST(count(*) FILTER (over_cap) AS VARCHAR) FROM indicators.spend_by_action",
    ),
    ("Retours en retard", "overdue returns", "SELECT CAST(count(*) AS VARCHAR) FROM quality.overdue"),
    (
        "Anomalies ouvertes",
        "open findings",
        read_sql("flows.cli", "demo_open_findings"),
    ),
)


@click.command("demo", cls=DebugCommand)
@click.option("--home", metavar="DIR", type=click.Path(file_okay=False), help="The demo's home (else SUIVI_HOME, else ./var).")
@click.pass_context
def command(context: click.Context, home: str | None) -> None:
    """Run two nights on a believable year of returns."""
    settings = _without_mail_server(load_settings(home))
    _refuse_the_home_of_others(settings)  # before Prefect starts, which takes ten seconds
    from flows.prefect_runtime.run_once import nights_of
    from flows.progress import progress_shown
    from transforms.synth.demo import demo_nights

    with progress_shown(), nights_of(settings, debug=wants_traceback(context)) as run_night:
        # Under the lock: never empty a home where a night is running.
        _make_room(settings)
        for number, files in enumerate(demo_nights(datetime.now(PARIS).date()), start=1):
            _drop(settings.inbox, files)
            click.echo(f"Night {number}: {len(files)} files dropped in {settings.inbox}")
            report = run_night(None)
            click.echo("\n".join(summary(report)) + "\n")
    _show(settings, report)


def _without_mail_server(settings: Settings) -> Settings:
    """The settings, if mails that the demo makes up become files. Raises WrongUse where they would go out."""
    if settings.smtp_host:
        raise WrongUse(
            "the demo sends no mail: unset SUIVI_SMTP_HOST, and smtp_host in the home's suivi.toml, or name another --home"
        )
    return settings


def _refuse_the_home_of_others(settings: Settings) -> None:
    """Raise WrongUse where a home is not a demo's, or its inbox lies elsewhere."""
    home = settings.home
    if settings.inbox != home / "inbox":
        raise WrongUse(f"the demo writes into <home>/inbox only: unset the inbox setting of {home} or name another --home")
    if not (home / MARK).exists() and any(path.is_file() or any(path.iterdir()) for path in _made(home)):
        raise WrongUse(f"{home} is in use and not a demo's: name another folder with --home")


def _made(home: Path) -> list[Path]:
    return [home / name for name in _MADE if (home / name).exists()]


def _make_room(settings: Settings) -> None:
    """Empty a demo's home, so that the demo can be run again; leave any other home alone."""
    _refuse_the_home_of_others(settings)
    home, mark = settings.home, settings.home / MARK
    if not mark.exists():
        write_shared(home, MARK, b"A demonstration of suivi: emptied and made again by `suivi demo`.\n")
    for path in _made(home):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shared_folder(settings.inbox)
    for name, content in (("suivi.toml", SETTINGS), (senders_path(home).name, SENDERS)):
        if not (home / name).exists():
            write_shared(home, name, content.encode())


def _drop(inbox: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _show(settings: Settings, report: dict[str, Any]) -> None:
    import duckdb
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_header=True)
    for title in ("Résultat", "Result", ""):
        table.add_column(title)
    with duckdb.connect(str(settings.warehouse), read_only=True) as warehouse:
        for french, english, query in RESULTS:
            row = warehouse.execute(query).fetchone()
            table.add_row(french, english, str(row[0]) if row and row[0] is not None else "-")
    console = Console()
    if not console.is_terminal:
        console.width = 120
    console.print(table)
    where = f" --home {shlex.quote(str(settings.home))}" if settings.home != load_settings(None).home else ""
    suivi = "suivi" if shutil.which("suivi") else shlex.quote(sys.argv[0])  # make demo does not put the venv on the PATH
    outbox = settings.home / "outbox"
    click.echo(f"Open next:\n  {settings.dashboard}   (the dashboard, in any browser)")
    click.echo(f"  {settings.home / 'receipts'}   (a receipt for every file)")
    click.echo(f"  {outbox}   (the mails, as files: the demo sends none)")
    click.echo(f"  {settings.warehouse}   (any DuckDB client, read-only)")
    click.echo(f'  {suivi} sql{where} "FROM indicators.positive_exit WHERE level = \'session\' AND cohort = \'all\'"')
    click.echo(f'  {suivi} sql{where} "FROM quality.findings"')
    click.echo(f"  {suivi} status{where}")
    click.echo(
        f"And the deposit page, on which {PROVIDER_ADDRESS} enters as a provider, {STAFF_ADDRESS} as the Region's staff.\n"
        f"Its links are mailed: `{suivi} outbox{where} --newest` shows the last one. Ctrl-C ends it."
    )
    click.echo(f"  {suivi} depot{where}")
