"""Writes one return row by row as one office would, spoils a share of its records, and notes what is true of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, BinaryIO

from expectations.contract import Return
from expectations.contract.returns import RETURNS
from transforms.synth.dirt import BROKEN, HARMLESS, REFUSED, CellDirt, Spot, differing_copy
from transforms.synth.style import COMMENT_TITLE, Style, renderer, titles

_COMMENTS = (
    "",
    "",
    "",
    "relancé par téléphone",
    "vu en entretien le 12",
    "dossier complet ; à archiver",
    "cœur de cible",
)
#: sorts of dirt that are neither one cell's nor one broken record's
_AROUND = ("blank_line", "separators_only", "repeated_header", "identical_copy", "quoted")
_WITH_COMMENT = ("line_break", "mis_decoded")


@dataclass
class FileTruth:
    """What is true of one file: records = accepted + quarantined, physical blank lines, sorts of dirt with their number."""

    name: str
    kind: str
    provider_siret: str | None
    style: Style
    records: int = 0
    accepted: int = 0
    quarantined: int = 0
    blank_lines: int = 0
    in_force: int = 0
    sorts: Counter[str] = field(default_factory=Counter)


class ReturnFile:
    """A return being written. `note(line, sort, is_accepted)` is called for each spoilt record or line."""

    def __init__(
        self,
        stream: BinaryIO,
        truth: FileTruth,
        *,
        dirty: float = 0.0,
        rng: Random | None = None,
        harmless_only: bool = False,
        note: Callable[[int, str, bool], None] = lambda line, sort, is_accepted: None,
    ) -> None:
        self.truth = truth
        self.line = 1  # the next physical line
        self._stream, self._style, self._note = stream, truth.style, note
        self._dirty, self._rng, self._harmless_only = dirty, rng or Random(0), harmless_only
        self._contract: Return = RETURNS[truth.kind]
        self._columns = list(self._contract.columns)
        if self._style.shuffled:
            self._rng.shuffle(self._columns)
        self._names = [column.name for column in self._columns]
        self._renderers = [renderer(column, self._style) for column in self._columns]
        self._needs_quotes = {self._style.delimiter, '"', "\r", "\n"}
        self._separator = ""  # written before a line, so that the last one may go without
        self._lines_encoded = 0
        self._begin()

    # ------------------------------------------------------------------------------------------------ lines and cells

    def _begin(self) -> None:
        style = self._style
        if style.encoding == "utf-16":
            self._stream.write(b"\xff\xfe")
        elif style.encoding == "utf-8-sig":
            self._stream.write(b"\xef\xbb\xbf")
        for text in style.preamble:
            self._write(text)
            self.truth.blank_lines += not text
        header = titles(self._contract, self._columns, style, self._rng)
        header += [COMMENT_TITLE] if style.commented else []
        self._header = style.delimiter.join(self._text(title) for title in header) + style.delimiter * style.trailing
        self._write(self._header)

    def _encode(self, text: str) -> bytes:
        self._lines_encoded += 1
        encoding = self._style.encoding
        if encoding == "utf-16":
            return text.encode("utf-16-le")
        if encoding == "mixed":
            encoding = "cp1252" if self._lines_encoded % 3 == 0 else "utf-8"
        return text.encode(encoding if encoding == "cp1252" else "utf-8")

    def _write(self, text: str, physical_lines: int = 1) -> None:
        self._stream.write(self._encode(self._separator + text))
        self._separator = self._style.newline
        self.line += physical_lines

    def _text(self, cell: str) -> str:
        if self._style.quote_all or not self._needs_quotes.isdisjoint(cell):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    def _cells(self, values: Mapping[str, Any]) -> list[str]:
        return [
            "" if (value := values[name]) is None else render(value)
            for name, render in zip(self._names, self._renderers, strict=True)
        ]

    def _texts(self, cells: list[str], comment: str | None = None) -> list[str]:
        texts = [self._text(cell) for cell in cells]
        if self._style.commented:
            texts.append(self._text(self._rng.choice(_COMMENTS) if comment is None else comment))
        return texts + [""] * self._style.trailing

    # ------------------------------------------------------------------------------------------------------ records

    def add(self, values: Mapping[str, Any]) -> tuple[int, bool]:
        """Write a row, spoilt or not. Its line, and whether it must be accepted."""
        if self._dirty and self._rng.random() < self._dirty:
            return self._spoilt(values)
        line = self.line
        self._write(self._plain_record(self._cells(values)))
        self._count(True, is_new=True)
        return line, True

    def _plain_record(self, cells: list[str]) -> str:
        """The record; nearly all need no quotes, which is asked once for the whole of it."""
        style = self._style
        if not style.commented and not style.quote_all:
            record = style.delimiter.join(cells)
            if record.count(style.delimiter) == len(cells) - 1 and '"' not in record:
                return record + style.delimiter * style.trailing
        return self._joined(cells)

    def _count(self, is_accepted: bool, *, is_new: bool) -> None:
        self.truth.records += 1
        self.truth.accepted += is_accepted
        self.truth.quarantined += not is_accepted
        self.truth.in_force += is_accepted and is_new

    def _may_quarantine(self, records: int) -> bool:
        """Half of the rows in error at most, at every moment: the file as a whole must not be refused."""
        return not self._harmless_only and 2 * (self.truth.quarantined + records) <= self.truth.records + records

    def _spoilt(self, values: Mapping[str, Any]) -> tuple[int, bool]:
        rng, cells = self._rng, self._cells(values)
        spot = Spot(self._contract, self._columns, values, cells, self._style, rng)
        chance = rng.random()
        if chance < 0.36 and self._may_quarantine(1):
            return self._with_cells(spot, REFUSED, is_accepted=False)
        if chance < 0.5 and self._may_quarantine(1):
            sort = rng.choice(tuple(BROKEN))
            return self._put(sort, BROKEN[sort](spot, self._texts(cells)), is_accepted=False)
        if chance < 0.54 and self._may_quarantine(2) and (other := differing_copy(spot)):
            line, _ = self._put("differing_copy", self._joined(cells), is_accepted=False)
            self._put("differing_copy", self._joined(self._cells(other)), is_accepted=False)
            return line, False
        if chance < 0.8:
            return self._with_cells(spot, HARMLESS, is_accepted=True)
        return self._around(cells)

    def _joined(self, cells: list[str], comment: str | None = None) -> str:
        return self._style.delimiter.join(self._texts(cells, comment))

    def _put(
        self, sort: str, text: str, *, is_accepted: bool, physical_lines: int = 1, is_new: bool = True
    ) -> tuple[int, bool]:
        line = self.line
        self._write(text, physical_lines)
        self._count(is_accepted, is_new=is_new)
        self.truth.sorts[sort] += 1
        self._note(line, sort, is_accepted)
        return line, is_accepted

    def _with_cells(self, spot: Spot, sorts: Mapping[str, CellDirt], *, is_accepted: bool) -> tuple[int, bool]:
        names = list(sorts)
        self._rng.shuffle(names)
        for name in names:
            cells = sorts[name](spot)
            if cells is not None:
                return self._put(name, self._joined(cells), is_accepted=is_accepted)
        raise AssertionError(f"no sort of dirt fits a row of {self._contract.kind}")

    def _around(self, cells: list[str]) -> tuple[int, bool]:
        sort = self._rng.choice(_AROUND + (_WITH_COMMENT if self._style.commented else ()))
        plain = self._joined(cells)
        if sort == "identical_copy":
            line, _ = self._put(sort, plain, is_accepted=True)
            self._put(sort, plain, is_accepted=True, is_new=False)
            return line, True
        if sort == "line_break":
            return self._put(sort, self._joined(cells, "à rappeler\nmardi"), is_accepted=True, physical_lines=2)
        if sort == "mis_decoded":
            return self._put(sort, self._joined(cells, "relancÃ© par tÃ©lÃ©phone"), is_accepted=True)
        if sort == "quoted":
            texts = ['"' + text.replace('"', '""') + '"' for text in cells]
            texts += self._texts([])
            return self._put(sort, self._style.delimiter.join(texts), is_accepted=True)
        between = {"blank_line": "", "separators_only": self._style.delimiter * (len(self._columns) - 1)}
        self._note(self.line, sort, True)
        self.truth.sorts[sort] += 1
        self._write(between.get(sort, self._header))
        self.truth.blank_lines += sort in between
        line = self.line
        self._write(plain)
        self._count(True, is_new=True)
        return line, True

    def close(self) -> FileTruth:
        """End the file as the office does, and tell what is true of it. The stream stays the caller's."""
        if self._style.control_z:
            self._write("\x1a")
            self.truth.blank_lines += 1
        if self._style.final_newline and not self._style.control_z:
            self._stream.write(self._encode(self._separator))
        if not self.truth.records:
            self.truth.provider_siret = None  # an empty return does not say whose it is
        return self.truth
