"""One order as its executions and the words about it show it: a pure reducer in which fills beat words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.model.executions import Count, count
from tasks.model.fill_totals import ZERO
from tasks.model.order_records import OrderEvent
from tasks.model.order_states import ACKNOWLEDGED, DEAD, FILLING, OVER, StepKind, step
from tasks.model.orders import Execution, OrderState, Side


@dataclass(frozen=True, slots=True)
class OrderView:
    """What is known of one order; the shares come from executions only, never from a word."""

    state: OrderState
    """`filled` exactly when the executions fill it; `partially_filled` also while a word says more than they."""
    filled_shares: Decimal
    remaining_shares: Decimal
    """Never negative. Free for another order only when this one is over, and not when it was replaced."""
    overfilled_shares: Decimal
    """Above zero when more was filled than ordered; a surprise says it as well."""
    average_price: Decimal | None
    """USD per share; None when nothing is filled."""
    fee: Decimal
    """USD, positive is a cost."""
    surprises: tuple[str, ...]
    """Sentences for a person; empty for an ordinary life."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it; an execution can still change that."""
        return self.state in OVER


def order_view(
    shares_ordered: Decimal,
    told: Sequence[OrderEvent],
    executions: Iterable[Execution],
    *,
    symbol: str | None = None,
    side: Side | None = None,
) -> OrderView:
    """Reduce the words and executions of one order, of which any may come late, twice, or not at all.

    Shares, price and fee are a function of the set of executions. Words are taken in the order of their instants, which
    must be of one clock, the broker's; words of one instant keep the order in which they are given.
    Given the order's symbol and side, an execution of another is not counted, and keeps the order from being over.
    Raises: ValueError when shares_ordered is negative.
    """
    if shares_ordered < 0:
        raise ValueError(f"an order of {shares_ordered} shares: shares are not negative, the side says which way")
    heard, done = _hear(told), count(executions, symbol, side)
    totals = done.totals
    filled = totals.shares
    state = _state(heard, done, shares_ordered)
    return OrderView(
        state=state,
        filled_shares=filled,
        remaining_shares=max(shares_ordered - filled, ZERO),
        overfilled_shares=max(filled - shares_ordered, ZERO),
        average_price=totals.average_price,
        fee=totals.fees_usd,
        surprises=(*heard.surprises, *done.surprises, *_surprises(heard.state, state, filled, shares_ordered)),
    )


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the words alone say."""

    state: OrderState
    at: datetime | None
    """When the state was last said; None before the first word."""
    acknowledged: bool
    """Whether any word shows that the broker has had the order."""
    surprises: tuple[str, ...]


def _hear(told: Sequence[OrderEvent]) -> _Heard:
    state, at = OrderState.INTENDED, None
    surprises: list[str] = []
    for word in sorted(told, key=lambda word: word.at):
        said = step(state, word.state)
        if said.kind is StepKind.SURPRISE:
            surprises.append(said.sentence)
        if said.kind is not StepKind.STALE:
            state, at = word.state, word.at
    acknowledged = any(word.broker_order_id or word.state in ACKNOWLEDGED for word in told)
    return _Heard(state, at, acknowledged, tuple(surprises))


def _state(heard: _Heard, done: Count, ordered: Decimal) -> OrderState:
    filled = done.totals.shares
    if filled >= ordered and filled > 0:
        return OrderState.FILLED
    if heard.state in DEAD and not _is_contradicted(heard, done):
        return heard.state
    if filled > 0 or heard.state in FILLING:
        return OrderState.PARTIALLY_FILLED
    return OrderState.ACCEPTED if heard.state in OVER else heard.state


def _is_contradicted(heard: _Heard, done: Count) -> bool:
    """Whether the executions show that the order lived when, or although, its end was told.

    A trade after the end does. So does any trade when the broker never acknowledged the order: then its end was
    `refused`, `never arrived` or `withheld`, and the rest of it may live. An execution that nobody understands may be
    of this order, so its shares are not free.
    """
    if done.foreign:
        return True
    if done.last_trade_at is None or heard.at is None:
        return False
    return not heard.acknowledged or done.last_trade_at > heard.at


def _surprises(word: OrderState, state: OrderState, filled: Decimal, ordered: Decimal) -> list[str]:
    found: list[str] = []
    said, part = step(word, state), f"{_plain(filled)} of {_plain(ordered)} shares"
    if word is OrderState.FILLED and state is not OrderState.FILLED:
        found.append(f"the broker says filled, its executions make {part}: {said.sentence}")
    elif said.kind is StepKind.SURPRISE:
        found.append(f"by its executions {said.sentence}")
    if filled > ordered:
        found.append(f"overfilled, {part}: {_plain(filled - ordered)} too many; nothing more may be sent for it")
    return found


def _plain(shares: Decimal) -> str:
    """The same sentence for 100 and 100.00, which are one number."""
    return f"{shares.normalize():f}"
