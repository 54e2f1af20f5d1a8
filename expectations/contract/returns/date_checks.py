"""The rules on dates that several returns have."""

from __future__ import annotations

from datetime import date

from expectations.contract.checks import RowCheck, Severity
from expectations.contract.kinds import AtMost, Between

FIRST_DAY = date(2015, 1, 1)


def calendar_checks(prefix: str, first: int, column: str, header: str) -> tuple[RowCheck, RowCheck]:
    """Of a day that may lie ahead: not before 2015, and hardly more than three years after the file was received.

    `first` numbers the first rule, the second is the next.
    """
    return (
        RowCheck(f"{prefix}-{first}", column, Severity.ERROR,
                 f"La date « {header} » est antérieure à 2015, avant le programme : vérifiez l'année.", f"{header} = 01/03/1922",
                 Between(column, at_least=FIRST_DAY)),
        RowCheck(f"{prefix}-{first + 1}", column, Severity.WARNING,
                 f"La date « {header} » est à plus de trois ans de la réception du fichier : vérifiez l'année.",
                 f"{header} = 01/03/2081 dans un fichier reçu en 2026", AtMost(column, "farthest_day")),
    )  # fmt: skip


def date_checks(prefix: str, column: str) -> tuple[RowCheck, RowCheck]:
    """`{prefix}-31`: not after the file was received; `{prefix}-32`: not before 2015."""
    return (
        RowCheck(f"{prefix}-31", column, Severity.ERROR,
                 "La date est postérieure à la réception du fichier : indiquez la date réelle de la pièce.",
                 "date = 01/01/2030 dans un fichier reçu en 2026",
                 AtMost(column, "received_on")),
        RowCheck(f"{prefix}-32", column, Severity.ERROR,
                 "La date est antérieure à 2015, avant le programme : vérifiez l'année.", "date = 31/12/2014",
                 Between(column, at_least=FIRST_DAY)),
    )  # fmt: skip
