"""Walks the physical lines below the header and isolates each damaged record, so that its neighbours are read unharmed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from transforms.read.decode import CONTROL, NOTHING, DecodedText, is_nothing
from transforms.read.find_header import HeaderPlace, Match, Repeats, is_sep_line
from transforms.read.likeness import Likeness, shape
from transforms.read.plain_lines import FEWEST_LINES, PlainLines, cut_columns, find_plain_lines
from transforms.read.record_limits import LARGEST_CELL, is_oversized_line, is_oversized_record
from transforms.read.records import Damaged, Reading, Record, Role
from transforms.read.split_cells import Cut, Cutter, End
from transforms.read.totals_and_guidance import TotalsAndGuidance, begins_as_total
from transforms.read.usual_widths import accepted_widths, count_surpluses

_SAMPLES = 300
_LINES_SAMPLED = 5_000
_NUMBER = re.compile(r"\d{4}")


def read_records(text: DecodedText, header: HeaderPlace, match: Match, fewest: int = FEWEST_LINES) -> Reading:
    """Give every line of `text` its role and read the records below `header`.

    Only what is no plain line is tokenized, but all where `fewest` or more lines there are not: the result is the same.
    """
    repeats = Repeats(header.titles, match)
    plain = find_plain_lines(text, header, repeats.most_digits, fewest)
    walk = _Walk(text, header, repeats, plain)
    walk.run()
    records = cut_columns(text.lines, header, plain.surplus, walk.runs, walk.records)
    roles = np.frombuffer(walk.roles, np.uint8)
    return Reading(text.encoding, header.delimiter, header.titles, header.matched, header.first + 1, records, walk.damaged, roles)


def _before_quote(cells: Sequence[str]) -> int:
    """How many cells stand before the first that holds a quote."""
    return next((column for column, cell in enumerate(cells) if '"' in cell), len(cells))


class _Walk:
    """One pass over the lines of one file."""

    def __init__(self, text: DecodedText, header: HeaderPlace, repeats: Repeats, plain: PlainLines) -> None:
        # all at once where most are looked at, and more than once
        self._lines: Sequence[str] = text.lines if 2 * plain.is_plain.count(1) > len(text.lines) else text.lines[:]
        self._is_plain = plain.is_plain
        self._broken = text.broken
        self._cutter = Cutter(header.delimiter)
        self._blank = NOTHING + header.delimiter + "\x1a"
        self._width = len(header.titles)
        self._repeats = repeats
        self._widths = self._accepted_widths(header, plain)
        if self._width + plain.surplus not in self._widths:
            self._is_plain = bytes(len(self._lines))
        self._totals = TotalsAndGuidance(header.matched)
        self._header = header
        #: where each column stands since the last repeated header; None as in the first, empty: not known
        self._order: tuple[int, ...] | None = None
        #: the lines just above are damaged, so that this one may be the rest of a damaged record
        self._after_damage = False
        #: the records that were tokenized, and the runs of plain lines between them (indexes: first, and after the last)
        self.records: list[Record] = []
        self.runs: list[tuple[int, int]] = []
        self.damaged: list[Damaged] = []
        self.roles = bytearray()

    def run(self) -> None:
        """Walk from the first line to the last."""
        for line in self._lines[: self._header.first]:
            self.roles.append(Role.BLANK if self._is_blank(line) else Role.PREAMBLE)
        at = self._give(Role.HEADER, self._header.last)
        while at < len(self._lines):
            at = self._pass_run(at) if self._is_plain[at] else self._step(at)

    def _give(self, role: Role, last: int) -> int:
        """Give this role to the unsettled lines up to index `last`; the index of the next."""
        self.roles += bytes([role]) * (last + 1 - len(self.roles))
        return last + 1

    def _end_of_run(self, at: int) -> int:
        """The index of the next line from `at` on that is no plain line."""
        stop = self._is_plain.find(0, at)
        return len(self._lines) if stop < 0 else stop

    def _pass_run(self, at: int) -> int:
        """Take the plain lines from index `at` on as records, up to the next that is none."""
        stop = self._end_of_run(at)
        self.runs.append((at, stop))
        self._after_damage = False
        return self._give(Role.RECORD, stop - 1)

    def _accepted_widths(self, header: HeaderPlace, plain: PlainLines) -> frozenset[int]:
        others = np.flatnonzero(np.frombuffer(plain.is_plain, np.uint8)[header.last + 1 :] == 0) + header.last + 1
        counts = count_surpluses((self._lines[at] for at in others.tolist()), self._cutter, self._width)
        counts[plain.surplus] += plain.is_plain.count(1)
        return accepted_widths(self._width, header.surplus, counts)

    def _is_blank(self, line: str) -> bool:
        return not line.strip(self._blank)

    def _step(self, at: int) -> int:
        """Settle the line at index `at`, and those that belong with it; the index of the next unsettled line."""
        line = self._lines[at]
        if self._is_blank(line):
            return self._give(Role.BLANK, at)
        if is_oversized_line(line):
            return self._quarantine(at, at, "LIG-07")
        cut = self._cutter.cut(line, at)
        if cut.end is End.OPEN:
            return self._settle_open(at, cut)
        if cut.end is End.TEXT_AFTER:
            return self._isolate(at, "LIG-02")
        if is_sep_line(line):
            return self._give(Role.PREAMBLE, at)
        return self._settle_whole(at, cut)

    def _settle_open(self, at: int, first: Cut) -> int:
        """A quoted cell goes on beyond the line: a cell with line breaks, or a quote that was never meant to open one.

        It is a cell with line breaks only if it closes cleanly and no line that it would swallow is a record. Where
        the swallowed lines are as wide as a record and nothing else can tell, all of it is quarantined.
        """
        if not self._lines[at].endswith('"') and self._is_record_below(at):
            return self._isolate(at, "LIG-03")  # wherever the quote closes, the cell would swallow it
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

    def _is_record_below(self, at: int) -> bool:
        """Whether the line below index `at` is a plain line that looks like the file's records."""
        is_plain = self._is_plain[at + 1 : at + 2] == b"\1"
        return is_plain and self._likeness.of(self._lines[at + 1].split(self._cutter.delimiter)) is True

    def _settle_whole(self, at: int, cut: Cut) -> int:
        """All quotes are closed: a record if it is clean, of the right width and no total."""
        cells, last = cut.cells, cut.last
        # The length of the line is asked first, because it is cheap: a record on one short line cannot hold too large a cell.
        if (last > at or len(self._lines[at]) > LARGEST_CELL) and is_oversized_record(cells):
            return self._quarantine(at, last, "LIG-07")
        if self._has_control(at, last):
            return self._quarantine(at, last, "LIG-04")
        if all(map(is_nothing, cells)):
            return self._give(Role.BLANK, last)
        if not self._fits(cells):
            if begins_as_total(cells):
                return self._quarantine(at, last, "LIG-09")
            if last == at and len(cells) == 1 and cut.is_quoted and self._fits(self._cutter.cut(cells[0], at).cells):
                return self._quarantine(at, at, "LIG-10")
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
        self._after_damage = False
        return self._give(Role.RECORD, last)

    def _settle_repeated_header(self, at: int, last: int, order: tuple[int, ...]) -> int:
        """From here on columns stand as this header says; under one that is not the file's own nothing can be read."""
        self._order = order
        if order != tuple(range(self._width)):  # the plain lines are cut into the columns of the first header
            self._is_plain = bytes(len(self._lines))
        if not order:
            return self._quarantine(at, last, "LIG-01")
        self._after_damage = False
        return self._give(Role.HEADER, last)

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
        if not lone or len(cells) >= self._width or _NUMBER.search(line) or not (self.records or self.runs):
            return
        tokenized = self.records[-1].line if self.records else 0
        plain = self.runs[-1][1] if self.runs else 0
        first, last = (plain, plain) if plain > tokenized else self.records[-1][:2]
        for number in range(at - 1, last - 1, -1):  # upwards: so the next line that ends in a quote stops at this one
            between = self._lines[number]
            if self.roles[number] not in (Role.BLANK, Role.DAMAGED) or '"' in between or is_oversized_line(between):
                return
            if _NUMBER.search(between):
                return
        if plain > tokenized:
            self.runs[-1] = (self.runs[-1][0], plain - 1)
        else:
            self.records.pop()
        while self.damaged and self.damaged[-1].line > last:
            self.damaged.pop()
        del self.roles[first - 1 :]
        self._quarantine(first - 1, at, "LIG-03")

    def _has_control(self, first: int, last: int) -> bool:
        if first == last:
            return CONTROL.search(self._lines[first]) is not None or first in self._broken
        return any(CONTROL.search(self._lines[at]) is not None or at in self._broken for at in range(first, last + 1))

    def _isolate(self, at: int, rule: str) -> int:
        """Quarantine one physical line."""
        return self._quarantine(at, at, "LIG-04" if self._has_control(at, at) else rule)

    def _quarantine(self, at: int, last: int, rule: str) -> int:
        self.damaged.append(Damaged(at + 1, last + 1, rule, self._is_wide(at, last)))
        self._after_damage = True
        return self._give(Role.DAMAGED, last)

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
            # Where a line is the end of a quoted cell and of its record, the cells after the closing quote stand in the right
            # columns too. So only what stands before a quote can prove that a line is a record of its own.
            before, quote, _ = line.partition('"')
            told = before.count(self._cutter.delimiter) if quote else None
            if told == 0:
                continue
            cut = self._cutter.cut_record(self._lines, at)
            if cut.end is not End.WHOLE or not self._fits(cut.cells) or is_oversized_record(cut.cells):
                continue
            if all(map(is_nothing, cut.cells)):
                continue
            alike = self._likeness.of(cut.cells[:told])
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
            plain = self._lines[at : min(self._end_of_run(at), stop, at + _SAMPLES - taken)]
            yield from (shape(line).split(self._cutter.delimiter) for line in plain)
            taken += len(plain)
            at += len(plain)
            if plain:
                continue
            line = self._lines[at]
            if is_oversized_line(line):
                at += 1
                continue
            first = self._cutter.cut(line, at)
            leading = list(first.cells)
            whole = self._cutter.cut_record(self._lines, at) if first.end is End.OPEN else first
            good = whole.end is End.WHOLE and whole.strict and self._fits(whole.cells)
            if good and not self._is_blank(line):
                taken += 1
                yield leading
            at = (whole.last if good else at) + 1
