"""The folder of receipts: what lies in it for whom, under which name, and up to which file it is complete."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date, datetime
from pathlib import Path

from expectations.contract.returns import RETURNS
from warehouse.durable_files import UnfinishedFile, finish_files, sync_folder, write_private, write_unfinished

REGION, UNKNOWN = "region", "inconnu"
#: how the files of a receipt end: the page, the same abridged where it is too large for a mail, for programs, the rejected lines
PAGE, ABRIDGED, FOR_PROGRAMS, REJECTED = ".html", "-abrege.html", ".json", ".csv"
_COMPLETE_UP_TO = ".done"
_LONGEST_SLUG = 60
_SIRET = re.compile(r"[0-9]{14}")
_NUMBER_IN_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-(\d{6,})-")


def folder_for(provider_siret: str | None, *, from_region: bool) -> str:
    """The subfolder of a file's receipt: the provider's SIRET, `region`, or `inconnu` where it is not known whose file it is."""
    if from_region:
        return REGION
    return provider_siret if provider_siret and _SIRET.fullmatch(provider_siret) else UNKNOWN


def file_stem_for(received_on: date, submission_id: int, file_name: str) -> str:
    """The name of a file's receipt without its ending: sorts as files came, and holds only `a` to `z`, digits and hyphens.

    Of a workbook with several returns (`file.xlsx#Sheet`) it names the sheet too, however long the file's name is.
    """
    last = re.split(r"[/\\]", file_name)[-1]
    book, _, sheet = last.partition("#")
    if "." in book and sheet:
        said = _slug(sheet, _LONGEST_SLUG // 2)
        slug = "-".join(filter(None, (_slug(book.rpartition(".")[0], _LONGEST_SLUG - len(said) - 1), said)))
    else:
        slug = _slug(last.rpartition(".")[0] or last, _LONGEST_SLUG)
    return f"{received_on.isoformat()}-{submission_id:06d}-{slug or 'fichier'}"


def _slug(text: str, longest: int) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:longest].strip("-")


def receipt_place(
    provider_siret: str | None, kind: str | None, received_on: date, submission_id: int, file_name: str
) -> tuple[str, str]:
    """In which subfolder the receipt of a file of the ledger lies, and its name without the ending."""
    contract = RETURNS.get(kind or "")
    folder = folder_for(provider_siret, from_region=bool(contract and contract.from_region))
    return folder, file_stem_for(received_on, submission_id, file_name)


class ReceiptFolder:
    """The folder `receipts/` of a home; only its owner may look into it, whatever the umask."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "receipts"
        self._changed = {self.folder}
        self._unfinished: list[UnfinishedFile] = []

    def read(self, subfolder: str, name: str) -> bytes | None:
        """What lies there under that name; None where it is missing or cannot be read."""
        try:
            return (self.folder / subfolder / name).read_bytes()
        except OSError:
            return None

    def write(self, subfolder: str, name: str, content: bytes) -> None:
        """Write a file, which `finish` puts in the place of any of that name. OSError if it cannot be written."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self._changed.add(self.folder / subfolder)
        self._unfinished.append(write_unfinished(self.folder / subfolder, name, content))

    def finish(self) -> None:
        """Put what was written in its place, to survive a power cut. OSError if that cannot be done."""
        finish_files(self._unfinished)
        self._unfinished = []
        for folder in self._changed:
            sync_folder(folder)
        self._changed = {self.folder}

    def remove(self, subfolder: str, name: str) -> None:
        """Remove a file; nothing happens if there is none. OSError if it cannot be removed."""
        path = self.folder / subfolder / name
        if path.exists():
            path.unlink()
            self._changed.add(path.parent)

    def rejected_line_files(self) -> list[tuple[Path, int]]:
        """The files of rejected lines, each with the number of the submission that it is about."""
        found = [(path, _NUMBER_IN_NAME.match(path.name)) for path in sorted(self.folder.glob("*/*.csv"))]
        return [(path, int(match[1])) for path, match in found if match]

    def complete_up_to(self) -> tuple[int, str, datetime | None] | None:
        """Number and SHA-256 of the last file up to which every receipt was written, and the last change that they tell.

        None where nothing is known; the change is None where there was none.
        """
        try:
            noted = json.loads((self.folder / _COMPLETE_UP_TO).read_bytes())
            changed_at = noted["changed_at"]  # not noted before receipts told changes: then all are written again
            at = datetime.fromisoformat(changed_at) if changed_at else None
            return int(noted["submission_id"]), str(noted["sha256"]), at
        except (OSError, ValueError, KeyError, TypeError):
            return None  # lost or damaged: the receipts are written again, to the same effect

    def mark_complete(self, submission_id: int, sha256: str, changed_at: datetime | None) -> None:
        """Note that all receipts up to this file are written, and tell all until that change. OSError if it cannot be noted."""
        self.finish()  # first: if the note survived a power cut and receipts did not, they would never be written again
        noted = {"submission_id": submission_id, "sha256": sha256, "changed_at": changed_at and changed_at.isoformat()}
        write_private(self.folder, _COMPLETE_UP_TO, json.dumps(noted).encode())
