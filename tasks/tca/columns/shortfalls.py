"""Implementation shortfall of many orders at once, exact, in the forms and with the rounding of one order's.

`shortfall.implementation_shortfall` and `costs.measured` are the specification; a test holds every figure against them.
"""

from dataclasses import dataclass

import numpy as np

from tasks.tca.columns.exact import Exact, Places, sums
from tasks.tca.columns.rounding import Known, allocated_columns
from tasks.tca.shortfall import Convention

BPS = Exact(np.array([10_000]), 0)
CENTS, HUNDREDTHS = 2, 2


@dataclass(frozen=True, slots=True)
class OrderColumns:
    """(n,) parent orders; shares unsigned, prices USD per share. What is not known is 0 in its column."""

    sign: Places
    """+1 buys, -1 sells."""
    shares: Exact
    decision: Exact
    arrival: Exact
    has_arrival: Known
    end: Exact
    has_end: Known

    def __len__(self) -> int:
        return len(self.sign)


@dataclass(frozen=True, slots=True)
class FillColumns:
    """(m,) fills that count, by order and then by time; those of order i are [first[i], first[i + 1])."""

    first: Places
    shares: Exact
    price: Exact
    fee: Exact
    """USD, positive is a cost."""
    at: Places
    """Microseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class FilledColumns:
    """(n,) what the fills of each order come to, without rounding."""

    shares: Exact
    value_usd: Exact
    fees_usd: Exact


@dataclass(frozen=True, slots=True)
class ShortfallColumns:
    """(n,) parts of each order's shortfall: USD exact, then as shown in cents and in hundredths of a basis point.

    The parts are delay, trading, opportunity and fees; what is not known is 0 and its mask says so.
    """

    notional_usd: Exact
    parts: tuple[Exact, Exact, Exact, Exact]
    known: tuple[Known, Known, Known, Known]
    cents: tuple[Exact, ...]
    bps: tuple[Exact, ...]

    @property
    def has_total(self) -> Known:
        """Whether the unfilled rest has a value."""
        return self.known[2]

    @property
    def total_usd(self) -> Exact:
        """Exact; only where `has_total`."""
        delay, trading, opportunity, fees = self.parts
        return delay + trading + opportunity + fees

    @property
    def total_cents(self) -> Exact:
        """USD as shown; only where `has_total`."""
        delay, trading, opportunity, fees = self.cents
        return delay + trading + opportunity + fees

    @property
    def total_bps(self) -> Exact:
        """Of the paper notional, as shown; only where `has_total`."""
        delay, trading, opportunity, fees = self.bps
        return delay + trading + opportunity + fees


def filled_columns(fills: FillColumns) -> FilledColumns:
    """Sums over each order's fills."""
    first, last = fills.first[:-1], fills.first[1:]
    value = fills.shares * fills.price
    return FilledColumns(sums(fills.shares, first, last), sums(value, first, last), sums(fills.fee, first, last))


def shortfall_columns(
    orders: OrderColumns, filled: FilledColumns, convention: Convention = Convention.WHOLE_ORDER
) -> ShortfallColumns:
    """Split every order's shortfall; the parts add up without a remainder."""
    whole = convention is Convention.WHOLE_ORDER
    start = orders.arrival.where(orders.has_arrival, orders.decision)
    delayed = orders.shares if whole else filled.shares
    unfilled = orders.shares - filled.shares
    is_done = unfilled.units == 0
    nothing, always = Exact.zeros(len(orders)), np.ones(len(orders), bool)
    delay = (delayed * (orders.arrival - orders.decision)).signed(orders.sign)
    trading = (filled.value_usd - filled.shares * start).signed(orders.sign)
    rest = (unfilled * (orders.end - (start if whole else orders.decision))).signed(orders.sign)
    known = (orders.has_arrival, always, orders.has_end | is_done, always)
    parts = (
        delay.where(orders.has_arrival, nothing),
        trading,
        rest.where(orders.has_end & ~is_done, nothing),
        filled.fees_usd,
    )
    notional = orders.shares * orders.decision
    return ShortfallColumns(
        notional_usd=notional,
        parts=parts,
        known=known,
        cents=allocated_columns(parts, known, CENTS),
        bps=allocated_columns([part * BPS for part in parts], known, HUNDREDTHS, of=notional),
    )
