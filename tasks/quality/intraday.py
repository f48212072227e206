"""Judges the bars inside one day: what cannot have traded like this is neither replayed nor measured against. Pure."""

from collections.abc import Iterator
from math import isfinite

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from tasks.model.plan import Finding, Severity
from tasks.quality.intraday_day import Complaint, Day, Rule, clock, inside
from tasks.quality.intraday_hours import (
    bars_begin_with_the_session,
    most_of_the_day_is_inside_the_session,
    the_edges_of_the_day_are_those_of_the_session,
)
from tasks.quality.rules.moves import split_named

PRICES = ("open", "high", "low", "close")
ROUNDING = 1e-6
"""Relative: adjusted prices are rounded one by one."""
NEIGHBOURS = 11
STRAY = 1.35
"""So many times the median of its neighbours, or less than one in so many, no bar of a minute is."""
SAME_SCALE = 1.05
"""The session's daily close may lie so far outside the range of its minutes."""
SAME_SCALE_OVERNIGHT = 1.9
"""Where only the close of the session before is known: below the smallest split, above nearly all news."""
TRUST_VOLUME = 3.0
"""Volumes of the minutes that add up to more than so many times the day's, or less than one in so many, are odd."""


def complaints(bars: pd.DataFrame, day: Day) -> list[Complaint]:
    """What is wrong with one symbol's bars (INTRADAY_COLUMNS, as the file has them, other hours included)."""
    return [complaint for rule in RULES for complaint in rule(bars, day)]


def why_unusable(bars: pd.DataFrame, day: Day) -> str:
    """The first reason not to use the bars; empty when they can be used."""
    return next((complaint.sentence for complaint in complaints(bars, day) if complaint.blocks), "")


def findings_of(found: list[Complaint], day: Day, where: str) -> list[Finding]:
    """As findings; `where` names the file or source."""
    findings: list[Finding] = []
    for one in found:
        rest = ". The day is modelled from its daily bar instead" if one.blocks else ""
        message = f"{day.symbol}: {where}, {day.session}: {one.sentence}{rest}"
        severity = Severity.WARN if one.blocks else Severity.INFO
        findings.append(Finding(severity, one.check, day.symbol, message, symbol=day.symbol, session=day.session))
    return findings


# --- the rules ---


def bars_are_in_order(bars: pd.DataFrame, _day: Day) -> Iterator[Complaint]:
    """Mended by sorting; only told."""
    steps = bars["start"].diff() < pd.Timedelta(0)
    if steps.any():
        at = bars.loc[steps, "start"].iloc[0]
        yield Complaint("intraday_order", f"bars are not in order of time ({clock(at)} comes late); sorted", False)


def every_bar_is_there_once(bars: pd.DataFrame, _day: Day) -> Iterator[Complaint]:
    """Blocks the minutes where two bars of one minute differ; equal ones are only told."""
    again = bars[bars.duplicated("start", keep=False)]
    if again.empty:
        return
    differing = again[~again.duplicated(keep=False)]
    shown = (differing if len(differing) else again).iloc[0]
    what = f"bars are there twice ({clock(shown['start'])}"
    if len(differing):
        closes = ", ".join(f"{c:g}" for c in again.loc[again["start"] == shown["start"], "close"])
        yield Complaint("intraday_duplicated", f"{what}, closes {closes}) with different figures; keep one", True)
    else:
        yield Complaint("intraday_duplicated", f"{what}) with the same figures; one is taken", False)


def every_price_can_be_a_price(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """Blocks the minutes at a price that is not above zero or not finite, and at a volume without a price."""
    prices = bars[list(PRICES)].to_numpy(dtype=float)
    wrong = np.isinf(prices) | (np.nan_to_num(prices, nan=1.0) <= 0)
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        told = f"{PRICES[column]} {prices[row, column]:g} at {clock(bars['start'].iloc[row])}"
        yield Complaint("intraday_price", f"{told} is no price{_more(wrong.any(axis=1))}; correct or remove it", True)
    missing = np.isnan(prices).any(axis=1) & inside(bars, day).to_numpy()
    traded = missing & (bars["volume"].fillna(0) > 0).to_numpy()
    if traded.any():
        at = clock(bars["start"].iloc[int(np.argmax(traded))])
        yield Complaint("intraday_missing", f"a bar at {at} has a volume but no price{_more(traded)}; supply it", True)
    missing &= bars["bid"].isna().to_numpy()  # a quote without a trade is usual
    if missing.any() and not traded.any():
        at = clock(bars["start"].iloc[int(np.argmax(missing))])
        yield Complaint(
            "intraday_missing", f"no price at {at}{_more(missing)}; taken as a minute without trades", False
        )


def every_volume_can_be_a_volume(bars: pd.DataFrame, _day: Day) -> Iterator[Complaint]:
    """Blocks the minutes at a volume below zero or not finite; a missing one is none."""
    volume = bars["volume"].to_numpy(dtype=float)
    wrong = np.isinf(volume) | (np.nan_to_num(volume) < 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        told = f"volume {volume[row]:g} at {clock(bars['start'].iloc[row])}"
        yield Complaint("intraday_volume", f"{told} is no volume{_more(wrong)}; correct or remove it", True)


def open_and_close_lie_within_the_range(bars: pd.DataFrame, _day: Day) -> Iterator[Complaint]:
    """Blocks the minutes where open or close is beyond high and low by more than rounding."""
    opened, high, low, close = (bars[name].to_numpy(dtype=float) for name in PRICES)
    top, bottom = high * (1 + ROUNDING), low * (1 - ROUNDING)
    with np.errstate(invalid="ignore"):
        wrong = (high < bottom) | (opened > top) | (opened < bottom) | (close > top) | (close < bottom)
    if wrong.any():
        row = int(np.argmax(wrong))
        figures = f"open {opened[row]:g}, high {high[row]:g}, low {low[row]:g}, close {close[row]:g}"
        at = clock(bars["start"].iloc[row])
        yield Complaint("intraday_range", f"{figures} at {at} contradict each other{_more(wrong)}; correct them", True)


def no_bar_strays(bars: pd.DataFrame, _day: Day) -> Iterator[Complaint]:
    """Blocks the minutes where a price is STRAY times its neighbours' median close, or a STRAY-th of it."""
    ordered = bars.sort_values("start", kind="stable")
    prices = ordered[list(PRICES)].where(ordered[list(PRICES)] > 0)
    usual = prices["close"].rolling(NEIGHBOURS, center=True, min_periods=1).median()
    times = prices.div(usual, axis=0).to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        wrong = (times > STRAY) | (times < 1 / STRAY)
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        value, at = prices.iloc[row, column], clock(ordered["start"].iloc[row])
        told = (
            f"{PRICES[column]} {value:g} at {at} is {times[row, column]:.3g} times its neighbours ({usual.iloc[row]:g})"
        )
        yield Complaint("intraday_stray", f"{told}{_more(wrong.any(axis=1))}; correct or remove it", True)


def minutes_and_days_are_on_one_scale(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """Blocks the minutes where the close of the day is beyond their range: a split, a currency, a wrong file."""
    within = bars[inside(bars, day)]
    low, high = (within[name].where(within[name] > 0) for name in ("low", "high"))
    bottom, top = float(low.quantile(0.02)), float(high.quantile(0.98))
    known, allowed, what = day.daily_close, SAME_SCALE, f"the daily close of {day.session}"
    if not _is_price(known):
        known, allowed, what = day.previous_close, SAME_SCALE_OVERNIGHT, "the close before it"
    if not (_is_price(known) and _is_price(bottom) and _is_price(top)):
        return
    if bottom / allowed <= known <= top * allowed:
        return
    middle = float(np.sqrt(bottom * top))
    told = f"prices from {bottom:g} to {top:g}, but {what} is {known:g}"
    yield Complaint("intraday_scale", f"{told}: {_why(known, middle)}; bring both to one scale", True)


def volumes_add_up(bars: pd.DataFrame, day: Day) -> Iterator[Complaint]:
    """Only told, where minutes and day differ more than TRUST_VOLUME-fold: volumes may leave auctions out."""
    total = float(bars["volume"].clip(lower=0).sum())
    if not (_is_price(day.daily_volume) and total > 0):
        return
    if not 1 / TRUST_VOLUME <= total / day.daily_volume <= TRUST_VOLUME:
        told = f"volumes add up to {total:,.0f}, but the daily bar says {day.daily_volume:,.0f}"
        yield Complaint("intraday_scale", f"{told}: check the unit of one of them", False)


RULES: tuple[Rule, ...] = (
    most_of_the_day_is_inside_the_session,
    the_edges_of_the_day_are_those_of_the_session,
    bars_begin_with_the_session,
    bars_are_in_order,
    every_bar_is_there_once,
    every_price_can_be_a_price,
    every_volume_can_be_a_volume,
    open_and_close_lie_within_the_range,
    no_bar_strays,
    minutes_and_days_are_on_one_scale,
    volumes_add_up,
)


def _is_price(value: float) -> bool:
    return isfinite(value) and value > 0


def _why(known: float, middle: float) -> str:
    ratio = max(known / middle, middle / known)
    if 80 < ratio < 125:
        return "one of them is in cents"
    split = split_named(max(known, middle), min(known, middle))
    return f"close to a {split} that only one of them is adjusted for" if split else "adjusted in different ways"


def _more(wrong: ArrayLike) -> str:
    more = int(np.sum(np.asarray(wrong))) - 1
    return f" (and {more} more)" if more > 0 else ""
