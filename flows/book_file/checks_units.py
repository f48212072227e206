"""Whether a figure is in the unit its name says: a fraction where a percent is asked for moves a whole book.

A doubt stops the book at load, before anything is touched. A figure that is meant is named under `confirm`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pydantic import BaseModel

from flows.book_file.errors import Mistake, Path, figure, judged, place
from flows.book_file.referenced_files import Companions
from flows.book_file.schema import field_at
from tasks.book.model import Book

BROKERS = ("broker.", "broker.parts.*.")
"""Where the settings of a simulated account may stand."""


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a figure may be without a question; zero always may, and so may what is not given."""

    least: float = 0.0
    most: float = float("inf")


_SIMULATED = {
    "simulated.fee_per_share_usd": Plausible(most=0.1),
    "simulated.fee_minimum_usd": Plausible(most=50),
    "simulated.half_spread_bps": Plausible(0.05),
    "simulated.daily_volume_usd": Plausible(10_000),
    "simulated.daily_volatility_pct": Plausible(0.1),
    "simulated.max_participation_pct": Plausible(1),
    "simulated.open_auction_volume_pct": Plausible(0.2),
    "simulated.close_auction_volume_pct": Plausible(0.2),
}
QUESTIONED: Mapping[str, Plausible] = {
    **{above + name: plausible for above in BROKERS for name, plausible in _SIMULATED.items()},
    "broker.routes.*.to.*": Plausible(1),
    "data.min_coverage_pct": Plausible(1.5),
    "quality.jump_pct": Plausible(1.5),
    "quality.reversal_pct": Plausible(1.5),
    "objective.expected_return.shrink_to_mean_pct": Plausible(1.5),
    "costs.half_spread_bps": Plausible(0.05),
    "costs.assumed_adv_usd": Plausible(10_000),
    "costs.short_fee_bps_per_year": Plausible(1),
    "limits.min_weight_pct": Plausible(0.1),
    "limits.min_position_pct": Plausible(0.1),
    "limits.max_gross_pct": Plausible(10),
    "limits.cash_reserve_pct": Plausible(0.1),
    "limits.max_turnover_pct": Plausible(1),
    "limits.max_adv_pct": Plausible(0.25),
    "limits.sectors.*.min_pct": Plausible(1),
    "limits.sectors.*.max_pct": Plausible(1),
    "drift.absolute_band_pct": Plausible(0.1),
    "drift.relative_band_pct": Plausible(1),
    "drift.cash_flow_pct": Plausible(0.1),
    "orders.fee_per_share_usd": Plausible(most=0.1),
    "orders.fee_minimum_usd": Plausible(most=50),
    "orders.buy_price_buffer_bps": Plausible(1),
    "execution.limit_offset_bps": Plausible(0.1),
    "execution.max_participation_pct": Plausible(0.25),
    "risk.price_collar_pct": Plausible(0.25),
    "risk.max_participation_pct": Plausible(0.25),
    "risk.max_run_turnover_pct": Plausible(1.5),
    "risk.breakers.daily_loss.max_pct": Plausible(0.25),
    "risk.breakers.drawdown.max_pct": Plausible(1),
    "risk.breakers.slippage.max_bps": Plausible(1),
    "risk.breakers.rejects.max_pct": Plausible(1),
    "risk.breakers.stale_data.max_missing_pct": Plausible(1),
    "approval.price_band_pct": Plausible(0.25),
    "approval.auto_below_turnover_pct": Plausible(0.25),
    "approval.single_order_usd": Plausible(100),
    "approval.single_order_adv_pct": Plausible(0.05),
    "tca.fill_rate_pct": Plausible(1.5),
    "tca.score": Plausible(1.5),
    "tca.market_slippage_bps": Plausible(0.05),
    "tca.limit_slippage_bps": Plausible(0.05),
    "tca.total_cost_bps": Plausible(0.25),
    "tca.score_thresholds_bps": Plausible(0.05),
}
"""By path, `*` for any key: outside these a figure is more likely in another unit than meant."""
JUDGED_WITH_THE_BOOK = frozenset(
    {
        "limits.max_weight_pct",
        "limits.min_net_pct",
        "limits.max_net_pct",
        "risk.max_order_nav_pct",
        "risk.max_position_pct",
        "objective.weights_pct",
        "objective.expected_return.yearly_pct",
    }
)
"""Figures whose doubt depends on the universe or on their neighbours; the checks below ask."""
OF_ANY_SIZE: Mapping[str, str] = {
    "broker.simulated.opening_cash_usd": "an account may be of any size",
    "broker.parts.*.simulated.opening_cash_usd": "an account may be of any size",
    "broker.simulated.faults.*.price_bps": "practice faults are meant to be strange",
    "broker.parts.*.simulated.faults.*.price_bps": "practice faults are meant to be strange",
    "execution.experiment.arms_pct": "the chances must add up to 100, and fractions do not",
    "limits.cash_reserve_usd": "a reserve may be of any size, and what the book is worth is not known yet",
    "orders.min_trade_usd": "a few dollars and a few thousand are both usual",
    "risk.max_order_usd": "held against orders.min_trade_usd by the gate's own check",
    "risk.breakers.slippage.least_traded_usd": "a guard against small samples, of any size",
}
"""Figures with a unit that are not questioned, and why."""


def figures_are_in_their_unit(book: Book, _: Companions) -> Iterator[Mistake]:
    for pattern, plausible in QUESTIONED.items():
        for path, value in _figures(book, tuple(pattern.split("."))):
            size = abs(float(value))
            if size and not plausible.least <= size <= plausible.most:
                yield from doubted(book, path, value, *_other_unit(path, value))


def caps_leave_room_to_be_invested(book: Book, companions: Companions) -> Iterator[Mistake]:
    """A cap below one percent suits a book of hundreds of names; in a small one it sells nearly everything."""
    names = len(companions.sectors)
    for path, value, least in (
        (("limits", "max_weight_pct"), book.limits.max_weight_pct, 200),
        (("risk", "max_position_pct"), book.risk.max_position_pct, 200),
        (("risk", "max_order_nav_pct"), book.risk.max_order_nav_pct, 100),
    ):
        if value < 1 and value * names < least:
            problem, remedy = _other_unit(path, value)
            yield from doubted(book, path, value, f"{problem}, and the universe has {names} symbols", remedy)


def the_net_of_a_long_only_book_is_not_next_to_nothing(book: Book, _: Companions) -> Iterator[Mistake]:
    for name in ("min_net_pct", "max_net_pct") if book.limits.long_only else ():
        path, value = ("limits", name), getattr(book.limits, name)
        if 0 < value <= 1.5:
            yield from doubted(book, path, value, *_other_unit(path, value))


def given_weights_are_percents(book: Book, companions: Companions) -> Iterator[Mistake]:
    """All below one and together about one; or some in percent and some in fractions that fill the book together."""
    weights = [weight for weight in companions.weights.values() if weight]
    path = ("objective", "weights_pct" if book.objective.weights_file is None else "weights_file")
    gross, largest = sum(abs(w) for w in weights), max((abs(w) for w in weights), default=0.0)
    if weights and largest <= 1 and gross <= 3:
        symbol, weight = next((s, w) for s, w in companions.weights.items() if w)
        problem = f"the weights look like fractions: they add up to {figure(round(gross, 6))} % and none is above 1 %"
        yield from doubted(book, path, None, problem, f"write {_times(weight, 100)} for {symbol}'s {_times(weight, 1)}")
        return
    small = [abs(w) for w in weights if abs(w) < 1]
    filled = gross + 99 * sum(small)
    if small and gross < 95 and abs(filled - 100) <= 2:
        told = f"as percents they would make {figure(round(filled, 6))} % with the others"
        problem = f"{len(small)} weights below 1 look like fractions: {told}"
        yield from doubted(book, path, None, problem, "write all of them in percent")


def expected_returns_are_percents(book: Book, _: Companions) -> Iterator[Mistake]:
    views = [abs(view) for view in book.objective.expected_return.yearly_pct.values() if view]
    if views and max(views) < 1:
        problem = f"the largest view is {figure(max(views))} % a year, so they look like fractions"
        path = ("objective", "expected_return", "yearly_pct")
        yield from doubted(book, path, None, problem, "write 6 for 6 % a year")


def scores_are_on_the_scale_of_their_limit(book: Book, companions: Companions) -> Iterator[Mistake]:
    """A bound that no symbol comes near is in another unit than the universe file; so is a column of two scales."""
    esg, least = book.limits.min_esg_score, min(companions.esg_scores.values(), default=None)
    if esg is not None and least is not None and 0 < esg < least / 10:
        problem = f"the least score of the universe is {figure(least)}, so the limit never binds"
        yield from doubted(book, ("limits", "min_esg_score"), esg, problem, "give limit and scores on one scale")
    carbon, most = book.limits.max_carbon_intensity, max(companions.carbon_intensities.values(), default=None)
    if carbon is not None and most is not None and carbon > 10 * most:
        problem = f"the greatest intensity of the universe is {figure(most)}, so the limit never binds"
        remedy = "give both in tonnes CO2e per million USD of revenue"
        yield from doubted(book, ("limits", "max_carbon_intensity"), carbon, problem, remedy)
    scores = [score for score in companions.esg_scores.values() if score > 0]
    if scores and min(scores) <= 1 and max(scores) > 10 and sum(score <= 1 for score in scores) > 1:
        problem = f"its esg_score goes from {figure(min(scores))} to {figure(max(scores))}, as if on two scales"
        yield from doubted(book, ("universe", "file"), None, problem, "give every score on one scale")
    known = sorted(value for value in companions.carbon_intensities.values() if value > 0)
    if len(known) > 1 and not 0.05 <= known[len(known) // 2] <= 50_000:
        problem = f"half of its carbon_intensity is around {figure(known[len(known) // 2])}"
        remedy = "give tonnes CO2e per million USD of revenue"
        yield from doubted(book, ("universe", "file"), None, problem, remedy)


def confirmed_settings_exist(book: Book, _: Companions) -> Iterator[Mistake]:
    for index, name in enumerate(book.confirm):
        if field_at(Book, tuple(name.split("."))) is None:
            remedy = "write the path as a message names it, e.g. confirm: [limits.max_weight_pct]"
            yield judged(("confirm", place(index)), name, "there is no such setting", remedy)


def doubted(book: Book, path: Path, value: object, problem: str, remedy: str) -> Iterator[Mistake]:
    """The mistake of a figure that is hardly meant; none when the book confirms it."""
    name = ".".join(path)
    if name not in book.confirm:
        yield judged(path, value, problem, f"{remedy}; if it is meant as it is, add to the book: confirm: [{name}]")


Check = Callable[[Book, Companions], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (
    figures_are_in_their_unit,
    caps_leave_room_to_be_invested,
    the_net_of_a_long_only_book_is_not_next_to_nothing,
    given_weights_are_percents,
    expected_returns_are_percents,
    scores_are_on_the_scale_of_their_limit,
    confirmed_settings_exist,
)


def _figures(values: object, pattern: Path, above: Path = ()) -> Iterator[tuple[Path, float | Decimal]]:
    """Every figure given at a path; what nobody set (and so has its default) is left out."""
    if not pattern:
        if isinstance(values, int | float | Decimal) and not isinstance(values, bool):
            yield above, values
        return
    key, rest = pattern[0], pattern[1:]
    if isinstance(values, BaseModel) and key in values.model_fields_set:
        yield from _figures(getattr(values, key), rest, (*above, key))
    elif key == "*" and isinstance(values, Mapping):
        for name, inner in values.items():
            yield from _figures(inner, rest, (*above, str(name)))
    elif key == "*" and isinstance(values, tuple):
        for index, inner in enumerate(values):
            yield from _figures(inner, rest, (*above, place(index)))


def _other_unit(path: Path, value: float | Decimal) -> tuple[str, str]:
    """What the figure says in the unit of its name, and how to write what was probably meant."""
    name = path[-1] if path[-2:-1] != ("to",) else "to_pct"
    said, hundredfold = figure(value), _times(value, 100)
    if name.endswith("_usd"):
        remedy = "write dollars, not cents" if name.startswith("fee_") else "write dollars, not thousands or millions"
        return f"that is {said} US dollars", remedy
    if "_bps" in name:
        return f"that is {said} basis points, {_times(value, 0.01)} %", f"write {hundredfold} if {said} % is meant"
    return f"that is {said} percent, not a fraction", f"write {hundredfold} if {hundredfold} % is meant"


def _times(value: float | Decimal, factor: float) -> str:
    return figure(round(float(value) * factor, 9))
