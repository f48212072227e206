"""When an order was over, and what the market's price was then: pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from tasks.model.fill_totals import FillTotals
from tasks.model.market import MarketBar
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.order_states import DEAD
from tasks.model.orders import Algorithm


def order_end(
    order: ParentOrder,
    slices: Sequence[Slice],
    filled: FillTotals,
    deadline: datetime,
    hours: tuple[datetime, datetime],
) -> datetime:
    """An order that is filled ended with its last fill; any other when nothing of it could fill any more.

    That is its deadline, for the closing auction the close and for the opening one the open; or later, when a slice of
    it that was sent after that was cancelled or expired, at the latest the close. `slices` and `filled` are its own.
    """
    opens, closes = hours
    last = filled.last_at or opens
    if filled.shares >= order.shares and filled.fills:
        return last
    planned = {Algorithm.AT_OPEN: opens, Algorithm.AT_CLOSE: closes}.get(order.algorithm, deadline)
    over = [s.state_at for s in slices if s.broker_order_id and s.state in DEAD and s.state_at is not None]
    return max(last, min(closes, max([planned, *over])))


def price_at(bars: Sequence[MarketBar], at: datetime) -> Decimal | None:
    """Close of the newest bar that had ended by an instant, auctions that were over included; None before the first."""
    ended = [bar for bar in bars if bar.end <= at]
    return max(ended, key=lambda bar: (bar.end, bar.start)).close if ended else None
