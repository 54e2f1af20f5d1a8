"""What goes with a provider's mail so that it can be acted on: receipts, blank templates, lists of codes; and how it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from expectations.contract import Severity
from expectations.contract.french import counted, number
from expectations.contract.returns import RETURNS
from transforms.pages.blank_workbook.xlsx import xlsx_template
from transforms.pages.csv_out import csv_bytes
from transforms.pages.mail.mime import Attachment
from transforms.pages.receipt.page import find_column
from warehouse.notifications.updates import FileUpdate, SenderUpdates

#: a mail is no archive: more receipts than that, or larger ones, are to be asked for
MOST_RECEIPTS, LARGEST_RECEIPT, LARGEST_RECEIPTS = 10, 300_000, 1_500_000
#: A mail is no place for a longer list: mail servers refuse large ones, and the receipts name every line.
LONGEST_CSV = 10_000
#: gives the receipt of a provider's file, None where there is none
ReadReceipt = Callable[[str | None, FileUpdate], bytes | None]
_WITH_REMARKS_FIRST = ("refused", "partial", "held", "accepted")


@dataclass(frozen=True)
class AttachedReceipts:
    """The receipts that go with a mail, and of how many files they do not."""

    files: tuple[Attachment, ...]
    left_out: int


def receipts_of(updates: SenderUpdates, read: ReadReceipt) -> AttachedReceipts:
    """The receipts of the files of which a mail speaks, those to be corrected first; none of files sent before."""
    wanted = sorted(
        (file for file in updates.files if file.decision in _WITH_REMARKS_FIRST),
        key=lambda file: _WITH_REMARKS_FIRST.index(file.decision),
    )
    files, size = list[Attachment](), 0
    for file in wanted[:MOST_RECEIPTS]:
        content = read(updates.siret, file)
        if content is not None and len(content) <= LARGEST_RECEIPT and size + len(content) <= LARGEST_RECEIPTS:
            # not named after the file, whose name may hold the reference of a person: no erasure could take it out of a header
            files.append(Attachment(f"recu-{file.submission_id:06d}-{file.kind or 'fichier'}.html", content))
            size += len(content)
    return AttachedReceipts(tuple(files), len(wanted) - len(files))


def aids_for(updates: SenderUpdates, deposit_url: str | None = None) -> tuple[Attachment, ...]:
    """The blank templates of returns of which titles or a whole file are wrong, and the codes of columns in which one is.

    `deposit_url` is the page on which files are sent, if there is one. Of a file that does not tell which return it was to be,
    those of all that a provider sends.
    """
    wrong = [finding for finding in updates.findings if finding.severity == Severity.ERROR]
    providers = [kind for kind, contract in RETURNS.items() if not contract.from_region]
    kinds = dict.fromkeys(
        kind for finding in wrong if finding.line is None for kind in ([finding.kind] if finding.kind else providers)
    )
    aids = list(templates_of(kinds, deposit_url))
    for kind, name in dict.fromkeys((finding.kind, finding.column) for finding in wrong):
        column = find_column(kind, name)
        if column is not None and column.codes is not None and not column.personal:
            aids.append(Attachment(f"codes-{column.header}.csv", csv_bytes([("code", "sens"), *column.codes.labels.items()])))
    return tuple({aid.name: aid for aid in aids}.values())


def templates_of(kinds: Iterable[str], deposit_url: str | None = None) -> tuple[Attachment, ...]:
    """The blank template of each of these returns; `deposit_url` is the page on which files are sent, if there is one."""
    return tuple(Attachment(template_name(kind), xlsx_template((kind,), deposit_url)) for kind in kinds if kind in RETURNS)


def template_name(kind: str) -> str:
    """What the blank template of a return is called where it is attached."""
    return f"modele-{kind}.xlsx"


def attached_in_words(
    updates: SenderUpdates, receipts: AttachedReceipts, table: Sequence[Attachment], aids: Sequence[Attachment],
    deposit_url: str | None, rows_left_out: int,
) -> list[str]:
    """What is attached and what is not, in sentences; `rows_left_out` is how many rows the table has no place for."""
    said = []
    if receipts.files:
        are_joined = "reçu est joint : il s'ouvre", "reçus sont joints : ils s'ouvrent"
        said.append(f"{counted(len(receipts.files), *are_joined)} dans un navigateur.")
    if receipts.left_out:
        are_not = "autre reçu n'est pas joint", "autres reçus ne sont pas joints"
        where = f"voyez {deposit_url}." if deposit_url else "demandez ce qui vous manque en répondant à ce message."
        said.append(f"{counted(receipts.left_out, *are_not)} : {where}")
    if table:
        which = "encore ouvert dans vos retours, déjà signalé ou non," if updates.told_before else "de ce message"
        is_said = updates.findings or updates.held or updates.told_before
        what = [f"chaque signalement {which} avec sa ligne et sa colonne"] if is_said else []
        what += ["chaque retour en retard"] if updates.late else []
        said.append(f"Le fichier joint {table[0].name} reprend {' et '.join(what)}.")
    if rows_left_out:
        whole = f"voyez {deposit_url}" if deposit_url else "demandez-les en répondant à ce message"
        said.append(f"Il s'arrête à {number(LONGEST_CSV)} lignes ; il y en a {number(rows_left_out)} de plus.")
        said.append(f"Les reçus entiers nomment toutes les lignes : {whole}.")
    if aids:
        said.append(f"Pour corriger : {', '.join(aid.name for aid in aids)}.")
    return said
