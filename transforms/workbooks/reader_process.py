"""Reads the cells of an .xls in a process of its own, which may take so much memory and time and no more.

What an .xls says of its sizes cannot all be checked before the reader of cells believes it, and memory that the reader cannot
have ends its process. So that is another one than the night's: this file, run by the same Python, which imports nothing else of
ours.
"""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

#: bytes of memory, and seconds: a sheet of this format has 65 536 rows at most
_MOST_MEMORY, _MOST_SECONDS = 4_000_000_000, 300
#: how the process ends where the workbook is protected, and where it cannot be read
PROTECTED, DAMAGED = 3, 4
#: what cells hold that are neither numbers nor texts
_CELLS = frozenset({"date", "datetime", "time", "timedelta"})


class UnreadableSheets(Exception):
    """The process ended without the cells: `code` says how, PROTECTED or another."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def sheets_of_xls(data: bytes) -> list[tuple[str, list[list[Any]] | None]]:
    """The sheets of an .xls by name, each with its rows from the first on, None for one that is no work sheet.

    Raises:
        UnreadableSheets: the other process ended without them.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__))], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=_MOST_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UnreadableSheets(DAMAGED) from None
    if done.returncode:
        raise UnreadableSheets(done.returncode)
    sheets: list[tuple[str, list[list[Any]] | None]] = _Cells(io.BytesIO(done.stdout)).load()
    return sheets


class _Cells(pickle.Unpickler):
    """Takes days and hours from the other process, and nothing else that is more than a list, a number or a text."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in _CELLS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"no cell: {name}")


def _read() -> int:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core would hold the cells
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheets = [
            (
                sheet.name,
                workbook.get_sheet_by_index(number).to_python(skip_empty_area=False)
                if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
                else None,
            )
            for number, sheet in enumerate(workbook.sheets_metadata)
        ]
    except python_calamine.PasswordError:
        return PROTECTED
    except BaseException:  # a panic of the reader is no Exception
        return DAMAGED
    pickle.dump(sheets, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    os._exit(_read())  # what a damaged file left half-built is not taken down in order
