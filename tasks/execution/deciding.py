"""What one wave sends: a pure decision over orders, fills, volume seen, quotes and cash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from optimizer.slicing.lots import floor_to_step
from optimizer.slicing.participation import cap_to_participation, due_shares, pov_slice
from tasks.execution.settings import ExecutionSettings
from tasks.execution.waves import Wave, WaveKind
from tasks.journal.orders import Order
from tasks.terms import Algorithm, OrderType, Quote, Side, TimeInForce

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What has happened to one order so far, and what its market did."""

    filled: Decimal
    market_volume: Decimal
    """Shares of everybody since this order's first wave, our own included."""
    expected_volume: float | None
    """Shares of everybody expected in this wave; None when nobody knows."""


@dataclass(frozen=True, slots=True)
class Child:
    """One slice to send now."""

    order: Order
    shares: Decimal
    order_type: OrderType
    time_in_force: TimeInForce
    limit_price: Decimal | None


@dataclass(frozen=True, slots=True)
class WaveInputs:
    wave: Wave
    last_working_wave: int
    orders: Sequence[Order]
    seen: Mapping[str, Seen]
    """By order id."""
    quotes: Mapping[str, Quote]
    spendable_usd: Decimal
    """Cash that is really there, less the reserve."""
    settings: ExecutionSettings
    price_band_pct: float
    share_step: Decimal
    price_step: Decimal
    fee_per_share_usd: Decimal
    fee_minimum_usd: Decimal


@dataclass(frozen=True, slots=True)
class WaveDecision:
    children: tuple[Child, ...]
    notes: tuple[str, ...]
    """A sentence for every order that was due and is not sent, or sent in part."""


def decide_wave(inputs: WaveInputs) -> WaveDecision:
    """Sells first, then buys as far as the cash goes; nothing outside the approved price band."""
    wished, notes = _wished(inputs)
    sells = [child for child in wished if child.order.side is Side.SELL]
    buys = [child for child in wished if child.order.side is Side.BUY]
    paid = _within_cash(buys, inputs)
    notes += [
        f"{wish.order.symbol}: {child.shares} of {wish.shares} shares due are bought, for want of cash"
        for wish, child in zip(buys, paid, strict=True)
        if child.shares < wish.shares
    ]
    return WaveDecision(tuple(child for child in (*sells, *paid) if child.shares > 0), tuple(notes))


def _wished(inputs: WaveInputs) -> tuple[list[Child], list[str]]:
    """What every order is due, whatever the cash, by symbol; and why some of it is not sent."""
    children: list[Child] = []
    notes: list[str] = []
    for order in sorted(inputs.orders, key=lambda o: o.symbol):
        shares = _due(order, inputs)
        outside = _outside_band(order, inputs) if shares > 0 else ""
        if outside:
            notes.append(outside)
        elif shares > 0:
            children.append(_child(order, shares, inputs))
    return children, notes


def _within_cash(buys: Sequence[Child], inputs: WaveInputs) -> list[Child]:
    """The same buys cut to the cash: all by the same share of what they want, then what is left in turn.

    In proportion, so that no symbol waits for the end of the day because of its place in the alphabet.
    """
    wanted = sum((_cost_usd(child, inputs) for child in buys), ZERO)
    if wanted <= inputs.spendable_usd:
        return list(buys)
    fees = inputs.fee_minimum_usd * len(buys)
    part = max(inputs.spendable_usd - fees, ZERO) / wanted
    cut = [replace(child, shares=floor_to_step(child.shares * part, inputs.share_step)) for child in buys]
    spare = inputs.spendable_usd - sum((_cost_usd(child, inputs) for child in cut), ZERO)
    for place, (child, wish) in enumerate(zip(cut, buys, strict=True)):
        before = _cost_usd(child, inputs)
        cut[place] = _affordable(wish, spare + before, inputs)
        spare -= _cost_usd(cut[place], inputs) - before
    return cut


def _due(order: Order, inputs: WaveInputs) -> Decimal:
    wave, settings = inputs.wave, inputs.settings
    remaining = order.shares - inputs.seen[order.order_id].filled
    if wave.kind is WaveKind.OPENING:
        return remaining if order.algorithm is Algorithm.AT_OPEN else ZERO
    if wave.kind is WaveKind.DEADLINE:
        return _due_at_deadline(order, remaining, inputs)
    if wave.kind is not WaveKind.WORKING or order.algorithm in (Algorithm.AT_OPEN, Algorithm.AT_CLOSE):
        return ZERO
    return _due_in_bucket(order, remaining, inputs, settings)


def _due_in_bucket(order: Order, remaining: Decimal, inputs: WaveInputs, settings: ExecutionSettings) -> Decimal:
    seen, cap = inputs.seen[order.order_id], settings.max_participation_pct / 100
    if order.algorithm is Algorithm.POV:
        return pov_slice(remaining, seen.market_volume, seen.filled, cap, inputs.share_step)
    planned = dict(order.schedule)
    by_wave = [planned.get(number, ZERO) for number in range(1, inputs.last_working_wave + 1)]
    return due_shares(by_wave, inputs.wave.number, seen.filled, seen.expected_volume, cap, inputs.share_step)


def _due_at_deadline(order: Order, remaining: Decimal, inputs: WaveInputs) -> Decimal:
    """The closing auction's orders, and by policy the rest; POV never breaks its cap to finish."""
    if order.algorithm is Algorithm.AT_CLOSE:
        return remaining
    if order.algorithm is Algorithm.POV or inputs.settings.leftover == "cancel":
        return ZERO
    expected = inputs.seen[order.order_id].expected_volume
    if expected is None:
        return remaining
    return cap_to_participation(remaining, expected, inputs.settings.max_participation_pct / 100, inputs.share_step)


def _outside_band(order: Order, inputs: WaveInputs) -> str:
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


def _child(order: Order, shares: Decimal, inputs: WaveInputs) -> Child:
    auction = {WaveKind.OPENING: TimeInForce.AT_OPEN}.get(inputs.wave.kind)
    if order.algorithm is Algorithm.AT_CLOSE:
        auction = TimeInForce.AT_CLOSE
    sweep = inputs.wave.kind is WaveKind.DEADLINE
    if auction is not None or sweep or inputs.settings.child_order == "market":
        return Child(order, shares, OrderType.MARKET, auction or TimeInForce.DAY, None)
    limit = _limit_price(order.side, inputs.quotes[order.symbol], inputs)
    return Child(order, shares, OrderType.LIMIT, TimeInForce.DAY, limit)


def _limit_price(side: Side, quote: Quote, inputs: WaveInputs) -> Decimal:
    """The far touch and the offset beyond it, rounded to the side that pays less."""
    offset = Decimal(str(inputs.settings.limit_offset_bps)) / 10_000
    touch = quote.ask if side is Side.BUY else quote.bid
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    ticks = (touch * (1 + side.sign * offset) / inputs.price_step).to_integral_value(rounding)
    return max(ticks * inputs.price_step, inputs.price_step)


def _affordable(child: Child, spendable: Decimal, inputs: WaveInputs) -> Child:
    """The child, or as many of its shares as the cash pays for at their worst price."""
    room = spendable - inputs.fee_minimum_usd
    most = floor_to_step(max(room / (_worst_price(child, inputs) + inputs.fee_per_share_usd), ZERO), inputs.share_step)
    return replace(child, shares=min(child.shares, most))


def _cost_usd(child: Child, inputs: WaveInputs) -> Decimal:
    fee = max(inputs.fee_minimum_usd, child.shares * inputs.fee_per_share_usd) if child.shares else ZERO
    return child.shares * _worst_price(child, inputs) + fee


def _worst_price(child: Child, inputs: WaveInputs) -> Decimal:
    """A limit is its own worst price; a market order may slip by 2 percent before it is cut."""
    if child.limit_price is not None:
        return child.limit_price
    return inputs.quotes[child.order.symbol].ask * Decimal("1.02")
