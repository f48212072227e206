"""What an observer sees of a tape once our own trades are part of it: quotes and bars; pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from tasks.brokers.simulated.engine.matching import Footprint, Rules, displaced_at, moment
from tasks.brokers.simulated.market.tape import MINUTE, OPEN_AUCTION, Auction, Tape
from tasks.model.market import MarketBar, Quote

PRICE = Decimal("0.0001")
VWAP = Decimal("0.0000000001")
SOURCE = "simulated exchange: one market, no other venue"


@dataclass(frozen=True, slots=True)
class OwnMinute:
    """What we traded in one minute (or auction) of a symbol's session."""

    minute: int
    at: float
    """Epoch seconds of the footprint."""
    displaced: float
    """Signed shares displaced just after."""
    shares: Decimal
    notional: Decimal
    """USD, unsigned."""
    high: Decimal
    low: Decimal


def quote_at(tape: Tape, at: datetime, footprint: Footprint | None, rules: Rules, assumed_half_spread: float) -> Quote:
    """Top of book with our impact in it; before the open the previous close and the assumed half spread (a fraction).

    Nothing in it is later than `at`: after i minutes it is the state at the end of minute i. From the close on it is
    the official close with the last spread around it: no valuation has our impact in it.
    """
    if at >= tape.close_at:
        return quote_around(tape.symbol, at, tape.official_close, float(tape.half_spread[-1]))
    passed = tape.minutes_passed(at)
    if at < tape.open_at:
        mid = last = tape.previous_close
        half = mid * assumed_half_spread
    elif passed == 0:
        mid = last = tape.opening.price
        half = float(tape.half_spread[0])
    else:
        mid, last = float(tape.mid[passed - 1]), float(tape.close[passed - 1])
        half = float(tape.half_spread[passed - 1])
    moved = 1 + rules.impact_on(tape).shift(displaced_at(footprint, at.timestamp(), rules.half_life_min))
    bid = max(PRICE, _price(mid * moved - half))
    ask, last = max(bid, _price(mid * moved + half)), max(PRICE, _price(last * moved))
    return Quote(tape.symbol, at, bid, ask, last, source=SOURCE)


def quote_of_close(symbol: str, close: float, at: datetime, assumed_half_spread: float) -> Quote:
    """What a market shows before its open: the last close (USD) and the assumed half spread (a fraction)."""
    return quote_around(symbol, at, close, close * assumed_half_spread)


def quote_around(symbol: str, at: datetime, price: float, half_spread: float) -> Quote:
    """A quote whose middle is the last price, to the fourth place (both USD); the bid stays positive."""
    last = max(PRICE, _price(price))
    half = min(_price(half_spread), last - PRICE)
    return Quote(symbol, at, last - half, last + half, last, source=SOURCE)


@dataclass(slots=True)
class SeenBars:
    """Bars of one symbol's session that have ended, each made once; an ended minute never changes again."""

    footprint: Footprint | None
    """What our trades have left before `next_minute`, at first those of earlier sessions."""
    next_minute: int = OPEN_AUCTION
    bars: list[MarketBar] = field(default_factory=list[MarketBar])
    starts: list[datetime] = field(default_factory=list[datetime])

    def extend(self, tape: Tape, clock: datetime, own: Sequence[OwnMinute], rules: Rules) -> None:
        """Add what has ended by the clock; `own` is all we traded in the session, and part of the volume."""
        traded = {row.minute: row for row in own}
        instants = _instants(tape.open_at, tape.minutes)
        while self.next_minute <= tape.minutes:
            minute = self.next_minute
            ends = instants[min(minute + 1, tape.minutes)]
            if ends > clock:
                return
            row = traded.get(minute)
            bar = bar_at(tape, minute, self.footprint, row, rules)
            if bar is not None:
                self.bars.append(bar)
                self.starts.append(bar.start)
            if row is not None:
                self.footprint = Footprint(row.displaced, row.at)
            self.next_minute += 1

    def window(self, start: datetime, end: datetime) -> list[MarketBar]:
        """Bars that begin in [start, end).

        An auction's print is a bar of no length, at the open or at the close. The closing print belongs to the window
        that reaches the close (start < close <= end): no later one could want it.
        """
        first, last = bisect_left(self.starts, start), bisect_left(self.starts, end)
        chosen = self.bars[first:last]
        if start < end and last < len(self.bars) and self.bars[last].auction == "close" and self.starts[last] == end:
            chosen.append(self.bars[last])
        if chosen and chosen[0].auction == "close" and chosen[0].start == start:
            return []
        return chosen


def bar_at(
    tape: Tape, minute: int, footprint: Footprint | None, own: OwnMinute | None, rules: Rules
) -> MarketBar | None:
    """One bar as it will be told; None for an auction in which nobody traded. `footprint` is what it began with."""
    instants = _instants(tape.open_at, tape.minutes)
    ends = instants[min(minute + 1, tape.minutes)]
    return _bar(tape, minute, (instants[max(0, minute)], ends), footprint, own, rules)


@lru_cache(maxsize=8)
def _instants(open_at: datetime, minutes: int) -> tuple[datetime, ...]:
    """The ends of all minutes, the open first: shared by the bars of all symbols."""
    return tuple(open_at + i * MINUTE for i in range(minutes + 1))


def _bar(
    tape: Tape,
    minute: int,
    interval: tuple[datetime, datetime],
    footprint: Footprint | None,
    own: OwnMinute | None,
    rules: Rules,
) -> MarketBar | None:
    """One bar; None for an auction in which nobody traded. The session's last one closes at the official close.

    Who trades in the closing auction pays for what that displaces, and is in the bar's range, volume and average.
    """
    auction = _auction(tape, minute)
    if auction is not None and auction.volume == 0 and own is None:
        return None
    moved = 1.0 if minute == tape.minutes else _moved(tape, minute, footprint, rules)
    if auction is not None:
        prices = [auction.price * moved] * 5
        volume = auction.volume
    else:
        prices = [float(array[minute]) * moved for array in (tape.open, tape.high, tape.low, tape.close, tape.vwap)]
        volume = int(tape.volume[minute])
    opened, high, low, closed = (_price(price) for price in prices[:4])
    vwap = Decimal(prices[4]).quantize(VWAP, ROUND_HALF_EVEN)
    if own is not None:
        high, low = max(high, own.high), min(low, own.low)
        vwap = ((vwap * volume + own.notional) / (volume + own.shares)).quantize(VWAP, ROUND_HALF_EVEN)
        volume += int(own.shares)
    if minute == tape.last_bar:
        closed = _price(tape.official_close)
        high, low = max(high, closed), min(low, closed)
    kind = {OPEN_AUCTION: "open", tape.minutes: "close"}.get(minute)
    return MarketBar(tape.symbol, *interval, opened, high, low, closed, volume, vwap, kind)


def _moved(tape: Tape, minute: int, footprint: Footprint | None, rules: Rules) -> float:
    """What the tape's prices are times as high by our earlier trades."""
    left = displaced_at(footprint, moment(tape, minute), rules.half_life_min)
    return 1 + rules.impact_on(tape).shift(left) if left else 1.0


def _auction(tape: Tape, minute: int) -> Auction | None:
    return {OPEN_AUCTION: tape.opening, tape.minutes: tape.closing}.get(minute)


def _price(price: float) -> Decimal:
    return Decimal(price).quantize(PRICE, ROUND_HALF_EVEN)
