"""What is said of a return: a finding names file, line, column and rule, and never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from expectations.contract.checks import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed. `line` is None for the file as a whole; `column` is the English field name or None."""

    line: int | None
    column: str | None
    rule: str
    severity: Severity
    message: str


#: what may be said of several lines: column, rule, severity, message
Said = tuple[str | None, str, Severity, str]


@dataclass(frozen=True, eq=False)
class Findings(Sequence[Finding]):  # noqa: PLW1641 - it is no key of anything
    """The findings of a file by columns: for each its line (0 is the file as a whole), and which of `said` it says (int32)."""

    lines: NDArray[np.int32]
    codes: NDArray[np.int32]
    said: tuple[Said, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Findings:
        """The same findings by columns."""
        said: dict[Said, int] = {}
        rows = [(f.line or 0, said.setdefault((f.column, f.rule, f.severity, f.message), len(said))) for f in findings]
        lines, codes = np.array(rows, np.int32).reshape(-1, 2).T
        return cls(lines, codes, tuple(said))

    @classmethod
    def of_sayings(
        cls, said: Sequence[Said], lines: Sequence[Sequence[int]], places: Sequence[Sequence[int]] | None = None
    ) -> Findings:
        """Those that say each of `said` of its lines (0 is the file as a whole), one after the other or by `places`."""
        codes = np.repeat(np.arange(len(said), dtype=np.int32), [len(of) for of in lines])
        found = cls(np.fromiter(chain.from_iterable(lines), np.int32), codes, tuple(said))
        return found if places is None else found._where(np.argsort(np.fromiter(chain.from_iterable(places), np.int64)))

    @classmethod
    def joined(cls, parts: Sequence[Findings]) -> Findings:
        """Those of several parts, one part after the other."""
        starts = np.cumsum([0, *(len(part.said) for part in parts)])
        return cls(
            np.concatenate([part.lines for part in parts]),
            np.concatenate([part.codes + start for part, start in zip(parts, starts[:-1], strict=True)]).astype(np.int32),
            tuple(said for part in parts for said in part.said),
        )

    @property
    def about_file(self) -> Findings:
        """Those about the file as a whole."""
        return self._where(self.lines == 0)

    @property
    def about_lines(self) -> Findings:
        """Those about a line of it."""
        return self._where(self.lines != 0)

    def sayings(self) -> list[tuple[Said, list[int]]]:
        """What is said, in the order in which it is said first, each with the lines of which it is (0 is the file as a whole)."""
        order = np.argsort(self.codes, kind="stable")
        codes, starts = np.unique(self.codes[order], return_index=True)
        lines = np.split(self.lines[order], starts[1:])
        return [(self.said[codes[at]], lines[at].tolist()) for at in np.argsort(order[starts]).tolist()]

    def without(self, rule: str) -> Findings:
        """All but those of a rule."""
        return self._where(np.array([said[1] != rule for said in self.said], np.bool_)[self.codes])

    def _where(self, at: NDArray[Any]) -> Findings:
        return Findings(self.lines[at], self.codes[at], self.said)

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Finding]:
        for line, code in zip(self.lines.tolist(), self.codes.tolist(), strict=True):
            yield Finding(line or None, *self.said[code])

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> Findings: ...
    def __getitem__(self, at: int | slice) -> Finding | Findings:
        if isinstance(at, slice):
            return Findings(self.lines[at], self.codes[at], self.said)
        return Finding(int(self.lines[at]) or None, *self.said[self.codes[at]])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)
