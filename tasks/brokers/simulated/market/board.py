"""The market as one account sees it at its clock: quotes, marks and bars, our own trades in them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from tasks.brokers.simulated.account import NEW_YORK, Account
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.engine.matching import Rules
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.market.quotes import SeenBars, quote_at, quote_of_close
from tasks.brokers.simulated.store import Store
from tasks.errors import BrokerError
from tasks.model.market import MarketBar, Quote


class Board:
    """Reads only; what it keeps is forgotten whenever the account's time moves."""

    def __init__(self, market: Market, store: Store, rules: Rules, half_spread_bps: float) -> None:
        self._market, self._store, self._rules = market, store, rules
        self._half_spread = half_spread_bps / 1e4
        self._marks: tuple[datetime, dict[str, float]] | None = None
        self._seen: dict[tuple[str, date], SeenBars] = {}

    def forget_marks(self) -> None:
        """After our own orders moved prices; the next question works them out again."""
        self._marks = None

    def forget(self) -> None:
        """A session has begun."""
        self._marks = None
        self._seen.clear()

    def quotes(self, account: Account, symbols: Sequence[str]) -> dict[str, Quote]:
        """Of every symbol with a price in the session, halted or not; the last close in one that is still to come.

        Raises: BrokerError before the first session.
        """
        if account.session is None:
            raise BrokerError("no session has begun on the simulated exchange, so there are no quotes; open one first")
        tapes = self._market.tapes(symbols, account.session)
        coming = self._closes_before_the_open(account, tuple(s for s, tape in tapes.items() if tape is None))
        shown = {s: quote_of_close(s, close, account.clock, self._half_spread) for s, close in coming.items()}
        return shown | {
            symbol: quote_at(tape, account.clock, account.footprints.get(symbol), self._rules, self._half_spread)
            for symbol, tape in tapes.items()
            if tape is not None
        }

    def _closes_before_the_open(self, account: Account, symbols: Sequence[str]) -> Mapping[str, float]:
        """USD, in a session that the source has nothing of yet; none once it has begun, or where a day is missing."""
        session = account.session
        if not symbols or session is None or account.clock >= self._market.hours(session)[0]:
            return {}
        return self._market.last_closes(symbols, session) if self._market.is_still_to_come(session) else {}

    def marks(self, account: Account) -> Mapping[str, float]:
        """Last price of every position and open order, USD per share.

        Shares that nobody prices (delisted) are worth nothing as security. Raises: Refusal when a short position, or
        an open order, has no price: what it may cost is not known.
        """
        symbols = account.positions.keys() | {order.request.symbol for order in account.working.values()}
        if self._marks is None or self._marks[0] != account.clock or not symbols <= self._marks[1].keys():
            quotes = self.quotes(account, tuple(sorted(symbols)))
            owned = {symbol for symbol, shares in account.positions.items() if shares > 0}
            at_work = {order.request.symbol for order in account.working.values()}
            worthless = owned - quotes.keys() - at_work
            unpriced = sorted(symbols - quotes.keys() - worthless)
            if unpriced:
                raise Refusal("unpriced_position", f"no price for {', '.join(unpriced)}: the account cannot be valued")
            self._marks = (
                account.clock,
                {
                    **dict.fromkeys(worthless, 0.0),
                    **{symbol: float(quote.last) for symbol, quote in quotes.items()},
                },
            )
        return self._marks[1]

    def bars(self, account: Account, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Minute bars and auction prints in [start, end) that had ended by the clock; none of a trading halt."""
        bars: list[MarketBar] = []
        last = min(end, account.clock).astimezone(NEW_YORK).date()
        day = start.astimezone(NEW_YORK).date()
        while day <= last:
            bars += self._seen_bars(account, symbol, day).window(start, end)
            day += timedelta(days=1)
        halts = [halt for halt in account.trading_halts if halt.symbol == symbol]
        return tuple(b for b in bars if not any(h.begins <= b.start and b.end <= h.ends for h in halts))

    def _seen_bars(self, account: Account, symbol: str, day: date) -> SeenBars:
        """Everything that has ended by the clock; nothing on a day without a session or a price."""
        seen = self._seen.get((symbol, day))
        if seen is None:
            seen = SeenBars(self._store.footprint_before(symbol, day))
            self._seen[symbol, day] = seen
        if self._market.is_session(day) and (tape := self._market.tape(symbol, day)) is not None:
            seen.extend(tape, account.clock, self._store.own_minutes(symbol, day), self._rules)
        return seen
