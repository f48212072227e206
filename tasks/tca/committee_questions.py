"""What a committee has to ask itself of a period, from its facts alone: no question without a figure or a date."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tasks.tca.period_changes import INSUFFICIENT, NOISE, Change
from tasks.tca.period_groups import PeriodGroup
from tasks.tca.period_outliers import PeriodOutlier
from tasks.tca.policy_version import PolicyVersion
from tasks.tca.statistics import Verdict
from tasks.tca.summary import ALGORITHM_NAMES
from tasks.wording import counted

MOST_NAMED = 6
JUDGED = ("algorithm", "broker", "order kind", "symbol")


@dataclass(frozen=True, slots=True)
class SessionReview:
    """How far the review of one session's report has come."""

    session: date
    kind: str
    open_points: int
    """Not looked at, or handed up."""
    escalated: int
    signed_by: str
    """Empty while nobody has signed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the questions are drawn from."""

    target_bps: Decimal | None
    """What the book asks of its whole cost; None where no policy is on record."""
    groups: Sequence[PeriodGroup]
    outliers: Sequence[PeriodOutlier]
    changes: Sequence[Change]
    versions: Sequence[PolicyVersion]
    reviews: Sequence[SessionReview]
    without_report: Sequence[date]


def questions_of(facts: Facts) -> tuple[str, ...]:
    """In the order in which a committee would take them; empty where nothing is left to ask."""
    return (
        *_worst_group(facts),
        *_insufficient(facts.groups),
        *_changed(facts.changes),
        *_policy(facts.versions),
        *_outliers(facts.outliers),
        *_dispositions(facts.reviews),
        *_signatures(facts.reviews),
        *_missing(facts.without_report),
    )


def _worst_group(facts: Facts) -> Iterator[str]:
    """Of all groups with sufficient data the dearest, where it is above what the book asks."""
    judged = [g for g in facts.groups if g.grouping in JUDGED and g.verdict is not Verdict.INSUFFICIENT]
    worst = max(judged, key=lambda group: (group.cost_bps or Decimal(0), group.name), default=None)
    if worst is None or facts.target_bps is None or worst.cost_bps is None or worst.low_bps is None:
        return
    if worst.cost_bps >= facts.target_bps:
        sure = "is above it" if worst.low_bps > facts.target_bps else "may still be within it"
        yield (
            f"By {worst.grouping} {_label(worst)} was the dearest: {worst.cost_bps} bps of {worst.orders} orders on "
            f"{worst.days} days (95 % interval {worst.low_bps} to {worst.high_bps}) against below "
            f"{facts.target_bps:f} bps asked; the interval {sure}. What is done about it?"
        )


def _insufficient(groups: Sequence[PeriodGroup]) -> Iterator[str]:
    few = [g for g in groups if g.grouping in ("algorithm", "broker") and g.verdict is Verdict.INSUFFICIENT]
    if few:
        named = _named([f"{_label(group)} ({counted(group.orders, 'order')})" for group in few])
        yield f"Insufficient data on {named}: on what is the choice of them based, and should an experiment decide?"


def _changed(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        if change.verdict not in (INSUFFICIENT, NOISE):
            yield (
                f"The {change.measure} is {change.verdict} than in the period before: {change.now} against "
                f"{change.before} {change.unit} (95 % interval of the difference {change.low} to {change.high}). Why?"
            )


def _policy(versions: Sequence[PolicyVersion]) -> Iterator[str]:
    for version in versions:
        if version.changes:
            yield f"The policy changed on {version.first} ({'; '.join(version.changes)}): who decided that, and why?"


def _outliers(outliers: Sequence[PeriodOutlier]) -> Iterator[str]:
    mute = [f"{line.session} {line.symbol}" for line in outliers if not line.explanation]
    if mute:
        stands = counted(len(mute), "order stands", "orders stand")
        yield f"{stands} out without an explanation in their reports ({_named(mute)}): what happened?"


def _dispositions(reviews: Sequence[SessionReview]) -> Iterator[str]:
    still = [review for review in reviews if review.open_points]
    if still:
        points, escalated = sum(r.open_points for r in still), sum(r.escalated for r in still)
        named = _named([f"{review.session}: {review.open_points}" for review in still])
        stand = counted(points, "point is", "points are")
        yield f"{stand} still open, {escalated} of them escalated ({named}): who decides them?"


def _signatures(reviews: Sequence[SessionReview]) -> Iterator[str]:
    unsigned = [f"{review.session}" for review in reviews if not review.signed_by]
    if unsigned:
        count = f"{len(unsigned)} of {counted(len(reviews), 'report')}"
        yield f"Nobody has signed {count} of the period ({_named(unsigned)}): who does, and when?"


def _missing(days: Sequence[date]) -> Iterator[str]:
    if days:
        named = _named([day.isoformat() for day in days])
        yield f"{counted(len(days), 'session has', 'sessions have')} no report ({named}): was that meant?"


def _label(group: PeriodGroup) -> str:
    return ALGORITHM_NAMES.get(group.name, group.name)


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
