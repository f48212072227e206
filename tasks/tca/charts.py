"""The report's charts as inline SVG: the same report draws the same bytes, and nothing is loaded from anywhere."""

# matplotlib leaves most arguments of its drawing functions without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tasks.tca.measurement import Measured
from tasks.tca.summary import ALGORITHM_NAMES
from tasks.tca.svg import (
    COST,
    FORECAST,
    GAIN,
    INK,
    MARKET,
    MUTED,
    PLANNED,
    RULE,
    TOTAL,
    inline_svg,
    plain_text,
    thousands,
)
from tasks.tca.timeline import Running, Timeline
from tasks.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def charts(report: Measured) -> dict[str, str]:
    """Inline SVG by name: `waterfall`, `cost_by_size`, `schedules`, `reversion`; a chart without data is left out."""
    drawn: dict[str, str] = {}
    if report.total.costs.total_usd is not None:
        drawn["waterfall"] = inline_svg(
            "waterfall", _waterfall_words(report), (6.6, 2.9), lambda f: _waterfall(f, report)
        )
    if any(line.estimate and line.share_of_adv for line in report.orders):
        drawn["cost_by_size"] = inline_svg("cost", _cost_words(report), (11.6, 3.7), lambda f: _cost_by_size(f, report))
    if report.timelines:
        rows = (len(report.timelines) + 1) // 2
        size = (11.6, 2.7 * rows + 0.35)
        drawn["schedules"] = inline_svg(
            "schedule", _schedule_words(report), size, lambda f: _schedules(f, report.timelines)
        )
    if len(report.reversions) > 1:
        drawn["reversion"] = inline_svg(
            "reversion", _reversion_words(report), (6.6, 2.9), lambda f: _reversion(f, report)
        )
    return drawn


def _waterfall_words(report: Measured) -> tuple[str, str]:
    parts = ", ".join(f"{name} {amount:,.2f}" for name, amount in _parts(report))
    return "Implementation shortfall by component, USD", f"Bars from delay to total, positive is a cost: {parts}."


def _parts(report: Measured) -> list[tuple[str, float]]:
    costs = report.total.costs
    named = (
        ("Delay", costs.delay_usd),
        ("Trading", costs.trading_usd),
        ("Opportunity", costs.opportunity_usd),
        ("Fees", costs.fees_usd),
        ("Total", costs.total_usd),
    )
    return [(name, float(amount)) for name, amount in named if amount is not None]


def _waterfall(figure: "Figure", report: Measured) -> None:
    axes, reached, parts = figure.subplots(), 0.0, _parts(report)
    for place, (name, amount) in enumerate(parts):
        total = name == "Total"
        start = 0.0 if total else reached
        colour = TOTAL if total else (COST if amount >= 0 else GAIN)
        axes.bar(place, amount, bottom=start, color=colour, width=0.62)
        reached = amount if total else reached + amount
        if place < len(parts) - 1:
            axes.plot([place + 0.31, place + 0.69], [reached, reached], color=MUTED, linewidth=0.8)
        axes.annotate(
            f"{amount:,.0f}".replace("-", "−"),
            (place, start + amount),
            xytext=(0, 4 if amount >= 0 else -4),
            textcoords="offset points",
            ha="center",
            va="bottom" if amount >= 0 else "top",
            fontsize=8.5,
        )
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.set_xticks(range(len(parts)), [name for name, _ in parts])
    axes.tick_params(length=0)
    axes.set_ylabel("USD, positive is a cost")
    axes.yaxis.grid(visible=True)
    axes.use_sticky_edges = False
    axes.margins(y=0.14)
    thousands(axes)


def _cost_words(report: Measured) -> tuple[str, str]:
    count = sum(line.estimate is not None for line in report.orders)
    return (
        "Trading cost and fees against order size",
        f"{counted(count, 'order')}: size as percent of average daily volume on the horizontal axis, cost in basis "
        "points on the vertical axis, realised as filled, forecast as hollow marks; the order table has the figures.",
    )


def _cost_by_size(figure: "Figure", report: Measured) -> None:
    axes = figure.subplots()
    points = [
        (
            float(line.share_of_adv) * 100,
            float(line.estimate.realised_bps),
            float(line.estimate.estimate_bps),
            line.symbol,
        )
        for line in report.orders
        if line.estimate is not None and line.share_of_adv
    ]
    for size, realised, forecast, _ in points:
        axes.plot([size, size], [forecast, realised], color=RULE, linewidth=1.0, zorder=1)
    sizes = [point[0] for point in points]
    axes.scatter(sizes, [point[1] for point in points], s=26, color=TOTAL, zorder=3, label="realised")
    axes.scatter(
        sizes, [p[2] for p in points], s=26, facecolors="white", edgecolors=FORECAST, zorder=2, label="forecast"
    )
    extremes = sorted(points, key=lambda p: -abs(p[1] - p[2]))[:8]
    for size, realised, _, symbol in extremes:
        axes.annotate(plain_text(symbol), (size, realised), xytext=(5, 3), textcoords="offset points", fontsize=8)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("Order size, % of average daily volume (log scale)")
    axes.set_ylabel("Trading + fees, bps; positive is a cost")
    axes.grid(visible=True)
    axes.legend(loc="upper left", ncols=2, bbox_to_anchor=(0, 1.12), borderaxespad=0)


def _schedule_words(report: Measured) -> tuple[str, str]:
    names = ", ".join(f"{line.side} {line.symbol}" for line in report.timelines)
    return (
        "Planned and filled shares through the session, largest orders",
        f"Running totals in shares over time (UTC) for {names}: planned schedule, fills, and the market's volume "
        "scaled to the order's size.",
    )


def _schedules(figure: "Figure", lines: tuple[Timeline, ...]) -> None:
    columns = 2 if len(lines) > 1 else 1
    grid = figure.subplots((len(lines) + 1) // 2, columns, squeeze=False).ravel()
    for axes, line in zip(grid, lines, strict=False):
        _schedule(axes, line)
    for axes in grid[len(lines) :]:
        axes.set_visible(False)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=4)


def _schedule(axes: "Axes", line: Timeline) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    series: Mapping[str, tuple[Running, str, float]] = {
        "market volume, scaled": (line.market, MARKET, 1.1),
        "planned": (line.planned, PLANNED, 5.0),
        "filled": (line.filled, TOTAL, 1.6),
    }
    for label, (points, colour, width) in series.items():
        if points:
            values = [float(total) for _, total in points]
            axes.step(
                [float(date2num(at)) for at, _ in points],
                values,
                where="post",
                color=colour,
                linewidth=width,
                label=label,
            )
    axes.axhline(float(line.shares), color=MUTED, linewidth=0.8, linestyle=(0, (3, 3)), label="ordered")
    axes.set_title(
        plain_text(
            f"{line.side} {line.shares:,.0f} {line.symbol}, {ALGORITHM_NAMES.get(line.algorithm, line.algorithm)}"
        ),
        loc="left",
        color=INK,
    )
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=7))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("Time, UTC")
    axes.set_ylabel("Shares")
    axes.yaxis.grid(visible=True)
    thousands(axes)


def _reversion_words(report: Measured) -> tuple[str, str]:
    points = ", ".join(f"{line.minutes} minutes {line.mean_bps} bps" for line in report.reversions)
    return "Reversion after the last fill", f"Points with 95 % intervals, positive hurts: {points}."


def _reversion(figure: "Figure", report: Measured) -> None:
    axes = figure.subplots()
    lines = report.reversions
    means = [float(line.mean_bps) for line in lines]
    reach = [float(line.high_bps - line.mean_bps) if line.high_bps is not None else 0.0 for line in lines]
    axes.errorbar(range(len(lines)), means, yerr=reach, fmt="o-", color=TOTAL, ecolor=MARKET, capsize=4, linewidth=1.3)
    axes.axhline(0, color=INK, linewidth=0.9)
    axes.set_xticks(range(len(lines)), [str(line.minutes) for line in lines])
    axes.set_xlabel("Minutes after the last fill")
    axes.set_ylabel("bps, positive hurts")
    axes.yaxis.grid(visible=True)
