"""How time goes by for an account: a session is entered, lived through and left, and all of it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from tasks.brokers.simulated.account import Account
from tasks.brokers.simulated.actions import apply_actions, still_due
from tasks.brokers.simulated.engine.advance import pass_time
from tasks.brokers.simulated.engine.book_fills import AdvanceResult
from tasks.brokers.simulated.engine.matching import Rules
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.market.synthetic import Action
from tasks.brokers.simulated.market.tape import Tape
from tasks.brokers.simulated.store import Store
from tasks.model.commission import Commission
from tasks.model.orders import OrderState

BEFORE_THE_OPEN = timedelta(minutes=30)
LATE = timedelta(days=90)
"""How long after its ex-date an action that the source tells of late is still applied."""


@dataclass(frozen=True)
class Days:
    """Each method changes the account and writes it to the store, inside the caller's transaction."""

    market: Market
    rules: Rules
    commission: Commission

    def enter(self, account: Account, store: Store, session: date, at: datetime) -> None:
        """Stand before a session's open, with all corporate actions until then that the source tells of by now."""
        began = store.opened_on(account.session or session)
        self._apply_actions(account, store, began, session)
        account.session, account.clock = session, max(account.clock, at)
        self.market.forget_before(session)
        store.save_account(account)

    def learn(self, account: Account, store: Store) -> None:
        """In the session that the account is in: what the source tells of only now."""
        session = account.session
        if session is not None and self._apply_actions(account, store, store.opened_on(session), session):
            store.save_account(account)

    def live_through(self, account: Account, store: Store, session: date) -> None:
        """The sessions before this one that nobody opens, as long as there are orders that last."""
        day = account.session
        while account.working and day is not None and (day := day + timedelta(days=1)) < session:
            if self.market.is_session(day):
                self.enter(account, store, day, self.market.hours(day)[0] - BEFORE_THE_OPEN)
                self.finish(account, store)

    def finish(self, account: Account, store: Store) -> None:
        """Come to the close of the session, if there is one."""
        if account.session is not None:
            self.pass_to(account, store, max(account.clock, self.market.hours(account.session)[1]))

    def pass_to(self, account: Account, store: Store, at: datetime) -> None:
        """Let time go by to `at`, stopping where a trading halt ends."""
        ends = {halt.ends for halt in account.trading_halts if account.clock < halt.ends < at}
        for end in (*sorted(ends), at):
            self._pass_at_once(account, store, end)

    def _pass_at_once(self, account: Account, store: Store, at: datetime) -> None:
        """Let time go by and keep everything that happened; what is halted now stays halted."""
        if account.session is not None:
            tapes = self._tapes_of_working(account, account.session)
            passage = pass_time(account, tapes, self.market.hours(account.session), at, self.rules, self.commission)
            _keep(account, store, account.session, passage)
        account.clock = at
        store.save_account(account)

    def _tapes_of_working(self, account: Account, session: date) -> Mapping[str, Tape]:
        symbols = tuple({order.request.symbol: None for order in account.working.values()})
        return {symbol: tape for symbol, tape in self.market.tapes(symbols, session).items() if tape is not None}

    def _apply_actions(self, account: Account, store: Store, began: date, session: date) -> bool:
        """Whether there was anything to apply; what went ex until the account began is in its opening shares."""
        first = max(began + timedelta(days=1), session - LATE)
        waiting = {order.request.symbol for order in account.working.values()}
        executions = store.executions_since(first)
        symbols = tuple(sorted({*waiting, *account.positions, *(e.symbol for e in executions)}))
        known = store.statement(first, session)
        due = still_due(self.market.actions(symbols, first, session), known)
        if not due:
            return False
        _cancel_at_splits(account, store, due)
        tapes = self.market.tapes(tuple(dict.fromkeys(action.symbol for action in due)), session)
        closes = {symbol: Decimal(str(tape.previous_close)) for symbol, tape in tapes.items() if tape is not None}
        lines = apply_actions(account, due, closes, self.rules.share_step, executions, known)
        store.add_statement(lines)
        store.save_positions(account, {line.symbol for line in lines})
        return True


def _cancel_at_splits(account: Account, store: Store, actions: Iterable[Action]) -> None:
    """An order that lasts does not live over a split: its shares and prices would mean something else."""
    splits = [action for action in actions if action.kind == "split"]
    for key, order in tuple(account.working.items()):
        over = [s.ex_date for s in splits if s.symbol == order.request.symbol and s.ex_date > order.session]
        if over:
            reason = f"{order.request.symbol} split on {max(over)}: send it again in the new shares"
            store.save_orders([replace(order, state=OrderState.CANCELLED, reason=reason)], are_working=False)
            del account.working[key]


def _keep(account: Account, store: Store, session: date, passage: AdvanceResult) -> None:
    store.add_executions(session, passage.executions)
    store.save_orders(passage.changed, are_working=True)
    store.save_orders(passage.over, are_working=False)
    store.save_positions(account, {execution.symbol for execution in passage.executions})
    for symbol, rows in passage.own_minutes.items():
        store.add_own_minutes(session, symbol, rows)
