"""Many orders measured in columns, and the few of them that a page shows one by one. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from tasks.model.money import number, rounded
from tasks.tca.columns.against import (
    CostColumns,
    WindowBenchmarks,
    against,
    price_benchmark,
    touched_bars,
    window_benchmarks,
)
from tasks.tca.columns.exact import Exact, Places, divided
from tasks.tca.columns.groups import MeasuredColumns, group_line_of, group_lines, outlier_columns
from tasks.tca.columns.rounding import Known
from tasks.tca.columns.shortfalls import ShortfallColumns, shortfall_columns
from tasks.tca.costs import BPS_UNIT, CostParts
from tasks.tca.mark_outs import HORIZONS, ReversionLine
from tasks.tca.outside.in_columns import OutsideColumns, Priced
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import OUTLIER_Z, GroupLine, mean_absolute_bps, ratio_of_sums
from tasks.tca.summary import FillCounts

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class ManyOrders:
    """(n,) orders with all that a report says of them; masks say what is known."""

    convention: Convention
    source: OutsideColumns
    measured: MeasuredColumns
    other: ShortfallColumns
    """By the other convention."""
    benchmarks: dict[str, CostColumns]
    """By the names and in the order of `order_line.benchmark_lines`."""
    market: WindowBenchmarks
    outlier_z: NDArray[np.float64]
    """Rounded as it is shown; nan where there is none."""
    relative_performance: tuple[Exact, Known]

    @property
    def unfilled(self) -> Exact:
        """(n,) shares; negative where more was filled than ordered."""
        return self.measured.orders.shares - self.measured.filled.shares

    @property
    def counts(self) -> FillCounts:
        """Of all orders."""
        filled, unfilled = self.measured.filled.shares.units > 0, self.unfilled.units > 0
        return FillCounts(len(filled), int((~filled).sum()), int((filled & unfilled).sum()))

    @property
    def points_in_all(self) -> int:
        """How many points `open_points.points_of_orders` has of all orders."""
        found = (
            np.abs(np.nan_to_num(self.outlier_z)) > OUTLIER_Z,
            self.unfilled.units != 0,
            ~self.measured.shortfall.has_total,
            ~self.source.arrival.known,
        )
        return int(sum(mask.sum() for mask in found))

    @property
    def scores(self) -> dict[str, float | None]:
        """Outlier scores by order id."""
        ids = self.source.frame["order_id"].tolist()
        return {one: None if np.isnan(z) else z for one, z in zip(ids, self.outlier_z.tolist(), strict=True)}

    @property
    def named(self) -> dict[str, list[str]]:
        """(n,) names of each way to group the orders: of algorithm, broker, account and sector those that any names."""
        frame = self.source.frame
        days = self.source.session.astype("datetime64[D]").astype(str).tolist()
        found = {"Session": days, "Side": frame["side"].astype(str).tolist()}
        if (frame["algorithm"] != "").any():
            found["Algorithm"] = frame["algorithm"].astype(str).tolist()
        for title in ("Broker", "Account", "Sector"):
            names = frame[title.lower()].astype(str).tolist()
            if any(names):
                found[title] = [name or "not named" for name in names]
        return found

    @property
    def total(self) -> GroupLine:
        """Over all orders."""
        return group_line_of("total", self.measured, np.arange(len(self.source.frame)))

    @property
    def total_other_convention(self) -> CostParts:
        """The same by the other convention."""
        everything = np.arange(len(self.source.frame))
        return group_line_of("total", replace(self.measured, shortfall=self.other), everything).costs

    def groups(self, names: "list[str]") -> tuple[GroupLine, ...]:
        """(n,) names: one line per group."""
        return group_lines(self.measured, names)

    @property
    def vwap_tracking_bps(self) -> float | None:
        """Mean absolute cost against the interval VWAP."""
        found = self.benchmarks["interval VWAP"]
        return mean_absolute_bps(found.bps[found.has_cost].floats().tolist())

    @property
    def has_volume(self) -> Known:
        """Whether the market traded in each order's window."""
        return self.market.volume > 0

    def participation(self) -> tuple[Exact, Known]:
        """(n,) our share of the market's volume."""
        volume = Exact(np.where(self.has_volume, self.market.volume, 1), 0)
        return divided(self.measured.filled.shares, volume, 6), self.has_volume


def measure_columns(source: OutsideColumns, convention: Convention) -> ManyOrders:
    """Every measure of `order_line`, for all orders."""
    other = Convention.EXECUTED if convention is Convention.WHOLE_ORDER else Convention.WHOLE_ORDER
    shortfall = shortfall_columns(source.orders, source.filled, convention)
    market = window_benchmarks(source.market.bars, source.windows, source.filled)
    found = outlier_columns(shortfall)
    return ManyOrders(
        convention=convention,
        source=source,
        measured=MeasuredColumns(source.orders, source.filled, shortfall),
        other=shortfall_columns(source.orders, source.filled, other),
        benchmarks=_benchmarks(source, market),
        market=market,
        outlier_z=np.array([np.nan if np.isnan(z) else float(number(z, BPS_UNIT) or 0) for z in found.tolist()]),
        relative_performance=_performance(source),
    )


def _benchmarks(source: OutsideColumns, market: WindowBenchmarks) -> dict[str, CostColumns]:
    def given(priced: Priced) -> CostColumns:
        return against(price_benchmark(priced.price, priced.known), source.orders.sign, source.filled)

    decision = Priced(source.orders.decision, source.has_decision, source.has_decision)
    made = {
        "interval VWAP": market.interval,
        "interval VWAP, others": market.others,
        "day VWAP": market.day,
        "TWAP": market.twap,
        "PWP 10 %": market.pwp,
    }
    return {
        "decision": given(decision),
        "arrival": given(source.arrival),
        **{name: against(benchmark, source.orders.sign, source.filled) for name, benchmark in made.items()},
        "previous close": given(source.previous_close),
        "open": given(source.open),
        "close": given(source.close),
    }


def _performance(source: OutsideColumns) -> tuple[Exact, Known]:
    """Share of the window's volume that dealt at a worse price; `benchmarks.relative_performance`.

    A price is above the average if it is above the whole number below it, and below if below the one above.
    """
    bars, filled, sign = source.market.bars, source.filled, source.orders.sign
    first, last, _, _ = touched_bars(bars, source.windows)
    volume = np.concatenate([np.zeros(1, np.int64), np.cumsum(bars.volume)])
    has = (filled.shares.units > 0) & (volume[last] > volume[first])
    low, high = _around(filled.value_usd, filled.shares, bars.vwap.decimals, has)
    prices, volumes = bars.vwap.units, bars.volume
    worse = np.zeros(len(sign), np.int64)
    for place in np.flatnonzero(has).tolist():
        span = slice(first[place], last[place])
        is_worse = prices[span] > low[place] if sign[place] > 0 else prices[span] < high[place]
        worse[place] = volumes[span][is_worse].sum()
    whole = np.where(has, volume[last] - volume[first], 1)
    return divided(Exact(worse, 0), Exact(whole, 0), 6), has


def _around(value: Exact, shares: Exact, decimals: int, has: Known) -> tuple[Places, Places]:
    """The whole numbers, in units of so many decimals, that an average price is not below and not above."""
    ones = Exact(np.ones(len(has), np.int64), 0)
    value, shares = value.where(has, ones), shares.where(has, ones)
    shift = decimals + shares.decimals - value.decimals
    over = value.units.astype(object) * 10 ** max(shift, 0)
    under = shares.units.astype(object) * 10 ** max(-shift, 0)
    return (over // under).astype(np.int64), (-(-over // under)).astype(np.int64)


def reversion_lines_of(many: ManyOrders) -> tuple[ReversionLine, ...]:
    """`mark_outs.reversion_lines` of all orders."""
    source, filled = many.source, many.measured.filled
    bars, windows = source.market.bars, source.windows
    over, has_bars = source.market.last_end(windows.opened, windows.closed)
    has_fill = filled.shares.units > 0
    lines: list[ReversionLine] = []
    for minutes in HORIZONS:
        at = source.last_fill_at + minutes * MINUTE_US
        ended = np.clip(bars.ended_by(windows.tape, at), windows.opened, windows.closed)
        known = has_fill & has_bars & (at <= over) & (ended > windows.opened)
        if not known.any():
            continue
        price = bars.close[np.where(known, ended - 1, 0)]
        back = (filled.value_usd - price * filled.shares).signed(source.orders.sign)[known].floats()
        found = ratio_of_sums(back.tolist(), filled.value_usd[known].floats().tolist())
        lines.append(
            ReversionLine(
                minutes,
                found.n,
                rounded(Decimal(repr(found.mean_bps)), BPS_UNIT),
                number(found.standard_error_bps, BPS_UNIT),
                number(found.low_bps, BPS_UNIT),
                number(found.high_bps, BPS_UNIT),
                found.verdict,
            )
        )
    return tuple(lines)


def shown_ids(many: ManyOrders, largest: int, dearest: int) -> list[str]:
    """Ids of the orders with most value, and of those that cost most."""
    frame, shortfall = many.source.frame, many.measured.shortfall
    ids = frame["order_id"].to_numpy(object)
    by_value = np.lexsort((ids.astype(str), -shortfall.notional_usd.rounded(2).floats()))[:largest]
    whole = np.flatnonzero(shortfall.has_total)
    by_cost = whole[np.lexsort((ids[whole].astype(str), -shortfall.total_cents[whole].floats()))][:dearest]
    return sorted({*ids[by_value].tolist(), *ids[by_cost].tolist()})
