"""Of how many orders, and of how much money, each figure of the report is known; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tasks.model.money import exact_sum, rounded
from tasks.tca.costs import MeasuredOrder
from tasks.tca.order_line import OrderLine


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A figure that an order may lack; `missing_usd` is the paper notional of those that lack it."""

    figure: str
    known: int
    missing: int
    missing_usd: Decimal
    what_then: str
    """What the report does without it."""


Row = tuple[MeasuredOrder, OrderLine]
_FIGURES: tuple[tuple[str, Callable[[Row], bool], str], ...] = (
    ("arrival price", lambda row: row[1].arrival_price is not None, "delay is n/a, trading is measured from decision"),
    ("price of the unfilled rest", lambda row: row[1].costs.total_usd is not None, "left out of every total"),
    ("end price from the broker", lambda row: row[0].order.end_price is not None, "the official close instead"),
    ("market volume in the window", lambda row: row[1].participation is not None, "VWAP and participation are n/a"),
    ("average daily volume", lambda row: bool(row[0].order.adv_shares), "size is n/a, no second opinion"),
    ("daily volatility", lambda row: row[0].order.daily_volatility is not None, "timing risk is n/a"),
    ("forecast", lambda row: row[0].order.estimate is not None, "not held against a forecast"),
    ("usable quotes for every fill", lambda row: row[1].spread.used == row[1].spread.fills, "spreads without those"),
    ("figures of the pre-trade checks", lambda row: bool(row[1].trail.checks), "passed, with no figure on record"),
)


def coverage_lines(rows: Sequence[MeasuredOrder], lines: Sequence[OrderLine]) -> tuple[CoverageLine, ...]:
    """`rows` and `lines` of the same orders in the same order; nothing without orders."""
    both = list(zip(rows, lines, strict=True))
    return tuple(_line(figure, is_known, then, both) for figure, is_known, then in _FIGURES if both)


def _line(figure: str, is_known: Callable[[Row], bool], then: str, rows: Sequence[Row]) -> CoverageLine:
    lacking = [row for row in rows if not is_known(row)]
    worth = rounded(exact_sum(measured.order.notional_usd for measured, _ in lacking))
    return CoverageLine(figure, len(rows) - len(lacking), len(lacking), worth, then)
