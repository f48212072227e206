"""The venue's market data: clock, calendar, snapshots, bars and auction prints."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tasks.brokers.sandbox.alpaca.encode import Json, stamp
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.history import HistoryEndpoints, ours
from tasks.brokers.sandbox.alpaca.http import BadRequest, Request, SandboxContext, instant, number_in
from tasks.brokers.sandbox.history import History
from tasks.brokers.simulated.account import NEW_YORK
from tasks.brokers.simulated.market.tape import MINUTE
from tasks.errors import BrokerError
from tasks.model.market import MarketBar, Quote

LONGEST_CALENDAR = timedelta(days=3700)
LOOK_AHEAD = 10
"""Days within which there is always another session."""
HALTED: Json = {"bp": 0, "bs": 0, "bx": " ", "ap": 0, "as": 0, "ax": " ", "c": ["R"], "z": "C"}


@dataclass(frozen=True)
class MarketDataEndpoints:
    """Answers with a Reply, or raises what the exchange raises."""

    context: SandboxContext

    def clock(self, request: Request) -> Reply:
        """The exchange's clock and the next open and close, which may be days away."""
        del request
        now = self.context.exchange.now()
        day = now.astimezone(NEW_YORK).date()
        hours = list(self._sessions(day, day + timedelta(days=LOOK_AHEAD)))
        opens = [open_at for _, open_at, _ in hours if open_at > now]
        closes = [close_at for _, _, close_at in hours if close_at > now]
        body = {
            "timestamp": _eastern(now),
            "is_open": any(open_at <= now < close_at for _, open_at, close_at in hours),
            "next_open": _eastern(opens[0] if opens else now),
            "next_close": _eastern(closes[0] if closes else now),
        }
        return Reply(200, body)

    def calendar(self, request: Request) -> Reply:
        """Open and close in New York's time, as Alpaca tells them. Raises: BadRequest for more than ten years."""
        now = self.context.exchange.now()
        first = _day(request.query.get("start", f"{now:%Y-%m-%d}"))
        last = _day(request.query.get("end", f"{first + timedelta(days=LOOK_AHEAD)}"))
        if last - first > LONGEST_CALENDAR:
            raise BadRequest("the calendar is told for ten years at most")
        rows = [
            {
                "date": f"{day}",
                "open": f"{open_at.astimezone(NEW_YORK):%H:%M}",
                "close": f"{close_at.astimezone(NEW_YORK):%H:%M}",
                "session_open": "0400",
                "session_close": "2000",
                "settlement_date": f"{day + timedelta(days=1)}",
            }
            for day, open_at, close_at in self._sessions(first, last)
        ]
        return Reply(200, rows)

    def snapshots(self, request: Request) -> Reply:
        """A halted symbol has no bid and no ask; one without a price is absent."""
        symbols = _symbols(request)
        quotes = self.context.exchange.quotes(symbols)
        halted = [symbol for symbol in symbols if symbol not in quotes and self._is_priced(symbol)]
        now = stamp(self.context.exchange.now())
        rows = {symbol: _snapshot(quote) for symbol, quote in quotes.items()}
        return Reply(200, rows | {symbol: {"latestQuote": {**HALTED, "t": now}} for symbol in halted})

    def bars(self, request: Request) -> Reply:
        """Days, or minutes: the opening print is in the first minute, the closing print in the one after the last.

        A minute without trades has no bar. A page is full with so many bars of all symbols together.
        """
        query = request.query
        rows_of = {"1Min": self._minutes, "1T": self._minutes, "1Day": self._days, "1D": self._days}
        timeframe = query.get("timeframe", "")
        if timeframe not in rows_of:
            raise BadRequest(f"invalid timeframe: {timeframe}; this venue has 1Min and 1Day")
        listed = [
            (f"{symbol}|{at}", symbol, row)
            for symbol in _symbols(request)
            for at, row in rows_of[timeframe](request, symbol)
        ]
        token = query.get("page_token", "")
        rows = sorted((row for row in listed if row[0] > token), key=lambda row: row[0])
        limit = number_in(query, "limit", 1000, 10_000)
        page: dict[str, list[Json]] = {}
        for _, symbol, row in rows[:limit]:
            page.setdefault(symbol, []).append(row)
        more = rows[limit - 1][0] if len(rows) > limit else None
        return Reply(200, {"bars": page, "next_page_token": more})

    def _days(self, request: Request, symbol: str) -> Iterator[tuple[str, Json]]:
        """Named by midnight in New York; those whose name lies in the window."""
        start, end = _window(request)
        first, last = start.astimezone(NEW_YORK).date(), end.astimezone(NEW_YORK).date()
        rows = HistoryEndpoints(self.context).daily_rows(symbol, first, last, request.query.get("adjustment", "raw"))
        return ((at, row) for at, row in rows if start <= datetime.fromisoformat(at) <= end)

    def _minutes(self, request: Request, symbol: str) -> Iterator[tuple[str, Json]]:
        start, end = _window(request)
        adjustment = ours(request.query.get("adjustment", "raw"))
        history, factors = History(self.context.exchange), dict[date, tuple[float, float]]()
        for bar in _merged(self.context.exchange.bars(symbol, start, end + MINUTE)):
            if bar.start <= end:
                day = bar.start.date()
                if day not in factors:
                    factors[day] = history.factors(symbol, day, adjustment)
                yield bar.start.isoformat(), _bar(bar, *factors[day])

    def auctions(self, request: Request) -> Reply:
        """Opening and closing prints of the days in the window; a day without any is left out."""
        start, end = _window(request)
        found: dict[str, list[Json]] = {}
        for symbol in _symbols(request):
            bars = self.context.exchange.bars(symbol, start, end + MINUTE)
            days: dict[date, Json] = {}
            for bar in bars:
                if bar.auction is not None and bar.start <= end:
                    day = days.setdefault(bar.start.date(), {"d": f"{bar.start.date()}", "o": [], "c": []})
                    day[bar.auction[0]] += _prints(bar)
            if days:
                found[symbol] = [days[day] for day in sorted(days)]
        return Reply(200, {"auctions": found, "next_page_token": None})

    # ---- behind the endpoint ---------------------------------------------------------------------------------------

    def _sessions(self, first: date, last: date) -> Iterator[tuple[date, datetime, datetime]]:
        market = self.context.exchange.market
        for count in range((last - first).days + 1):
            day = first + timedelta(days=count)
            if market.is_session(day):
                yield day, *market.hours(day)

    def _is_priced(self, symbol: str) -> bool:
        session = self.context.exchange.session()
        if session is None:
            raise BrokerError("no session has begun; move the venue's clock to one first")
        return self.context.exchange.market.tape(symbol, session) is not None


def _merged(bars: Sequence[MarketBar]) -> Iterator[MarketBar]:
    """Minutes as Alpaca aggregates them."""
    opening: MarketBar | None = None
    for bar in bars:
        if bar.auction == "open":
            opening = bar
        elif bar.auction == "close":
            yield replace(bar, end=bar.start + MINUTE)
        elif opening is not None and opening.start == bar.start:
            yield _with_print(bar, opening)
        elif bar.volume:
            yield bar


def _with_print(bar: MarketBar, opening: MarketBar) -> MarketBar:
    volume = bar.volume + opening.volume
    return replace(
        bar,
        open=opening.open,
        high=max(bar.high, opening.high),
        low=min(bar.low, opening.low),
        volume=volume,
        vwap=(bar.vwap * bar.volume + opening.close * opening.volume) / volume,
    )


def _bar(bar: MarketBar, price: float, volume: float) -> Json:
    """Prices and volume times what adjusts them."""
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "vw": bar.vwap}
    told = {name: float(value) * price for name, value in prices.items()}
    return {"t": stamp(bar.start), "v": round(bar.volume * volume), "n": 1} | told


def _prints(bar: MarketBar) -> list[Json]:
    """The official price, and the print with its size; both say the same price."""
    official, traded = ("Q", "O") if bar.auction == "open" else ("M", "6")
    common = {"t": stamp(bar.start), "x": "N", "p": float(bar.close)}
    return [{**common, "c": official}, {**common, "c": traded, "s": bar.volume}]


def _snapshot(quote: Quote) -> Json:
    at = stamp(quote.at)
    bid, ask, last = float(quote.bid), float(quote.ask), float(quote.last)
    return {
        "latestQuote": {
            "t": at,
            "bp": bid,
            "bs": 100,
            "bx": "N",
            "ap": ask,
            "as": 100,
            "ax": "N",
            "c": ["R"],
            "z": "A",
        },
        "latestTrade": {"t": at, "p": last, "s": 100, "x": "N", "c": ["@"], "i": 1, "z": "A"},
    }


def _symbols(request: Request) -> tuple[str, ...]:
    symbols = tuple(part for part in request.query.get("symbols", "").split(",") if part)
    if not symbols:
        raise BadRequest("symbols is required")
    return symbols


def _window(request: Request) -> tuple[datetime, datetime]:
    if "start" not in request.query or "end" not in request.query:
        raise BadRequest("this venue wants start and end")
    return instant(request.query["start"], "start"), instant(request.query["end"], "end")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadRequest(f"invalid date: {text}") from error


def _eastern(at: datetime) -> str:
    return at.astimezone(NEW_YORK).isoformat()
