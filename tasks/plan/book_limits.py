"""The book's limits as a plan of whole shares has to keep them: bounds of one symbol, and sums over symbols; pure.

The optimizer keeps them for weights of any size. Shares come in steps, so they are kept once more when steps are
chosen, under the names that a person reads in bindings and conflicts.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal

from tasks.book.targets import LimitSettings

ZERO = Decimal(0)
EXACT = 1e-9
"""Of net asset value: sums of floats that are closer to a bound than this are on it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the universe says of its symbols, for the limits that need it."""

    sectors: Mapping[str, str] = field(default_factory=dict[str, str])
    esg_scores: Mapping[str, float] = field(default_factory=dict[str, float])
    carbon_intensities: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Stand:
    """One symbol before and after: signed shares, and the price that turns them into USD."""

    symbol: str
    held: Decimal
    trade: Decimal
    price: Decimal

    @property
    def after_usd(self) -> Decimal:
        """Signed worth of the position after the trade, at the decision price."""
        return (self.held + self.trade) * self.price


@dataclass(frozen=True, slots=True)
class SumLimit:
    """sense * (sum over symbols of `part` - bound) <= 0; parts in fractions of net asset value."""

    name: str
    subject: str
    sense: int
    bound: float
    part: Callable[[Stand], float]
    unit: str = "%"
    """`%` of net asset value; `score` where the bound is an average that was moved into the parts."""
    shown_bound: float = 0.0
    """For a score: the average that the book asks for."""

    def excess(self, total: float) -> float:
        """How far a total is beyond the bound; zero or less is inside."""
        return self.sense * (total - self.bound)

    @property
    def label(self) -> str:
        """As a person reads it: with the sector, where the limit is one's."""
        return self.name if self.subject == "portfolio" else f"{self.name} {self.subject}"

    def words(self, total: float) -> str:
        """For a `total` beyond the bound: by how much, in percent points or in the score's own units."""
        if self.unit == "score":
            return f"{self.label} would miss its bound of {self.shown_bound:g}"
        far = f"{self.excess(total) * 100:.4g} points {'over' if self.sense > 0 else 'short'}"
        return f"{self.label} would be {total * 100:.2f} %, its bound is {self.bound * 100:g} %: {far}"


def sum_limits(limits: LimitSettings, facts: Facts, nav_usd: Decimal, reserve_usd: Decimal) -> tuple[SumLimit, ...]:
    """Every sum that the book bounds, in fractions of net asset value."""
    nav = float(nav_usd)

    def weight(stand: Stand) -> float:
        return float(stand.after_usd) / nav

    found = [
        SumLimit("cash_reserve", "portfolio", 1, 1 - float(reserve_usd) / nav, weight),
        SumLimit("max_net", "portfolio", 1, limits.max_net_pct / 100, weight),
        SumLimit("min_net", "portfolio", -1, limits.min_net_pct / 100, weight),
        SumLimit("max_gross", "portfolio", 1, limits.max_gross_pct / 100, lambda s: abs(weight(s))),
    ]
    if limits.max_turnover_pct is not None:
        traded: Callable[[Stand], float] = lambda s: float(abs(s.trade) * s.price) / nav  # noqa: E731
        found.append(SumLimit("turnover", "portfolio", 1, limits.max_turnover_pct / 100, traded))
    for name, bound in sorted(limits.sectors.items()):
        inside = _inside(facts.sectors, name, weight)
        found.append(SumLimit("sector_max", name, 1, bound.max_pct / 100, inside))
        found.append(SumLimit("sector_min", name, -1, bound.min_pct / 100, inside))
    if limits.min_esg_score is not None:
        found.append(_score("esg", -1, limits.min_esg_score, facts.esg_scores, weight))
    if limits.max_carbon_intensity is not None:
        found.append(_score("carbon", 1, limits.max_carbon_intensity, facts.carbon_intensities, weight))
    return tuple(found)


def _inside(sectors: Mapping[str, str], name: str, weight: Callable[[Stand], float]) -> Callable[[Stand], float]:
    return lambda stand: weight(stand) if sectors.get(stand.symbol) == name else 0.0


def _score(
    name: str, sense: int, bound: float, scores: Mapping[str, float], weight: Callable[[Stand], float]
) -> SumLimit:
    """The average over the known part against its bound, as a sum: w * (score - bound), scaled to read as a weight."""
    widest = max((abs(score - bound) for score in scores.values() if math.isfinite(score)), default=1.0) or 1.0
    distance = {s: (score - bound) / widest for s, score in scores.items() if math.isfinite(score)}
    return SumLimit(name, "portfolio", sense, 0.0, lambda s: weight(s) * distance.get(s.symbol, 0.0), "score", bound)


def totals(limits: Sequence[SumLimit], stands: Sequence[Stand]) -> list[float]:
    """(limits,): each sum over all stands, in the unit of the limit's bound."""
    return [math.fsum(limit.part(stand) for stand in stands) for limit in limits]


@dataclass(frozen=True, slots=True)
class LimitRoom:
    """What one symbol's own limits leave: signed shares after the trade, in whole steps from the holding."""

    least: Decimal
    most: Decimal
    least_by: str = ""
    most_by: str = ""


def room_of(
    limits: LimitSettings,
    nav_usd: Decimal,
    price: Decimal,
    held: Decimal,
    step: Decimal,
    adv_shares: float | None,
    *,
    held_at_all: bool,
) -> LimitRoom:
    """The shares of one symbol that max_weight_pct, min_weight_pct and max_adv_pct allow after the trade.

    held_at_all: whether the symbol is wanted; then min_position_pct is a least weight too.

    The steps are counted from what is held, so that a fraction that is held and stays does not move the grid.
    """
    share = nav_usd / price / 100
    most, most_by = _from(held, Decimal(str(limits.max_weight_pct)) * share, step, ROUND_FLOOR), "max_weight_pct"
    floor, least_by = limits.min_weight_pct, "min_weight_pct"
    if held_at_all and limits.min_position_pct > floor:
        floor, least_by = limits.min_position_pct, "min_position_pct"
    least = _from(held, Decimal(str(floor)) * share, step, ROUND_CEILING)
    if limits.max_adv_pct is not None and adv_shares is not None:
        cap = Decimal(str(limits.max_adv_pct)) / 100 * Decimal(repr(float(adv_shares)))
        cap = (cap / step).to_integral_value(ROUND_DOWN) * step
        if held + cap < most:
            most, most_by = held + cap, "max_adv_pct"
        if held - cap > least:
            least, least_by = held - cap, "max_adv_pct"
    return LimitRoom(least, most, least_by, most_by)


def _from(held: Decimal, shares: Decimal, step: Decimal, rounding: str) -> Decimal:
    return held + ((shares - held) / step).to_integral_value(rounding) * step
