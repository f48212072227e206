"""How this exchange works an order by itself, minute by minute; pure.

The model is simple on purpose, and an order's fills are at the market's prices with its impact like any other's; only
how much it wants in each minute is decided here, always within the exchange's cap and the order's own:

- VWAP: so much that its part of the order is the part of the window's volume that has traded. It knows the volume of
  the minutes to come, as no real algorithm does: its average price is nearer to the market's than a broker's would be.
- TWAP: so much that its part of the order is the part of the window's time that has passed.
- percent of volume: `max_participation_pct` of each minute's volume; what a minute does not give is not made up for.
- arrival price and adaptive: a fixed part of each minute's cap, by pace, as early as possible. Adaptive's search for
  a price inside the spread is not modelled.

A limit price holds for all of them. What has not filled by `end` is cancelled.
"""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from tasks.brokers.simulated.account import ZERO, Order
from tasks.brokers.simulated.market.tape import MINUTE, Tape
from tasks.model.orders import NativeAlgorithm, NativeOrder

PACE = {"patient": Decimal("0.25"), "normal": Decimal("0.5"), "urgent": Decimal(1)}
"""Part of each minute's cap that an order in this much of a hurry takes."""
CUMULATIVE = frozenset({NativeAlgorithm.VWAP, NativeAlgorithm.TWAP})


def window(native: NativeOrder, tape: Tape, since: datetime) -> range:
    """The minutes that lie entirely between its start (or when it came, if later) and its end."""
    start = max(since, native.start or tape.open_at)
    first = max(0, -((tape.open_at - start) // MINUTE))
    return range(first, tape.minutes if native.end is None else tape.minutes_passed(native.end))


def wanted_in(
    order: Order, native: NativeOrder, tape: Tape, minute: int, participation: float, step: Decimal
) -> Decimal:
    """Shares it wants at most in one minute."""
    minutes = window(native, tape, order.at_market_since)
    if minute not in minutes:
        return ZERO
    cap = _cap(native, tape, minute, participation)
    if native.algorithm in CUMULATIVE:
        wanted = min(cap, _due(order, native, tape, minutes, minute) - order.filled_shares)
    elif native.algorithm is NativeAlgorithm.PERCENT_OF_VOLUME:
        wanted = cap
    else:
        wanted = cap * PACE[native.pace]
    return max(ZERO, wanted).quantize(step, ROUND_DOWN)


def _cap(native: NativeOrder, tape: Tape, minute: int, participation: float) -> Decimal:
    percent = Decimal(str(participation)) * 100
    if native.max_participation_pct is not None:
        percent = min(percent, native.max_participation_pct)
    return percent * int(tape.volume[minute]) / 100


def _due(order: Order, native: NativeOrder, tape: Tape, minutes: range, minute: int) -> Decimal:
    """Shares that shall have filled by the end of a minute; all of them by the end of the last."""
    if native.algorithm is NativeAlgorithm.TWAP:
        done, all_of_it = minute + 1 - minutes.start, len(minutes)
    else:
        done = int(tape.volume[minutes.start : minute + 1].sum())
        all_of_it = int(tape.volume[minutes.start : minutes.stop].sum())
    return order.request.shares * done / max(1, all_of_it)
