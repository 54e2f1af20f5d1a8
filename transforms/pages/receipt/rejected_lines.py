"""The rejected lines of a file as CSV, with why and with their values, read again from what the archive keeps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expectations.contract import Severity
from expectations.contract.french import counted, with_french_spaces
from expectations.contract.rejected import REJECTED_LINE, REJECTED_REASONS, REJECTED_RULES, REJECTED_TEXT
from expectations.findings import Finding, Findings
from transforms.pages.csv_out import csv_bytes
from transforms.parse.cells_in_error import CellsInError
from transforms.parse.choose_columns import read_and_choose
from transforms.read.decode import CONTROL, decode

#: what a cell of a spreadsheet can hold; longer texts would spill into the rows below
_LONGEST_CELL = 32_000
#: a list has at most so many cells: under a header of two thousand columns, a thousand damaged lines of one letter each would
#: make two million
_MOST_CELLS = 2_000_000
_MORE = (
    "autre ligne en erreur, qui ne tient pas dans cette liste",
    "autres lignes en erreur, qui ne tiennent pas dans cette liste",
)  # fmt: skip


def rejected_csv(kept: bytes, findings: Sequence[Finding], in_error: CellsInError | None = None) -> bytes | None:
    """The lines in error: number, rules, reasons, then the cells under the file's own titles.

    Columns whose values are not kept are left out. Of a structurally damaged record, which has no cells, the text is given,
    but in a file with such columns nothing but its line number.

    Args:
        kept: what the archive keeps of the file.
        findings: all that was found in it.
        in_error: the cells of its records in error, if they are known already. Where they are not, the file is read again.

    Returns None where no line is in error. Raises Unreadable where the file has no readable rows.
    """
    errors = _errors_by_line(Findings.of(findings))
    if not errors:
        return None
    # of a record that resembles somebody who was erased the archive keeps nothing but a mark
    shown = {line for line, found in errors.items() if all(rule != "LIG-08" for rule, _ in found)}
    if in_error is None:
        in_error = CellsInError.of_reading(read_and_choose(kept), shown)
    damaged = [damaged for damaged in in_error.damaged if damaged.line in errors]
    lines = decode(kept).lines if damaged else []
    texts = {one.line: "\n".join(lines[one.line - 1 : one.last_line]) for one in damaged}
    titles = [*map(_cell, in_error.titles)]
    rows: list[list[str | int]] = [[REJECTED_LINE, REJECTED_RULES, REJECTED_REASONS, *titles]]
    if texts:
        rows[0].append(REJECTED_TEXT)
    listed = sorted(errors)[: max(_MOST_CELLS // len(rows[0]), 1)]
    cells = in_error.rows()
    for line in listed:
        found = errors[line]
        row: list[str | int] = [line, " ".join(rule for rule, _ in found), " | ".join(said for _, said in found)]
        row += [_cell(cell) for cell in cells.get(line, [""] * len(titles))]
        if texts:
            row.append(_cell(texts.get(line, "")))
        rows.append(row)
    if len(listed) < len(errors):
        rows.append(["", "", f"et {counted(len(errors) - len(listed), *_MORE)}"])
    return csv_bytes(rows)


def _errors_by_line(findings: Findings) -> dict[int, list[tuple[str, str]]]:
    """The errors of each line that has any: rule and what is said, in the order of the findings."""
    is_error = np.array([severity == Severity.ERROR for _, _, severity, _ in findings.said], np.bool_)
    messages = [with_french_spaces(message) for *_, message in findings.said]
    told = np.flatnonzero(is_error[findings.codes] & (findings.lines > 0))
    errors: dict[int, list[tuple[str, str]]] = {}
    for line, code in zip(findings.lines[told].tolist(), findings.codes[told].tolist(), strict=True):
        errors.setdefault(line, []).append((findings.said[code][1], messages[code]))
    return errors


def _cell(text: str) -> str:
    """The text without control characters, which no CSV can hold, and no longer than a cell may be."""
    shown = text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", shown)
