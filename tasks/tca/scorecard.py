"""What a book asks of its executions beside what came of it, and a score that is nothing but a figure of costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tasks.book.tca import TcaSettings
from tasks.model.money import rounded
from tasks.tca.costs import BPS_UNIT
from tasks.tca.fill_quality import FillQualityLine, Kind
from tasks.tca.statistics import GroupLine

SCORES = (Decimal(100), Decimal(85), Decimal(50), Decimal(0))
"""At no cost, and at each of the three thresholds; straight lines between, and no more than 100 or less than 0."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One figure asked for beside what it came to; `met` is None where there is nothing to judge."""

    name: str
    asked: str
    actual: Decimal | None
    unit: str
    met: bool | None
    n: int
    """Orders or child orders behind the figure."""


def execution_score(total_bps: Decimal, thresholds_bps: Sequence[Decimal]) -> Decimal:
    """0 to 100 of a shortfall in bps: 100 for no cost or a gain, 85, 50 and 0 at the thresholds, straight between."""
    knots = list(zip((Decimal(0), *thresholds_bps), SCORES, strict=True))
    if total_bps <= 0:
        return SCORES[0]
    for (low, above), (high, below) in pairwise(knots):
        if total_bps <= high:
            return rounded(above + (below - above) * (total_bps - low) / (high - low), BPS_UNIT)
    return SCORES[-1]


def score_words(thresholds_bps: Sequence[Decimal]) -> str:
    """The rule of the score in words."""
    first, second, last = (f"{threshold:f}" for threshold in thresholds_bps)
    knots = f"100 at no cost, 85 at {first} bps, 50 at {second} bps, 0 at {last} bps, straight between"
    return f"{knots}; none where less was filled than is asked"


def scorecard(total: GroupLine, quality: Sequence[FillQualityLine], asked: TcaSettings) -> tuple[TargetLine, ...]:
    """Every target, in the order of their names above; empty when no order was sent.

    There is no score where less was filled than is asked: good prices of a few shares are no good execution.
    """
    if not total.orders:
        return ()
    kinds = {line.kind: line for line in quality}
    market, limit = kinds.get(Kind.MARKET), kinds.get(Kind.LIMIT)
    bps = total.costs.total_bps
    whole = total.fill_pct >= asked.fill_rate_pct
    score = execution_score(bps, asked.score_thresholds_bps) if whole and bps is not None else None
    return (
        _at_least("fill rate", total.fill_pct, asked.fill_rate_pct, "%", total.orders),
        _below("time to fill, market orders", market and market.first_fill_s, asked.time_to_fill_s, "s", _sent(market)),
        _below(
            "slippage, market orders", market and market.slippage_bps, asked.market_slippage_bps, "bps", _sent(market)
        ),
        _below("slippage, limit orders", limit and limit.slippage_bps, asked.limit_slippage_bps, "bps", _sent(limit)),
        _below("total cost", bps, asked.total_cost_bps, "bps", total.orders),
        _at_least("score", score, asked.score, "of 100", total.orders),
    )


def _sent(line: FillQualityLine | None) -> int:
    return line.sent if line else 0


def _below(name: str, actual: Decimal | None, asked: Decimal, unit: str, n: int) -> TargetLine:
    return TargetLine(name, f"below {asked:f}", actual, unit, None if actual is None else actual < asked, n)


def _at_least(name: str, actual: Decimal | None, asked: Decimal, unit: str, n: int) -> TargetLine:
    return TargetLine(name, f"at least {asked:f}", actual, unit, None if actual is None else actual >= asked, n)
