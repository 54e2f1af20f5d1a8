"""What is said of a return: a finding names file, line, column and rule, and never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Findings(Sequence[Finding]):
    """The findings of a file by columns: for each its line (0 is the file as a whole), and which of `said` it says (int32)."""

    lines: NDArray[np.int32]
    codes: NDArray[np.int32]
    said: tuple[tuple[str | None, str, Severity, str], ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> Findings:
        """The same findings by columns."""
        if isinstance(findings, Findings):
            return findings
        said: dict[tuple[str | None, str, Severity, str], int] = {}
        rows = [(f.line or 0, said.setdefault((f.column, f.rule, f.severity, f.message), len(said))) for f in findings]
        lines, codes = np.array(rows, np.int32).reshape(-1, 2).T
        return cls(lines, codes, tuple(said))

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

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)
