"""What the price did after an order was done: did it come back, so that waiting would have been cheaper?

Reversion at a horizon is -side * (price then - average) / average in basis points: positive hurts, because the market
gave back what the order had paid. Reference is the order's own average price; the price at a horizon is the close of
the last bar that had ended by then. Nothing is said beyond the session's last bar. Source: Kissell (2013).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tasks.model.market import MarketBar
from tasks.model.money import BPS, number, rounded
from tasks.tca.costs import BPS_UNIT, MeasuredOrder
from tasks.tca.statistics import Verdict, ratio_of_sums

HORIZONS = (1, 5, 15, 30, 60)
"""Minutes after the last fill."""


@dataclass(frozen=True, slots=True)
class Reversion:
    """Of one order at one horizon; None where the session was over, or nothing was filled."""

    minutes: int
    price: Decimal | None
    bps: Decimal | None


@dataclass(frozen=True, slots=True)
class ReversionLine:
    """Over all orders that have a price at a horizon: the ratio of sums with its error; bounds None below two."""

    minutes: int
    orders: int
    mean_bps: Decimal
    standard_error_bps: Decimal | None
    low_bps: Decimal | None
    high_bps: Decimal | None
    verdict: Verdict


def price_at(bars: Sequence[MarketBar], at: datetime) -> Decimal | None:
    """Close of the last bar that had ended by then; None before the first one, and after the session's end.

    Of a bar and an auction that are over at once the auction's print is the later price.
    """
    if not bars or at > max(bar.end for bar in bars):
        return None
    ended = [bar for bar in bars if bar.end <= at]
    return max(ended, key=lambda bar: (bar.end, bar.start)).close if ended else None


def reversions(row: MeasuredOrder) -> tuple[Reversion, ...]:
    """At every horizon after the order's last fill."""
    order, average = row.order, row.order.average_price
    last = max((fill.at for fill in order.fills), default=None)
    found: list[Reversion] = []
    for minutes in HORIZONS:
        price = None if last is None else price_at(order.market, last + timedelta(minutes=minutes))
        bps = None if price is None or not average else -order.side.sign * (price - average) / average * BPS
        found.append(Reversion(minutes, price, None if bps is None else rounded(bps, BPS_UNIT)))
    return tuple(found)


def reversion_lines(rows: Sequence[MeasuredOrder]) -> tuple[ReversionLine, ...]:
    """One line a horizon that any order reached: total dollars that came back over total value filled."""
    lines: list[ReversionLine] = []
    for place, minutes in enumerate(HORIZONS):
        known = [(row, reversions(row)[place]) for row in rows]
        reached = [(row.order, one.price) for row, one in known if one.price is not None and one.bps is not None]
        if not reached:
            continue
        back = [float(-o.side.sign * (price * o.filled_shares - o.filled_value_usd)) for o, price in reached]
        found = ratio_of_sums(back, [float(order.filled_value_usd) for order, _ in reached])
        lines.append(
            ReversionLine(
                minutes,
                found.n,
                rounded(Decimal(repr(found.mean_bps)), BPS_UNIT),
                number(found.standard_error_bps, BPS_UNIT),
                number(found.low_bps, BPS_UNIT),
                number(found.high_bps, BPS_UNIT),
                found.verdict,
            )
        )
    return tuple(lines)
