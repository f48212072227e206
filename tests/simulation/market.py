"""The markets of the worlds: a few made-up symbols, short sessions, daily bars with gaps; the same for every life."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportReturnType=false, reportAttributeAccessIssue=false, reportArgumentType=false

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from tasks.errors import ConfigError
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS

SYMBOLS = ("AAA", "BBB", "CCC", "DDD")
SESSION = date(2022, 11, 22)
DAYS = tuple(d.date() for d in pd.bdate_range("2022-10-25", SESSION))
OPEN = datetime(2022, 11, 22, 14, 30, tzinfo=UTC)
LENGTH = timedelta(minutes=90)
"""Short sessions make fast worlds, and no rule of the program depends on their length."""
CLOSE = OPEN + LENGTH
VARIANTS = 12


def hours(session: date) -> tuple[datetime, datetime]:
    """Open and close of an exchange that trades for an hour and a half."""
    if session not in DAYS:
        raise ConfigError(f"{session} is not a session of this exchange")
    opens = datetime.combine(session, OPEN.timetz())
    return opens, opens + LENGTH


class TableSource:
    """Serves one table of daily bars; it has nothing inside the day, so the exchange models its minutes."""

    name = "simulation"
    adjustment = "raw"

    def __init__(self, daily: pd.DataFrame, actions: pd.DataFrame) -> None:
        self.daily, self.actions = daily, actions

    def available(self) -> tuple[date, date]:
        return DAYS[0], DAYS[-1]

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        inside = (self.daily["session"] >= pd.Timestamp(first)) & (self.daily["session"] <= pd.Timestamp(last))
        return self.daily[inside & self.daily["symbol"].isin(list(symbols))]

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:  # noqa: ARG002 (protocol)
        return None

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        inside = (self.actions["ex_date"] >= pd.Timestamp(first)) & (self.actions["ex_date"] <= pd.Timestamp(last))
        return self.actions[inside & self.actions["symbol"].isin(list(symbols))]


@lru_cache(maxsize=VARIANTS)
def source_of(variant: int) -> TableSource:
    """Market number `variant`: prices that walk, thin and thick symbols, some days missing.

    In every fourth market the last symbol has no price on the session itself.
    """
    dice = np.random.default_rng(variant)
    rows = []
    for symbol in SYMBOLS:
        price, volume = float(dice.uniform(8, 300)), float(10 ** dice.uniform(4.7, 6.5))
        for day in DAYS:
            price *= 1 + float(dice.normal(0, 0.012))
            unpriced = day == SESSION and symbol == SYMBOLS[-1] and variant % 4 == 3
            if unpriced or (day != SESSION and dice.random() < 0.06):
                continue
            low, high = price * 0.99, price * 1.01
            rows.append((pd.Timestamp(day), symbol, price, high, low, price, volume * dice.uniform(0.6, 1.4)))
    daily = pd.DataFrame(rows, columns=list(DAILY_COLUMNS))
    actions = pd.DataFrame([], columns=list(ACTION_COLUMNS)).astype({"ex_date": "datetime64[ns]"})
    return TableSource(daily, actions)


@lru_cache
def price_of(variant: int, symbol: str) -> float:
    """The last close before the session, USD: what a plan is decided at."""
    daily = source_of(variant).daily
    known = daily[(daily["symbol"] == symbol) & (daily["session"] < pd.Timestamp(SESSION))]
    return float(known["close"].iloc[-1])


@lru_cache
def volume_of(variant: int, symbol: str) -> float:
    """Average shares of a day."""
    daily = source_of(variant).daily
    return float(daily[daily["symbol"] == symbol]["volume"].mean())
