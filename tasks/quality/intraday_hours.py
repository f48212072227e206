"""Rules about when a day's bars traded: in the session, at its edges and from its beginning; pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd

from tasks.quality.intraday_day import Complaint, Day, clock, inside

MOSTLY = 0.5
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MOST_HOURS_OFF = 12
TWICE = 2.0
"""Outside the session's edge nothing trades twice as much as inside its other edge, one bar of an auction left out."""


def most_of_the_day_is_inside_the_session(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """Outside the session there is much volume in few bars or little in many; much in many means another zone."""
    if _mostly_outside(bars, day):
        volume, outside = bars["volume"].fillna(0).clip(lower=0), ~inside(bars, day)
        first, last = bars["start"].min(), bars["start"].max()
        share = 100 * volume[outside].sum() / volume.sum()
        yield Complaint(
            "intraday_hours",
            f"{share:.0f} % of the volume is outside the session ({clock(day.opens)} to {clock(day.closes)} in New "
            f"York; the bars go from {clock(first)} to {clock(last)}): correct the zone of its times",
            True,
        )


def _mostly_outside(bars: pd.DataFrame, day: Day) -> bool:
    volume, outside = bars["volume"].fillna(0).clip(lower=0), ~inside(bars, day)
    traded = volume > 0
    much = volume[outside].sum() > MOSTLY * volume.sum()
    return bool(much and (outside & traded).sum() > MOSTLY * traded.sum())


def the_edges_of_the_day_are_those_of_the_session(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """A zone that is wrong by an hour or two leaves most of the day inside the session: only its edges tell.

    The hour behind the close is held against the first of the session, and the one before the open against the last:
    hours outside are quieter than those, and a shift exchanges them.
    """
    later = _without_its_largest(bars, day.closes, day.closes + HOUR)
    first = _without_its_largest(bars, day.opens, day.opens + HOUR)
    earlier = _without_its_largest(bars, day.opens - HOUR, day.opens)
    last = _without_its_largest(bars, day.closes - HOUR, day.closes)
    if not (later > TWICE * first or earlier > TWICE * last):
        return
    hours = _hours_off(bars, day)
    if hours and not _mostly_outside(bars, day):
        off = f"{abs(hours)} h too {'late' if hours > 0 else 'early'}"
        begins, ends = day.opens + hours * HOUR, day.closes + hours * HOUR
        yield Complaint(
            "intraday_hours",
            f"the volume fits a session from {clock(begins)} to {clock(ends)} in New York, and this one goes from "
            f"{clock(day.opens)} to {clock(day.closes)}: its times are {off}; "
            "correct the zone of its times",
            True,
        )


def _without_its_largest(bars: pd.DataFrame, begins: datetime, ends: datetime) -> float:
    """Volume of a window, shares, without its largest bar: an auction's print may stand a moment outside."""
    volume = bars["volume"].fillna(0)[(bars["start"] >= begins) & (bars["start"] < ends)].clip(lower=0)
    return float(volume.sum() - volume.max()) if len(volume) else 0.0


def _hours_off(bars: pd.DataFrame, day: Day) -> int:
    """The whole hours by which the session would have to move to hold the most volume; the fewest where several do."""
    volume = bars["volume"].fillna(0).clip(lower=0)

    def held(hours: int) -> float:
        inside = (bars["start"] >= day.opens + hours * HOUR) & (bars["start"] < day.closes + hours * HOUR)
        return float(volume[inside].sum())

    return max(range(-MOST_HOURS_OFF, MOST_HOURS_OFF + 1), key=lambda hours: (held(hours), -abs(hours)))


def bars_begin_with_the_session(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """A book that is worked before its market has prices sends into nothing, and all that was due at once then.

    Of a symbol that seldom trades a late first bar says nothing.
    """
    starts = bars.loc[inside(bars, day), "start"]
    if not len(starts) or starts.min() - day.opens <= HOUR:
        return
    first = starts.min()
    late, left = ((end - start) // MINUTE for start, end in ((day.opens, first), (first, day.closes)))
    if starts.nunique() > MOSTLY * left:
        yield Complaint(
            "intraday_begins_late",
            f"the bars begin at {clock(first)}, {late} minutes after the open, and nothing trades before; "
            f"execution.start_after_open_min: {late} lets the waves begin then",
            False,
        )
