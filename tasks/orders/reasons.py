"""Why a symbol is not traded: small checks, each named like a sentence, each answering with its figures."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from tasks.holdings.locks import Lock
from tasks.orders.inputs import PlanInputs

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
    why = inputs.frozen.get(symbol)
    return None if why is None else ("bad_data", f"frozen by the data checks: {why}")


def is_restricted(inputs: PlanInputs, symbol: str) -> Reason | None:
    listed = symbol in inputs.gate.restricted
    return ("restricted", f"on the restricted list of the book, held {_held(inputs, symbol)}") if listed else None


def is_outside_universe(inputs: PlanInputs, symbol: str) -> Reason | None:
    if symbol in inputs.desired_weights or symbol in inputs.must_exit:
        return None
    held = _held(inputs, symbol)
    return (
        "outside_universe",
        f"{held} held and no target: left alone; limits.must_exit sells it, the universe lets it be traded",
    )


def has_no_price(inputs: PlanInputs, symbol: str) -> Reason | None:
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
    current, desired = weight_now(inputs, symbol), desired_weight(inputs, symbol)
    if symbol not in inputs.no_buy or desired <= current:
        return None
    return "no_buy", f"in no_buy: stays at {pct(current)} although {pct(desired)} is wanted"


def may_not_be_sold(inputs: PlanInputs, symbol: str) -> Reason | None:
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
    return next((reason for blocker in BLOCKERS if (reason := blocker(inputs, symbol))), None)


def weight_now(inputs: PlanInputs, symbol: str) -> float:
    return inputs.current_weights.get(symbol, 0.0)


def desired_weight(inputs: PlanInputs, symbol: str) -> float:
    """Where to trade to; zero for what must go, whatever the drift lines say."""
    return 0.0 if symbol in inputs.must_exit else inputs.desired_weights[symbol]


def pct(weight: float) -> str:
    return f"{weight * 100:.2f} %"


def usd(amount: Decimal) -> str:
    return f"{amount:,.2f} USD"


def plain(shares: Decimal) -> str:
    """Shares without an exponent or trailing zeros: 1,200 and 0.5."""
    text = f"{shares:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


MOST_NAMED = 4


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if names[most:] else "")


def _held(inputs: PlanInputs, symbol: str) -> str:
    return f"{plain(inputs.holdings.get(symbol, Decimal(0)))} shares"
