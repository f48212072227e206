"""Orders and their executions as the records that our own measures take; prices come from the market where needed.

A named price wins over the market's. What nobody names and no price tells stays unknown: no decision, no delay. Pure.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from tasks.model.executions import totals_of
from tasks.model.market import MarketBar
from tasks.model.orders import Execution, Side
from tasks.tca.columns.rounding import Known
from tasks.tca.inputs import OrderRecord
from tasks.tca.outside.market import Market
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.settings import ColumnSettings, Units

NAMED, MARKET, UNKNOWN = "named in the file", "from the prices", "unknown"


@dataclass(frozen=True, slots=True)
class OutsideOrder:
    """An order with what its record has no place for."""

    record: OrderRecord
    session: date
    broker: str
    arrival_source: str
    end_source: str


def executions_by_order(fills: pd.DataFrame, units: Units) -> dict[str, list[Execution]]:
    """By order id, by time and execution id; money is exact."""
    found: dict[str, list[Execution]] = {}
    names = (
        "order_id",
        "execution_id",
        "slice_key",
        "symbol",
        "side",
        "shares",
        "price",
        "fee",
        "time",
        "account",
        "venue",
    )
    times = [stamp.to_pydatetime() for stamp in fills["time"]]
    columns = [times if name == "time" else fills[name].tolist() for name in names]
    sides = {side.value: side for side in Side}
    for order_id, execution_id, key, symbol, side, shares, price, fee, at, account, venue in zip(*columns, strict=True):
        found.setdefault(order_id, []).append(
            Execution(
                execution_id,
                key,
                symbol,
                sides[side],
                Decimal(shares) * units.shares,
                Decimal(price) * units.price,
                Decimal(fee) * units.fee if fee else Decimal(0),
                at,
                account,
                venue,
            )
        )
    return found


def build_orders(
    orders: pd.DataFrame,
    fills: Mapping[str, Sequence[Execution]],
    market: Market,
    settings: ColumnSettings,
    problems: Problems,
) -> list[OutsideOrder]:
    """Every order that has a day and a price to start from; the others are named and left out."""
    built = [_Draft(row, tuple(fills.get(row["order_id"], ())), market, settings) for row in orders.to_dict("records")]
    has_day = np.array([draft.session is not None for draft in built], bool)
    has_start = np.array([draft.can_be_measured for draft in built], bool)
    can = name_unmeasured(orders, has_day, has_start, problems, has_prices=market.has_prices)
    return [draft.order() for draft, there in zip(built, can, strict=True) if there]


def name_unmeasured(
    orders: pd.DataFrame, has_day: Known, has_start: Known, problems: Problems, *, has_prices: bool
) -> Known:
    """(n,) whether each order can be measured: it needs a day, and a price to start from. The others are named."""
    timeless = pd.Series(~has_day, index=orders.index)
    remedy = "write its arrival_at or decided_at"
    problems.add(orders, timeless, "arrival_at", "neither a time nor an execution says when it was", remedy)
    priceless = pd.Series(~has_start & has_day, index=orders.index)
    write = "write its decision_price or arrival_price, or"
    remedy = f"{write} its arrival_at and give --prices with bars of its symbol and day"
    unarrived = orders["arrival_at"].isna() & has_prices
    problems.add(orders, priceless & ~unarrived, "arrival_price", "no price to measure from", remedy)
    remedy = f"{write} its arrival_at: without one nobody knows which of the prices of --prices it met"
    problems.add(orders, priceless & unarrived, "arrival_price", "no price to measure from", remedy)
    return has_day & has_start


class _Draft:
    """One order on its way: which day it was, and what each of its prices is."""

    def __init__(
        self, row: Mapping[Any, Any], fills: tuple[Execution, ...], market: Market, settings: ColumnSettings
    ) -> None:
        self._row, self._fills, self._unit = row, fills, settings.units
        self.order_id = str(row["order_id"])
        self._symbol = str(row["symbol"])
        self._decided_at, self._arrival_at = _instant(row["decided_at"]), _instant(row["arrival_at"])
        first = self._arrival_at or self._decided_at or (fills[0].at if fills else None)
        zone = ZoneInfo(settings.sessions)
        self.session = first.astimezone(zone).date() if first else None
        self._market, self._zone, self._first = market, zone, first

    @property
    def can_be_measured(self) -> bool:
        """Whether there is a price to start from."""
        return bool(self._row["decision_price"]) or self._arrival()[0] is not None

    def _price(self, name: str) -> Decimal | None:
        return Decimal(self._row[name]) * self._unit.price if self._row[name] else None

    def _arrival(self) -> tuple[Decimal | None, str]:
        """The price in force when it arrived: without a time of arrival nobody knows which."""
        named = self._price("arrival_price")
        if named is not None:
            return named, NAMED
        if self._arrival_at is None or self.session is None:
            return None, UNKNOWN
        session = self._market.session(self._symbol, self.session)
        return (session.price_at(self._arrival_at), MARKET) if session else (None, UNKNOWN)

    def _bars(self, last: date) -> tuple[MarketBar, ...]:
        assert self.session is not None
        days = self._market.days_between(self._symbol, self.session, last)
        sessions = [session for day in days if (session := self._market.session(self._symbol, day))]
        if len(sessions) == 1:
            return sessions[0].bars
        return tuple(bar for session in sessions for bar in session.bars)

    def _end(self) -> datetime:
        """As named; else the last execution of an order that was filled, else the end of its session's bars."""
        named = _instant(self._row["ended_at"])
        last = self._fills[-1].at if self._fills else None
        assert self._first is not None
        assert self.session is not None
        if named is not None:
            return named
        filled = totals_of(self._fills).shares >= self._shares
        bars = self._bars(last.astimezone(self._zone).date() if last else self.session)
        known = [self._first, *([last] if last else []), *([bars[-1].end] if bars and not filled else [])]
        return max(known)

    def _end_price(self, ended: datetime) -> tuple[Decimal | None, str]:
        named = self._price("end_price")
        if named is not None:
            return named, NAMED
        session = self._market.session(self._symbol, ended.astimezone(self._zone).date())
        return (session.price_at(ended), MARKET) if session else (None, UNKNOWN)

    @property
    def _shares(self) -> Decimal:
        return Decimal(self._row["shares"]) * self._unit.shares

    def order(self) -> OutsideOrder:
        """The record, with where its prices come from."""
        assert self.session is not None
        row, ended = self._row, self._end()
        arrival, arrival_source = self._arrival()
        end_price, end_source = self._end_price(ended)
        last = max([ended, *(fill.at for fill in self._fills)]).astimezone(self._zone).date()
        days = self._market.days_between(self._symbol, self.session, last)
        first_day = self._market.day(self._symbol, self.session)
        last_day = self._market.day(self._symbol, days[-1]) if days else None
        record = OrderRecord(
            order_id=self.order_id,
            symbol=self._symbol,
            sector=row["sector"],
            side=Side(row["side"]),
            shares=self._shares,
            algorithm=row["algorithm"],
            account=row["account"],
            decided_at=self._decided_at,
            decision_price=self._price("decision_price"),
            arrival_at=self._arrival_at,
            arrival_price=arrival,
            ended_at=ended,
            end_price=end_price,
            fills=self._fills,
            adv_shares=_known(row["adv_shares_value"]),
            estimate=None,
            reason="",
            schedule=(),
            market=self._bars(last),
            previous_close=self._market.previous_close(self._symbol, self.session),
            session_close=last_day.close if last_day else None,
            session_open=first_day.open if first_day else None,
            half_spread_bps=None,
            daily_volatility=_known(row["daily_volatility_value"]),
        )
        return OutsideOrder(record, self.session, row["broker"], arrival_source, end_source)


def _instant(stamp: Any) -> datetime | None:
    return None if pd.isna(stamp) else stamp.to_pydatetime()


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
