"""What buys may cost now: the cash that is there, less the reserve, less what orders at work may still take."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

from tasks.brokers.account_snapshot import steady_account
from tasks.context import StepContext
from tasks.execution.fit_to_cash import MARKET_SLIP
from tasks.model.account import AccountState
from tasks.model.cash_reserve import reserve_usd
from tasks.model.latency import POSITIONS
from tasks.model.market import Quote
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.model.orders import Side
from tasks.orders.collect import slices_of
from tasks.orders.latency import Stopwatch
from tasks.orders.native_orders import filled_by_key, still_open
from tasks.ports.broker import Broker
from tasks.reconciliation.owned import Owned

ZERO = Decimal(0)


def settled_account(context: StepContext, watch: Stopwatch, has: Owned) -> AccountState:
    """The account as two answers agree on it; of the answers asked for, the slowest is put on record.

    `has` is what the book owns by its record.

    Raises: BrokerError when the answers do not settle down.
    """
    ours, own = has.state.shares(), Stopwatch(context)
    try:
        return steady_account(cast("Broker", _Watched(context.broker, own)), ours)
    finally:
        watch.measured += sorted(own.measured, key=lambda one: one.seconds)[-1:]


def spendable_usd(context: StepContext, account: AccountState, quotes: Mapping[str, Quote]) -> Decimal:
    """USD; below zero when more is promised already than is there."""
    limits = context.book.limits
    reserve = reserve_usd(worth_usd(context, account, quotes), limits.cash_reserve_pct, limits.cash_reserve_usd)
    return account.cash - reserve - _still_to_pay_usd(context, quotes)


def worth_usd(context: StepContext, account: AccountState, quotes: Mapping[str, Quote]) -> Decimal:
    """Net asset value with every position: at its quote, else at the plan's price, else at a quote asked for now.

    A position without any price counts nothing.
    """
    prices = planned_prices(context) | {symbol: quote.mid for symbol, quote in quotes.items()}
    missing = sorted(s for s, shares in account.positions.items() if shares and s not in prices)
    if missing:
        prices |= {symbol: quote.mid for symbol, quote in context.broker.quotes(missing).items()}
    return account.cash + sum((n * prices[s] for s, n in account.positions.items() if s in prices), ZERO)


def planned_prices(context: StepContext) -> dict[str, Decimal]:
    """Decision prices of the newest plan, of every symbol that has one."""
    plan = context.journal.decisions.newest_plan(context.cycle_id)
    lines = plan.body.get("lines", ()) if plan else ()
    return {line["symbol"]: price for line in lines if (price := Decimal(line["decision_price"])) > 0}


def _still_to_pay_usd(context: StepContext, quotes: Mapping[str, Quote]) -> Decimal:
    """What buys that still work, or that nobody knows of, may yet take from the cash, fees and all, at their worst."""
    total, filled, commission = ZERO, filled_by_key(context), context.book.orders.commission
    for piece in slices_of(context):
        asked = piece.request
        if asked.side is Side.BUY and piece.state in WORKING | UNRESOLVED:
            quote = quotes.get(asked.symbol)
            price = asked.limit_price or (quote.ask * MARKET_SLIP if quote else ZERO)
            left = still_open(piece, filled)
            total += left * price + commission.of(left)
    return total


@dataclass(frozen=True)
class _Watched:
    """The part of a broker that a steady look asks, with its answers about the account measured."""

    broker: Broker
    watch: Stopwatch

    @property
    def name(self) -> str:
        return self.broker.name

    def account_state(self) -> AccountState:
        return self.watch.time(POSITIONS, "", self.broker.account_state)

    def now(self) -> datetime:
        return self.broker.now()

    def wait_until(self, at: datetime) -> datetime:
        return self.broker.wait_until(at)
