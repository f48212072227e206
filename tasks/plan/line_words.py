"""What a line of the plan says: a trade its way, a non-trade its reason, and figures as a person reads them."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.model.orders import Side
from tasks.model.plan import PlanLine, plain
from tasks.plan.inputs import PlanInputs
from tasks.wording import dollars

ZERO = Decimal(0)
MOST_NAMED = 4


def pct(weight: float) -> str:
    """A fraction of NAV as percent with two decimals; what rounds to nothing has no sign."""
    return f"{round(weight * 100, 2) + 0.0:.2f} %"


def few(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if names[most:] else "")


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
        experiment="",
    )


def described(
    inputs: PlanInputs, trade: PlanLine, reason: str = "", wanted: Decimal | None = None, because: str = ""
) -> PlanLine:
    """The trade with its reason and a sentence that says where it really goes: rounded, cut, and at this price.

    wanted: unsigned shares that would have been traded; because: why they are not, or why others are.
    """
    usual = {"must_exit": trade.symbol in inputs.must_exit, "first_build": inputs.drift_rule == "first_build"}
    reason = reason or next((code for code, applies in usual.items() if applies), "toward_target")
    return replace(trade, reason=reason, sentence=trade_sentence(trade, inputs.nav_usd, wanted, because))


def trade_sentence(trade: PlanLine, nav_usd: Decimal, wanted: Decimal | None = None, because: str = "") -> str:
    """What is traded, from which weight to which one, and why not as wanted."""
    verb = "buy" if trade.side is Side.BUY else "sell"
    noun = "share" if (wanted or trade.shares) == 1 else "shares"
    of_wanted = "" if wanted is None or wanted == trade.shares else f" of {plain(wanted)}"
    size = f"{verb} {plain(trade.shares)}{of_wanted} {noun}{' wanted' if of_wanted else ''}"
    money = f"{dollars(trade.notional_usd)} at {trade.decision_price}"
    way = f"from {pct(trade.current_weight)} to {pct(weight_after(trade, nav_usd))}, target {pct(trade.target_weight)}"
    return f"{trade.symbol}: {size}, {money}: {way}" + (f"; {because}" if because else "")


def note_of(line: PlanLine) -> str:
    """What a sentence says behind the figures: why the line is not as wanted; empty where nothing is said."""
    return line.sentence.partition("; ")[2]


def weight_after(line: PlanLine, nav_usd: Decimal) -> float:
    """Fraction of net asset value once the line has traded, at its decision price and before costs."""
    sign = line.side.sign if line.side else 0
    return line.current_weight + float(sign * line.notional_usd / nav_usd)
