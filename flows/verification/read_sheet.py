"""Reads the sheet of an audit that comes back, in whatever state a spreadsheet leaves it: all of it, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from expectations.contract import CellProblemKind, Column, Return
from expectations.contract.codes import code_list, fold
from expectations.rule_registry import column_check, sentence
from flows.verification.sheet import (
    AUDIT,
    CONFIRMED,
    FINDING,
    FOUND_ON,
    MEANS,
    NUMBER,
    OTHER,
    SHEET,
    SITUATION,
    UNREACHABLE,
)
from transforms.parse.columns import PROBLEMS, TypedRows, parse_columns, text_columns
from transforms.read import Unreadable, read_return
from transforms.read.match_columns import MatchedHeader, header_key, header_keys, shown_title, without_brackets
from transforms.read.workbook_refusals import RefusedWorkbook, WorkbookRefusal, may_be_workbook
from transforms.workbooks.read_workbook import read_workbook
from warehouse.reference.places import load_places

_UNREAD = (CellProblemKind.EMPTY, CellProblemKind.UNREADABLE, CellProblemKind.UNLISTED)
#: columns by which a line is known to be about whom its number says; a spreadsheet may have damaged them
_KNOWN_BY = ("session_id", "learner_ref")
_READ = tuple(column for column in SHEET.columns if column.name not in _KNOWN_BY)
_FOUND = (FINDING, SITUATION, FOUND_ON, MEANS)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sheet: the line (None: the file as a whole), the title of the column, a French sentence."""

    line: int | None
    column: str | None
    sentence: str


@dataclass(frozen=True)
class Result:
    """What was found of one leaver drawn; `situation` where it is another than was reported."""

    number: int
    finding: str
    situation: str | None
    found_on: date | None
    means: str | None


@dataclass(frozen=True)
class FilledSheet:
    """A sheet as it was read. `audit` is None where its lines do not say one; nothing of it may be taken if there are faults."""

    audit: int | None
    rows: tuple[Mapping[str, Any], ...]
    faults: tuple[Fault, ...]


class _SheetHeader(MatchedHeader):
    """The header of a sheet, which is no return that providers send."""

    @property
    def contract(self) -> Return:
        """The sheet's columns."""
        return SHEET

    def _known_title(self, at: int) -> str:
        return shown_title(without_brackets(self.titles[at]))


def read_sheet(data: bytes) -> FilledSheet:
    """Read the bytes of a CSV file or a workbook: typed rows, or what keeps them from being read. Never raises."""
    try:
        reading = read_return(_one_sheet(data) if may_be_workbook(data) else data, _match)
    except RefusedWorkbook as refused:
        return FilledSheet(None, (), (Fault(None, None, sentence(refused.reason.rule, refused.reason.detail)),))
    except Unreadable as unreadable:
        return FilledSheet(None, (), (Fault(None, None, sentence(unreadable.rule, f"{unreadable.detail}.")),))
    if refusal := reading.matched.refusal():
        return FilledSheet(None, (), (Fault(None, None, sentence(refusal.rule, refusal.detail)),))
    everything = np.ones(len(reading.records), np.bool_)
    rows = parse_columns(SHEET, [text_columns(reading, everything)], load_places(), ())
    faults = [Fault(one.line, None, sentence(one.rule)) for one in reading.damaged]
    faults += [fault for column in _READ for fault in _unread(column, rows)]
    names = [column.name for column in SHEET.columns]
    lines = [dict(zip(["line", *names], (line, *values), strict=True))
             for line, values in zip(rows.lines.tolist(), rows.tuples(names), strict=True)]  # fmt: skip
    audits = {line[AUDIT] for line in lines} - {None}
    if len(audits) != 1:
        faults.append(Fault(None, "audit", "Toutes les lignes doivent porter le numéro d'un seul et même audit."))
    return FilledSheet(audits.pop() if len(audits) == 1 else None, tuple(lines), tuple(faults))


def _one_sheet(data: bytes) -> bytes:
    """The audit's sheet of a workbook, as CSV text: the first that is not hidden. RefusedWorkbook where there is none."""
    texts = [sheet.text for sheet in read_workbook(data, _match) if sheet.text is not None]
    if not texts:
        raise RefusedWorkbook(WorkbookRefusal.HIDDEN)
    return texts[0]


def results_of(sheet: FilledSheet, drawn: Sequence[Mapping[str, Any]], today: date) -> tuple[list[Result], list[Fault]]:
    """What a sheet says was found, and what is wrong with it; a leaver who was erased since is passed over.

    Args:
        sheet: of the audit; its faults are not said again.
        drawn: whom the audit drew, as lines_of_sheet.sql gives them.
        today: nothing was found after that day.
    """
    by_number = {line["number"]: line for line in drawn}
    seen: set[int] = set()
    faulty = {fault.line for fault in sheet.faults}
    results: list[Result] = []
    faults: list[Fault] = []
    for row in sheet.rows:
        number = row[NUMBER]
        if number is None:
            continue
        item = by_number.get(number)
        if item is None:
            faults.append(Fault(row["line"], "numero", "Ce numéro n'est pas de cet audit."))
            continue
        if number in seen:
            faults.append(Fault(row["line"], "numero", "Ce numéro figure deux fois."))
        seen.add(number)
        if item["learner_ref"] is None or row["line"] in faulty:
            continue
        said = list(_wrong_with(row, item, today))
        faults += said
        if row[FINDING] and not said:
            situation = row[SITUATION] if row[FINDING] == OTHER else None
            results.append(Result(number, row[FINDING], situation, row[FOUND_ON], row[MEANS]))
    lacking = sum(line["number"] not in seen and line["learner_ref"] is not None for line in drawn)
    if lacking and not faulty:
        faults.append(Fault(None, None, f"Il manque {lacking} des {len(drawn)} lignes de l'audit : renvoyez la feuille entière."))
    elif not (results or faults or faulty):
        faults.append(Fault(None, None, "Aucun constat n'est rempli."))
    return results, faults


def _wrong_with(row: Mapping[str, Any], item: Mapping[str, Any], today: date) -> Iterator[Fault]:
    """What one line says that cannot be."""
    finding, situation, line = row[FINDING], row[SITUATION], row["line"]
    if any(row[name] is not None and not _same(row[name], item[name]) for name in _KNOWN_BY):
        yield Fault(line, "numero", "La session ou l'apprenant de cette ligne ne sont pas ceux de son numéro : une partie "
                    "seulement des colonnes a-t-elle été triée ? Reprenez la feuille d'origine.")  # fmt: skip
    if finding is None:
        if any(row[name] is not None for name in _FOUND):
            yield Fault(line, "constat", "Le constat est vide alors que d'autres cellules sont remplies : écrivez CONFIRME, "
                        "AUTRE ou INJOIGNABLE.")  # fmt: skip
        return
    if finding == OTHER and situation in (None, item["situation"]):
        yield Fault(line, "situation_constatee", "AUTRE demande une situation constatée, autre que celle déclarée ; écrivez "
                    "INCONNU si l'on sait seulement que la situation déclarée est fausse.")  # fmt: skip
    if finding == CONFIRMED and situation not in (None, item["situation"]):
        yield Fault(line, "situation_constatee", "La situation constatée n'est pas celle déclarée : le constat est AUTRE, ou "
                    "cette cellule est de trop.")  # fmt: skip
    if finding == UNREACHABLE:
        if situation is not None:
            yield Fault(line, "situation_constatee", "Une situation a été constatée : le constat n'est pas INJOIGNABLE.")
        return
    if row[FOUND_ON] is None:
        yield Fault(line, "constate_le", "La date du constat manque : écrivez une date au format JJ/MM/AAAA.")
    elif row[FOUND_ON] > today:
        yield Fault(line, "constate_le", "La date du constat est dans l'avenir.")
    if row[MEANS] is None:
        means = ", ".join(code_list("audit_means").codes)
        yield Fault(line, "moyen", f"Le moyen du constat manque : écrivez un code de la liste ({means}).")


def _same(read: str, kept: str | None) -> bool:
    """Whether a reference is that of the sheet; a spreadsheet takes zeros from its beginning."""
    return fold(read).lstrip("0") == fold(kept or "").lstrip("0")


def _unread(column: Column, rows: TypedRows) -> Iterator[Fault]:
    problems = rows.columns[column.name].problems()
    for line, problem in zip(rows.lines.tolist(), problems.tolist(), strict=True):
        kind = PROBLEMS[problem]
        if kind in _UNREAD:
            yield Fault(line, column.header, column_check(SHEET, column, kind).sentence)


def _match(titles: Sequence[str]) -> MatchedHeader | None:
    """The header that these cells are, or None where they are none of a sheet."""
    names = {header_key(title): column for column in SHEET.columns for title in (column.header, column.name, *column.aliases)}
    columns = tuple(next((names[key] for key in header_keys(title) if key in names), None) for title in titles)
    found = [column.name for column in columns if column is not None]
    if not {AUDIT, NUMBER} & set(found) or len(set(found)) < 3:
        return None
    missing = tuple(column for column in _READ if column.name not in found)
    twice = tuple(column for column in SHEET.columns if found.count(column.name) > 1)
    unknown = tuple(at for at, column in enumerate(columns) if column is None and header_keys(titles[at])[0])
    return _SheetHeader("audit", tuple(titles), columns, missing, twice, (), unknown)
