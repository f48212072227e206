"""Examines a broker without sending an order: connection, clock, account, orders, market data, capability table."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from tasks.brokers.diagnostics.health import CheckResult, asked
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities
from tasks.model.orders import BrokerOrder
from tasks.model.outside_holdings import REMEDY, summary_of_outside
from tasks.ports.broker import Broker
from tasks.wording import counted

LARGEST_SKEW = timedelta(seconds=2)
"""Between this machine's clock and the broker's: slices and price bands are measured in minutes."""
BESIDE = "beside book"
OLDEST_QUOTE = timedelta(minutes=20)
"""Delayed quotes are fifteen minutes old."""


@runtime_checkable
class HasBrokerTime(Protocol):
    """A broker whose own clock is not the one that decisions use."""

    def broker_time(self) -> datetime:
        """Raises: BrokerError."""
        ...


def examine_broker(
    broker: Broker,
    symbols: Sequence[str],
    wall_clock: Callable[[], datetime],
    own: Callable[[], Sequence[CheckResult]] = tuple,
) -> Iterator[CheckResult]:
    """One finding at a time; nothing more after a connection that failed.

    symbols: a few, to ask prices for.
    own: what only this kind of broker can be asked, once it is connected.
    """
    connection = asked("connection", lambda: _connected(broker), broker)
    yield connection
    if not connection.well:
        return
    yield asked("clock skew", lambda: _clock(broker, wall_clock), broker)
    yield from own()
    yield from _holdings(broker)
    yield asked("open orders", lambda: _orders(broker.open_orders()), broker)
    yield asked("market data", lambda: _prices(broker, symbols), broker)
    yield CheckResult("orders", True, table(broker.capabilities))


def table(capabilities: Capabilities) -> str:
    """The capability table in one sentence."""
    by_time: dict[str, list[str]] = {}
    for kind, when in sorted(capabilities.takes):
        by_time.setdefault(when, []).append(kind.replace("_", " "))
    orders = "; ".join(f"{when}: {', '.join(kinds)}" for when, kinds in sorted(by_time.items()))
    more = [
        f"classes {', '.join(sorted(capabilities.classes))}",
        f"own algorithms {', '.join(sorted(capabilities.native)) or 'none'}",
        f"shares in steps of {capabilities.share_step:f}",
        f"keys of at most {capabilities.longest_key} characters"
        + (", refused when used again" if capabilities.keys_are_unique else ", not looked at by the broker"),
    ]
    return f"{capabilities.environment}; {orders}; {'; '.join(more)}"


def _connected(broker: Broker) -> CheckResult:
    began = time.perf_counter()
    broker.connect()
    return CheckResult("connection", True, f"{broker.name} answers, connected in {time.perf_counter() - began:.2f} s")


def _clock(broker: Broker, wall_clock: Callable[[], datetime]) -> CheckResult:
    told, here = broker.now(), wall_clock()
    if broker.capabilities.clock_jumps:
        return CheckResult("clock skew", True, f"a simulated clock, at {told:%Y-%m-%d %H:%M} UTC")
    if isinstance(broker, HasBrokerTime):
        told, here = broker.broker_time(), wall_clock()
    skew = abs(told - here)
    words = f"{skew.total_seconds():.2f} s between the broker's clock and this machine's"
    well = skew <= LARGEST_SKEW
    return CheckResult("clock skew", well, words, "" if well else "let a time service (NTP) keep this machine's clock")


def _holdings(broker: Broker) -> Iterator[CheckResult]:
    """What is held beside the book is no fault, but a person knows of it before the first session."""
    answers: list[AccountState] = []

    def look() -> CheckResult:
        answers[:] = (broker.account_state(), broker.account_state())
        return _account(*answers)

    yield asked("positions", look, broker)
    if answers and answers[-1].outside:
        yield CheckResult(BESIDE, True, summary_of_outside(answers[-1].outside), REMEDY)


def _account(first: AccountState, second: AccountState) -> CheckResult:
    """Two complete answers in a row that agree on every position."""
    if first.silent or second.silent:
        silent = ", ".join(sorted({*first.silent, *second.silent}))
        return CheckResult("positions", False, f"no answer from {silent}", "examine that broker by itself")
    if dict(first.positions) != dict(second.positions):
        return CheckResult(
            "positions", False, "two answers in a row differ", "ask again when nothing trades the account"
        )
    count = len([shares for shares in second.positions.values() if shares])
    return CheckResult("positions", True, f"complete: {counted(count, 'position')}, and cash, twice the same")


def _orders(working: Sequence[BrokerOrder]) -> CheckResult:
    if not working:
        return CheckResult("open orders", True, "complete: none")
    named = ", ".join(order.key or order.broker_order_id for order in working[:3])
    more = f" and {len(working) - 3} more" if len(working) > 3 else ""
    return CheckResult("open orders", True, f"complete: {len(working)} open, {named}{more}")


def _prices(broker: Broker, symbols: Sequence[str]) -> CheckResult:
    """A symbol without a quote may be halted; all without one is a subscription that is missing, or no trading now."""
    quotes = broker.quotes(list(symbols))
    without = [symbol for symbol in symbols if symbol not in quotes]
    if without:
        remedy = "subscribe to market data for the account, or ask again while the market is open"
        return CheckResult("market data", False, f"no quote for {', '.join(without)}", remedy)
    age = max((broker.now() - quote.at for quote in quotes.values()), default=timedelta(0))
    late = age > OLDEST_QUOTE and _is_open(broker)
    words = f"quotes of {', '.join(symbols) or 'nothing'}, the oldest {age.total_seconds():.0f} s old"
    remedy = "subscribe to real-time data for the account" if late else ""
    return CheckResult("market data", not late, words, remedy)


def _is_open(broker: Broker) -> bool:
    from tasks.errors import ConfigError
    from tasks.market_data.calendar import ZONE

    now = broker.now()
    try:
        opens, closes = broker.session_hours(now.astimezone(ZONE).date())
    except ConfigError:
        return False
    return opens + OLDEST_QUOTE <= now <= closes
