"""The two pages that take a file: the check, of which nothing is kept, and the deposit, which the next night reads."""

from __future__ import annotations

from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from flows.audit import audited
from flows.deposit.drop import NotLaid, clean_name, lay
from flows.deposit.judging import Busy, Judged, NotJudged, Question
from flows.deposit.known import Known
from flows.deposit.open_pages import XLSX, with_way_back
from flows.deposit.site import Site, log
from flows.deposit.state import Deposit
from flows.deposit.visit import Visit
from flows.errors import safe_to_show

NO_FILE = "Choisissez un fichier, puis appuyez de nouveau sur le bouton."
#: what the second button of the check asks for
WORKBOOK = "classeur"
NOT_JUDGED = (
    "Ce fichier n'a pas pu être vérifié : il demande trop de temps ou de mémoire. Enregistrez-le de nouveau depuis votre "
    "tableur, sans ce qui n'est pas le tableau, et réessayez."
)


def check(visit: Visit) -> Response:
    """Say of a file what the night would say of it, or mark what is wrong in it, by the button that was pressed.

    Nothing of it is kept, and nothing but counts is logged.
    """
    file = visit.file("fichier")
    if file is None:
        return visit.page("depot_start", 400, fault=NO_FILE)
    _demand_size(visit.site, file)
    name = clean_name(file.filename or "")
    try:
        judged = judged_by(visit.site, Question(name, is_marked=visit.text("reponse") == WORKBOOK), file.file)
    except NotJudged:
        return visit.page("depot_start", 422, fault=NOT_JUDGED)
    log.info("checked: %s, %d of %d records accepted", judged.decision, judged.accepted, judged.records)
    if judged.marked and judged.marked.workbook is not None:
        return visit.attachment(name_of_marked(name), XLSX, judged.marked.workbook)
    note = f"Pas de classeur : {judged.marked.why_not}" if judged.marked else ""
    return visit.whole_page(with_way_back(judged.page, ("/", "Vérifier un autre fichier"), *_way_on(visit), note=note))


def deposit_form(visit: Visit) -> Response:
    """The form of a deposit."""
    return _form(visit, 200)


def deposit(visit: Visit) -> Response:
    """Lay a file into the provider's folder, acknowledge it, and say of it what the night will say, as far as it is known now."""
    site, siret = visit.site, visit.request.path_params["siret"]
    if not site.limits.allows("deposit", siret):
        raise HTTPException(429)
    folder, file = visit.known.folder_of(siret), visit.file("fichier")
    if file is None:
        return _form(visit, 400, fault=NO_FILE)
    if folder is None:
        return _form(visit, 409)
    _demand_size(site, file)
    with audited(site.settings.home, "depot deposit") as entry:
        try:
            laid = lay(
                site.settings.inbox, folder, file.filename or "", file.file, is_private=site.settings.elsewhere is not None
            )
        except NotLaid as error:
            log.error("%s", error)
            raise HTTPException(507) from None
        shown = safe_to_show(clean_name(file.filename or ""))
        deposited = site.state.note_deposit(siret, laid.name, shown, laid.size, laid.sha256)
        entry.files, entry.counts = [laid.name], {"deposit": deposited.number}
    site.post.acknowledge(deposited)
    _note_check(visit.site, visit.known, deposited, file)
    return RedirectResponse(f"/organisme/{siret}/depots/{deposited.number}", 303)


def _note_check(site: Site, known: Known, deposited: Deposit, file: UploadFile) -> None:
    """Judge a file that lies in the inbox already: whatever becomes of that, it is acknowledged, and read the next night."""
    try:
        judged = judged_by(site, question_of(site, known, deposited), file.file)
    except (NotJudged, HTTPException):
        return
    is_foreign = bool(judged.sirets - {deposited.siret})
    site.state.note_check(deposited.number, "foreign" if is_foreign else judged.decision, judged.page)


def question_of(site: Site, known: Known, deposited: Deposit, *, is_marked: bool = False) -> Question:
    """What is asked about a file that was deposited, with today's state in mind."""
    # Not all that was ever taken, which is much, but what these bytes, or a sheet of this provider, may have been before.
    taken = {
        sha256: about for sha256, about in known.taken.items()
        if sha256 == deposited.sha256 or about[1] in (deposited.siret, None)
    }  # fmt: skip
    return Question(
        deposited.original_name, is_deposit=True, is_marked=is_marked,
        home=site.settings.home if site.settings.store.exists() else None,
        known_sirets=known.known_sirets | {deposited.siret}, taken=taken,
    )  # fmt: skip


def judged_by(site: Site, question: Question, content: BinaryIO) -> Judged:
    """The verdict on an open file; HTTPException (503) where too many files wait. Raises NotJudged."""

    def read() -> bytes:
        content.seek(0)
        return content.read()

    try:
        return site.judges.judge(question, read)
    except Busy:
        raise HTTPException(503) from None


def name_of_marked(name: str) -> str:
    """What the workbook of a file of that name is called. Of a workbook's sheet, `file.xlsx#Sheet`, the file's name is taken."""
    stem, dot, _ = name.rpartition("/")[2].partition("#")[0].rpartition(".")
    return clean_name(f"{stem if dot else name} à corriger.xlsx")


def _demand_size(site: Site, file: UploadFile) -> None:
    if (file.size or 0) > site.largest_file:
        raise HTTPException(413)


def _form(visit: Visit, status: int, fault: str | None = None) -> Response:
    siret = visit.request.path_params["siret"]
    return visit.page("depot_deposit", status, siret=siret, folder=visit.known.folder_of(siret), fault=fault)


def _way_on(visit: Visit) -> tuple[tuple[str, str], ...]:
    """Where somebody goes who has checked a file: to deposit it."""
    if len(visit.sirets) == 1:
        return ((f"/organisme/{next(iter(visit.sirets))}/deposer", "Déposer un fichier"),)
    return (("/organismes", "Déposer un fichier"),)
