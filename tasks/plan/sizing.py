"""From weights to shares of one symbol, before anybody asks whether the cash is there; or why it is not traded."""

import math
from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from tasks.model.locks import Lock
from tasks.model.orders import Side
from tasks.model.plan import PlanLine, of_shares, plain
from tasks.plan.book_limits import room_of
from tasks.plan.inputs import PlanInputs
from tasks.plan.line_words import described, non_trade, pct
from tasks.plan.min_trade import too_small
from tasks.wording import dollars

Reason = tuple[str, str]
"""Reason code and sentence."""
Blocker = Callable[[PlanInputs, str], Reason | None]

SAME_WEIGHT = 1e-9
"""Weights closer than this are the same: floats of one figure on two ways."""


def is_locked(inputs: PlanInputs, symbol: str) -> Reason | None:
    """By a break, a split, a company event or a person's word: the code says which, the sentence says it in full."""
    why, kind = inputs.locked.get(symbol), Lock(inputs.locked_by.get(symbol, Lock.BREAK))
    if why is None:
        return None
    said = why.removeprefix(f"{symbol}: ")
    return kind.value, said if kind is Lock.WRITTEN_OFF else f"locked: {said}"


def has_bad_data(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets the symbol trade; the checks of the data froze it otherwise."""
    why = inputs.frozen.get(symbol)
    return None if why is None else ("bad_data", f"frozen by the data checks: {why}")


def is_restricted(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets it trade. A restricted symbol keeps what is held, whatever its target."""
    listed = symbol in inputs.gate.restricted
    return ("restricted", f"on the restricted list of the book, held {_held(inputs, symbol)}") if listed else None


def is_outside_universe(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets it trade: it has a target, or the book says that it must exit."""
    if symbol in inputs.desired_weights or symbol in inputs.must_exit:
        return None
    held = _held(inputs, symbol)
    return (
        "outside_universe",
        f"{held} held and no target: left alone; limits.must_exit sells it, the universe lets it be traded",
    )


def has_no_price(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets it trade: its decision price is above zero."""
    price = inputs.decision_prices.get(symbol)
    if price is not None and price > 0:
        return None
    return "no_price", f"decision price is {'missing' if price is None else price}: it cannot be sized"


def stays_where_it_is(inputs: PlanInputs, symbol: str) -> Reason | None:
    """The drift rule left it alone, at its target or inside its band."""
    current, target = weight_now(inputs, symbol), inputs.target_weights.get(symbol, 0.0)
    if abs(desired_weight(inputs, symbol) - current) > SAME_WEIGHT:
        return None
    if abs(current - target) <= SAME_WEIGHT:
        return "at_target", f"at its target of {pct(target)}"
    return "inside_band", f"{pct(current)} against a target of {pct(target)}: {pct(current - target)} of drift may stay"


def may_not_be_bought(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets it trade; `no_buy` stops only what would raise the weight."""
    current, desired = weight_now(inputs, symbol), desired_weight(inputs, symbol)
    if symbol not in inputs.no_buy or desired <= current:
        return None
    return "no_buy", f"in no_buy: stays at {pct(current)} although {pct(desired)} is wanted"


def may_not_be_sold(inputs: PlanInputs, symbol: str) -> Reason | None:
    """None lets it trade; `no_sell` stops only what would lower the weight."""
    current, desired = weight_now(inputs, symbol), desired_weight(inputs, symbol)
    if symbol not in inputs.no_sell or desired >= current:
        return None
    return "no_sell", f"in no_sell: stays at {pct(current)} although {pct(desired)} is wanted"


BLOCKERS: tuple[Blocker, ...] = (
    is_locked,
    has_bad_data,
    is_restricted,
    has_no_price,
    is_outside_universe,
    stays_where_it_is,
    may_not_be_bought,
    may_not_be_sold,
)
"""In this order; the first that answers is the line's reason."""


def blocked(inputs: PlanInputs, symbol: str) -> Reason | None:
    """The first reason of BLOCKERS not to trade a symbol; None when it may be traded."""
    return next((reason for blocker in BLOCKERS if (reason := blocker(inputs, symbol))), None)


def weight_now(inputs: PlanInputs, symbol: str) -> float:
    """Fraction of NAV, signed; 0 when nothing is held."""
    return inputs.current_weights.get(symbol, 0.0)


def desired_weight(inputs: PlanInputs, symbol: str) -> float:
    """Where to trade to; zero for what must go, whatever the drift lines say."""
    return 0.0 if symbol in inputs.must_exit else inputs.desired_weights[symbol]


def _held(inputs: PlanInputs, symbol: str) -> str:
    return of_shares(inputs.holdings.get(symbol, Decimal(0)))


ZERO = Decimal(0)


def first_line(inputs: PlanInputs, symbol: str) -> PlanLine:
    """The symbol's line as if cash were no question: a trade in whole steps, or a non-trade with its reason."""
    line = PlanLine(
        symbol=symbol,
        side=None,
        shares=ZERO,
        reason="",
        sentence="",
        holding_shares=inputs.holdings.get(symbol, ZERO),
        decision_price=inputs.decision_prices.get(symbol) or ZERO,
        current_weight=weight_now(inputs, symbol),
        target_weight=0.0 if symbol in inputs.must_exit else inputs.target_weights.get(symbol, 0.0),
        adv_shares=inputs.adv_shares.get(symbol),
    )
    reason = blocked(inputs, symbol)
    return non_trade(line, *reason) if reason else _sized(inputs, line)


def wanted_shares(desired: float, nav_usd: Decimal, price: Decimal, holding: Decimal) -> Decimal:
    """Signed shares from `holding` to a weight (a fraction of NAV), unrounded; a zero weight sells exactly all."""
    return Decimal(repr(float(desired))) * nav_usd / price - holding


def round_shares(shares: Decimal, step: Decimal) -> Decimal:
    """Signed shares in whole steps: to the nearest, ties to even."""
    return (shares / step).to_integral_value(ROUND_HALF_EVEN) * step


def never_below_zero(shares: Decimal, holding: Decimal, step: Decimal) -> Decimal:
    """Cut a sale (negative `shares`) to what is held, in whole steps; a short position cannot be sold further."""
    most = (max(holding, ZERO) / step).to_integral_value(ROUND_DOWN) * step
    return max(shares, -most)


def _sized(inputs: PlanInputs, line: PlanLine) -> PlanLine:
    desired = desired_weight(inputs, line.symbol)
    wanted = wanted_shares(desired, inputs.nav_usd, line.decision_price, line.holding_shares)
    step = step_of(inputs, desired)
    nearest = round_shares(wanted, step)
    shares, limit = _within_own_limits(inputs, line, desired, nearest)
    if inputs.long_only:
        shares = never_below_zero(shares, line.holding_shares, step)
    shares = _no_fraction_short(inputs, line.holding_shares, shares)
    if not shares:
        return _not_even_one_step(inputs, line, wanted, step, limit)
    side = Side.BUY if shares > 0 else Side.SELL
    trade = replace(line, side=side, shares=abs(shares))
    because = f"the nearest number of shares, {plain(abs(nearest))}, would break limits.{limit}" if limit else ""
    turns = _turned(line.holding_shares, trade)
    return too_small(inputs, trade) or described(inputs, trade, because="; ".join(filter(None, (because, turns))))


def _no_fraction_short(inputs: PlanInputs, held: Decimal, shares: Decimal) -> Decimal:
    """Signed shares that leave a whole number short; where a fraction that is held has no way out, no short."""
    after = held + shares
    if after >= 0 or not after % 1:
        return shares
    short = after.to_integral_value(ROUND_DOWN) - held
    closing = inputs.closing_step or inputs.share_step
    return short if not short % closing else -(max(held, ZERO) / closing).to_integral_value(ROUND_DOWN) * closing


def _turned(held: Decimal, trade: PlanLine) -> str:
    """How a position is turned around: in two orders."""
    if trade.side is None or held * trade.side.sign >= 0 or trade.shares <= abs(held):
        return ""
    opens = plain(trade.shares - abs(held))
    other = "short" if trade.side is Side.SELL else "long"
    return f"{plain(abs(held))} close the position first, then {opens} go {other} as an order of their own"


def step_of(inputs: PlanInputs, desired: float) -> Decimal:
    """The book's share step; a position that is closed goes in the broker's, so that no fraction is left."""
    return inputs.share_step if desired else min(inputs.closing_step or inputs.share_step, inputs.share_step)


def _within_own_limits(inputs: PlanInputs, line: PlanLine, desired: float, shares: Decimal) -> tuple[Decimal, str]:
    """Signed shares moved to the step on the inner side of the symbol's own limits, and the limit that did it.

    A weight that the drift rule wants outside a limit, at the edge of a band, is the book's own word and stays.
    """
    if inputs.limits is None:
        return shares, ""
    step = step_of(inputs, desired)
    price, held, adv = line.decision_price, line.holding_shares, line.adv_shares
    room = room_of(inputs.limits, inputs.nav_usd, price, held, step, adv, held_at_all=desired > 0)
    after, least, most = line.holding_shares + shares, room.least, room.most
    if after > most and (room.most_by == "max_adv_pct" or desired <= inputs.limits.max_weight_pct / 100 + SAME_WEIGHT):
        return most - line.holding_shares, room.most_by
    too_low = after < least <= most
    floor = max(inputs.limits.min_weight_pct, inputs.limits.min_position_pct if desired > 0 else -math.inf)
    if too_low and (room.least_by == "max_adv_pct" or desired >= floor / 100 - SAME_WEIGHT):
        return least - line.holding_shares, room.least_by
    return shares, ""


def _not_even_one_step(inputs: PlanInputs, line: PlanLine, wanted: Decimal, step: Decimal, limit: str) -> PlanLine:
    """Nothing to trade: the line is at its target, or what is missing is less than can be traded, with its remedy."""
    points = float(wanted * line.decision_price / inputs.nav_usd)
    if abs(points) <= SAME_WEIGHT:
        return non_trade(line, "at_target", f"at its target of {pct(line.target_weight)}")
    way = "under" if points > 0 else "over"
    far = f"{abs(points) * 100:.2f} points {way} the {pct(line.current_weight + points)} that is wanted"
    one = f"{of_shares(step, 'is', 'are')} {dollars(step * line.decision_price)}"
    if limit:
        return non_trade(line, "limit_in_the_way", f"{far}: {one}, and that much would break limits.{limit}")
    missing = f"{plain(abs(round(wanted, 4)))} of a share is missing, and {one}"
    remedy = "" if step < 1 else "; orders.fractional: true trades less than a share where the broker takes it"
    return non_trade(line, "below_share_step", f"{far}: {missing}{remedy}")
