"""What a provider sees: what is due, its deposits and what became of them, receipts, figures, what was said in its name.

Each page reads the published warehouse by itself, read-only, and asks it for one SIRET: that of the address, which
flows.deposit.guard has found to be one of whoever is logged in.
"""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from flows.audit import audited
from flows.deposit.open_pages import with_way_back
from flows.deposit.state import Deposit
from flows.deposit.visit import Visit
from transforms.pages.mail.wording import awaited_return, origin_folder
from warehouse.intake.senders import REGION_KINDS, sender_of
from warehouse.notifications.receipt_folder import ReceiptFolder, receipt_place
from warehouse.paris_days import PARIS
from warehouse.published.publish import open_read_only
from warehouse.query_results import read_sql, rows_as_dicts
from warehouse.safe_text import safe_to_show
from warehouse.store.submission import sheet_hash

#: as SQLite and DuckDB know it; Python itself refuses one of 4 300 digits
_NUMBER = re.compile(r"[0-9]{1,18}")
DECISIONS = {
    "accepted": ("accepté", "good"), "partial": ("accepté en partie", "wait"), "refused": ("refusé", "bad"),
    "duplicate": ("déjà reçu", "good"), "held": ("mis de côté", "wait"), "foreign": ("au nom d'un autre SIRET", "bad"),
}  # fmt: skip


def providers(visit: Visit) -> Response:
    """The providers for which somebody speaks; where there is one, its own page."""
    if not visit.sirets:
        return RedirectResponse("/region", 303)
    if len(visit.sirets) == 1 and not visit.is_staff:
        return RedirectResponse(f"/organisme/{next(iter(visit.sirets))}", 303)
    return visit.page("depot_providers")


def overview(visit: Visit) -> Response:
    """What is due, the last deposits, and what others sent in the provider's name."""
    siret = _siret(visit)
    awaited = [
        (awaited_return(*(row[name] for name in ("kind", "level", "number", "horizon", "due_on", "closes_on"))), row["is_late"])
        for row in _rows(visit, "awaited_of_provider")
    ]
    files = _files(visit)
    return visit.page(
        "depot_overview", siret=siret, awaited=awaited, deposits=_with_outcome(visit.site.state.deposits(siret)[:5], files),
        foreign=[file for file in files if file["is_foreign"]], as_of=_as_of(visit), decisions=DECISIONS,
    )  # fmt: skip


def deposit(visit: Visit) -> Response:
    """The acknowledgement of a deposit: received, and after the night what became of it."""
    deposited = deposit_of_visit(visit)
    (outcome,) = _with_outcome([deposited], _files(visit))
    return visit.page("depot_acknowledgement", siret=deposited.siret, deposit=deposited, files=outcome[1], decisions=DECISIONS)


def check_of_deposit(visit: Visit) -> Response:
    """What the check of a deposit said when it came."""
    deposited = deposit_of_visit(visit)
    if deposited.page is None:
        raise HTTPException(404)
    return visit.whole_page(
        with_way_back(deposited.page, (f"/organisme/{deposited.siret}/depots/{deposited.number}", "Accusé de ce dépôt"))
    )


def files(visit: Visit) -> Response:
    """All files that name the provider, with their receipts, and what was deposited and is not read yet."""
    siret, known = _siret(visit), _files(visit)
    pending = [one for one, became in _with_outcome(visit.site.state.deposits(siret), known) if not became]
    return visit.page("depot_files", siret=siret, files=known, pending=pending, as_of=_as_of(visit), decisions=DECISIONS)


def receipt(visit: Visit) -> Response:
    """The receipt of one of them, as the night wrote it."""
    siret, number, file = _siret(visit), _number(visit), file_of_visit(visit)
    folder, stem = receipt_place(siret, file["kind"], file["received_at"].date(), number, file["file_name"])
    with audited(visit.site.settings.home, "depot receipt") as entry:
        entry.counts = {"receipt": number}
        content = ReceiptFolder(visit.site.settings.home).read(folder, f"{stem}.html")
    if content is None:
        raise HTTPException(404)
    page = content.decode("utf-8", "replace")
    # The list of rejected lines holds their values: it stays in the Region's folder, so that no link to it leads anywhere.
    page = page.replace(f'<a href="{stem}.csv">{stem}.csv</a>', f"{stem}.csv")
    ways = [(f"/organisme/{siret}/fichiers", "Fichiers et reçus"), (f"/organisme/{siret}/deposer", "Déposer un fichier")]
    if file["is_marked"]:
        ways.append((f"/organisme/{siret}/recus/{number}/classeur", "Classeur à corriger (.xlsx)"))
    return visit.whole_page(with_way_back(page, *ways))


def figures(visit: Visit) -> Response:
    """The provider's own figures, as the Region's analysts have them."""
    return visit.page(
        "depot_figures", siret=_siret(visit), as_of=_as_of(visit), exits=_rows(visit, "exits_of_provider"),
        training=_rows(visit, "training_of_provider"), money=_rows(visit, "money_of_provider"),
    )  # fmt: skip


def file_of_visit(visit: Visit) -> dict[str, Any]:
    """The file that an address names by its number, of those that name the provider. HTTPException (404) for any other."""
    number = _number(visit)
    file = next((file for file in _files(visit) if file["submission_id"] == number), None)
    if file is None:
        raise HTTPException(404)
    return file


def _siret(visit: Visit) -> str:
    return str(visit.request.path_params["siret"])


def _number(visit: Visit) -> int:
    text = str(visit.request.path_params["number"])
    if not _NUMBER.fullmatch(text):
        raise HTTPException(404)
    return int(text)


def deposit_of_visit(visit: Visit) -> Deposit:
    """The deposit that an address names by its number, of the provider. HTTPException (404) for any other."""
    found = visit.site.state.deposit(_siret(visit), _number(visit))
    if found is None:
        raise HTTPException(404)
    return found


def _rows(visit: Visit, query: str, **more: object) -> list[dict[str, Any]]:
    """What the published warehouse says of this provider; nothing where nothing was published yet."""
    if not visit.site.settings.warehouse.is_file():
        return []
    with contextlib.closing(open_read_only(visit.site.settings.home)) as con:
        return rows_as_dicts(con.execute(read_sql("flows.deposit", query), {"siret": _siret(visit), **more}))


def _as_of(visit: Visit) -> datetime | None:
    """The reference date of what was published."""
    if not visit.site.settings.warehouse.is_file():
        return None
    with contextlib.closing(open_read_only(visit.site.settings.home)) as con:
        found: list[tuple[datetime]] = con.execute("select as_of from meta.release").fetchall()
    return found[0][0] if found else None


def _files(visit: Visit) -> list[dict[str, Any]]:
    """The files that name this provider, or that it deposited, with the folder that each came from where it is not its own."""
    own, deposits = visit.known.folder_of(_siret(visit)), visit.site.state.deposits(_siret(visit))
    found = _rows(visit, "files_of_provider", deposited=[one.file_name for one in deposits])
    for file in found:
        sender = sender_of(file["file_name"])
        file["is_foreign"] = sender != own
        # Whoever can write to the inbox itself can lay a file there; what the Region sends is never the provider's.
        is_from_its_folder = sender == own != "" and file["kind"] not in REGION_KINDS
        file["is_its_own"] = is_from_its_folder or any(_is_of(one, file) for one in deposits)
        file["is_marked"] = file["has_marks"] and file["is_its_own"]
        file["origin"] = origin_folder(sender)
        file["name"] = safe_to_show(file["file_name"].rpartition("/")[2])
        file["at"] = file["received_at"].replace(tzinfo=PARIS)
    return found


def _with_outcome(deposits: list[Deposit], files: list[dict[str, Any]]) -> list[tuple[Deposit, list[dict[str, Any]]]]:
    """Each deposit with the files of the ledger that it became: several of a workbook of returns, none before the night."""
    oldest_first = files[::-1]
    return [(one, [file for file in oldest_first if file["at"] >= one.deposited_at and _is_of(one, file)]) for one in deposits]


def _is_of(deposit: Deposit, file: dict[str, Any]) -> bool:
    if file["file_name"] == deposit.file_name:
        return bool(file["sha256"] == deposit.sha256)
    name, _, sheet = file["file_name"].partition(f"{deposit.file_name}#")
    return not name and bool(file["sha256"] == sheet_hash(deposit.sha256, sheet))
