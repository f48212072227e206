"""The report over orders and executions of another desk, as data: what our own report says of orders, and no more.

There is no plan, no approval, no wave and no comparison with a broker in it, because the files do not have them. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from tasks.tca import policy
from tasks.tca import summary as wording
from tasks.tca.costs import CostParts, MeasuredOrder
from tasks.tca.mark_outs import ReversionLine
from tasks.tca.measurement import measure_orders
from tasks.tca.open_points import OpenPoint, points_of_orders
from tasks.tca.order_line import OrderLine
from tasks.tca.outside.build_records import OutsideOrder
from tasks.tca.outside.problems import ProblemLine, problem_lines
from tasks.tca.outside.raw_table import InputFile
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import GroupLine, grouped
from tasks.tca.timeline import Timeline
from tasks.wording import counted

SCHEMA = "steelyard.tca-outside/1"
MOST_LARGEST, MOST_DEAREST = 200, 100
"""Orders that a page shows one by one; the CSV files have all."""


@dataclass(frozen=True, slots=True)
class OutsideCover:
    """What a report is made from, and how it was read."""

    title: str
    first: date | None
    last: date | None
    files: tuple[InputFile, ...]
    zone: str
    """Of times that say none of their own; empty where all of them do."""
    sessions: str
    code_version: str
    market_note: str
    convention: Convention
    currency: str


@dataclass(frozen=True, slots=True)
class Group:
    """Orders by one property."""

    title: str
    lines: tuple[GroupLine, ...]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """Where the prices of one kind come from, in orders."""

    price: str
    source: str
    orders: int


@dataclass(frozen=True)
class OutsideReport:
    """Orders of any desk; amounts USD in cents, costs positive when they hurt, None is `n/a`."""

    schema: str
    cover: OutsideCover
    summary: tuple[str, ...]
    points: tuple[OpenPoint, ...]
    """What a reader has to look at, of the orders that are shown."""
    points_in_all: int
    total: GroupLine
    total_other_convention: CostParts
    groups: tuple[Group, ...]
    """By session, side, algorithm, and what else the files name."""
    reversions: tuple[ReversionLine, ...]
    vwap_tracking_bps: float | None
    timelines: tuple[Timeline, ...]
    sources: tuple[SourceLine, ...]
    problems: tuple[ProblemLine, ...]
    rows_left_out: int
    orders_in_all: int
    orders: tuple[OrderLine, ...]
    """All of them, or the largest and the dearest where they are many; `orders.csv` has all."""
    policy: tuple[tuple[str, str], ...]
    limitations: tuple[str, ...]


@dataclass(frozen=True)
class OutsideAnalysis:
    """A report with every order and every problem behind it."""

    report: OutsideReport
    orders: tuple[OrderLine, ...]
    sources: Mapping[str, OutsideOrder]
    """By order id."""
    problems: pd.DataFrame


def analyse(
    orders: Sequence[OutsideOrder], cover: OutsideCover, problems: pd.DataFrame, convention: Convention
) -> OutsideAnalysis:
    """Measure every order, add up, and say what was left out; a pure function of its inputs."""
    by_id = {order.record.order_id: order for order in orders}
    found = measure_orders([order.record for order in orders], convention)
    lines = tuple(replace(line, worked_by=by_id[line.order_id].broker) for line in found.orders)
    shown = _shown(lines)
    points = points_of_orders(lines)
    named = {line.order_id for line in shown}
    left_out = problem_lines(problems)
    rows_out = sum(file.left_out for file in cover.files)
    report = OutsideReport(
        schema=SCHEMA,
        cover=cover,
        summary=(*wording.orders_summary(found.total, lines), *_rows_summary(cover, left_out)),
        points=tuple(point for line_id, point in points if line_id in named),
        points_in_all=len(points),
        total=found.total,
        total_other_convention=found.total_other_convention,
        groups=_groups(found.rows, by_id, found.by_side, found.by_algorithm),
        reversions=found.reversions,
        vwap_tracking_bps=found.vwap_tracking_bps,
        timelines=tuple(one for one in found.timelines if one.filled or one.market),
        sources=_sources(orders),
        problems=left_out,
        rows_left_out=rows_out,
        orders_in_all=len(lines),
        orders=shown,
        policy=policy.definitions_of_orders(convention),
        limitations=policy.limitations_of_orders(cover.market_note),
    )
    return OutsideAnalysis(report, lines, by_id, problems)


def _shown(lines: Sequence[OrderLine]) -> tuple[OrderLine, ...]:
    if len(lines) <= MOST_LARGEST + MOST_DEAREST:
        return tuple(lines)
    largest = sorted(lines, key=lambda line: (-line.costs.paper_notional_usd, line.order_id))[:MOST_LARGEST]
    known = [(line.costs.total_usd, line) for line in lines if line.costs.total_usd is not None]
    dearest = sorted(known, key=lambda pair: (-pair[0], pair[1].order_id))[:MOST_DEAREST]
    chosen = {line.order_id for line in largest} | {line.order_id for _, line in dearest}
    return tuple(line for line in lines if line.order_id in chosen)


def _groups(
    rows: Sequence[MeasuredOrder],
    by_id: Mapping[str, OutsideOrder],
    by_side: tuple[GroupLine, ...],
    by_algorithm: tuple[GroupLine, ...],
) -> tuple[Group, ...]:
    """Of algorithm, broker, account and sector those that any order names."""
    named = [
        Group("Session", grouped(rows, lambda row: by_id[row.order.order_id].session.isoformat())),
        Group("Side", by_side),
        Group("Algorithm", by_algorithm) if any(row.order.algorithm for row in rows) else None,
        _named("Broker", rows, [by_id[row.order.order_id].broker for row in rows]),
        _named("Account", rows, [row.order.account for row in rows]),
        _named("Sector", rows, [row.order.sector for row in rows]),
    ]
    return tuple(group for group in named if group is not None)


def _named(title: str, rows: Sequence[MeasuredOrder], names: Sequence[str]) -> Group | None:
    if not any(names):
        return None
    name_of = {row.order.order_id: name or "not named" for row, name in zip(rows, names, strict=True)}
    return Group(title, grouped(rows, lambda row: name_of[row.order.order_id]))


def _sources(orders: Sequence[OutsideOrder]) -> tuple[SourceLine, ...]:
    counts: dict[tuple[str, str], int] = {}
    for order in orders:
        decision = "named in the file" if order.record.decision_price is not None else "unknown"
        pairs = (("Decision price", decision), ("Arrival price", order.arrival_source), ("End price", order.end_source))
        for pair in pairs:
            counts[pair] = counts.get(pair, 0) + 1
    return tuple(SourceLine(price, source, count) for (price, source), count in sorted(counts.items()))


def _rows_summary(cover: OutsideCover, problems: Sequence[ProblemLine]) -> list[str]:
    read = sum(file.rows for file in cover.files)
    out = sum(file.left_out for file in cover.files)
    doubtful = sum(line.rows for line in problems if line.counted)
    sentences = [f"Of {counted(read, 'row')} in {counted(len(cover.files), 'file')}, {counted(out, 'row')} "
                 f"{'is' if out == 1 else 'are'} left out; left_out.csv names each of them."]  # fmt: skip
    if doubtful:
        sentences.append(f"{counted(doubtful, 'remark')} on rows that are counted all the same.")
    return sentences
