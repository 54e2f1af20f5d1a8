"""The receipt of a file as its sender's own workbook with the wrong cells marked, made from ledger and archive when asked for."""

from __future__ import annotations

import secrets

from expectations.findings import Findings
from flows.pages.receipts import standing_findings
from flows.settings import Settings
from transforms.pages.receipt.marked_workbook import CannotBeMarked, marked_workbook
from warehouse.durable_files import passing_folder
from warehouse.intake.archive import Archive
from warehouse.notifications.files_with_findings import files_with_findings
from warehouse.store.store import Store


def kept_return(settings: Settings, store: Store, number: int) -> tuple[bytes, Findings]:
    """The bytes of the file of that number in the ledger, as they are kept, and all that stands of it, across returns too.

    Both hold personal data. Raises KeyError where no file has that number, CannotBeMarked where its content is not kept.
    """
    files = files_with_findings(store, [number])
    if not files:
        raise KeyError(number)
    (file,) = files
    try:
        return Archive(settings.home).read(file["sha256"]), standing_findings(file)
    except OSError:
        raise CannotBeMarked("Le contenu de ce fichier n'est pas dans l'archive : son reçu nomme toutes les lignes.") from None


def marked_receipt(settings: Settings, store: Store, number: int) -> bytes:
    """The .xlsx of the file of that number in the ledger, with all that stands of it marked, across returns too.

    It holds personal data. Raises KeyError where no file has that number, CannotBeMarked where there is no such workbook of the
    file, or its content is not kept.
    """
    content, findings = kept_return(settings, store, number)
    with passing_folder(settings.home, f"marked-{secrets.token_hex(8)}") as folder:
        return marked_workbook(content, findings, folder)
