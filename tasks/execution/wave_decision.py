"""What one wave sends: a pure decision over orders, fills, volume seen, quotes, cash and the broker's table."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.execution.fit_to_cash import cost_usd, within_cash
from tasks.execution.slice_size import due, still_to_send
from tasks.execution.wave_inputs import OrderProgress, SliceDraft, WaveDecision, WaveInputs
from tasks.model.order_records import ParentOrder
from tasks.model.orders import OrderType, Side
from tasks.model.plan import of_shares, plain
from tasks.model.through_zero import goes_through_zero
from tasks.orders.native_algos import instructions, is_wished, native_kind, why_sliced
from tasks.orders.order_kinds import WHOLE, in_steps, kind_of, limit_price
from tasks.orders.waves import WaveKind
from tasks.wording import dollars

__all__ = ["OrderProgress", "SliceDraft", "WaveDecision", "WaveInputs", "decide_wave"]

ZERO = Decimal(0)


def decide_wave(inputs: WaveInputs) -> WaveDecision:
    """Sells first, then buys as far as the cash goes; nothing outside the approved price band."""
    wished, notes = _wished(inputs)
    sells = [child for child in wished if child.order.side is Side.SELL]
    natives, slices, left, instead = _handed_over_if_paid([c for c in wished if c.order.side is Side.BUY], inputs)
    paid = within_cash(slices, left, inputs)
    short = [
        f"{wish.order.symbol}: {plain(child.shares)} of {of_shares(wish.shares, 'due is', 'due are')} bought, "
        "for want of cash"
        for wish, child in zip(slices, paid, strict=True)
        if child.shares < wish.shares
    ]
    children = [child for child in (*sells, *natives, *paid) if child.shares > 0]
    ways = [_not_through_zero(child, inputs) for child in children]
    turned = [why for _, why in ways if why]
    return WaveDecision(tuple(c for c, _ in ways if c.shares > 0), (*notes, *instead, *short, *turned))


def _not_through_zero(child: SliceDraft, inputs: WaveInputs) -> tuple[SliceDraft, str]:
    """A position is closed first; what opens the other side is an order of its own, later, in whole shares."""
    if inputs.positions is None:
        return child, ""
    order, held = child.order, inputs.positions.get(child.order.symbol, ZERO)
    if goes_through_zero(order.side, child.shares, held):
        rest = child.shares - abs(held)
        told = (
            f"{order.symbol}: {order.side} {plain(abs(held))} closes the position; {plain(rest)} more "
            f"open the other side later"
        )
        return replace(child, shares=abs(held)), f"{told}, as an order of their own"
    if order.side is Side.SELL and held <= 0 and child.shares % WHOLE:
        return replace(child, shares=floor_to_step(child.shares, WHOLE)), f"{order.symbol}: no fraction is sold short"
    return child, ""


def _wished(inputs: WaveInputs) -> tuple[list[SliceDraft], list[str]]:
    """What every order is due, whatever the cash, by symbol; and why some of it is not sent, or not as wanted."""
    children: list[SliceDraft] = []
    notes: list[str] = []
    for order in sorted(inputs.orders, key=lambda o: o.symbol):
        why = _why_sliced(order, inputs)
        shares = order.shares if why == "" else due(order, inputs)
        outside = (inputs.locked.get(order.symbol) or _outside_band(order, inputs)) if shares > 0 else ""
        if outside or _is_stuck(order, inputs):
            notes.append(outside or inputs.locked[order.symbol])
            continue
        if shares > 0:
            children.append(_native(order, inputs) if why == "" else _slice(order, shares, inputs))
        notes += _remarks(order, shares, why, inputs)
    return children, notes


def _slice(order: ParentOrder, shares: Decimal, inputs: WaveInputs) -> SliceDraft:
    """As many of the shares that are due as such an order takes; none may be left of them."""
    order_type, when = kind_of(order.algorithm, inputs.wave.kind, inputs.settings)
    whole = _in_steps(order, shares, inputs)
    if order_type is OrderType.MARKET:
        return SliceDraft(order, whole, order_type, when, None)
    quote, offset = inputs.quotes[order.symbol], Decimal(str(inputs.settings.limit_offset_bps)) / 10_000
    touch = quote.ask if order.side is Side.BUY else quote.bid
    limit = limit_price(order.side, touch, offset, inputs.capabilities.price_step)
    return SliceDraft(order, whole, order_type, when, limit)


def _remarks(order: ParentOrder, shares: Decimal, why: str | None, inputs: WaveInputs) -> list[str]:
    """That something is not as the book wants it, in the wave in which there is nothing more to be done about it."""
    if why and inputs.wave.number == 1:
        return [f"{order.symbol}: sliced by ourselves and not worked by the broker: {why}"]
    if why == "" and (fraction := order.shares % WHOLE):
        return [
            f"{order.symbol}: the broker's algorithm takes whole shares; {plain(fraction)} of one "
            f"waits for the deadline"
        ]
    if inputs.wave.kind is not WaveKind.DEADLINE:
        return []
    order_type, when = kind_of(order.algorithm, inputs.wave.kind, inputs.settings)
    left = shares - _in_steps(order, shares, inputs)
    return (
        [f"{order.symbol}: {of_shares(left, 'stays', 'stay')} unsent: no fractions in {order_type} {when} orders"]
        if left
        else []
    )


def _in_steps(order: ParentOrder, shares: Decimal, inputs: WaveInputs) -> Decimal:
    kind = kind_of(order.algorithm, inputs.wave.kind, inputs.settings)
    left = still_to_send(order, inputs)
    return in_steps(shares, left, kind, inputs.capabilities, fractional=inputs.fractional)


def _outside_band(order: ParentOrder, inputs: WaveInputs) -> str:
    quote = inputs.quotes.get(order.symbol)
    if quote is None:
        return f"{order.symbol}: no quote at the broker; nothing is sent without a price"
    off_pct = float(abs(quote.mid / order.decision_price - 1)) * 100
    if off_pct <= inputs.price_band_pct:
        return ""
    return (
        f"{order.symbol}: {quote.mid} is {off_pct:.1f} % off the approved {order.decision_price}; "
        f"the approval covers {inputs.price_band_pct:g} %"
    )


# ---- orders that the broker works ----------------------------------------------------------------------------------


def _why_sliced(order: ParentOrder, inputs: WaveInputs) -> str | None:
    """Empty when the order is handed over in this wave; None when nobody asked for that, or it is too late for it."""
    seen = inputs.seen[order.order_id]
    if inputs.wave.kind is not WaveKind.WORKING or seen.is_begun or seen.filled >= order.shares:
        return None
    if not is_wished(order.algorithm, inputs.settings) or order.shares < WHOLE:
        return None
    if inputs.positions and goes_through_zero(order.side, order.shares, inputs.positions.get(order.symbol, ZERO)):
        return "it goes through zero, so the position is closed first"
    return why_sliced(order.algorithm, inputs.capabilities, is_free=inputs.is_free)


def _native(order: ParentOrder, inputs: WaveInputs) -> SliceDraft:
    """All of the order but a fraction of a share."""
    order_type, when = native_kind(inputs.capabilities)
    shares = floor_to_step(order.shares, max(inputs.capabilities.share_step, WHOLE))
    edge, band = None, Decimal(str(inputs.price_band_pct)) / 100
    if order_type is OrderType.LIMIT:
        edge = limit_price(order.side, order.decision_price, band, inputs.capabilities.price_step)
    told = instructions(order.algorithm, inputs.wave.at, inputs.window_end, inputs.settings)
    return SliceDraft(order, shares, order_type, when, edge, told)


def _handed_over_if_paid(
    buys: Sequence[SliceDraft], inputs: WaveInputs
) -> tuple[list[SliceDraft], list[SliceDraft], Decimal, list[str]]:
    """Buys that the broker shall work need all their cash now; where it is not there, the order is sliced instead.

    Returns those handed over, the slices, the cash left for slices, and a sentence for each order sliced instead.
    """
    left, natives, slices, notes = inputs.spendable_usd, list[SliceDraft](), list[SliceDraft](), list[str]()
    for buy in buys:
        cost = cost_usd(buy, inputs)
        if buy.native is None:
            slices.append(buy)
        elif cost <= left:
            natives.append(buy)
            left -= cost
        else:
            slices.append(_slice(buy.order, due(buy.order, inputs), inputs))
            notes.append(
                f"{buy.order.symbol}: sliced by ourselves and not worked by the broker: all of it may cost "
                f"{dollars(cost)}, and {dollars(max(left, ZERO))} is there"
            )
    return natives, slices, left, notes


def _is_stuck(order: ParentOrder, inputs: WaveInputs) -> bool:
    """Whether what was handed over keeps this order from moving although it should: unanswered, or still at work."""
    seen = inputs.seen[order.order_id]
    at_work = seen.at_broker if inputs.wave.kind is WaveKind.DEADLINE else ZERO
    return seen.unanswered + at_work > 0 and order.symbol in inputs.locked
