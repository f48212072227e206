"""How many shares of one order should go out in a wave, whatever the cash and the price; pure."""

from decimal import Decimal

from optimizer.slicing.pov_cap import cap_to_participation, due_shares, pov_slice
from tasks.execution.wave_inputs import WaveInputs
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm
from tasks.orders.order_kinds import AUCTION_OF, kind_of, outside_the_auction, share_step
from tasks.orders.waves import WaveKind

ZERO = Decimal(0)


def due(order: ParentOrder, inputs: WaveInputs) -> Decimal:
    """Shares, not yet in the steps of the kind they are sent as; what the broker works, or may, counts as sent."""
    wave, seen, remaining = inputs.wave, inputs.seen[order.order_id], still_to_send(order, inputs)
    if remaining <= 0:
        return ZERO
    if wave.kind is WaveKind.OPENING:
        return remaining if order.algorithm is Algorithm.AT_OPEN else ZERO
    if wave.kind is WaveKind.DEADLINE:
        return _at_deadline(order, remaining, inputs)
    if wave.kind is not WaveKind.WORKING:
        return ZERO
    if order.algorithm in AUCTION_OF:
        return _beside_the_auction(order, remaining, inputs)
    return ZERO if seen.at_broker or seen.unanswered else _in_bucket(order, remaining, inputs)


def still_to_send(order: ParentOrder, inputs: WaveInputs) -> Decimal:
    """Shares of the order that are neither filled nor at the broker, nor where nobody knows."""
    seen = inputs.seen[order.order_id]
    return order.shares - seen.filled - seen.at_broker - seen.unanswered


def _beside_the_auction(order: ParentOrder, remaining: Decimal, inputs: WaveInputs) -> Decimal:
    """The fraction that the auction does not take: right after the opening one, and right before the closing one."""
    number = 1 if order.algorithm is Algorithm.AT_OPEN else inputs.last_working_wave
    if inputs.wave.number != number:
        return ZERO
    return min(remaining, outside_the_auction(order.shares, order.algorithm, inputs.capabilities))


def _in_bucket(order: ParentOrder, remaining: Decimal, inputs: WaveInputs) -> Decimal:
    seen, cap = inputs.seen[order.order_id], inputs.settings.max_participation_pct / 100
    step = _step(order, inputs)
    if order.algorithm is Algorithm.POV:
        return pov_slice(remaining, seen.market_volume, seen.filled, cap, step)
    planned = dict(order.schedule)
    by_wave = [planned.get(number, ZERO) for number in range(1, inputs.last_working_wave + 1)]
    return due_shares(by_wave, inputs.wave.number, seen.filled, seen.expected_volume, cap, step)


def _at_deadline(order: ParentOrder, remaining: Decimal, inputs: WaveInputs) -> Decimal:
    """The closing auction's orders, and by policy the rest; POV never breaks its cap to finish."""
    if order.algorithm is Algorithm.AT_CLOSE:
        return remaining
    if order.algorithm is Algorithm.POV or inputs.settings.leftover == "cancel":
        return ZERO
    expected = inputs.seen[order.order_id].expected_volume
    if expected is None:
        return remaining
    cap = inputs.settings.max_participation_pct / 100
    return cap_to_participation(remaining, expected, cap, _step(order, inputs))


def _step(order: ParentOrder, inputs: WaveInputs) -> Decimal:
    kind = kind_of(order.algorithm, inputs.wave.kind, inputs.settings)
    return share_step(kind, inputs.capabilities, fractional=inputs.fractional)
