"""Benchmark prices of many orders at once, and the cost against each: `benchmarks` in columns.

A benchmark is kept as what was paid over how many shares, and only what is shown is ever divided.
"""

from dataclasses import dataclass

import numpy as np

from tasks.tca.benchmarks import PWP_RATE
from tasks.tca.columns.bars import BarColumns
from tasks.tca.columns.exact import Exact, Places, divided, sums
from tasks.tca.columns.rounding import Known
from tasks.tca.columns.shortfalls import FilledColumns

PRICE_DECIMALS, USD_DECIMALS, BPS_DECIMALS, RATIO_DECIMALS = 6, 2, 2, 6
PER_SHARE = Exact(np.array([int(1 / PWP_RATE)]), 0)
"""Shares of the market for each of ours, by the participation-weighted price."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """(n,) prices, each as USD over shares; both are 1 where it is not known."""

    value_usd: Exact
    shares: Exact
    known: Known


@dataclass(frozen=True, slots=True)
class CostColumns:
    """(n,) as shown; positive is a cost. Only where `has_cost`, the price where `known`."""

    price: Exact
    bps: Exact
    usd: Exact
    known: Known
    has_cost: Known


@dataclass(frozen=True, slots=True)
class Windows:
    """(n,) of each order: its tape, its window in it from arrival (else decision) to its end, and its days' bars."""

    tape: Places
    start: Places
    end: Places
    opened: Places
    closed: Places
    """All bars of its days are [opened, closed) of its tape's; the window may not leave them."""


def price_benchmark(prices: Exact, known: Known) -> Benchmark:
    """A price that is given: decision, arrival, a close."""
    return _where(prices, Exact(np.ones(len(known), np.int64), 0), known)


def against(benchmark: Benchmark, sign: Places, filled: FilledColumns) -> CostColumns:
    """Cost of the filled shares against a benchmark, as a report shows it."""
    has_cost = benchmark.known & (filled.shares.units > 0)
    ones = Exact(np.ones(len(sign), np.int64), 0)
    paid, bought = filled.value_usd.where(has_cost, ones), filled.shares.where(has_cost, ones)
    difference = (paid * benchmark.shares - benchmark.value_usd * bought).signed(sign)
    return CostColumns(
        price=divided(benchmark.value_usd, benchmark.shares, PRICE_DECIMALS),
        bps=divided(difference * Exact(np.array([10_000]), 0), benchmark.value_usd * bought, BPS_DECIMALS),
        usd=divided(difference, benchmark.shares, USD_DECIMALS),
        known=benchmark.known,
        has_cost=has_cost,
    )


@dataclass(frozen=True, slots=True)
class WindowBenchmarks:
    """(n,) what the market did around each order."""

    interval: Benchmark
    """VWAP over the window, own fills included."""
    others: Benchmark
    """The same without our own."""
    day: Benchmark
    twap: Benchmark
    pwp: Benchmark
    volume: Places
    """Shares of everybody in the window."""


def touched_bars(bars: BarColumns, windows: Windows) -> tuple[Places, Places, Places, Places]:
    """[first, last) of each window, and [opened, closed) of its days."""
    first, last = bars.touched(windows.tape, windows.start, windows.end)
    first = np.clip(first, windows.opened, windows.closed)
    return first, np.clip(last, first, windows.closed), windows.opened, windows.closed


def window_benchmarks(bars: BarColumns, windows: Windows, filled: FilledColumns) -> WindowBenchmarks:
    """All benchmarks that are made of bars."""
    volumes = Exact(bars.volume, 0)
    values = bars.vwap * volumes
    first, last, opened, closed = touched_bars(bars, windows)
    value, volume = sums(values, first, last), sums(volumes, first, last)
    lengths = Exact(np.where(bars.is_auction, 0, bars.end - bars.start), 0)
    return WindowBenchmarks(
        interval=_where(value, volume, volume.units > 0),
        others=_others(value, volume, filled),
        day=_weighted(values, volumes, opened, closed),
        twap=_weighted(bars.close * lengths, lengths, first, last),
        pwp=_participation_weighted(bars, values, (first, closed), filled),
        volume=volume.units,
    )


def _others(value: Exact, volume: Exact, filled: FilledColumns) -> Benchmark:
    paid, rest = value - filled.value_usd, volume - filled.shares
    return _where(paid, rest, (rest.units > 0) & (paid.units > 0))


def _weighted(values: Exact, weights: Exact, first: Places, last: Places) -> Benchmark:
    value, weight = sums(values, first, last), sums(weights, first, last)
    return _where(value, weight, weight.units > 0)


def _participation_weighted(
    bars: BarColumns, values: Exact, ranges: tuple[Places, Places], filled: FilledColumns
) -> Benchmark:
    """Over the first shares of the market that are ten for each of ours; the last bar is cut where they are reached."""
    first, closed = ranges
    wanted = filled.shares * PER_SHARE
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(bars.volume)])
    least = _ceiling(wanted)
    reached = np.searchsorted(running, running[first] + least, "left").astype(np.int64) - 1
    known = (wanted.units > 0) & (running[closed] - running[first] >= least)
    cut = np.where(known, reached, 0)
    first = np.where(known, first, 0)
    whole = sums(values, np.minimum(first, cut), cut)
    rest = wanted - Exact(running[cut] - running[first], 0)
    price = bars.vwap[cut] if len(bars.vwap) else Exact.zeros(len(first))
    return _where(whole + rest * price, wanted, known)


def _ceiling(numbers: Exact) -> Places:
    return (-np.floor_divide(-numbers.units, 10**numbers.decimals)).astype(np.int64)


def _where(value: Exact, shares: Exact, known: Known) -> Benchmark:
    """With 1 over 1 where it is not known, so that every row can be divided."""
    ones = Exact(np.ones(len(known), np.int64), 0)
    return Benchmark(value.where(known, ones), shares.where(known, ones), known)
