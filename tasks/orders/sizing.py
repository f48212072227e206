"""From weights to shares: how many to trade of one symbol, before anybody asks whether the cash is there."""

from dataclasses import replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from tasks.orders.fees import most_fees
from tasks.orders.inputs import PlanInputs, Rounding
from tasks.orders.reasons import blocked, desired_weight, pct, plain, usd, weight_now
from tasks.terms import PlanLine, Side

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


def non_trade(line: PlanLine, reason: str, sentence: str) -> PlanLine:
    """The same line without a trade."""
    return replace(
        line,
        side=None,
        shares=ZERO,
        reason=reason,
        sentence=f"{line.symbol}: {sentence}",
        algorithm=None,
        estimate=None,
    )


def wanted_shares(desired: float, nav_usd: Decimal, price: Decimal, holding: Decimal) -> Decimal:
    """Signed shares from `holding` to a weight (a fraction of NAV), unrounded; a zero weight sells exactly all."""
    return Decimal(repr(float(desired))) * nav_usd / price - holding


def round_shares(shares: Decimal, step: Decimal, rounding: Rounding) -> Decimal:
    """Signed shares in whole steps: to the nearest (ties to even), or toward zero."""
    mode = ROUND_HALF_EVEN if rounding == "nearest" else ROUND_DOWN
    return (shares / step).to_integral_value(mode) * step


def never_below_zero(shares: Decimal, holding: Decimal, step: Decimal) -> Decimal:
    """Cut a sale (negative `shares`) to what is held, in whole steps; a short position cannot be sold further."""
    most = (max(holding, ZERO) / step).to_integral_value(ROUND_DOWN) * step
    return max(shares, -most)


def _sized(inputs: PlanInputs, line: PlanLine) -> PlanLine:
    desired = desired_weight(inputs, line.symbol)
    wanted = wanted_shares(desired, inputs.nav_usd, line.decision_price, line.holding_shares)
    step = inputs.share_step if desired else min(inputs.closing_step or inputs.share_step, inputs.share_step)
    shares = round_shares(wanted, step, inputs.rounding)
    if inputs.long_only:
        shares = never_below_zero(shares, line.holding_shares, step)
    if not shares:
        far = f"{plain(abs(round(wanted, 4)))} shares from {pct(desired)}"
        return non_trade(line, "at_target", f"{far}, less than can be traded in steps of {plain(step)}")
    side = Side.BUY if shares > 0 else Side.SELL
    trade = replace(line, side=side, shares=abs(shares))
    return too_small(inputs, trade) or _with_reason(inputs, trade, desired)


def too_small(inputs: PlanInputs, trade: PlanLine) -> PlanLine | None:
    """The non-trade of a trade not worth its cost; what must go is sold however small, if it brings anything."""
    forced = trade.symbol in inputs.must_exit
    if trade.notional_usd < inputs.orders.min_trade_usd and not forced:
        worth = f"{plain(trade.shares)} shares are {usd(trade.notional_usd)}"
        return non_trade(
            trade, "below_minimum_trade", f"{worth}, below the minimum of {usd(inputs.orders.min_trade_usd)}"
        )
    fees = most_fees(inputs, trade)
    if trade.side is Side.SELL and worst_notional(inputs, trade) <= fees:
        return non_trade(trade, "below_minimum_trade", f"a sale of {usd(trade.notional_usd)} would not pay its fees")
    return None


def worst_notional(inputs: PlanInputs, trade: PlanLine) -> Decimal:
    """USD of the trade if the price moves against it by the buffer: a buy pays more, a sale brings less."""
    buffer = Decimal(str(inputs.orders.buy_price_buffer_bps)) / 10_000
    sign = trade.side.sign if trade.side else 0
    return trade.notional_usd * (1 + sign * buffer)


def _with_reason(inputs: PlanInputs, trade: PlanLine, desired: float) -> PlanLine:
    reason = "toward_target"
    if trade.symbol in inputs.must_exit:
        reason = "must_exit"
    elif inputs.drift_rule == "first_build":
        reason = "first_build"
    verb = "buy" if trade.side is Side.BUY else "sell"
    size = f"{verb} {plain(trade.shares)} shares, {usd(trade.notional_usd)} at {trade.decision_price}"
    way = f"from {pct(trade.current_weight)} to {pct(desired)}, target {pct(trade.target_weight)}"
    return replace(trade, reason=reason, sentence=f"{trade.symbol}: {size}: {way}")
