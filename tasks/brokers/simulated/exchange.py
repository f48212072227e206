"""The exchange: one account's orders against the market, one transaction per call, a clock that only goes forward.

A broker adapter, a server that speaks some broker's wire format, or a layer of planned faults each stand in front of
this class; it knows nothing of them and refuses with `Refusal`, never with a broker's error.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tasks.brokers.protocol import StatementLine
from tasks.brokers.settings import SimulatedSettings
from tasks.brokers.simulated.account import NEW_YORK, Account, Fees, Order, apply_actions
from tasks.brokers.simulated.admission import Desk, Refusal, admit
from tasks.brokers.simulated.bars import SeenBars, quote_at
from tasks.brokers.simulated.market import Market
from tasks.brokers.simulated.matching import Rules
from tasks.brokers.simulated.passage import Passage, pass_time
from tasks.brokers.simulated.store import Store
from tasks.brokers.simulated.tape import Tape
from tasks.errors import BrokerError, ConfigError
from tasks.terms import AccountState, BrokerOrder, Execution, MarketBar, OrderRequest, OrderState, Quote

BEFORE_THE_OPEN = timedelta(minutes=30)
WHOLE_SHARES = Decimal(1)
FRACTIONS = Decimal("0.000000001")


class Exchange:
    """All public methods are complete on return and on disk; another process sees the same account at once."""

    def __init__(self, account: str, settings: SimulatedSettings, market: Market, store: Store) -> None:
        self.account_name = account
        self.market = market
        self.rules = Rules(
            participation=settings.max_participation_pct / 100,
            share_step=FRACTIONS if settings.fractional else WHOLE_SHARES,
            impact_coefficient=settings.impact_coefficient,
            half_life_min=settings.impact_halflife_min,
        )
        self._fees = Fees(settings.fee_per_share_usd, settings.fee_minimum_usd)
        self._settings = settings
        self._store = store
        self._lock = threading.RLock()
        self._version: int | None = None
        self._marks: tuple[datetime, dict[str, float]] | None = None
        self._seen: dict[tuple[str, date], SeenBars] = {}
        with self._turn():
            pass

    # ---- the clock -------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        with self._glance():
            return self._account.clock

    def session(self) -> date | None:
        """The session the clock is in, or was in last; None in a new account."""
        with self._glance():
            return self._account.session

    def begin(self, session: date) -> None:
        """Come to half an hour before a session's open, corporate actions applied; stay put when already in it.

        Raises: ConfigError when the date is no session, or is over: the clock never goes back.
        """
        open_at, _ = self.market.hours(session)
        with self._turn():
            account = self._account
            if account.session == session:
                return
            if account.clock >= open_at or (account.session is not None and session < account.session):
                raise ConfigError(
                    f"session {session}: the simulated broker's account {self.account_name!r} is already at "
                    f"{account.clock:%Y-%m-%d %H:%M} UTC and its clock never goes back; "
                    "choose a later session or another `broker.account`"
                )
            self._finish_session()
            self._enter(session, open_at - BEFORE_THE_OPEN)

    def advance(self, at: datetime) -> datetime:
        """Move the clock forward to `at`, filling what fills on the way; an earlier `at` moves nothing."""
        with self._turn():
            account = self._account
            if at <= account.clock:
                return account.clock
            day = at.astimezone(NEW_YORK).date()
            if (account.session is None or day > account.session) and self.market.is_session(day):
                self._finish_session()
                self._enter(day, min(at, self.market.hours(day)[0] - BEFORE_THE_OPEN))
            self._pass(at)
            return account.clock

    # ---- orders ----------------------------------------------------------------------------------------------------

    def place(self, request: OrderRequest) -> BrokerOrder:
        """Take one order; a key seen before gives back that order, whatever else the request says.

        Raises: Refusal; nothing is kept of a refused order, its key stays free.
        """
        with self._turn():
            known = self._find(request.key)
            if known is not None:
                return known.as_told()
            account = self._account
            if account.session is None:
                raise Refusal("market_closed", "no session has begun on the simulated exchange; open one first")
            open_at, close_at = self.market.hours(account.session)
            quote = self._quotes((request.symbol,)).get(request.symbol)
            desk = Desk(
                self.account_name, account, open_at, close_at, self.rules.share_step, self._fees, quote, self._marks_now
            )
            worst_price = admit(request, desk)
            order = Order(request, account.next_number, account.session, account.clock, worst_price)
            account.next_number += 1
            account.working[request.key] = order
            self._store.save_orders([order], are_working=True)
            self._store.save_account(account)
            return order.as_told()

    def cancel(self, key: str) -> BrokerOrder:
        """Take an order off the book; one that is already over is returned as it is.

        Raises: Refusal when no order has this key.
        """
        with self._turn():
            order = self._find(key)
            if order is None:
                raise Refusal("unknown_order", f"no order has the key {key!r}")
            if key in self._account.working:
                del self._account.working[key]
                order = replace(order, state=OrderState.CANCELLED, reason="cancelled on request")
                self._store.save_orders([order], are_working=False)
            return order.as_told()

    def order(self, key: str) -> BrokerOrder | None:
        with self._glance():
            found = self._find(key)
            return None if found is None else found.as_told()

    def working(self) -> tuple[BrokerOrder, ...]:
        """Open orders, oldest first."""
        with self._glance():
            return tuple(order.as_told() for order in self._account.working.values())

    def executions(self, session: date) -> tuple[Execution, ...]:
        with self._glance():
            return self._store.executions(session)

    # ---- the account and the market --------------------------------------------------------------------------------

    def account(self) -> AccountState:
        with self._glance():
            account = self._account
            return AccountState(self.account_name, account.clock, account.cash, dict(account.positions))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """What corporate actions with an ex-date in [first, last] did to the account, oldest first."""
        with self._glance():
            return self._store.statement(first, last)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """Top of book at the clock; a symbol without a price in this session is left out.

        Raises: BrokerError before the first session.
        """
        with self._glance():
            return self._quotes(symbols)

    def bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Minute bars and auction prints in [start, end), none that had not ended by the clock."""
        with self._glance():
            bars: list[MarketBar] = []
            last = min(end, self._account.clock).astimezone(NEW_YORK).date()
            day = start.astimezone(NEW_YORK).date()
            while day <= last:
                bars += self._seen_bars(symbol, day).window(start, end)
                day += timedelta(days=1)
            return tuple(bars)

    # ---- behind the counter ----------------------------------------------------------------------------------------

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One call that changes something: the newest account, one transaction, all of it or nothing."""
        with self._lock:
            try:
                with self._store.transaction():
                    self._refresh()
                    yield
            except BaseException:
                self._version = None  # what is in memory may be half done; the file is not
                raise

    @contextmanager
    def _glance(self) -> Iterator[None]:
        """One call that only looks."""
        with self._lock:
            if self._version != self._store.version():
                with self._store.transaction():
                    self._refresh()
            yield

    def _refresh(self) -> None:
        """Meet the account as the file has it; open it when the file is new."""
        version = self._store.version()
        if version == self._version:
            return
        account = self._store.load()
        if account is None:
            account = self._new_account()
            self._store.save_account(account)
            self._store.save_positions(account, account.positions)
        self._account, self._version, self._marks = account, version, None

    def _new_account(self) -> Account:
        began = datetime.combine(self.market.first_session(), time(), UTC)
        held = {symbol: shares for symbol, shares in self._settings.opening_shares.items() if shares}
        return Account(clock=began, session=None, cash=self._settings.opening_cash_usd, positions=held)

    def _enter(self, session: date, at: datetime) -> None:
        """Stand before a session's open, with all corporate actions since the last session."""
        account = self._account
        if account.session is not None:
            self._apply_actions(account.session + timedelta(days=1), session)
        account.session, account.clock, self._marks = session, max(account.clock, at), None
        self.market.forget_before(session)
        self._seen.clear()
        self._store.save_account(account)

    def _apply_actions(self, first: date, session: date) -> None:
        held = tuple(self._account.positions)
        if not held:
            return
        tapes = self.market.tapes(held, session)
        closes = {symbol: Decimal(str(tape.previous_close)) for symbol, tape in tapes.items() if tape is not None}
        actions = self.market.actions(held, first, session)
        lines = apply_actions(self._account, actions, closes, self.rules.share_step)
        self._store.add_statement(lines)
        self._store.save_positions(self._account, {line.symbol for line in lines})

    def _finish_session(self) -> None:
        if self._account.session is not None:
            self._pass(max(self._account.clock, self.market.hours(self._account.session)[1]))

    def _pass(self, at: datetime) -> None:
        """Let time go by to `at` and keep everything that happened."""
        account = self._account
        if account.session is not None:
            tapes = self._tapes_of_working(account.session)
            passage = pass_time(account, tapes, self.market.hours(account.session), at, self.rules, self._fees)
            self._keep(account.session, passage)
        account.clock, self._marks = at, None
        self._store.save_account(account)

    def _tapes_of_working(self, session: date) -> Mapping[str, Tape]:
        symbols = tuple({order.request.symbol: None for order in self._account.working.values()})
        return {symbol: tape for symbol, tape in self.market.tapes(symbols, session).items() if tape is not None}

    def _keep(self, session: date, passage: Passage) -> None:
        self._store.add_executions(session, passage.executions)
        self._store.save_orders(passage.changed, are_working=True)
        self._store.save_orders(passage.over, are_working=False)
        self._store.save_positions(self._account, {execution.symbol for execution in passage.executions})
        for symbol, rows in passage.own_minutes.items():
            self._store.add_own_minutes(session, symbol, rows)

    def _find(self, key: str) -> Order | None:
        return self._account.working.get(key) or self._store.order(key)

    def _quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        account = self._account
        if account.session is None:
            raise BrokerError("no session has begun on the simulated exchange, so there are no quotes; open one first")
        half = self._settings.half_spread_bps / 1e4
        return {
            symbol: quote_at(tape, account.clock, account.footprints.get(symbol), self.rules, half)
            for symbol, tape in self.market.tapes(symbols, account.session).items()
            if tape is not None
        }

    def _seen_bars(self, symbol: str, day: date) -> SeenBars:
        """Everything that has ended by the clock; nothing on a day without a session or a price."""
        seen = self._seen.get((symbol, day))
        if seen is None:
            seen = SeenBars(self._store.footprint_before(symbol, day))
            self._seen[symbol, day] = seen
        if self.market.is_session(day) and (tape := self.market.tape(symbol, day)) is not None:
            seen.extend(tape, self._account.clock, self._store.own_minutes(symbol, day), self.rules)
        return seen

    def _marks_now(self) -> Mapping[str, float]:
        """Last price of every position and open order, USD per share."""
        account = self._account
        symbols = account.positions.keys() | {order.request.symbol for order in account.working.values()}
        if self._marks is None or self._marks[0] != account.clock or not symbols <= self._marks[1].keys():
            quotes = self._quotes(tuple(sorted(symbols)))
            unpriced = sorted(symbols - quotes.keys())
            if unpriced:
                raise Refusal("unpriced_position", f"no price for {', '.join(unpriced)}: the account cannot be valued")
            self._marks = account.clock, {symbol: float(quote.last) for symbol, quote in quotes.items()}
        return self._marks[1]
