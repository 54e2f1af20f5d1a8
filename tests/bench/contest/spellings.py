"""How the offices of the bench write: encoding, line ends, dates, amounts, and the admitted spellings of each code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from expectations.contract.codes import code_list, fold

LISTS = ("sex", "diploma_level", "yes_no_unknown", "completion", "certification", "horizon", "situation", "source",
         "cost_category", "funder_type", "funding_status")  # fmt: skip
SPELLINGS_A_CODE = 4
_FIRST_DAY, _LAST_DAY = date(1930, 1, 1), date(2030, 12, 31)


@dataclass(frozen=True)
class Style:
    """One file's habits. `spelling`: which spelling of a code, or None where the writer has no habit."""

    encoding: str = "utf-8"
    newline: str = "\n"
    dates: str = "%d/%m/%Y"
    spelling: int | None = 0
    is_spaced: bool = False

    def siret(self, siret: str) -> str:
        """A SIRET as this office writes it."""
        return f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}" if self.is_spaced else siret

    def amount(self, cents: int) -> str:
        """An amount of so many cents, with a decimal comma."""
        text = f"{cents / 100:,.2f}" if self.is_spaced else f"{cents / 100:.2f}"
        return text.replace(",", " ").replace(".", ",")

    def codes(
        self, name: str, numbers: NDArray[np.int64], rng: np.random.Generator, codes: Sequence[str] | None = None
    ) -> pa.Array:
        """Codes of a list by their place in `codes` (by default in the list itself; one beyond is empty), spelled."""
        codes = codes or [*code_list(name).codes, ""]
        forms = [spellings(name, code) if code else ("",) for code in codes]
        chosen = rng.integers(0, SPELLINGS_A_CODE, len(numbers)) if self.spelling is None else self.spelling
        texts = pa.array([form[n % len(form)] for form in forms for n in range(SPELLINGS_A_CODE)])
        return texts.take(pa.array(numbers * SPELLINGS_A_CODE + chosen))


def draw_style(rng: np.random.Generator) -> Style:
    """The habits of one file: a quarter in Windows-1252, a third with CRLF, three quarters with French dates."""
    return Style(
        encoding=("utf-8", "utf-8-sig", "cp1252")[rng.choice(3, p=(0.5, 0.25, 0.25))],
        newline=("\n", "\r\n")[rng.choice(2, p=(0.67, 0.33))],
        dates=("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y")[rng.choice(3, p=(0.76, 0.16, 0.08))],
        spelling=(0, 1, 2, None)[rng.choice(4, p=(0.5, 0.15, 0.15, 0.2))],
        is_spaced=bool(rng.random() < 0.1),
    )


@cache
def spellings(name: str, code: str) -> tuple[str, ...]:
    """Up to four admitted spellings of a code: itself, in lower case with spaces, its label, and a variant."""
    listed = code_list(name)
    variants = [folded.replace("_", " ").lower() for folded, meant in listed.lookup.items() if meant == code]
    forms = [code, code.replace("_", " ").lower(), listed.labels[code], *variants[2:3]]
    return tuple(dict.fromkeys(form for form in forms if listed.lookup.get(fold(form)) == code))


def all_spellings() -> Iterator[tuple[str, str, str]]:
    """List, spelling and code of all that files may hold."""
    for name in LISTS:
        for code in code_list(name).codes:
            for form in spellings(name, code):
                yield name, form, code


@cache
def spell_dates(form: str) -> tuple[int, pa.Array]:
    """The first day, in days since 1970, and all days from it on as texts; the last is an empty cell."""
    days = (_LAST_DAY - _FIRST_DAY).days + 1
    texts = [(_FIRST_DAY + timedelta(days=n)).strftime(form) for n in range(days)]
    return (_FIRST_DAY - date(1970, 1, 1)).days, pa.array([*texts, ""])
