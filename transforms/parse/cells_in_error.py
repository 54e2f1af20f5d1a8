"""The exact cells of the records of a file that are in error, for those who show them to its sender."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.parse.columns import TypedRows
from transforms.read import Reading
from transforms.read.match_columns import MatchedHeader
from transforms.read.records import Damaged


@dataclass(frozen=True, eq=False)
class CellsInError:
    """The titles of the columns whose values are kept, and under each the exact texts of records, by the lines of these.

    `damaged` are the damaged records, which have no cells; none where a column was dropped, since they may hold its values.
    """

    titles: tuple[str, ...]
    lines: NDArray[np.int32]
    texts: tuple[pa.Array, ...] = field(repr=False)
    damaged: tuple[Damaged, ...]

    @classmethod
    def of_reading(cls, reading: Reading, lines: Collection[int]) -> CellsInError:
        """Those on these lines of a file as it was read."""
        dropped = set(reading.matched.dropped)
        at = [place for place in range(len(reading.header)) if place not in dropped]
        records = reading.records.take(np.isin(reading.records.lines, list(lines)))
        texts = tuple(records.cells[place] for place in at)
        return cls(tuple(reading.header[place] for place in at), records.lines, texts, () if dropped else tuple(reading.damaged))

    @classmethod
    def of_rows(cls, header: MatchedHeader, rows: TypedRows, damaged: Sequence[Damaged]) -> CellsInError | None:
        """Those of these rows, of which the text is gone; None where a column is kept that rows do not have."""
        dropped = header.dropped
        if len(dropped) < header.columns.count(None):
            return None
        titles = tuple(title for title, column in zip(header.titles, header.columns, strict=True) if column)
        columns = [rows.columns[column.name] for column in header.columns if column]
        texts = tuple(column.cells.texts.take(pa.array(column.codes)) for column in columns)
        return cls(titles, rows.lines, texts, () if dropped else tuple(damaged))

    def rows(self) -> dict[int, tuple[str, ...]]:
        """The cells of each record, by its line."""
        cells = zip(*(column.to_pylist() for column in self.texts), strict=True) if self.texts else [()] * len(self.lines)
        return dict(zip(self.lines.tolist(), cells, strict=True))
