"""The report as data: everything it will say, added up and put into words, before anything is drawn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from tasks.model.plan import Finding, Plan
from tasks.tca import policy
from tasks.tca import summary as wording
from tasks.tca.buckets import liquidity_bucket, size_bucket
from tasks.tca.costs import CostParts
from tasks.tca.coverage import CoverageLine, coverage_lines
from tasks.tca.estimates import EstimateTotal
from tasks.tca.fill_quality import FillQualityLine, fill_quality
from tasks.tca.inputs import ApprovalRecord, Break, ReportInputs, StepRecord, TargetsSummary, WaveRecord
from tasks.tca.latencies import LatencyLine, latency_lines
from tasks.tca.mark_outs import ReversionLine
from tasks.tca.measurement import measure_orders
from tasks.tca.not_traded import DragLine, drag_lines
from tasks.tca.open_points import OpenPoint, open_points
from tasks.tca.order_line import OrderLine
from tasks.tca.scorecard import TargetLine, scorecard
from tasks.tca.session_record import Provenance, SessionException
from tasks.tca.shortfall import Convention
from tasks.tca.spread_lines import SpreadLine, spread_line
from tasks.tca.statistics import GroupLine, grouped
from tasks.tca.timeline import Timeline
from tasks.tca.what_if_summary import WhatIf, what_if

SCHEMA = "steelyard.tca/1"


@dataclass(frozen=True, slots=True)
class Cover:
    """Which session, plan and prices a report is about."""

    report_id: str
    version: int
    corrects: str
    """SHA-256 of the signed report.json that this one corrects; empty for the first version."""
    book: str
    session: date
    account: str
    plan_hash: str
    plan_revision: int
    decided_at: datetime
    snapshot_sha256: str
    generated_at: datetime
    reconciled_at: datetime | None
    provenance: Provenance
    policy_sha256: str
    """Of the definitions and limitations that this report prints, as JSON."""
    market_note: str
    cost_model: str
    """What the estimates were forecast by: the book file's figures, or the calibrated version."""
    convention: Convention
    currency: str
    nav_usd: Decimal
    links: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TcaReport:
    """One book's session; amounts USD in cents, costs positive when they hurt, None is `n/a`."""

    schema: str
    cover: Cover
    summary: tuple[str, ...]
    open_points: tuple[OpenPoint, ...]
    """What must be explained before somebody signs."""
    total: GroupLine
    total_other_convention: CostParts
    scorecard: tuple[TargetLine, ...]
    """What the book asks of its executions beside what came of it."""
    score_thresholds_bps: tuple[Decimal, ...]
    fill_quality: tuple[FillQualityLine, ...]
    reversions: tuple[ReversionLine, ...]
    spread: SpreadLine
    """By the quotes known when the child orders were sent, over all orders."""
    not_traded: tuple[DragLine, ...]
    """What it cost not to be at the targets, by cause."""
    by_side: tuple[GroupLine, ...]
    by_algorithm: tuple[GroupLine, ...]
    by_sector: tuple[GroupLine, ...]
    by_broker: tuple[GroupLine, ...]
    by_account: tuple[GroupLine, ...]
    by_size: tuple[GroupLine, ...]
    """Of the whole order at its decision price, USD."""
    by_liquidity: tuple[GroupLine, ...]
    """Of the whole order, as a part of average daily volume."""
    orders: tuple[OrderLine, ...]
    coverage: tuple[CoverageLine, ...]
    """Of how many orders each figure is known."""
    estimates: EstimateTotal | None
    vwap_tracking_bps: float | None
    """Mean absolute cost against the interval VWAP over the orders that have one."""
    timelines: tuple[Timeline, ...]
    what_if: WhatIf | None
    """Other algorithms replayed on the session's bars; simulated."""
    plan: Plan
    drift_sentence: str
    targets: TargetsSummary | None
    findings: tuple[Finding, ...]
    approval: ApprovalRecord | None
    waves: tuple[WaveRecord, ...]
    latencies: tuple[LatencyLine, ...]
    steps: tuple[StepRecord, ...]
    breaks: tuple[Break, ...]
    exceptions: tuple[SessionException, ...]
    """What went another way than straight through, from the record."""
    policy: tuple[tuple[str, str], ...]
    """Term and definition of every figure."""
    limitations: tuple[str, ...]


def build_report(inputs: ReportInputs, convention: Convention = Convention.WHOLE_ORDER) -> TcaReport:
    """Measure every order, add up, and say what a reviewer must know; a pure function of its inputs."""
    found = measure_orders(inputs.orders, convention, inputs.explanations)
    rows, lines, total, estimates = found.rows, found.orders, found.total, found.estimates
    points = open_points(inputs, lines)
    quality = fill_quality(inputs.orders)
    return TcaReport(
        schema=SCHEMA,
        cover=_cover(inputs, convention),
        summary=wording.summary(inputs, total, lines, estimates, points),
        open_points=points,
        total=total,
        total_other_convention=found.total_other_convention,
        scorecard=scorecard(total, quality, inputs.asked),
        score_thresholds_bps=inputs.asked.score_thresholds_bps,
        fill_quality=quality,
        reversions=found.reversions,
        spread=spread_line("total", [(row.order, line.quoted_fills) for row, line in zip(rows, lines, strict=True)]),
        not_traded=drag_lines(inputs.plan, inputs.orders, _closes(inputs), inputs.refused_orders),
        by_side=found.by_side,
        by_algorithm=found.by_algorithm,
        by_sector=grouped(rows, lambda row: row.order.sector or "unclassified"),
        by_broker=grouped(rows, lambda row: row.order.trail.broker or "not known"),
        by_account=grouped(rows, lambda row: row.order.account),
        by_size=grouped(rows, lambda row: size_bucket(row.order)),
        by_liquidity=grouped(rows, lambda row: liquidity_bucket(row.order)),
        orders=lines,
        coverage=coverage_lines(rows, lines),
        estimates=estimates,
        vwap_tracking_bps=found.vwap_tracking_bps,
        timelines=found.timelines,
        what_if=what_if([row.order for row in rows], inputs.trading_windows, inputs.max_participation),
        plan=inputs.plan,
        drift_sentence=inputs.drift_sentence,
        targets=inputs.targets,
        findings=inputs.findings,
        approval=inputs.approval,
        waves=inputs.waves,
        latencies=latency_lines(inputs.submit_seconds),
        steps=inputs.steps,
        breaks=inputs.breaks,
        exceptions=inputs.exceptions,
        policy=policy.definitions(convention),
        limitations=policy.limitations(inputs.market_note),
    )


def _cover(inputs: ReportInputs, convention: Convention) -> Cover:
    return Cover(
        report_id=_report_id(inputs),
        version=inputs.version.number,
        corrects=inputs.version.corrects,
        book=inputs.book,
        session=inputs.session,
        account=inputs.account,
        plan_hash=inputs.plan_hash,
        plan_revision=inputs.plan.revision,
        decided_at=inputs.plan.decided_at,
        snapshot_sha256=inputs.snapshot_sha256,
        generated_at=inputs.generated_at,
        reconciled_at=inputs.reconciled_at,
        provenance=inputs.provenance,
        policy_sha256=_policy_sha256(convention),
        market_note=inputs.market_note,
        cost_model=inputs.cost_model,
        convention=convention,
        currency="USD",
        nav_usd=inputs.plan.nav_usd,
        links=dict(inputs.links),
    )


def _policy_sha256(convention: Convention) -> str:
    """Of what holds for every session alike: where this one's market data come from is no part of a policy."""
    words = [policy.definitions(convention), policy.limitations("")]
    return sha256(json.dumps(words, separators=(",", ":")).encode()).hexdigest()


def _report_id(inputs: ReportInputs) -> str:
    number = inputs.version.number
    later = f"-v{number}" if number > 1 else ""
    return f"tca-{inputs.book}-{inputs.session.isoformat()}-r{inputs.plan.revision}{later}"


def _closes(inputs: ReportInputs) -> dict[str, Decimal]:
    """The auction's own price where there is one, else that of the session's valuation."""
    auctions = {order.symbol: order.session_close for order in inputs.orders if order.session_close is not None}
    return {**inputs.closing_prices, **auctions}
