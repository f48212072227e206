"""A small world for the simulated broker: a source in memory, the exchange's hours, orders in few words."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import exchange_calendars
import pandas as pd

from tasks.book.broker import BrokerSettings, SimulatedSettings
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.factory import open_simulated
from tasks.errors import ConfigError
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, Side, TimeInForce
from tasks.ports.prices import ACTION_COLUMNS, DAILY_COLUMNS, INTRADAY_COLUMNS

MONDAY = date(2022, 11, 21)
TUESDAY = date(2022, 11, 22)
WEDNESDAY = date(2022, 11, 23)
HALF_DAY = date(2022, 11, 25)
OPEN = datetime(2022, 11, 22, 14, 30, tzinfo=UTC)
"""Of TUESDAY."""
CLOSE = datetime(2022, 11, 22, 21, 0, tzinfo=UTC)


@lru_cache(maxsize=1)
def _calendar() -> exchange_calendars.ExchangeCalendar:
    return exchange_calendars.get_calendar("XNYS", start="2013-01-01", end="2023-12-31")


def hours(session: date) -> tuple[datetime, datetime]:
    """Real hours of the New York Stock Exchange."""
    if not _calendar().is_session(session.isoformat()):
        raise ConfigError(f"{session} is not a session of XNYS")
    row = _calendar().schedule.loc[session.isoformat()]
    return row["open"].to_pydatetime(), row["close"].to_pydatetime()


@dataclass
class MemorySource:
    """Serves the rows it was given."""

    daily: list[dict[str, Any]] = field(default_factory=list)
    intraday: list[dict[str, Any]] = field(default_factory=list)
    actions: list[tuple[date, str, str, float]] = field(default_factory=list)
    adjustment: str = "raw"
    name: str = "memory"

    def available(self) -> tuple[date, date]:
        sessions = sorted(row["session"] for row in self.daily)
        return sessions[0], sessions[-1]

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        rows = [r for r in self.daily if r["symbol"] in symbols and first <= r["session"] <= last]
        table = pd.DataFrame(rows, columns=list(DAILY_COLUMNS))
        return table.assign(session=pd.to_datetime(table["session"]))

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        rows = [r for r in self.intraday if r["symbol"] in symbols and r["start"].date() == session]
        return pd.DataFrame(rows, columns=list(INTRADAY_COLUMNS)) if rows else None

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        rows = [a for a in self.actions if a[1] in symbols and first <= a[0] <= last]
        return pd.DataFrame(rows, columns=list(ACTION_COLUMNS))


def day(session: date, symbol: str, close: float, **known: float) -> dict[str, Any]:
    """One daily bar; what is not named is unknown."""
    return {"session": session, "symbol": symbol, "close": close, **known}


def quiet_week(*symbols: str, close: float = 100.0, volume: float = 3_900_000.0, **known: float) -> MemorySource:
    """The same bar every session of Thanksgiving week 2022."""
    sessions = (date(2022, 11, 18), MONDAY, TUESDAY, WEDNESDAY, HALF_DAY)
    return MemorySource([day(s, symbol, close, volume=volume, **known) for s in sessions for symbol in symbols])


def flat_week(*symbols: str, volume: float = 3_900_000.0) -> MemorySource:
    """A price of exactly 100 that never moves: whatever a fill costs beyond it is ours."""
    return quiet_week(*symbols, volume=volume, open=100.0, high=100.0, low=100.0)


def stepping_week(
    symbol: str, prices: Sequence[float], later: Sequence[float] = (100.0,), volume: float = 10_000.0
) -> MemorySource:
    """TUESDAY goes minute by minute over these prices and stays at the last one; WEDNESDAY does with `later`.

    Each minute has one price, so nothing happens within it; every day before closed at 100.
    """
    source = quiet_week(symbol)
    for session, path in ((TUESDAY, prices), (WEDNESDAY, later)):
        open_at, close_at = hours(session)
        for minute in range((close_at - open_at) // timedelta(minutes=1)):
            price = path[min(minute, len(path) - 1)]
            bar = dict.fromkeys(("open", "high", "low", "close"), price)
            start = open_at + timedelta(minutes=minute)
            quote = {"bid": float("nan"), "ask": float("nan")}
            source.intraday.append({"start": start, "symbol": symbol, "volume": volume, **bar, **quote})
    return source


def broker(home: Path, source: MemorySource, account: str = "main", **settings: Any) -> SimulatedBroker:
    chosen = BrokerSettings(account=account, simulated=SimulatedSettings(**settings))
    return open_simulated(chosen, home, source, hours)


def opened(home: Path, source: MemorySource, session: date = TUESDAY, **settings: Any) -> SimulatedBroker:
    """A connected broker that stands half an hour before a session's open."""
    found = broker(home, source, **settings)
    found.connect()
    found.open_session(session)
    return found


def order(
    key: str,
    side: Side,
    shares: int | str,
    symbol: str = "AAA",
    limit: str | None = None,
    when: TimeInForce = TimeInForce.DAY,
    account: str = "main",
) -> OrderRequest:
    return OrderRequest(
        key=key,
        account=account,
        symbol=symbol,
        side=side,
        shares=Decimal(shares),
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        time_in_force=when,
        limit_price=None if limit is None else Decimal(limit),
    )


def buy(key: str, shares: int | str, symbol: str = "AAA", **more: Any) -> OrderRequest:
    return order(key, Side.BUY, shares, symbol, **more)


def sell(key: str, shares: int | str, symbol: str = "AAA", **more: Any) -> OrderRequest:
    return order(key, Side.SELL, shares, symbol, **more)


def with_stop(request: OrderRequest, stop: str) -> OrderRequest:
    """The same order, held back until the market is at the stop price; a limit order becomes a stop-limit order."""
    kind = OrderType.STOP if request.limit_price is None else OrderType.STOP_LIMIT
    return replace(request, order_type=kind, stop_price=Decimal(stop))


def trailing(request: OrderRequest, *, usd: str | None = None, pct: str | None = None) -> OrderRequest:
    """The same order as a trailing stop."""
    away, percent = (None if text is None else Decimal(text) for text in (usd, pct))
    return replace(request, order_type=OrderType.TRAILING_STOP, trail_usd=away, trail_pct=percent)


def with_exits(
    request: OrderRequest,
    kind: OrderClass = OrderClass.BRACKET,
    profit: str | None = None,
    loss: str | None = None,
    loss_limit: str | None = None,
) -> OrderRequest:
    """The same order with a take-profit, a stop-loss, or both."""
    prices = (None if text is None else Decimal(text) for text in (profit, loss, loss_limit))
    names = ("take_profit", "stop_loss", "stop_loss_limit")
    return replace(request, order_class=kind, **dict(zip(names, prices, strict=True)))


def worked(request: OrderRequest, algorithm: NativeAlgorithm, **how: Any) -> OrderRequest:
    """The same order, worked by the broker's own algorithm."""
    return replace(request, native=NativeOrder(algorithm, **how))


def after_open(minutes: float) -> datetime:
    """An instant of TUESDAY."""
    return OPEN + timedelta(minutes=minutes)
