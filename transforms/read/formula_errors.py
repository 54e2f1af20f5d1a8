"""The texts that stand where a formula has no value: a spreadsheet's own, and ours where it was never computed."""

from __future__ import annotations

import re

#: what stands in the place of a formula without a value, read from a workbook that no spreadsheet has computed
NOT_COMPUTED = "#SANS VALEUR!"
#: `#VALEUR!`, `#N/A`, `#DIV/0 !`, `Err:502`
FORMULA_ERROR = re.compile(r"#N/A|#[A-Z/0]{3,}\s?[!?]|Err:[0-9]{3}")


def error_text(said: str) -> str:
    """What stands in a cell that a workbook says is an error: the spreadsheet's text, or the plainest where it is none."""
    said = said.strip()
    return said if len(said) <= 16 and FORMULA_ERROR.fullmatch(said) else "#N/A"
