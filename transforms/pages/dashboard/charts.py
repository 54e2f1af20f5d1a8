"""The page's charts: altair's specifications drawn offline to inline SVG, in French and in colours that all can tell apart."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from transforms.pages.dashboard.answers import FRAGILE_BELOW
from transforms.pages.dashboard.comparison import RARE, USUAL, limit
from transforms.pages.dashboard.read import Row, Unit
from transforms.pages.dashboard.small_counts import suppressed_columns

#: the colours of dashboard.css
DEEP, PALE, INK, SOFT, LINE, BAD = "#00449e", "#b9cdea", "#1b1b2f", "#4a4a5e", "#c8c8d4", "#a8120b"
WIDTH, HEIGHT = 300, 190
#: more quarters than this do not fit a phone; the table has them all
QUARTERS = 12
_FONT = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_QUARTER = (
    "substring(datum.value, 6) == '1' || datum.index == 0"
    " ? ['T' + substring(datum.value, 6), substring(datum.value, 0, 4)] : 'T' + substring(datum.value, 6)"
)
Spec = dict[str, Any]


def exits_by_horizon(programme: Unit, labels: dict[str, str]) -> str:
    """Floor, ceiling, and rate among the answers with its interval, at each horizon; empty where nothing is mature."""
    rows = [
        {
            "label": labels[row.horizon], "low": row.floor_rate, "high": row.ceiling_rate,
            "known": row.rate_known, "wilson_low": row.wilson_low, "wilson_high": row.wilson_high,
        }
        for row in programme.whole
        if row.rate is not None
    ]  # fmt: skip
    if not rows:
        return ""
    alt = _altair()
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, ticks=False, domain=False))
    )
    layers = (
        base.mark_bar(size=16, color=PALE).encode(x=_share("low", alt), x2="high:Q"),
        base.mark_tick(size=22, thickness=4, color=DEEP, opacity=1).encode(x="low:Q"),
        base.mark_rule(strokeWidth=2, color=INK).encode(x="wilson_low:Q", x2="wilson_high:Q"),
        base.mark_point(filled=True, size=45, color=INK, opacity=1).encode(x="known:Q"),
    )
    return _drawn(alt.layer(*layers))


def exits_by_unit(rows: Sequence[tuple[str, float, float]]) -> str:
    """Floor and ceiling of each unit, given with its name; empty under two units."""
    if len(rows) < 2:
        return ""
    alt = _altair()
    base = alt.Chart(alt.Data(values=[{"label": label, "low": low, "high": high} for label, low, high in rows])).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelFontSize=12, ticks=False, domain=False))
    )
    layers = (
        base.mark_bar(size=16, color=PALE).encode(x=_share("low", alt), x2="high:Q"),
        base.mark_tick(size=22, thickness=4, color=DEEP, opacity=1).encode(x="low:Q"),
    )
    return _drawn(alt.layer(*layers))


def exits_by_cohort(programme: Unit, horizon: str) -> str:
    """Rate and bounds of each quarter of leaving at one horizon; empty under two quarters."""
    found = [programme.at(horizon, cohort) for cohort in programme.cohorts]
    rows = [
        {"cohort": row.cohort, "low": row.rate, "high": row.bound_high, "fragile": row.known < FRAGILE_BELOW}
        for row in found
        if row is not None and row.rate is not None and "rate" not in suppressed_columns(row)
    ]
    return _by_cohort(rows)


def mix_by_cohort(programme: Unit, target: float) -> str:
    """Share of priority audiences of each quarter of entry, against the target; empty under two quarters."""
    rows = [
        {"cohort": cohort, "low": row.share_low, "high": row.share_high, "fragile": row.entrants < FRAGILE_BELOW}
        for cohort, row in sorted(programme.mix.items())
        if cohort != "all" and row.share_low is not None
    ]
    return _by_cohort(rows, target)


def funnel(rows: Sequence[Row], programme: Row, with_signals: Collection[str] = ()) -> str:
    """The rate among the answers of each provider by how many they are, and what chance explains; empty under three providers.

    Providers `with_signals` (SIRETs) are marked.
    """
    if len(rows) < 3:
        return ""
    alt = _altair()
    mean, most = programme.rate_known, max(row.known for row in rows)
    ring = alt.condition("datum.signal", alt.value(BAD), alt.value(DEEP))
    fill = alt.condition("datum.signal", alt.value("white"), alt.value(DEEP))
    points = [
        {"known": row.known, "rate": row.rate_known, "signal": row.level_id in with_signals} for row in rows
    ]
    steps = sorted({max(1, round(most * 1.1 * (step / 40) ** 2)) for step in range(1, 41)})
    limits = [
        {"known": known, "mean": mean, "low": max(0, mean - width), "high": min(1, mean + width), "name": str(errors)}
        for errors in (USUAL, RARE) for known in steps for width in (limit(mean, known, errors),)
    ]  # fmt: skip
    x = alt.X("known:Q", title="Réponses", axis=alt.Axis(tickCount=5, grid=False, labelFontSize=12, titleFontWeight="normal"))
    lines = alt.Chart(alt.Data(values=limits)).encode(
        x=x, strokeDash=alt.StrokeDash("name:N", legend=None, scale=alt.Scale(range=[[4, 3], [1, 0]]))
    )
    layers = (
        lines.mark_line(color=SOFT, strokeWidth=1.5).encode(y=_share("low", alt, "y")),
        lines.mark_line(color=SOFT, strokeWidth=1.5).encode(y="high:Q"),
        alt.Chart(alt.Data(values=limits[: len(steps)])).mark_line(color=BAD, strokeWidth=2).encode(x=x, y="mean:Q"),
        alt.Chart(alt.Data(values=points)).mark_point(size=60, strokeWidth=2, opacity=0.8).encode(
            x=x, y="rate:Q", stroke=ring, fill=fill
        ),
    )
    return _drawn(alt.layer(*layers))


def payments(envelope: Row, paid: Sequence[Row], as_of: date) -> str:
    """What was paid month by month, and where the pace leads to the envelope; empty under two months of payment."""
    if len(paid) < 2 or envelope.envelope is None:
        return ""
    alt = _altair()
    past = [{"day": row.month.isoformat(), "eur": float(row.paid_to_date)} for row in paid]
    today = {"day": as_of.isoformat(), "eur": past[-1]["eur"]}
    months = (envelope.exhausted_low, envelope.exhausted_mid, envelope.exhausted_high)
    ends = [month for month in months if month is not None and month > as_of]
    x = alt.X("day:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False, labelFontSize=12))
    y = alt.Y("eur:Q", title=None, axis=alt.Axis(format="~s", labelExpr=_MILLIONS, tickCount=4, labelFontSize=12))
    limit = alt.Chart(alt.Data(values=[{"eur": float(envelope.envelope)}]))
    layers = [
        limit.mark_rule(color=BAD, strokeWidth=2, strokeDash=[6, 3]).encode(y="eur:Q"),
        alt.Chart(alt.Data(values=[*past, today])).mark_line(interpolate="step-after", color=DEEP, strokeWidth=3).encode(x, y),
    ]
    if ends:
        # The pace from today to each month in which it reaches the envelope: a fan, pale since nobody knows.
        fan = [
            {"end": str(number), "day": day, "eur": eur}
            for number, month in enumerate(ends)
            for day, eur in ((today["day"], today["eur"]), (month.isoformat(), float(envelope.envelope)))
        ]
        fan_line = alt.Chart(alt.Data(values=fan)).mark_line(color=DEEP, strokeDash=[2, 3], strokeWidth=2)
        layers.append(fan_line.encode(x, y, detail="end:N"))
    return _drawn(alt.layer(*layers))


_MILLIONS = "replace(format(datum.value / 1e6, '.3~f'), '.', ',') + ' M€'"


def _by_cohort(rows: list[Spec], target: float | None = None) -> str:
    """A line of the lower bounds, bars up to the upper ones; fragile points are hollow."""
    if len(rows) < 2:
        return ""
    alt = _altair()
    base = alt.Chart(alt.Data(values=rows[-QUARTERS:])).encode(
        x=alt.X("cohort:O", title=None, axis=alt.Axis(labelExpr=_QUARTER, labelAngle=0, labelFontSize=12, ticks=False))
    )
    point = alt.condition("datum.fragile", alt.value("white"), alt.value(DEEP))
    layers = [
        base.mark_bar(size=12, color=PALE).encode(y=_share("low", alt, "y"), y2="high:Q"),
        base.mark_line(color=DEEP, strokeWidth=2).encode(y="low:Q"),
        base.mark_point(size=60, stroke=DEEP, strokeWidth=2, opacity=1).encode(y="low:Q", fill=point),
    ]
    if target is not None:
        limit = alt.Chart(alt.Data(values=[{"target": target}]))
        layers.insert(0, limit.mark_rule(color=BAD, strokeWidth=2, strokeDash=[6, 3]).encode(y="target:Q"))
    return _drawn(alt.layer(*layers))


def _share(field: str, alt: Any, axis: str = "x") -> Any:
    channel = alt.X if axis == "x" else alt.Y
    return channel(
        f"{field}:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%", tickCount=5, labelFontSize=12)
    )


def _altair() -> Any:
    # a second to import: only a night that has something to draw pays for it
    import altair

    return altair


def _drawn(chart: Any) -> str:
    settings = {
        "axis": {"labelColor": INK, "gridColor": "#e6e6ee", "domainColor": LINE, "labelFont": _FONT, "labelLimit": 140},
        "view": {"stroke": None},
        "background": None,
        "aria": False,  # the figure around it has the name and the words; its marks would be read one by one, in English
    }
    spec = {**chart.properties(width=WIDTH, height=HEIGHT).to_dict(validate=False), "config": settings}
    return _to_svg(spec)


def _to_svg(spec: Spec) -> str:
    import vl_convert

    svg = vl_convert.vegalite_to_svg(spec, format_locale="fr-FR", time_format_locale="fr-FR")
    # Width and height are the style sheet's; of roles there is one, around the whole.
    svg = re.sub(r'<svg [^>]*?viewBox="([^"]+)">', r'<svg viewBox="\1" aria-hidden="true" focusable="false">', svg, count=1)
    return re.sub(r' (?:role|aria-roledescription|aria-label|pointer-events)="[^"]*"', "", svg)

