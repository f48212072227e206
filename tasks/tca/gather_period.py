"""The reports of a period's sessions, read as they were recorded and put into one, as HTML, JSON and CSV."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tasks.audit.report_files import JSON
from tasks.journal import Journal
from tasks.market_data import calendar
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.model.review import Review
from tasks.tca.committee_questions import Facts, SessionReview, questions_of
from tasks.tca.comparisons import comparisons_of
from tasks.tca.export import csv_text, plain
from tasks.tca.intention_to_treat import experiments_of
from tasks.tca.period import SCHEMA, Period, PeriodLine, PeriodReport, added_up, line_of, period_before
from tasks.tca.period_changes import changes_of, score_of
from tasks.tca.period_charts import period_charts
from tasks.tca.period_groups import LEAST, PeriodGroup, group_of, groups_of
from tasks.tca.period_orders import PeriodOrder, drawn_of, orders_of
from tasks.tca.period_outliers import outliers_of
from tasks.tca.policy_version import Sections, policy_versions
from tasks.tca.render import environment
from tasks.tca.statistics import OUTLIER_Z
from tasks.tca.under_review import recorded_report, under_review
from tasks.tca.write import replace_file

Reported = tuple[Cycle, ReportRow]


def reported_sessions(journal: Journal, book: str, period: Period) -> list[Reported]:
    """The sessions of a period that have a report, oldest first; a liquidation is one of its own."""
    return sessions_between(journal, book, period.first, period.last)


def sessions_between(journal: Journal, book: str, first: date, last: date) -> list[Reported]:
    """The same of any span, both ends included."""
    cycles = [cycle for cycle in journal.cycles.all(book) if first <= cycle.session <= last]
    found = [(cycle, journal.books.newest_report(cycle.cycle_id)) for cycle in cycles]
    known = [(cycle, row) for cycle, row in found if row is not None]
    return sorted(known, key=lambda pair: (pair[0].session, pair[0].kind))


@dataclass(frozen=True, slots=True)
class Beside:
    """What a period is held against, beside its own reports."""

    before: tuple[Reported, ...] = ()
    """The sessions of the period before."""
    policies: tuple[tuple[date, Sections], ...] = ()
    """The sections of the book that each session was worked by, oldest first."""
    reviews: tuple[SessionReview, ...] = ()


NOTHING = Beside()


def reviews_of(journal: Journal, sessions: Sequence[Reported]) -> tuple[SessionReview, ...]:
    """How far the review of each session has come. Raises: as `gather`."""
    return tuple(_review(cycle, under_review(journal, cycle).review) for cycle, _ in sessions)


def _review(cycle: Cycle, review: Review) -> SessionReview:
    escalated = sum(point.word is not None for point in review.open_points)
    signed_by = review.signature.who if review.signature else ""
    return SessionReview(cycle.session, cycle.kind, len(review.open_points), escalated, signed_by)


def gather(
    book: str, exchange: str, period: Period, sessions: Sequence[Reported], now: datetime, beside: Beside = NOTHING
) -> PeriodReport:
    """Raises: BadDataError where a session's report is not on the disk as it was recorded."""
    read = [(cycle, *_recorded(cycle, row)) for cycle, row in sessions]
    earlier = [(cycle, recorded_report(cycle, row)) for cycle, row in beside.before]
    lines = tuple(line_of(cycle.session, cycle.kind, report, hashed) for cycle, report, hashed in read)
    orders = tuple(order for cycle, report, _ in read for order in orders_of(cycle.session, report))
    groups, outliers = groups_of(orders), outliers_of(orders)
    without = _without({cycle.session for cycle, _ in sessions}, exchange, period, now)
    versions = policy_versions(beside.policies)
    changes = tuple(
        changes_of(
            [order for cycle, report in earlier for order in orders_of(cycle.session, report)],
            orders,
            (_scores([report for _, report in earlier]), _scores([report for _, report, _ in read])),
        )
    )
    asked = beside.policies[-1][1][0].total_cost_bps if beside.policies else None
    return PeriodReport(
        schema=SCHEMA,
        book=book,
        period=period,
        total=added_up(lines),
        sessions=lines,
        without_report=without,
        open_points=tuple(point for cycle, report, _ in read for point in _open(cycle, report)),
        all_orders=group_of("all", "all orders", orders),
        groups=groups,
        comparisons=comparisons_of(orders),
        experiments=experiments_of(orders, [draw for _, report, _ in read for draw in drawn_of(report).values()]),
        period_before=period_before(period.first, period.length).name,
        changes=changes,
        policy_versions=versions,
        reviews=beside.reviews,
        questions=questions_of(Facts(asked, groups, outliers, changes, versions, beside.reviews, without)),
        outliers=outliers,
        orders=orders,
        generated_at=now,
    )


def write_period(report: PeriodReport, folder: Path) -> Path:
    """Write the page, its figures as JSON, and sessions, orders and groups as CSV, each whole; returns the page."""
    groups = [(name, list(members)) for name, members in groupby(report.groups, key=lambda group: group.grouping)]
    drawn = period_charts(report.groups, report.all_orders, report.orders)
    page = (
        environment()
        .get_template("period.html.j2")
        .render(
            report=report,
            lines=(*report.sessions, report.total),
            groupings=groups,
            charts={name: Markup(svg) for name, svg in drawn.items()},
            least_orders=LEAST[0],
            least_days=LEAST[1],
            outlier_z=OUTLIER_Z,
        )
    )
    texts = {
        "report.html": page,
        JSON: json.dumps(plain(report), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
        "sessions.csv": csv_text(_rows(report.sessions, PeriodLine)),
        "orders.csv": csv_text(_rows(report.orders, PeriodOrder)),
        "groups.csv": csv_text(_rows((report.all_orders, *report.groups), PeriodGroup)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        replace_file(folder / name, text.encode())
    return folder / "report.html"


def _rows(lines: Sequence[object], kind: type) -> list[dict[str, object]]:
    return [{item.name: getattr(line, item.name) for item in fields(kind)} for line in lines]


def _recorded(cycle: Cycle, row: ReportRow) -> tuple[Mapping[str, Any], str]:
    """The figures of a session's report, and their hash as it is in the audit chain."""
    return recorded_report(cycle, row), row.hashes[JSON]


def _scores(reports: Sequence[Mapping[str, Any]]) -> list[float]:
    return [score for report in reports if (score := score_of(report)) is not None]


def _open(cycle: Cycle, report: Mapping[str, Any]) -> list[str]:
    return [f"{cycle.session}: {one['subject']}: {one['sentence']}" for one in report["open_points"]]


def _without(known: set[date], exchange: str, period: Period, now: datetime) -> tuple[date, ...]:
    last = min(period.last, now.astimezone(calendar.ZONE).date())
    days = [stamp.date() for stamp in calendar.sessions_between(period.first, last, exchange)]
    return tuple(day for day in days if day not in known)
