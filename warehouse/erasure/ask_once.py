"""Asks a question of each distinct value of a column once, however many rows hold it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def rows_where(column: pa.DictionaryArray, test: Callable[[Any], bool]) -> NDArray[np.bool_]:
    """Which rows hold a value that passes a test; null never does. Values that no row holds are not asked."""
    codes = column.indices.to_numpy()
    held = np.flatnonzero(np.bincount(codes, minlength=len(column.dictionary)))
    passes = np.zeros(len(column.dictionary), np.bool_)
    passes[held] = [value is not None and test(value) for value in column.dictionary.take(pa.array(held)).to_pylist()]
    return passes[codes]


def rows_without(column: pa.DictionaryArray) -> NDArray[np.bool_]:
    """Which rows hold no value."""
    return column.dictionary.is_null().to_numpy(zero_copy_only=False)[column.indices.to_numpy()]
