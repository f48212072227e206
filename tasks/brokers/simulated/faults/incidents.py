"""What happens at the exchange without anybody's order: busts, corrections, liquidations, halts, fills nobody hears of.

These are events of the exchange's own book, not lies; each returns whether it could happen.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_UP, Decimal

from tasks.brokers.simulated.account import Account, TradingHalt
from tasks.brokers.simulated.engine.advance import AUCTIONS
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.effects import (
    amended,
    change_of,
    corrected_terms,
    filled_now,
    forced_order,
    largest_position,
)
from tasks.brokers.simulated.market.tape import MINUTE
from tasks.brokers.simulated.snapshot import standing
from tasks.model.orders import Execution

IsHit = Callable[[str, str], bool]
"""Whether a trade of this symbol and client order id is meant."""


class Incidents:
    """Each method is one transaction, or a part of the turn it is called in."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._store = exchange.store

    def bust(self, is_hit: IsHit) -> bool:
        """Break the newest standing trade of the session."""
        with self._exchange.turn() as account:
            old = self._newest(account, is_hit)
            if old is None:
                return False
            self._amend(account, old, Decimal(0), old.price)
            return True

    def correct(self, is_hit: IsHit, fraction: Decimal, price_bps: Decimal) -> bool:
        """Correct the newest standing trade of the session: fewer shares, another price, or both."""
        with self._exchange.turn() as account:
            old = self._newest(account, is_hit)
            if old is None:
                return False
            shares, price = corrected_terms(old, fraction, price_bps, self._exchange.rules.share_step)
            if (shares, price) == (old.shares, old.price):
                return False
            self._amend(account, old, shares, price)
            return True

    def liquidate(self, is_hit: IsHit, fraction: Decimal) -> bool:
        """Close a part of the largest position at the touch, under a client order id nobody here sent."""
        with self._exchange.turn() as account:
            if account.session is None or not self._is_open(account):
                return False
            positions = {symbol: held for symbol, held in account.positions.items() if is_hit(symbol, "")}
            quotes = self._exchange.quotes(sorted(positions))
            symbol = largest_position(positions, quotes)
            if symbol is None:
                return False
            step, name = self._exchange.rules.share_step, self._exchange.account_name
            order = forced_order(
                account.next_number, name, symbol, positions[symbol], fraction, step, account.session, account.clock
            )
            account.next_number += 1
            after, row = filled_now(
                order, order.request.shares, quotes[symbol], account.clock, self._exchange.commission
            )
            self._book(account, row)
            self._store.save_orders([after], are_working=False)
            return True

    def halt(self, symbol: str, lasting: timedelta) -> bool:
        """Stop trading in a symbol from now on."""
        with self._exchange.turn() as account:
            halt = TradingHalt(symbol, account.clock, account.clock + lasting)
            account.trading_halts.append(halt)
            self._store.add_trading_halt(halt)
            return True

    def pass_by(self, key: str) -> bool:
        """No auction will fill this working order; False when it waits for none."""
        with self._exchange.turn() as account:
            order = account.working.get(key)
            if order is None or order.request.time_in_force not in AUCTIONS:
                return False
            account.passed_by.add(key)
            self._store.add_passed_by(key)
            return True

    def fill_quietly(self, broker_order_id: str, fraction: Decimal) -> Execution | None:
        """Fill a part of a working order's rest at once, within our part of the minute's volume; None: it cannot."""
        with self._exchange.turn() as account:
            order = self._store.order_numbered(broker_order_id)
            if order is None or order.request.key not in account.working or not self._is_open(account):
                return None
            quote = self._exchange.quotes((order.request.symbol,)).get(order.request.symbol)
            if quote is None or order.request.time_in_force in AUCTIONS or order.works_as is None:
                return None
            step = self._exchange.rules.share_step
            wanted = (order.remaining * fraction).quantize(step, ROUND_UP)
            shares = min(order.remaining, wanted, self._room(account, order.request.symbol))
            if shares <= 0:
                return None
            after, row = filled_now(order, shares, quote, account.clock, self._exchange.commission)
            self._book(account, row)
            self._exchange.settle(after, row.shares)
            return row

    # ---- the parts -------------------------------------------------------------------------------------------------

    def _is_open(self, account: Account) -> bool:
        if account.session is None:
            return False
        open_at, close_at = self._exchange.market.hours(account.session)
        return open_at <= account.clock < close_at

    def _room(self, account: Account, symbol: str) -> Decimal:
        """Shares that the minute in progress lets us have."""
        assert account.session is not None  # _is_open
        tape = self._exchange.market.tape(symbol, account.session)
        if tape is None:
            return Decimal(0)
        volume = int(tape.volume[(account.clock - tape.open_at) // MINUTE])
        share = Decimal(str(self._exchange.rules.participation)) * volume
        return share - share % self._exchange.rules.share_step

    def _newest(self, account: Account, is_hit: IsHit) -> Execution | None:
        if account.session is None:
            return None
        rows = standing(self._store.executions(account.session))
        return next((row for row in reversed(rows) if is_hit(row.symbol, row.key)), None)

    def _amend(self, account: Account, old: Execution, shares: Decimal, price: Decimal) -> None:
        order = self._store.order_numbered(old.execution_id)
        assert order is not None  # it has an execution
        after, row = amended(order, old, shares, price, account.clock)
        self._book(account, row, old)
        self._exchange.settle(after, row.shares - old.shares)

    def _book(self, account: Account, row: Execution, old: Execution | None = None) -> None:
        """Move shares and cash, and keep the row and the account."""
        assert account.session is not None  # there is a row
        account.move(row.symbol, *change_of(row, old))
        self._store.add_executions(account.session, [row])
        self._store.save_positions(account, [row.symbol])
        self._store.save_account(account)
