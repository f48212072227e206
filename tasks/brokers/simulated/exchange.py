"""The exchange: one account's orders against the market, one transaction per call, a clock that only goes forward.

A broker adapter, a server that speaks some broker's wire format, or a layer of planned faults each stand in front of
this class; it knows nothing of them and refuses with `Refusal`, never with a broker's error.
"""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tasks.book.broker import SimulatedSettings
from tasks.book.faults import ARRIVES_WITHIN
from tasks.brokers.simulated.account import NEW_YORK, ZERO, Account, Order, new_account
from tasks.brokers.simulated.engine.accept import Admission, Refusal, admit, arrivals
from tasks.brokers.simulated.engine.contingent import follow, keep
from tasks.brokers.simulated.engine.days import BEFORE_THE_OPEN, Days
from tasks.brokers.simulated.engine.matching import Rules
from tasks.brokers.simulated.market.board import Board
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.order_keys import find_by_key, unused_key
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.brokers.simulated.store import Store
from tasks.errors import ConfigError
from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.market import MarketBar, Quote
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, Execution, OrderClass, OrderRequest, OrderState

WHOLE_SHARES = Decimal(1)
FRACTIONS = Decimal("0.000000001")


class TakenOver(Exception):  # noqa: N818 - an answer of the exchange, not a failure of the program
    """A newer connection sends for the account; nothing has changed."""


class Exchange:
    """All public methods are complete on return and on disk; another process sees the same account at once."""

    def __init__(self, account: str, settings: SimulatedSettings, market: Market, store: Store) -> None:
        self.account_name = account
        self.market = market
        self.keys_are_unique = settings.unique_keys
        self.arrives_within = timedelta(0) if settings.unique_keys else ARRIVES_WITHIN
        self.rules = Rules(
            participation=settings.max_participation_pct / 100,
            share_step=FRACTIONS if settings.fractional else WHOLE_SHARES,
            impact_coefficient=settings.impact_coefficient,
            half_life_min=settings.impact_halflife_min,
        )
        self.commission = settings.commission
        self._settings = settings
        self._store = store
        self._lock = threading.RLock()
        self._version: int | None = None
        self._days = Days(market, self.rules, self.commission)
        self._board = Board(market, store, self.rules, settings.half_spread_bps)
        with self.turn():
            pass

    # ---- the clock -------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The exchange's own clock, UTC; it moves only when somebody waits."""
        with self._glance():
            return self._account.clock

    def session(self) -> date | None:
        """The session the clock is in, or was in last; None in a new account."""
        with self._glance():
            return self._account.session

    def begin(self, session: date) -> None:
        """Come to half an hour before a session's open, corporate actions applied; when already in it, stay put.

        An action that the source tells of only now is applied in either case, once.

        Raises: ConfigError when the date is no session, or is over: the clock never goes back.
        """
        open_at, _ = self.market.hours(session)
        with self.turn():
            account = self._account
            if account.session == session:
                self._days.learn(account, self._store)
                return
            if account.clock >= open_at or (account.session is not None and session < account.session):
                raise ConfigError(
                    f"session {session}: the simulated broker's account {self.account_name!r} is already at "
                    f"{account.clock:%Y-%m-%d %H:%M} UTC and its clock never goes back; "
                    "choose a later session or another `broker.account`"
                )
            self._enter(session, open_at - BEFORE_THE_OPEN)

    def advance(self, at: datetime) -> datetime:
        """Move the clock forward to `at`, filling what fills on the way; an earlier `at` moves nothing."""
        with self.turn():
            account = self._account
            if at <= account.clock:
                return account.clock
            day = at.astimezone(NEW_YORK).date()
            if (account.session is None or day > account.session) and self.market.is_session(day):
                self._enter(day, min(at, self.market.hours(day)[0] - BEFORE_THE_OPEN))
            self._days.pass_to(account, self._store, at)
            self._board.forget_marks()
            return account.clock

    # ---- connections -----------------------------------------------------------------------------------------------

    def connect(self) -> int:
        """Become the one connection that sends; its number goes with each order."""
        with self.turn():
            return self._store.next_connection()

    def require(self, connection: int | None) -> None:
        """Raises: TakenOver when there is a newer connection; None is any sender, where keys are unique."""
        if connection is not None and connection != (newest := self._store.connection()):
            raise TakenOver(f"connection {connection} of account {self.account_name!r} was replaced by {newest}")

    # ---- orders ----------------------------------------------------------------------------------------------------

    def place(self, request: OrderRequest, connection: int | None = None) -> BrokerOrder:
        """Take one order; where keys are unique, one seen before gives back its order, whatever the request says.

        Raises: Refusal; nothing is kept of a refused order, its key stays free. TakenOver.
        """
        with self.turn() as account:
            self.require(connection)
            known = self._find(request.key)
            if known is not None and self.keys_are_unique:
                return self.order_of(known)
            if account.session is None:
                raise Refusal("market_closed", "no session has begun on the simulated exchange; open one first")
            desk = self._desk(account, account.session, request.symbol)
            orders = arrivals(request, admit(request, desk), desk, self._unused)
            account.next_number += len(orders)
            account.working.update({order.request.key: order for order in orders})
            self._store.save_orders(orders, are_working=True)
            self._store.save_account(account)
            return orders[0].as_broker_order(orders[1:])

    def cancel(self, key: str, connection: int | None = None) -> BrokerOrder:
        """Take an order off the book; one that is already over is returned as it is.

        Raises: Refusal when no order has this key. TakenOver.
        """
        with self.turn() as account:
            self.require(connection)
            order = self._find(key)
            if order is None:
                raise Refusal("unknown_order", f"no order has the key {key!r}")
            if order.request.key in account.working:
                order = replace(order, state=OrderState.CANCELLED, reason="cancelled on request")
                self.settle(order)
            return self.order_of(order)

    def order(self, key: str) -> BrokerOrder | None:
        """The order of a key: of several the oldest that works, or else the newest."""
        with self._glance():
            found = self._find(key)
            return None if found is None else self.order_of(found)

    def working(self) -> tuple[BrokerOrder, ...]:
        """Open orders, oldest first."""
        with self._glance():
            return tuple(self.order_of(order) for order in self._account.working.values())

    def order_of(self, order: Order) -> BrokerOrder:
        """What the broker tells about an order, with the exits that belong to it."""
        return order.as_broker_order(self.legs(order))

    def legs(self, order: Order) -> tuple[Order, ...]:
        """The exits that belong to an order, take-profit first; each is an order of its own, too."""
        if order.request.order_class is OrderClass.SIMPLE:
            return ()
        with self._glance():
            return self._store.legs_of(order.number)

    def executions(self, session: date) -> tuple[Execution, ...]:
        """Oldest first, with corrections and busts after what they supersede."""
        with self._glance():
            return self._store.executions(session)

    # ---- the account and the market --------------------------------------------------------------------------------

    def account(self) -> AccountState:
        """As it stands at the exchange's clock; what was accepted and not filled is in no position."""
        with self._glance():
            account = self._account
            return AccountState(self.account_name, account.clock, account.cash, dict(account.positions))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """What corporate actions with an ex-date in [first, last] did to the account, oldest first."""
        with self._glance():
            return self._store.statement(first, last)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """Top of book at the clock; a symbol without a price in this session, or halted, is left out.

        Raises: BrokerError before the first session.
        """
        with self._glance():
            halted = self._account.halted()
            return self._board.quotes(self._account, [symbol for symbol in symbols if symbol not in halted])

    def bars(self, symbol: str, start: datetime, end: datetime) -> tuple[MarketBar, ...]:
        """Minute bars and auction prints in [start, end), none that had not ended by the clock."""
        with self._glance():
            return self._board.bars(self._account, symbol, start, end)

    def truth(self) -> ExchangeSnapshot:
        """All orders, executions, positions and cash as they stand."""
        with self._glance():
            return self._store.truth()

    # ---- behind the counter ----------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The file that outlives the process; `faults` keeps its tables in it."""
        return self._store

    def settle(self, order: Order, shares: Decimal = ZERO) -> None:
        """Keep an order that has changed, inside a turn, and what it makes of those linked with it.

        shares: what it has just filled, negative where a fill was taken back.
        """
        working = self._account.working
        keep(working, order)
        changed = [order, *follow(working, order, shares, self._account.clock)]
        self._store.save_orders([o for o in changed if o.state in WORKING], are_working=True)
        self._store.save_orders([o for o in changed if o.state not in WORKING], are_working=False)

    @contextmanager
    def turn(self) -> Generator[Account]:
        """One call that changes something: the newest account, one transaction, all of it or nothing.

        Turns within a turn are parts of it: only the outermost is kept or thrown away.
        """
        with self._lock:
            try:
                with self._store.transaction():
                    self._refresh()
                    yield self._account
            except BaseException:
                self._version = None  # what is in memory may be half done; the file is not
                raise

    @contextmanager
    def _glance(self) -> Generator[None]:
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
            account = new_account(self.market.first_session(), self._settings)
            self._store.save_account(account)
            self._store.save_positions(account, account.positions)
        self._account, self._version = account, version
        self._board.forget_marks()

    def _enter(self, session: date, at: datetime) -> None:
        self._days.finish(self._account, self._store)
        self._days.live_through(self._account, self._store, session)
        self._days.enter(self._account, self._store, session, at)
        self._board.forget()

    def _desk(self, account: Account, session: date, symbol: str) -> Admission:
        open_at, close_at = self.market.hours(session)
        return Admission(
            account_name=self.account_name,
            account=account,
            session=session,
            open_at=open_at,
            close_at=close_at,
            share_step=self.rules.share_step,
            commission=self.commission,
            quote=self._board.quotes(account, (symbol,)).get(symbol),
            marks=lambda: self._board.marks(account),
        )

    def _unused(self, key: str, number: int) -> str:
        return unused_key(self._account, self._store, key, number, are_unique=self.keys_are_unique)

    def _find(self, key: str) -> Order | None:
        return find_by_key(self._account, self._store, key, are_unique=self.keys_are_unique)
