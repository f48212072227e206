"""A week or a quarter as one report: the totals of its sessions' reports, added up. Pure.

Nothing is measured anew: every figure is one of a session's report, or a sum of such, or a ratio of two sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from tasks.model.money import BPS, allocated, exact_sum
from tasks.tca.committee_questions import SessionReview
from tasks.tca.comparisons import Comparison
from tasks.tca.costs import BPS_UNIT
from tasks.tca.intention_to_treat import ExperimentResult
from tasks.tca.period_changes import Change
from tasks.tca.period_groups import PeriodGroup
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.period_outliers import PeriodOutlier
from tasks.tca.policy_version import PolicyVersion

SCHEMA = "steelyard.tca-period/2"
Length = Literal["week", "quarter"]


@dataclass(frozen=True, slots=True)
class Period:
    """From first to last, both included: Monday to Sunday, or three calendar months."""

    length: Length
    name: str
    """2022-W52 (ISO 8601) or 2022-Q4."""
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class PeriodLine:
    """One session, or all of them: USD in cents, positive is a cost; None is `n/a`."""

    name: str
    kind: str
    orders: int
    left_out: int
    """Orders without a known total; they are in no figure."""
    filled_value_usd: Decimal
    paper_notional_usd: Decimal
    delay_usd: Decimal | None
    trading_usd: Decimal | None
    opportunity_usd: Decimal | None
    fees_usd: Decimal | None
    total_usd: Decimal | None
    total_bps: Decimal | None
    """Of the paper notional: of a session as its own report has it, of all the ratio of the two sums."""
    report_sha256: str = ""
    """Of the session's report.json, as it is in the audit chain."""


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """What a period came to."""

    schema: str
    book: str
    period: Period
    total: PeriodLine
    sessions: tuple[PeriodLine, ...]
    without_report: tuple[date, ...]
    """Sessions of the exchange, up to the day of writing, on which the book has no report."""
    open_points: tuple[str, ...]
    """Of the sessions' reports, each with its session."""
    all_orders: PeriodGroup
    """Every order of the period in one line."""
    groups: tuple[PeriodGroup, ...]
    """By algorithm, broker, kind, side, size, sector and symbol; each grouping adds up to `all_orders`."""
    comparisons: tuple[Comparison, ...]
    """Algorithms and brokers, each with each."""
    experiments: tuple[ExperimentResult, ...]
    period_before: str
    """Name of the period that the changes are against."""
    changes: tuple[Change, ...]
    policy_versions: tuple[PolicyVersion, ...]
    reviews: tuple[SessionReview, ...]
    questions: tuple[str, ...]
    """For the committee."""
    outliers: tuple[PeriodOutlier, ...]
    orders: tuple[PeriodOrder, ...]
    """Every order behind the figures, as its session's report has it."""
    generated_at: datetime


def period_of(day: date, length: Length) -> Period:
    """The one that a day belongs to."""
    if length == "week":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return Period(length, f"{year}-W{week:02d}", first, first + timedelta(days=6))
    quarter = (day.month - 1) // 3
    following = date(day.year + quarter // 3, (quarter * 3 + 3) % 12 + 1, 1)
    first = date(day.year, quarter * 3 + 1, 1)
    return Period(length, f"{day.year}-Q{quarter + 1}", first, following - timedelta(days=1))


def period_before(day: date, length: Length) -> Period:
    """The last one that was over before a day began."""
    return period_of(period_of(day, length).first - timedelta(days=1), length)


def line_of(session: date, kind: str, report: Mapping[str, Any], sha256: str) -> PeriodLine:
    """The total of a session's report.json."""
    total = report["total"]
    costs = total["costs"]
    return PeriodLine(
        name=session.isoformat(),
        kind=kind,
        orders=total["orders"],
        left_out=total["left_out"],
        filled_value_usd=Decimal(total["filled_value_usd"]),
        paper_notional_usd=Decimal(costs["paper_notional_usd"]),
        delay_usd=_amount(costs["delay_usd"]),
        trading_usd=_amount(costs["trading_usd"]),
        opportunity_usd=_amount(costs["opportunity_usd"]),
        fees_usd=_amount(costs["fees_usd"]),
        total_usd=_amount(costs["total_usd"]),
        total_bps=_amount(costs["total_bps"]),
        report_sha256=sha256,
    )


def added_up(lines: Sequence[PeriodLine]) -> PeriodLine:
    """The sums of every column, and the ratio of the two sums: never a mean of basis points."""
    notional = exact_sum(line.paper_notional_usd for line in lines)
    total = _sum_known(line.total_usd for line in lines)
    bps = None if total is None or notional <= 0 else allocated([total / notional * BPS], BPS_UNIT)[0]
    return PeriodLine(
        name="total",
        kind="",
        orders=sum(line.orders for line in lines),
        left_out=sum(line.left_out for line in lines),
        filled_value_usd=exact_sum(line.filled_value_usd for line in lines),
        paper_notional_usd=notional,
        delay_usd=_sum_known(line.delay_usd for line in lines),
        trading_usd=_sum_known(line.trading_usd for line in lines),
        opportunity_usd=_sum_known(line.opportunity_usd for line in lines),
        fees_usd=_sum_known(line.fees_usd for line in lines),
        total_usd=total,
        total_bps=bps,
    )


def _sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
