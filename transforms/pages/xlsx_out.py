"""Writes a workbook of one sheet: numbers, dates and texts as such, and nothing in it is run."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

#: beyond, a spreadsheet's numbers are no longer exact
_MOST_EXACT = 2**53
#: of a column, in characters: a day with its time, which a narrower one shows as ########
_WIDTH = 19
#: a spreadsheet knows no day before
_FIRST_DAY = date(1900, 3, 1).timetuple()


class DoesNotFit(ValueError):
    """What a sheet cannot hold, in words for whoever asked for it."""


def workbook(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """An .xlsx with the titles in its first, standing row; a text is never a formula or a link.

    Rows are taken one by one and go to a file beside, so that many need little memory. Raises DoesNotFit beyond 1 048 575 rows or
    16 384 columns, and where a text has more than 32 767 signs: nothing is cut.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    with Workbook(content, {"constant_memory": True, "remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(titles), _WIDTH)
        for column, title in enumerate(titles):
            _told(sheet.write_string(0, column, title, bold))
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, bool):
                    _told(sheet.write_boolean(number, column, value))
                elif isinstance(value, int | float | Decimal) and -_MOST_EXACT <= value <= _MOST_EXACT:
                    _told(sheet.write_number(number, column, float(value)))
                elif isinstance(value, date) and value.timetuple() >= _FIRST_DAY:
                    _told(sheet.write_datetime(number, column, value, moment if isinstance(value, datetime) else day))
                elif value is not None:
                    _told(sheet.write_string(number, column, str(value)))
    return content.getvalue()


def _told(done: int) -> None:
    if done == -1:
        raise DoesNotFit("a sheet holds 1 048 575 rows and 16 384 columns")
    if done < -1:
        raise DoesNotFit("a cell holds 32 767 signs")
