"""Why a workbook is refused, and the notice that stands for it: nothing of a refused workbook is kept.

Its cells, properties and comments may name people, and what is in it cannot be told apart without reading all of it. So what is
kept in its place is a line of text that, read again, is refused by the same rule with the same sentence.
"""

from __future__ import annotations

from enum import Enum

#: how the formats begin that hold workbooks: ZIP (.xlsx, .xlsm, .ods) and OLE (.xls, and a protected .xlsx)
ZIP, OLE = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_NOTICE = b"classeur non conserve : fichier refuse ("


class WorkbookRefusal(Enum):
    """A reason: the word that stands for it in the notice, the rule of the file, and what completes its sentence."""

    PROTECTED = ("protege", "FIC-23", "")
    DAMAGED = ("abime", "FIC-24", "")
    UNPACKED = ("deplie", "FIC-25", "ouvert, il dépasse 500 Mo")
    RATIO = ("comprime", "FIC-25", "ouvert, il dépasse 200 fois la taille du fichier")
    SHEETS = ("feuilles", "FIC-25", "il a plus de 50 feuilles")
    CELLS = ("cellules", "FIC-25", "il a plus de 2 millions de cellules remplies")
    AREA = ("etendue", "FIC-25", "des cellules sont remplies très loin des autres : supprimez-les")
    NO_RETURN = ("sans-retour", "FIC-26", "")
    HIDDEN = ("masquee", "FIC-27", "")
    BINARY = ("xlsb", "FIC-02", "c'est un classeur binaire .xlsb : enregistrez-le en .xlsx")
    NO_WORKBOOK = ("autre", "FIC-02", "c'est une archive, ou un document qui n'est pas un classeur")
    CRASHED = ("defaut", "FIC-12", "")

    def __init__(self, word: str, rule: str, detail: str) -> None:
        self.rule = rule
        self.detail = detail
        self.notice = _NOTICE + word.encode("ascii") + b")\n"


class RefusedWorkbook(Exception):
    """A workbook that is refused. Its text names the reason and nothing of the file."""

    def __init__(self, reason: WorkbookRefusal) -> None:
        super().__init__(reason.name)
        self.reason = reason


_BY_NOTICE = {reason.notice: reason for reason in WorkbookRefusal}


def may_be_workbook(data: bytes) -> bool:
    """Whether the bytes begin as those of a workbook do; whatever the file's name is. Archives and old documents do too."""
    return data.startswith((*ZIP, *OLE))


def refusal_told(data: bytes) -> WorkbookRefusal | None:
    """The reason of which these bytes are the notice, None where they are none."""
    return _BY_NOTICE.get(data) if data.startswith(_NOTICE) else None
