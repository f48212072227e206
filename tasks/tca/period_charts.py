"""A period's charts as inline SVG: groups with intervals, the spread of costs, and cost against share of ADV."""

# matplotlib leaves most arguments of its drawing functions without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tasks.tca.period_groups import PeriodGroup
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.statistics import Verdict
from tasks.tca.summary import ALGORITHM_NAMES
from tasks.tca.svg import COST, FORECAST, INK, MARKET, MUTED, TOTAL, inline_svg, plain_text
from tasks.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 2000
"""More make a page slow and show nothing more: every so-manieth order is drawn then, and the chart says so."""
CLIP = (1, 99)
"""Percentiles that the histogram's axis reaches to; what is beyond is counted in its outermost bars."""
Size = tuple[float, float]
Curve = tuple[float, float]
"""Half-spread and fees together, and impact at the whole average daily volume, both in bps."""


def period_charts(
    groups: Sequence[PeriodGroup], everything: PeriodGroup, orders: Sequence[PeriodOrder]
) -> dict[str, str]:
    """Inline SVG by name: `groups`, `distribution`, `cost_by_adv`; a chart without data is left out."""
    drawn: dict[str, str] = {}
    shown = [group for group in groups if group.grouping in ("algorithm", "broker") and group.cost_bps is not None]
    if shown:
        size = (6.6, 0.9 + 0.36 * len(shown))
        drawn["groups"] = inline_svg("groups", _group_words(shown), size, lambda f: _groups(f, shown))
    costs = [cost for order in orders if (cost := order.cost_bps) is not None]
    if len(costs) > 1:
        words = _spread_words(everything, costs)
        drawn["distribution"] = inline_svg("costs", words, (6.6, 2.9), lambda f: _spread(f, everything, costs))
    points = _points(orders)
    if points:
        curve = model_curve(orders)
        words = _size_words(points, len(_measured(orders)), curve)
        drawn["cost_by_adv"] = inline_svg("adv", words, (11.6, 3.7), lambda f: _by_size(f, points, curve))
    return drawn


def model_curve(orders: Sequence[PeriodOrder]) -> Curve | None:
    """a + b (Q / ADV)^(1/2) through the pre-trade estimates of the orders, which have that form each.

    Their volatilities differ, so this is the model at the usual one, by least squares. None below two sizes.
    """
    known = [(o.share_of_adv, o.estimate_bps) for o in _measured(orders)]
    sizes = np.array([size or 0.0 for size, _ in known])
    if len(set(sizes.tolist())) < 2:
        return None
    design = np.column_stack([np.ones_like(sizes), np.sqrt(sizes)])
    found = np.linalg.lstsq(design, np.array([estimate or 0.0 for _, estimate in known]), rcond=None)[0]
    return float(found[0]), float(found[1])


def _measured(orders: Sequence[PeriodOrder]) -> list[PeriodOrder]:
    return [o for o in orders if o.share_of_adv and o.realised_bps is not None and o.estimate_bps is not None]


def _points(orders: Sequence[PeriodOrder]) -> list[tuple[float, float]]:
    """Share of ADV in percent and realised bps, of every order or every so-manieth one."""
    known = _measured(orders)
    step = -(-len(known) // MOST_POINTS) or 1
    return [((o.share_of_adv or 0.0) * 100, o.realised_bps or 0.0) for o in known[::step]]


def _group_words(groups: Sequence[PeriodGroup]) -> tuple[str, str]:
    told = "; ".join(f"{_label(group)} {group.cost_bps} bps ({_interval(group)})" for group in groups)
    return (
        "Cost by algorithm and broker with 95 % intervals",
        f"Horizontal axis in basis points of paper notional, positive is a cost: {told}.",
    )


def _interval(group: PeriodGroup) -> str:
    if group.low_bps is None:
        return f"{counted(group.orders, 'order')}, insufficient data"
    return f"{counted(group.orders, 'order')}, {group.low_bps} to {group.high_bps}"


def _label(group: PeriodGroup) -> str:
    return ALGORITHM_NAMES.get(group.name, group.name)


def _groups(figure: "Figure", groups: Sequence[PeriodGroup]) -> None:
    """A filled mark with its interval, or a hollow one where the data are insufficient."""
    axes = figure.subplots()
    for place, group in enumerate(groups):
        mean = float(group.cost_bps or 0)
        if group.verdict is Verdict.INSUFFICIENT or group.low_bps is None or group.high_bps is None:
            axes.plot([mean], [place], "o", markerfacecolor="white", markeredgecolor=MUTED)
            continue
        axes.plot([float(group.low_bps), float(group.high_bps)], [place, place], color=MARKET, linewidth=3.0)
        axes.plot([mean], [place], "o", color=TOTAL)
    axes.axvline(0, color=INK, linewidth=0.9)
    labels = [plain_text(f"{_label(group)}, n = {group.orders}") for group in groups]
    axes.set_yticks(range(len(groups)), labels)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel("bps of paper notional; positive is a cost; hollow: insufficient data")
    axes.xaxis.grid(visible=True)


def _spread_words(everything: PeriodGroup, costs: Sequence[float]) -> tuple[str, str]:
    low, middle, high = np.percentile(costs, [5, 50, 95])
    return (
        "Distribution of the orders' cost with the period's mean",
        f"Histogram of {counted(len(costs), 'order')} by cost in basis points: 5 % below {low:.2f}, half below "
        f"{middle:.2f}, 95 % below {high:.2f}. The ratio of sums is {everything.cost_bps} bps "
        f"({_interval(everything)}).",
    )


def _spread(figure: "Figure", everything: PeriodGroup, costs: Sequence[float]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes = figure.subplots()
    low, high = np.percentile(costs, CLIP)
    if high <= low:
        low, high = low - 1, high + 1
    axes.hist(np.clip(costs, low, high), bins=30, color=MARKET)
    if everything.low_bps is not None and everything.high_bps is not None:
        axes.axvspan(float(everything.low_bps), float(everything.high_bps), color=FORECAST, alpha=0.35, label="95 %")
    axes.axvline(float(everything.cost_bps or 0), color=COST, linewidth=1.6, label="ratio of sums")
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.set_xlabel("Cost, bps of paper notional; the outermost bars hold what is beyond")
    axes.set_ylabel("Orders")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="upper right")


def _size_words(points: Sequence[tuple[float, float]], known: int, curve: Curve | None) -> tuple[str, str]:
    drawn = counted(known, "order") if len(points) == known else f"{len(points)} of {known} orders, evenly taken"
    model = (
        f" The line is the pre-trade model: {curve[0]:.2f} + {curve[1]:.2f} times the root of the share of average "
        "daily volume."
        if curve
        else ""
    )
    return (
        "Trading cost and fees against share of average daily volume, with the model's curve",
        f"{drawn}: share of average daily volume in percent on a logarithmic horizontal axis, realised cost in basis "
        f"points on the vertical axis, positive is a cost.{model}",
    )


def _by_size(figure: "Figure", points: Sequence[tuple[float, float]], curve: Curve | None) -> None:
    axes = figure.subplots()
    sizes = [size for size, _ in points]
    axes.scatter(sizes, [cost for _, cost in points], s=14, color=TOTAL, alpha=0.55, label="realised")
    if curve:
        along = np.geomspace(min(sizes), max(sizes), 60)
        axes.plot(along, curve[0] + curve[1] * np.sqrt(along / 100), color=FORECAST, linewidth=1.8, label="model")
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("Order size, % of average daily volume (log scale)")
    axes.set_ylabel("Trading + fees, bps; positive is a cost")
    axes.grid(visible=True)
    axes.legend(loc="upper left")
