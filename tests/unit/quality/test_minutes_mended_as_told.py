"""Whoever does what a finding about bars inside the day says has bars that are used: every way that it names."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportArgumentType=false

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from intraday_world import DAY, busy_at_both_ends, minutes, spoilt

from tasks.quality.intraday import complaints
from tasks.quality.intraday_day import NEW_YORK, Complaint, Day

Mended = tuple[pd.DataFrame, Day]
Way = Callable[[pd.DataFrame, str], Mended]


def bar_named(bars: pd.DataFrame, said: str) -> pd.Series:
    """Which bars begin at the first time that a sentence names."""
    [at, *_] = re.findall(r"\d\d:\d\d", said)
    return bars["start"].dt.tz_convert(NEW_YORK).dt.strftime("%H:%M") == at


def remove(bars: pd.DataFrame, said: str) -> Mended:
    return bars[~bar_named(bars, said)], DAY


def correct(bars: pd.DataFrame, said: str) -> Mended:
    """The bar that is named gets the figures that it should have had."""
    sound, named = minutes(), bar_named(bars, said)
    return pd.concat([bars[~named], sound[bar_named(sound, said)]]).sort_values("start"), DAY


def keep_one(bars: pd.DataFrame, said: str) -> Mended:
    named = bar_named(bars, said)
    return pd.concat([bars[~named], bars[named].iloc[[0]]]).sort_values("start"), DAY


def correct_the_zone(bars: pd.DataFrame, said: str) -> Mended:
    """By the hours that are told, or by how far the bars begin from the session."""
    told = re.search(r"(\d+) h too (late|early)", said)
    if told:
        off = pd.Timedelta(hours=int(told[1]) * (1 if told[2] == "late" else -1))
    else:
        [session, begins] = re.findall(r"(\d\d):\d\d to", said)
        off = pd.Timedelta(hours=int(begins) - int(session))
    return bars.assign(start=bars["start"] - off), DAY


def scaled(bars: pd.DataFrame, times: float) -> pd.DataFrame:
    return bars.assign(**{name: bars[name] * times for name in ("open", "high", "low", "close")})


def minutes_to_the_day(times: float) -> Way:
    return lambda bars, _said: (scaled(bars, times), DAY)


def day_to_the_minutes(times: float) -> Way:
    return lambda bars, _said: (bars, replace(DAY, daily_close=DAY.daily_close * times))


TWICE = pd.concat([minutes(), spoilt(close=50.11).loc[[100]]]).sort_values("start")
IN_UTC = minutes(start=pd.date_range("2021-01-04T09:30Z", periods=390, freq="min"))
CASES: dict[str, tuple[pd.DataFrame, str, Mapping[str, Way]]] = {
    "no price": (spoilt(low=-3.0), "intraday_price", {"correct": correct, "or remove it": remove}),
    "no price at all": (spoilt(close=np.nan), "intraday_missing", {"supply it": correct}),
    "no volume": (spoilt(volume=-5.0), "intraday_volume", {"correct": correct, "or remove it": remove}),
    "a contradiction": (spoilt(high=49.0, low=51.0), "intraday_range", {"correct them": correct}),
    "a stray": (spoilt(row=389, high=500.0), "intraday_stray", {"correct": correct, "or remove it": remove}),
    "a bar twice": (TWICE, "intraday_duplicated", {"keep one": keep_one}),
    "New York called UTC": (IN_UTC, "intraday_hours", {"correct the zone of its times": correct_the_zone}),
    **{
        f"begins at {first}": (
            busy_at_both_ends(f"2021-01-04T{first}Z"),
            "intraday_hours",
            {"correct the zone of its times": correct_the_zone},
        )
        for first in ("15:30", "13:30", "17:30", "11:30")
    },
    **{
        f"{times:g} times the day": (
            scaled(minutes(), times),
            "intraday_scale",
            {"bring both": minutes_to_the_day(1 / times), "to one scale": day_to_the_minutes(times)},
        )
        for times in (100.0, 0.01, 4.0, 1.2)
    },
    "another unit of volume": (
        minutes(volume=100_000.0),
        "intraday_scale",
        {
            "check the unit": lambda bars, _said: (bars.assign(volume=bars["volume"] / 100), DAY),
            "of one of them": lambda bars, _said: (bars, replace(DAY, daily_volume=DAY.daily_volume * 100)),
        },
    ),
}
"""The bars, the check that finds them, and by the words of each way what is done; it reads what the finding says."""


def found_by(check: str, bars: pd.DataFrame, day: Day = DAY) -> Complaint:
    (one,) = [one for one in complaints(bars, day) if one.check == check]
    return one


@pytest.mark.parametrize("name", CASES)
def test_whoever_does_what_a_finding_about_minutes_says_has_minutes_without_a_finding(name: str) -> None:
    bars, check, ways = CASES[name]
    said = found_by(check, bars).sentence
    for words, way in ways.items():
        assert words in said, said
        mended, day = way(bars, said)
        left = [one for one in complaints(mended, day) if one.check == check or one.blocks]
        assert not left, f"{words}: {left}"
