"""Walks the physical lines below the header and isolates each damaged record, so that its neighbours are read unharmed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from transforms.read.decode import CONTROL, NOTHING, DecodedText, is_nothing
from transforms.read.find_header import HeaderPlace, Match, Repeats, is_sep_line
from transforms.read.likeness import Likeness
from transforms.read.record_limits import LARGEST_CELL, is_oversized_line, is_oversized_record
from transforms.read.records import Damaged, Reading, Record, Records, Role
from transforms.read.split_cells import Cut, Cutter, End
from transforms.read.totals_and_guidance import TotalsAndGuidance, begins_as_total
from transforms.read.usual_widths import accepted_widths, count_surpluses

_SAMPLES = 300
_LINES_SAMPLED = 5_000
_NUMBER = re.compile(r"\d{4}")


def read_exactly(text: DecodedText, header: HeaderPlace, match: Match) -> Reading:
    """Give every line of `text` its role and read the records below `header`."""
    walk = _Walk(text, header, match)
    walk.run()
    records = Records.of_rows(walk.records, len(header.titles))
    return Reading(
        text.encoding, header.delimiter, header.titles, header.matched, header.first + 1, records, walk.damaged, walk.roles
    )


def _before_quote(cells: Sequence[str]) -> int:
    """How many cells stand before the first that holds a quote."""
    return next((column for column, cell in enumerate(cells) if '"' in cell), len(cells))


class _Walk:
    """One pass over the lines of one file."""

    def __init__(self, text: DecodedText, header: HeaderPlace, match: Match) -> None:
        self._lines = text.lines
        self._broken = text.broken
        self._cutter = Cutter(header.delimiter)
        self._blank = NOTHING + header.delimiter + "\x1a"
        self._width = len(header.titles)
        self._widths = self._accepted_widths(header)
        self._totals = TotalsAndGuidance(header.matched)
        self._repeats = Repeats(header.titles, match)
        self._header = header
        #: where each column stands since the last repeated header; None as in the first, empty: not known
        self._order: tuple[int, ...] | None = None
        #: the lines just above are damaged, so that this one may be the rest of a damaged record
        self._after_damage = False
        self.records: list[Record] = []
        self.damaged: list[Damaged] = []
        self.roles: list[Role] = []

    def run(self) -> None:
        """Walk from the first line to the last."""
        for line in self._lines[: self._header.first]:
            self.roles.append("blank" if self._is_blank(line) else "preamble")
        self.roles += ["header"] * (self._header.last + 1 - self._header.first)
        at = self._header.last + 1
        while at < len(self._lines):
            at = self._step(at)

    def _accepted_widths(self, header: HeaderPlace) -> frozenset[int]:
        below = islice(self._lines, header.last + 1, None)
        return accepted_widths(self._width, header.surplus, count_surpluses(below, self._cutter, self._width))

    def _is_blank(self, line: str) -> bool:
        return not line.strip(self._blank)

    def _step(self, at: int) -> int:
        """Settle the line at index `at`, and those that belong with it; the index of the next unsettled line."""
        line = self._lines[at]
        if self._is_blank(line):
            self.roles.append("blank")
            return at + 1
        if is_oversized_line(line):
            return self._quarantine(at, at, "LIG-07")
        cut = self._cutter.cut(line, at)
        if cut.end is End.OPEN:
            return self._settle_open(at, cut)
        if cut.end is End.TEXT_AFTER:
            return self._isolate(at, "LIG-02")
        if is_sep_line(line):
            self.roles.append("preamble")
            return at + 1
        return self._settle_whole(at, cut)

    def _settle_open(self, at: int, first: Cut) -> int:
        """A quoted cell goes on beyond the line: a cell with line breaks, or a quote that was never meant to open one.

        It is a cell with line breaks only if it closes cleanly and no line that it would swallow is a record. Where
        the swallowed lines are as wide as a record and nothing else can tell, all of it is quarantined.
        """
        leading = list(first.cells)
        whole = self._cutter.cut_record(self._lines, at)
        if whole.end not in (End.WHOLE, End.OVERSIZED) or not whole.strict:
            self._isolate(at, "LIG-03")
            self._retract_beginning(at, leading)
            return at + 1
        wide, alike = self._swallowed(at, whole.last)
        if whole.end is End.OVERSIZED and not alike:
            return self._quarantine(at, whole.last, "LIG-07")
        if alike or (wide and not self._fits(whole.cells)):
            return self._isolate(at, "LIG-03")
        if wide and alike is None:
            return self._quarantine(at, whole.last, "LIG-03")
        return self._settle_whole(at, whole)

    def _settle_whole(self, at: int, cut: Cut) -> int:
        """All quotes are closed: a record if it is clean, of the right width and no total."""
        cells, last = cut.cells, cut.last
        # The length of the line is asked first, because it is cheap: a record on one short line cannot hold too large a cell.
        if (last > at or len(self._lines[at]) > LARGEST_CELL) and is_oversized_record(cells):
            return self._quarantine(at, last, "LIG-07")
        if self._has_control(at, last):
            return self._quarantine(at, last, "LIG-04")
        if all(map(is_nothing, cells)):
            self.roles += ["blank"] * (last + 1 - at)
            return last + 1
        if not self._fits(cells):
            if begins_as_total(cells):
                return self._quarantine(at, last, "LIG-09")
            self._quarantine(at, last, "LIG-01")
            if last == at:
                self._retract_beginning(at, cells)
            return last + 1
        if cut.is_spread:
            return self._quarantine(at, last, "LIG-02")
        if not cut.strict and self._after_damage and self._may_be_a_rest(at, last, cells):
            return self._quarantine(at, last, "LIG-02")
        kept = cells[: self._width]
        order = self._repeats.order(kept)
        if order is not None:
            return self._settle_repeated_header(at, last, order)
        if self._order is not None:
            if not self._order:
                return self._quarantine(at, last, "LIG-01")
            kept = [kept[column] for column in self._order]
        if self._totals.has(kept):
            return self._quarantine(at, last, "LIG-09")
        self.records.append(Record(at + 1, last + 1, tuple(kept)))
        self.roles += ["record"] * (last + 1 - at)
        self._after_damage = False
        return last + 1

    def _settle_repeated_header(self, at: int, last: int, order: tuple[int, ...]) -> int:
        """From here on columns stand as this header says; under one that is not the file's own nothing can be read."""
        self._order = order
        if not order:
            return self._quarantine(at, last, "LIG-01")
        self.roles += ["header"] * (last + 1 - at)
        self._after_damage = False
        return last + 1

    def _fits(self, cells: Sequence[str]) -> bool:
        return len(cells) in self._widths and all(map(is_nothing, cells[self._width :]))

    def _is_odd(self, first: int, last: int) -> bool:
        return sum(line.count('"') for line in self._lines[first : last + 1]) % 2 == 1

    def _may_be_a_rest(self, at: int, last: int, cells: Sequence[str]) -> bool:
        """Whether a stray quote may close a cell that was opened in the damaged lines above; an odd one rather does."""
        alike = self._likeness.of(cells[: _before_quote(cells)])
        return alike is False or (alike is None and self._is_odd(at, last))

    def _retract_beginning(self, at: int, cells: Sequence[str]) -> None:
        """Take back the record above where line `at` shows that it was only the beginning of one.

        A line of few words that ends in its only odd quote closes a last cell with line breaks; if no quote is open
        above, the opening one was lost, and what was read of that cell is not all of it. A line with a number of some
        length is rather a damaged record of its own, and the one above it unharmed.
        """
        line = self._lines[at]
        lone = len(line) > 1 and line.endswith('"') and '"' not in "".join(cells[:-1]) and self._is_odd(at, at)
        if not lone or len(cells) >= self._width or _NUMBER.search(line) or not self.records:
            return
        record = self.records[-1]
        for number in range(at - 1, record.last_line - 1, -1):  # upwards: so the next line that ends in a quote stops at this one
            between = self._lines[number]
            if self.roles[number] not in ("blank", "damaged") or '"' in between or is_oversized_line(between):
                return
            if _NUMBER.search(between):
                return
        self.records.pop()
        while self.damaged and self.damaged[-1].line > record.last_line:
            self.damaged.pop()
        self.roles[record.line - 1 :] = ["damaged"] * (at + 2 - record.line)
        self.damaged.append(Damaged(record.line, at + 1, "LIG-03", self._is_wide(record.line - 1, at)))

    def _has_control(self, first: int, last: int) -> bool:
        if first == last:
            return CONTROL.search(self._lines[first]) is not None or first in self._broken
        return any(CONTROL.search(self._lines[at]) is not None or at in self._broken for at in range(first, last + 1))

    def _isolate(self, at: int, rule: str) -> int:
        """Quarantine one physical line."""
        return self._quarantine(at, at, "LIG-04" if self._has_control(at, at) else rule)

    def _quarantine(self, at: int, last: int, rule: str) -> int:
        self.damaged.append(Damaged(at + 1, last + 1, rule, self._is_wide(at, last)))
        self.roles += ["damaged"] * (last + 1 - at)
        self._after_damage = True
        return last + 1

    def _is_wide(self, first: int, last: int) -> bool:
        """Whether these lines have separators for more columns than the header has; those at a line's end say nothing."""
        separator = self._cutter.delimiter
        return sum(line.rstrip(self._blank).count(separator) for line in self._lines[first : last + 1]) >= self._width

    def _swallowed(self, first: int, last: int) -> tuple[bool, bool | None]:
        """Of the lines after `first` up to `last`: whether one is as wide as a record on its own, and whether it is one.

        The second is True where one surely looks like the file's records, None where nothing can tell.
        """
        wide, unsure = False, False
        for at in range(first + 1, last + 1):
            line = self._lines[at]
            if self._is_blank(line) or is_oversized_line(line):
                continue
            cut = self._cutter.cut_record(self._lines, at)
            if cut.end is not End.WHOLE or not self._fits(cut.cells) or is_oversized_record(cut.cells):
                continue
            if all(map(is_nothing, cut.cells)):
                continue
            # Where a line is the end of a quoted cell and of its record, the cells after the closing quote stand in the right
            # columns too. So only what stands before a quote can prove that a line is a record of its own.
            before, quote, _ = line.partition('"')
            evidence = cut.cells[: before.count(self._cutter.delimiter)] if quote else cut.cells
            if not evidence:
                continue
            alike = self._likeness.of(evidence)
            if alike:
                return True, True
            wide, unsure = True, unsure or alike is None
        return wide, None if unsure else False

    @cached_property
    def _likeness(self) -> Likeness:
        return Likeness(self._samples())

    def _samples(self) -> Iterator[Sequence[str]]:
        """Records near the top as plain quoting rules give them; of one with line breaks the cells before the first."""
        at, taken = self._header.last + 1, 0
        stop = min(len(self._lines), at + _LINES_SAMPLED)
        while at < stop and taken < _SAMPLES:
            if is_oversized_line(self._lines[at]):
                at += 1
                continue
            first = self._cutter.cut(self._lines[at], at)
            leading = list(first.cells)
            whole = self._cutter.cut_record(self._lines, at) if first.end is End.OPEN else first
            good = whole.end is End.WHOLE and whole.strict and self._fits(whole.cells)
            if good and not self._is_blank(self._lines[at]):
                taken += 1
                yield leading
            at = (whole.last if good else at) + 1
