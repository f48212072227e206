"""The report over orders and executions of another desk, as data: what our own report says of orders, and no more.

There is no plan, no approval, no wave and no comparison with a broker in it, because the files do not have them. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tasks.model.money import number
from tasks.tca import policy
from tasks.tca import summary as wording
from tasks.tca.costs import BPS_UNIT, CostParts, MeasuredOrder
from tasks.tca.mark_outs import ReversionLine
from tasks.tca.measurement import measure_orders
from tasks.tca.open_points import OpenPoint, points_of_orders
from tasks.tca.order_line import OrderLine
from tasks.tca.outside.build_records import NAMED, UNKNOWN, OutsideOrder
from tasks.tca.outside.many_orders import ManyOrders, reversion_lines_of
from tasks.tca.outside.many_rows import sources_of
from tasks.tca.outside.prepare import MOST_DEAREST, MOST_LARGEST, Prepared
from tasks.tca.outside.problems import ProblemLine, problem_lines
from tasks.tca.outside.raw_table import InputFile
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import GroupLine, grouped
from tasks.tca.summary import FillCounts
from tasks.tca.timeline import Timeline
from tasks.wording import counted

SCHEMA = "steelyard.tca-outside/1"


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
    found: Prepared
    """All orders, and every problem."""


def analyse(found: Prepared, cover: OutsideCover, convention: Convention) -> OutsideAnalysis:
    """Measure every order, add up, and say what was left out; a pure function of its inputs."""
    measured = _one_by_one(found, convention) if found.many is None else _in_columns(found, found.many)
    return OutsideAnalysis(_report(measured, found, cover, convention), measured.lines, measured.by_id, found)


@dataclass(frozen=True)
class _Measured:
    """What a report says of orders, however they were measured."""

    lines: tuple[OrderLine, ...]
    """All, or those that are shown."""
    shown: tuple[OrderLine, ...]
    by_id: Mapping[str, OutsideOrder]
    counts: FillCounts
    total: GroupLine
    total_other_convention: CostParts
    groups: tuple[Group, ...]
    reversions: tuple[ReversionLine, ...]
    vwap_tracking_bps: float | None
    timelines: tuple[Timeline, ...]
    sources: Mapping[tuple[str, str], int]
    points_in_all: int


def _one_by_one(found: Prepared, convention: Convention) -> _Measured:
    by_id = {order.record.order_id: order for order in found.orders}
    measured = measure_orders([order.record for order in found.orders], convention)
    lines = tuple(replace(line, worked_by=by_id[line.order_id].broker) for line in measured.orders)
    return _Measured(
        lines=lines,
        shown=_shown(lines),
        by_id=by_id,
        counts=wording.counts_of(lines),
        total=measured.total,
        total_other_convention=measured.total_other_convention,
        groups=_groups(measured.rows, by_id, measured.by_side, measured.by_algorithm),
        reversions=measured.reversions,
        vwap_tracking_bps=measured.vwap_tracking_bps,
        timelines=measured.timelines,
        sources=_source_counts(found.orders),
        points_in_all=len(points_of_orders(lines)),
    )


def _in_columns(found: Prepared, many: ManyOrders) -> _Measured:
    """All figures of all orders, and lines of those that are shown."""
    by_id = {order.record.order_id: order for order in found.orders}
    scores = many.scores
    measured = measure_orders([order.record for order in found.orders], many.convention)
    lines = tuple(
        replace(line, worked_by=by_id[line.order_id].broker, outlier_z=number(scores.get(line.order_id), BPS_UNIT))
        for line in measured.orders
    )
    return _Measured(
        lines=lines,
        shown=lines,
        by_id=by_id,
        counts=many.counts,
        total=many.total,
        total_other_convention=many.total_other_convention,
        groups=tuple(Group(title, many.groups(names)) for title, names in many.named.items()),
        reversions=reversion_lines_of(many),
        vwap_tracking_bps=many.vwap_tracking_bps,
        timelines=measured.timelines,
        sources=sources_of(many),
        points_in_all=many.points_in_all,
    )


def _report(measured: _Measured, found: Prepared, cover: OutsideCover, convention: Convention) -> OutsideReport:
    named = {line.order_id for line in measured.shown}
    left_out = problem_lines(found.problems)
    summary = wording.orders_summary(measured.total, measured.counts, measured.shown)
    return OutsideReport(
        schema=SCHEMA,
        cover=cover,
        summary=(*summary, *_rows_summary(cover, left_out)),
        points=tuple(point for line_id, point in points_of_orders(measured.lines) if line_id in named),
        points_in_all=measured.points_in_all,
        total=measured.total,
        total_other_convention=measured.total_other_convention,
        groups=measured.groups,
        reversions=measured.reversions,
        vwap_tracking_bps=measured.vwap_tracking_bps,
        timelines=tuple(one for one in measured.timelines if one.filled or one.market),
        sources=tuple(SourceLine(price, source, n) for (price, source), n in sorted(measured.sources.items())),
        problems=left_out,
        rows_left_out=sum(file.left_out for file in cover.files),
        orders_in_all=measured.counts.orders,
        orders=measured.shown,
        policy=policy.definitions_of_orders(convention),
        limitations=policy.limitations_of_orders(cover.market_note),
    )


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


def _source_counts(orders: Sequence[OutsideOrder]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for order in orders:
        decision = NAMED if order.record.decision_price is not None else UNKNOWN
        pairs = (("Decision price", decision), ("Arrival price", order.arrival_source), ("End price", order.end_source))
        for pair in pairs:
            counts[pair] = counts.get(pair, 0) + 1
    return counts


def _rows_summary(cover: OutsideCover, problems: Sequence[ProblemLine]) -> list[str]:
    read = sum(file.rows for file in cover.files)
    out = sum(file.left_out for file in cover.files)
    doubtful = sum(line.rows for line in problems if line.counted)
    sentences = [f"Of {counted(read, 'row')} in {counted(len(cover.files), 'file')}, {counted(out, 'row')} "
                 f"{'is' if out == 1 else 'are'} left out; left_out.csv names each of them."]  # fmt: skip
    if doubtful:
        sentences.append(f"{counted(doubtful, 'remark')} on rows that are counted all the same.")
    return sentences
