"""The sender's own workbook with the wrong cells marked: of a deposit that waits for the night, and of a file that was read.

Both hold what somebody has sent, so that they are for those alone from whose folder of the inbox, or from whom on the page, the
file came. What a check
gives in the same form is in flows.deposit.checking.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response

from flows.audit import audited
from flows.deposit.checking import NOT_JUDGED, judged_by, name_of_marked, question_of
from flows.deposit.judging import Busy, Marked, NotJudged, ToMark
from flows.deposit.open_pages import XLSX
from flows.deposit.provider_pages import deposit_of_visit, file_of_visit
from flows.deposit.staff_pages import BUSY
from flows.deposit.visit import Visit
from flows.pages.marked_receipt import kept_return
from transforms.pages.receipt.marked_workbook import CannotBeMarked
from warehouse.errors import WarehouseProblem
from warehouse.store.store import Store

#: seconds to wait for a store that a night holds
_WAIT_FOR_STORE = 2.0
AT_WORK = "Ce fichier est en cours de lecture, ou déjà traité : son reçu vous dira tout, dans « Fichiers et reçus »."


def workbook_of_deposit(visit: Visit) -> Response:
    """The workbook of a deposit, made of the file as it lies in the inbox; once a night has taken it, its receipt has one."""
    deposited = deposit_of_visit(visit)
    content = _lying(visit.site.settings.inbox, deposited.file_name)
    if content is None or hashlib.sha256(content).hexdigest() != deposited.sha256:
        return visit.page("depot_sorry", 409, sentence=AT_WORK)
    with audited(visit.site.settings.home, "depot workbook") as entry:
        entry.counts = {"deposit": deposited.number}
        try:
            judged = judged_by(visit.site, question_of(visit.site, visit.known, deposited, is_marked=True), io.BytesIO(content))
        except NotJudged:
            return visit.page("depot_sorry", 422, sentence=NOT_JUDGED)
    return _answer(visit, deposited.original_name, judged.marked)


def workbook_of_receipt(visit: Visit) -> Response:
    """The workbook of a file of which there is a receipt, with all that stands of it today, across returns too."""
    file, settings = file_of_visit(visit), visit.site.settings
    if not file["is_its_own"]:
        raise HTTPException(404)
    number = file["submission_id"]
    with audited(settings.home, "depot workbook") as entry:
        entry.counts = {"receipt": number}
        try:
            with Store.open(settings.home, read_only=True, longest_wait=_WAIT_FOR_STORE) as store:
                content, findings = kept_return(settings, store, number)
            marked = visit.site.judges.mark(ToMark(findings), lambda: content)
        except WarehouseProblem:
            return visit.page("depot_sorry", 503, sentence=BUSY)
        except CannotBeMarked as why_not:
            marked = Marked(None, str(why_not))
        except KeyError:
            raise HTTPException(404) from None
        except Busy:
            raise HTTPException(503) from None
        except NotJudged:
            return visit.page("depot_sorry", 422, sentence=NOT_JUDGED)
    return _answer(visit, file["name"], marked)


def _answer(visit: Visit, name: str, marked: Marked | None) -> Response:
    if marked is None or marked.workbook is None:
        return visit.page("depot_sorry", 409, sentence=marked.why_not if marked else NOT_JUDGED)
    return visit.attachment(name_of_marked(name), XLSX, marked.workbook)


def _lying(inbox: Path, name: str) -> bytes | None:
    """A file of the inbox, None where it is not there any more, or something else is: no link is followed."""
    try:
        with os.fdopen(os.open(inbox / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
            return file.read()
    except OSError:
        return None
