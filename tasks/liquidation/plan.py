"""The plan that brings positions to zero: every one of them, or those that were named; pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.model.cost_model import CostModelUsed
from tasks.model.locks import Lock
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import Finding, Plan, PlanLine, Severity
from tasks.plan.build import in_order
from tasks.plan.inputs import CostForecast, OrderFigures

ZERO = Decimal(0)
REASON = "liquidation"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationInputs:
    """What a book is brought to cash from: the broker's positions, never our ledger's."""

    book: str
    account: str
    session: date
    revision: int
    decided_at: datetime
    cash_usd: Decimal
    positions: Mapping[str, Decimal]
    """Signed shares, as the broker has them: they are what can be closed."""
    prices: Mapping[str, Decimal]
    """Mid of the broker's quotes; a symbol without one cannot be traded."""
    symbols: Collection[str]
    """What to close; empty is everything."""
    in_doubt: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols with an order of unknown fate, and which: nothing else may move in them."""
    locked: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols with an unexplained break; they are closed all the same, and it is said."""
    written_off: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbols that a person wrote off, and the sentence: they are not sold until that is taken back."""
    who: str
    because: str
    share_step: Decimal
    children: int
    """Child orders each order is expected to be worked in."""
    estimate: CostForecast
    cost_model: CostModelUsed | None = None
    """The calibrated version behind `estimate`."""


def liquidation_plan(inputs: LiquidationInputs) -> Plan:
    """One line for every position: a trade to zero, or the reason why not. Longs are sold before shorts are bought."""
    held = {symbol: shares for symbol, shares in inputs.positions.items() if shares}
    nav = inputs.cash_usd + sum((n * inputs.prices[s] for s, n in held.items() if s in inputs.prices), ZERO)
    order = f"{inputs.who} liquidates {', '.join(sorted(inputs.symbols)) or 'everything'}: {inputs.because}"
    return Plan(
        book=inputs.book,
        account=inputs.account,
        session=inputs.session,
        revision=inputs.revision,
        decided_at=inputs.decided_at,
        nav_usd=nav,
        cash_usd=inputs.cash_usd,
        lines=in_order(tuple(_line(inputs, symbol, held[symbol], nav) for symbol in sorted(held))),
        findings=(Finding(Severity.WARN, REASON, inputs.book, order, session=inputs.session),),
        cost_model=inputs.cost_model,
    )


def _line(inputs: LiquidationInputs, symbol: str, held: Decimal, nav: Decimal) -> PlanLine:
    price = inputs.prices.get(symbol, ZERO)
    weight = float(held * price / nav) if nav > 0 else 0.0
    shares = floor_to_step(abs(held), inputs.share_step)
    why = _why_not(inputs, symbol, shares)
    if why is not None:
        return PlanLine(symbol, None, ZERO, *why, held, price, weight, weight)
    side = Side.SELL if held > 0 else Side.BUY
    rest = abs(held) - shares
    sentence = f"{held} held, to zero" + (f" but for a fraction of {rest} that cannot be traded" if rest else "")
    if symbol in inputs.locked:
        sentence += f"; closed although locked: {inputs.locked[symbol]}"
    return PlanLine(
        symbol=symbol,
        side=side,
        shares=shares,
        reason=REASON,
        sentence=sentence,
        holding_shares=held,
        decision_price=price,
        current_weight=weight,
        target_weight=0.0,
        algorithm=Algorithm.TWAP,
        estimate=inputs.estimate(OrderFigures(symbol, shares, price, inputs.children, None, None, None)),
    )


def _why_not(inputs: LiquidationInputs, symbol: str, shares: Decimal) -> tuple[str, str] | None:
    """Reason code and sentence of a position that stays."""
    if inputs.symbols and symbol not in inputs.symbols:
        return "not_named", "not among the symbols to liquidate"
    if symbol in inputs.in_doubt:
        return "in_doubt", f"{inputs.in_doubt[symbol]}; liquidate it when that is resolved"
    if symbol in inputs.written_off:
        return Lock.WRITTEN_OFF.value, inputs.written_off[symbol]
    if not inputs.prices.get(symbol, ZERO) > 0:
        return "no_price", "the broker has no quote for it; close it by hand, or liquidate again when it has one"
    if not shares:
        return "below_share_step", f"less than the smallest tradable quantity of {inputs.share_step}"
    return None
