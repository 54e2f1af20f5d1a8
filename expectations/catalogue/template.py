"""The blank CSV of a return, which opens right in a French Excel."""

from __future__ import annotations

import csv
import io

from expectations.contract.returns import RETURNS


def template(kind: str, example: bool = False) -> bytes:
    """The template of that kind: `;`, UTF-8 with BOM, CRLF; with one valid row if `example`. KeyError for an unknown kind."""
    columns = RETURNS[kind].columns
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(column.header for column in columns)
    if example:
        writer.writerow(column.example for column in columns)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")
