"""Places, amends and cancels a small order of every kind a broker takes, and proves that nothing of it stays.

On paper and simulated accounts only. Every key is on disk before it is sent; whatever happens, in the end everything
that was placed is cancelled, seen over, and the positions are as they were.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from tasks.brokers.diagnostics.replace import replace_order
from tasks.brokers.diagnostics.validation_keys import KeyFile
from tasks.brokers.diagnostics.validation_orders import Trial, amended, impossible, trials
from tasks.errors import BrokerError, ConfigError, OrderRefusedError, OrderUnknownError, SteelyardError
from tasks.market_data.calendar import ZONE
from tasks.model.client_order_ids import order_key
from tasks.model.order_states import OVER, WORKING
from tasks.model.orders import BrokerOrder, OrderRequest, OrderState
from tasks.ports.broker import Broker
from tasks.retry import EVERYTHING_IS_OFF, ORDER_IS_SEEN

ZERO = Decimal(0)


class Outcome(StrEnum):
    """What became of one step of a validation."""

    WORKED = "worked"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(slots=True)
class Result:
    """What became of one trial; seconds of what came to its end."""

    label: str
    outcome: Outcome
    words: str = ""
    submit_s: float | None = None
    """From the call to the broker's answer."""
    ack_s: float | None = None
    """From the call to the order seen at work."""
    amend_s: float | None = None
    cancel_s: float | None = None
    """From the call to the order seen over."""
    is_for_an_auction: bool = False
    is_in_doubt: bool = False
    """Whether an order may be at the broker without an answer; such a trial is not made again."""


@dataclass(slots=True)
class Validation:
    """All of them, and the proof."""

    results: list[Result] = field(default_factory=list[Result])
    sync_s: list[float] = field(default_factory=list[float])
    """Of each complete answer on the account: positions and cash."""
    left_open: tuple[str, ...] = ()
    """Keys, or symbols, that are not proved to be over."""
    moved: tuple[str, ...] = ()
    """Symbols whose position is not as before, and keys that have filled."""
    interrupted: bool = False

    @property
    def passed(self) -> bool:
        """Something worked, nothing failed or stays, and only auctions were refused: those depend on the hour."""
        bad = [r for r in self.results if r.outcome is Outcome.FAILED or _is_a_fault(r)]
        worked = any(r.outcome is Outcome.WORKED for r in self.results)
        return worked and not (bad or self.left_open or self.moved or self.interrupted)


def _is_a_fault(result: Result) -> bool:
    return result.outcome is Outcome.REFUSED and not result.is_for_an_auction


def validate_broker(
    broker: Broker,
    account: str,
    symbol: str,
    keys: KeyFile,
    earlier: Iterable[str] = (),
    *,
    hear: Callable[[Result], None] = lambda _: None,
    undisturbed: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Validation:
    """Try every kind of order in turn; a connected broker.

    earlier: keys of validations before; what is still open of them is cancelled first.
    hear: told of each result.
    undisturbed: a block in which no interrupt may come, for the cleaning up.
    Raises: ConfigError for an account with real money; BrokerError when account, orders or a price are not told.
    """
    if broker.capabilities.environment == "live":
        raise ConfigError("validate places orders, and this account trades real money; validate its paper account")
    found = Validation()
    _end_all(broker, _open_among(broker, set(earlier)))
    before = _positions(broker, found)
    try:
        for trial in _planned(broker, account, symbol, before.get(symbol, ZERO)):
            result = _tried(broker, trial, keys)
            if result.outcome is Outcome.FAILED:
                _until_it_answers(broker)
                if result.submit_s is None and not result.is_in_doubt:
                    result = _tried(broker, trial, keys)
            found.results.append(result)
            hear(result)
    except KeyboardInterrupt:
        found.interrupted = True
    finally:
        with undisturbed():
            found.left_open = _end_all(broker, [key for key in keys.keys if key not in keys.refused])
    after = _positions(broker, found)
    changed = {name for name in {*before, *after} if before.get(name, ZERO) != after.get(name, ZERO)}
    found.moved = (*sorted(changed), *_filled(broker, keys.keys))
    return found


def _planned(broker: Broker, account: str, symbol: str, held: Decimal) -> list[Trial]:
    quotes = broker.quotes([symbol])
    if symbol not in quotes:
        raise BrokerError(f"no quote for {symbol}: the small orders cannot be placed far from it; ask again when open")
    now = broker.now()
    try:
        opens, closes = broker.session_hours(now.astimezone(ZONE).date())
    except ConfigError:
        opens = closes = now
    close = closes if opens <= now < closes else None
    return list(trials(broker.capabilities, account, quotes[symbol], held, close))


def _tried(broker: Broker, trial: Trial, keys: KeyFile) -> Result:
    result = Result(trial.label, Outcome.WORKED, is_for_an_auction=trial.is_for_an_auction)
    why = trial.why if trial.request is None else impossible(trial, broker.capabilities)
    if why or trial.request is None:
        result.outcome, result.words = Outcome.NOT_TRIED, why
        return result
    try:
        _placed_amended_cancelled(broker, trial.request, keys, result)
    except OrderRefusedError as refused:
        result.outcome, result.words = Outcome.REFUSED, str(refused)
    except SteelyardError as fault:
        result.outcome, result.words = Outcome.FAILED, str(fault)
        result.is_in_doubt = isinstance(fault, OrderUnknownError)
    return result


def _until_it_answers(broker: Broker) -> None:
    """A write never waits for a connection that is coming back; a question does, so that one lost line is one fault."""
    with suppress(BrokerError):
        broker.open_orders()


def _placed_amended_cancelled(broker: Broker, request: OrderRequest, keys: KeyFile, result: Result) -> None:
    """Raises: what the broker raises; the keys on record say what to clean up."""
    request = replace(request, key=keys.next())
    began = time.perf_counter()
    try:
        broker.submit(request)
    except OrderRefusedError:
        keys.refused.add(request.key)
        raise
    result.submit_s = time.perf_counter() - began
    _seen(broker, request.key, WORKING)
    result.ack_s = time.perf_counter() - began
    other = replace(amended(request, broker.capabilities.price_step), key=keys.next())
    began = time.perf_counter()
    replace_order(broker, request.key, other, ORDER_IS_SEEN)
    result.amend_s = time.perf_counter() - began
    _seen(broker, other.key, WORKING)
    began = time.perf_counter()
    broker.cancel(other.key)
    _seen(broker, other.key, OVER)
    result.cancel_s = time.perf_counter() - began


def _seen(broker: Broker, key: str, states: frozenset[OrderState]) -> BrokerOrder:
    """The order in one of these states. Raises: OrderRefusedError when it was rejected after all; BrokerError."""
    found: BrokerOrder | None = None
    for pause in ORDER_IS_SEEN:
        broker.wait_until(broker.now() + pause)
        found = broker.find_order(key)
        if found is not None and found.state in states:
            return found
        if found is not None and found.state is OrderState.REJECTED:
            raise OrderRefusedError(f"{key}: {found.reason or 'rejected'}")
    state = "not found" if found is None else found.state
    raise BrokerError(
        f"{key}: {state} after {sum(ORDER_IS_SEEN, timedelta(0)).total_seconds():.0f} s; look at the broker"
    )


# ---- the end --------------------------------------------------------------------------------------------------------


def _end_all(broker: Broker, keys: Sequence[str]) -> tuple[str, ...]:
    """Cancel all of them, again and again; those that are not seen over in the end, newest first."""
    left = list(reversed(keys))
    for _ in range(EVERYTHING_IS_OFF.most):
        left = [key for key in left if not _is_over(broker, key)]
        if not left:
            break
        for key in left:
            _cancelled(broker, key)
        broker.wait_until(
            broker.now() + max(broker.capabilities.absence_proves_after / EVERYTHING_IS_OFF.most, ORDER_IS_SEEN[1])
        )
    return tuple(key for key in left if not _is_over(broker, key, is_late=True))


def _is_over(broker: Broker, key: str, *, is_late: bool = False) -> bool:
    """One the broker does not have is over only when it can no longer be on its way."""
    try:
        found = broker.find_order(key)
        still_open = any(order_key(order.key) == key for order in broker.open_orders())
    except SteelyardError:
        return False
    if found is None:
        return not still_open and (is_late or not broker.capabilities.absence_proves_after)
    return not still_open and found.state in OVER


def _cancelled(broker: Broker, key: str) -> None:
    """Whatever the answer is: the next look decides."""
    try:
        broker.cancel(key)
    except SteelyardError:
        return


def _open_among(broker: Broker, keys: set[str]) -> list[str]:
    return [order.key for order in broker.open_orders() if order.key in keys or order_key(order.key) in keys]


def _positions(broker: Broker, found: Validation) -> dict[str, Decimal]:
    began = time.perf_counter()
    state = broker.account_state()
    found.sync_s.append(time.perf_counter() - began)
    return {symbol: shares for symbol, shares in state.positions.items() if shares}


def _filled(broker: Broker, keys: Sequence[str]) -> tuple[str, ...]:
    found = {key: broker.find_order(key) for key in keys}
    return tuple(key for key, order in found.items() if order is not None and order.filled_shares)
