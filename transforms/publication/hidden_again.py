"""A correction that corrects no count: what was hidden before is hidden again, so that no second choice of cells tells more."""

from __future__ import annotations

import numpy as np

from expectations.programme.rules import PublicationRule
from transforms.publication.counts import Counts, PublishedCounts
from transforms.publication.suppression import Suppression


def hidden_again(counts: Counts, before: PublishedCounts, rule: PublicationRule, release: str) -> Suppression | None:
    """The counts with the same ones hidden as in the release before of the same period.

    None where a unit, a count or a verdict that was told is another now: then it has to be decided anew what is hidden.
    """
    units = counts.units.reset_index(drop=True)
    if not counts.counts.index.equals(before.counts.index) or list(units["level_id"]) != list(before.units["level_id"]):
        return None
    told = before.counts.notna().to_numpy()
    true = counts.counts.to_numpy(dtype=np.int64)
    if not np.array_equal(true[told], before.counts.to_numpy(dtype=np.int64, na_value=0)[told]):
        return None
    verdicts = counts.verdicts.loc[before.verdicts.index] if set(before.verdicts.index) == set(counts.verdicts.index) else None
    if verdicts is None:
        return None
    shown = before.verdicts["verdict"].notna()
    if not verdicts["verdict"][shown].equals(before.verdicts["verdict"][shown].astype(verdicts["verdict"].dtype)):
        return None
    small = counts.counts < rule.smallest_count
    small["disabled_qpv"] = counts.counts["disabled_qpv"] < rule.smallest_disabled_in_district
    if (small.to_numpy() & told).any():
        return None  # the thresholds are others now
    kinds = counts.counts.astype(object)
    kinds[:] = np.where(told, "", np.where(small.to_numpy(), "primary", "secondary"))
    published = PublishedCounts(
        release, counts.period, counts.units, counts.counts.astype("Int64").mask(~told),
        verdicts.assign(verdict=verdicts["verdict"].astype(object).where(shown, None)),
    )  # fmt: skip
    return Suppression(published, kinds, 0)
