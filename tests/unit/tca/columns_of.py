"""Records of single orders put into columns."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from tasks.model.market import MarketBar
from tasks.tca.columns.against import Windows
from tasks.tca.columns.bars import BarColumns
from tasks.tca.columns.exact import Exact
from tasks.tca.columns.shortfalls import FillColumns, OrderColumns
from tasks.tca.inputs import OrderRecord
from tasks.tca.order_line import window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


def orders_of(orders: Sequence[OrderRecord]) -> OrderColumns:
    arrivals, ends = [o.arrival_price for o in orders], [o.end_price or o.session_close for o in orders]
    return OrderColumns(
        sign=np.array([o.side.sign for o in orders], np.int64),
        shares=Exact.of(o.shares for o in orders),
        decision=Exact.of(o.decision_price for o in orders),
        arrival=Exact.of(price or Decimal(0) for price in arrivals),
        has_arrival=np.array([price is not None for price in arrivals], bool),
        end=Exact.of(price or Decimal(0) for price in ends),
        has_end=np.array([price is not None for price in ends], bool),
    )


def fills_of(orders: Sequence[OrderRecord]) -> FillColumns:
    fills = [fill for order in orders for fill in sorted(order.fills, key=lambda f: f.at)]
    return FillColumns(
        first=np.cumsum([0, *(len(order.fills) for order in orders)]).astype(np.int64),
        shares=Exact.of(f.shares for f in fills),
        price=Exact.of(f.price for f in fills),
        fee=Exact.of(f.fee for f in fills),
        at=np.array([micros(f.at) for f in fills], np.int64),
    )


def bars_of(tapes: Sequence[Sequence[MarketBar]]) -> BarColumns:
    bars = [(number, bar) for number, tape in enumerate(tapes) for bar in tape]
    return BarColumns(
        tape=np.array([number for number, _ in bars], np.int64),
        start=np.array([micros(bar.start) for _, bar in bars], np.int64),
        end=np.array([micros(bar.end) for _, bar in bars], np.int64),
        is_auction=np.array([bar.auction is not None for _, bar in bars], bool),
        close=Exact.of(bar.close for _, bar in bars),
        vwap=Exact.of(bar.vwap for _, bar in bars),
        volume=np.array([bar.volume for _, bar in bars], np.int64),
    )


def windows_of(orders: Sequence[OrderRecord], tapes: Sequence[int], bars: BarColumns) -> Windows:
    """Each order's days are all of its tape."""
    both = [window(order) for order in orders]
    return Windows(
        np.array(tapes, np.int64),
        np.array([micros(start) for start, _ in both], np.int64),
        np.array([micros(end) for _, end in both], np.int64),
        *bars.tapes(np.array(tapes, np.int64)),
    )
