"""Proposes the code that was probably meant in the place of an unknown one; for a file so often, and then no longer."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher

from expectations.contract.codes import fold

#: At most so many different unknown texts of a column are compared with its codes. A receipt names a few of them, and each
#: comparison costs as much as reading a hundred cells.
BUDGET = 25
_LONGEST_CODE = 80


class Suggestions:
    """What to propose in one file. Beyond the budget of a column nothing is, but for texts that were compared before."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._known: dict[str, dict[str, str | None]] = {}

    def of(self, column: str, text: str, forms: Mapping[str, str]) -> str | None:
        """The code that was probably meant by `text` in that column, or None. `forms` maps folded codes and variants to codes."""
        known = self._known.setdefault(column, {})
        folded = fold(text[:_LONGEST_CODE])
        if folded not in known:
            if len(known) >= self._budget:
                return None
            known[folded] = nearest(folded, forms)
        return known[folded]


def nearest(folded: str, forms: Mapping[str, str]) -> str | None:
    """The code whose form stands whole in the text, begins like it, or has most letters alike."""
    if len(folded) < 2:
        return None
    matcher = SequenceMatcher(b=folded, autojunk=False)
    best, best_score = None, 0.49
    # Codes before their variants: of two that are equally near the first is taken.
    for form, code in sorted(forms.items(), key=lambda pair: pair[0] != fold(pair[1])):
        matcher.set_seq1(form)
        score = min(matcher.real_quick_ratio(), 1.0)
        begins = min(len(form), len(folded)) >= 3 and (form.startswith(folded) or folded.startswith(form))
        if begins or (len(form) >= 3 and f"_{form}_" in f"_{folded}_"):
            score = 1 + min(len(form), len(folded)) / 100 - len(form) / 10000
        elif score > best_score:  # the cheap upper bounds of the score are asked first
            score = matcher.ratio() if matcher.quick_ratio() > best_score else 0
        if score > best_score:
            best, best_score = code, score
    return best
