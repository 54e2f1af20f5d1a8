"""The 95 % limits of the shares that audits found: quantiles of beta distributions, which SQL lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: by which a share may miss 0 or 1, as in the macros is_none and is_all
_HAIR = 1e-12
_GROUP = {"audit": pa.int32(), **dict.fromkeys(("level", "level_id", "reading", "reported_group"), pa.string())}


def audit_limits(groups: Mapping[str, NDArray[Any]]) -> pa.Table:
    """Limits by Clopper and Pearson, for shares of draws also between whole numbers (Korn and Graubard 1998).

    They are sound where nothing, or everything, was found, and 0 and 1 without a draw.

    Args:
        groups: the columns of work.audit_groups.

    Returns: audit, level, level_id, reading, reported_group, and low and high of each share.
    """
    columns = {name: pa.array(groups[name], kind) for name, kind in _GROUP.items()}
    for name in ("positive", "not_positive"):
        share, draws = (groups[column].astype(np.float64) for column in (name, f"worth_{name}"))
        columns[f"{name}_low"], columns[f"{name}_high"] = map(pa.array, _limits(share, draws))
    return pa.table(columns)


def _limits(share: NDArray[np.float64], draws: NDArray[np.float64]) -> Sequence[NDArray[np.float64]]:
    low, high = np.zeros(len(share)), np.ones(len(share))
    if len(share):
        from scipy.special import betaincinv  # takes its time, and most homes have no audit

        some, not_all = (draws > 0) & (share >= _HAIR), (draws > 0) & (share <= 1 - _HAIR)
        found, others = share * draws, draws - share * draws
        low[some] = betaincinv(found[some], others[some] + 1, 0.025)
        high[not_all] = betaincinv(found[not_all] + 1, others[not_all], 0.975)
    return low, high
