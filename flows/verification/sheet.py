"""The sheet of an audit: its columns, and the two files in which the person who verifies gets it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.contract import Column, Return, ValueType
from expectations.contract.codes import code_list
from expectations.contract.returns.shared_columns import learner_ref, session_id
from flows.errors import WrongUse
from transforms.pages.csv_out import csv_bytes
from transforms.pages.xlsx_out import workbook

AUDIT, NUMBER, FINDING, SITUATION, FOUND_ON, MEANS = "audit", "number", "finding", "situation", "found_on", "means"
CONFIRMED, OTHER, UNREACHABLE = code_list("audit_finding").codes

#: what is read of a sheet that comes back; its other columns are for the eyes of whoever verifies, whatever becomes of them
SHEET = Return(
    kind="audit", prefix="AUD", table="audit_results", title="Vérification de sorties",
    description="une ligne par sortie tirée au sort", key=(NUMBER,), scope=(AUDIT,), from_region=True,
    row_checks=(), cross_checks=(),
    columns=(
        Column(1, AUDIT, "audit", ValueType.WHOLE_NUMBER, "numéro de l'audit", "1", ("n° audit", "numéro de l'audit")),
        Column(2, NUMBER, "numero", ValueType.WHOLE_NUMBER, "numéro de la ligne dans l'audit", "17", ("n°", "no", "num")),
        session_id(3),
        learner_ref(4),
        Column(5, FINDING, "constat", ValueType.CODE, "constat", "CONFIRME", ("résultat",), optional=True,
               codes=code_list("audit_finding")),
        Column(6, SITUATION, "situation_constatee", ValueType.CODE, "situation constatée", "RECHERCHE", optional=True,
               codes=code_list("situation")),
        Column(7, FOUND_ON, "constate_le", ValueType.DATE, "date du constat", "01/04/2026", ("date du constat",), optional=True),
        Column(8, MEANS, "moyen", ValueType.CODE, "moyen du constat", "EMPLOYEUR", ("moyen du constat",), optional=True,
               codes=code_list("audit_means")),
    ),
)  # fmt: skip
_TITLES = (
    "audit", "numero", "siret", "organisme", "numero_session", "id_apprenant", "echeance", "situation_declaree", "observee_le",
    "source", "constat", "situation_constatee", "constate_le", "moyen",
)  # fmt: skip
_NO_ANSWER = "sans réponse"


def sheet_name(audit: int, quarter: str, horizon: str) -> str:
    """What both files of a sheet are called, without their endings."""
    return f"audit-{audit}-{quarter}-{horizon}"


def write_sheet(
    folder: Path, name: str, audit: int, horizon: str, lines: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> list[Path]:
    """Write both files of a sheet, for their owner's eyes alone; a file that is there already is left as it is.

    Args:
        folder: where, made if it is not there.
        name: as sheet_name gives it.
        audit: its number.
        horizon: its horizon.
        lines: as lines_of_sheet.sql gives them; erased leavers are left out.
        names: of the providers, by SIRET.

    Returns: the files that were written. Raises WrongUse where one cannot be.
    """
    rows = [
        [
            audit, line["number"], line["provider_siret"], names.get(line["provider_siret"]), line["session_id"],
            line["learner_ref"], horizon, line["situation"] or _NO_ANSWER, line["observed_on"], line["source"],
            line["finding"], line["found_situation"], line["found_on"], line["means"],
        ]
        for line in lines if line["learner_ref"] is not None
    ]  # fmt: skip
    french = ([f"{cell:%d/%m/%Y}" if hasattr(cell, "strftime") else cell for cell in row] for row in rows)
    contents = {".csv": csv_bytes([_TITLES, *french]), ".xlsx": workbook(_TITLES, rows)}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return [path for ending, content in contents.items() if _write_new(path := folder / f"{name}{ending}", content)]
    except OSError as error:
        raise WrongUse(f"{folder} cannot be written ({error.strerror}): choose another place with --out") from None


def _write_new(path: Path, content: bytes) -> bool:
    """Write a file that is not there yet, and say whether it was: somebody may have begun to fill in the one that is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(descriptor)
    return True


def remove_sheets(home: Path, audit: int) -> list[str]:
    """Remove the sheets of an audit that lie in the home, and say which, relative to it; they can be written again."""
    found = sorted((home / "audits").glob(f"audit-{audit}-*"))
    for path in found:
        path.unlink()
    return [path.relative_to(home).as_posix() for path in found]
