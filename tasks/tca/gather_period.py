"""The reports of a period's sessions, read as they were recorded and put into one, as HTML, JSON and CSV."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from tasks.audit.report_files import JSON
from tasks.journal import Journal
from tasks.market_data import calendar
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import ReportRow
from tasks.tca.comparisons import comparisons_of
from tasks.tca.export import csv_text, plain
from tasks.tca.intention_to_treat import experiments_of
from tasks.tca.period import SCHEMA, Period, PeriodLine, PeriodReport, added_up, line_of
from tasks.tca.period_groups import LEAST, PeriodGroup, group_of, groups_of
from tasks.tca.period_orders import drawn_of, orders_of
from tasks.tca.period_outliers import outliers_of
from tasks.tca.render import environment
from tasks.tca.statistics import OUTLIER_Z
from tasks.tca.under_review import recorded_report
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


def gather(book: str, exchange: str, period: Period, sessions: Sequence[Reported], now: datetime) -> PeriodReport:
    """Raises: BadDataError where a session's report is not on the disk as it was recorded."""
    read = [(cycle, *_recorded(cycle, row)) for cycle, row in sessions]
    lines = tuple(line_of(cycle.session, cycle.kind, report, hashed) for cycle, report, hashed in read)
    orders = tuple(order for cycle, report, _ in read for order in orders_of(cycle.session, report))
    return PeriodReport(
        schema=SCHEMA,
        book=book,
        period=period,
        total=added_up(lines),
        sessions=lines,
        without_report=_without({cycle.session for cycle, _ in sessions}, exchange, period, now),
        open_points=tuple(point for cycle, report, _ in read for point in _open(cycle, report)),
        all_orders=group_of("all", "all orders", orders),
        groups=groups_of(orders),
        comparisons=comparisons_of(orders),
        experiments=experiments_of(orders, [draw for _, report, _ in read for draw in drawn_of(report).values()]),
        outliers=outliers_of(orders),
        generated_at=now,
    )


def write_period(report: PeriodReport, folder: Path) -> Path:
    """Write report.html, report.json, sessions.csv and groups.csv, each whole or not there; returns the page."""
    groups = [(name, list(members)) for name, members in groupby(report.groups, key=lambda group: group.grouping)]
    page = (
        environment()
        .get_template("period.html.j2")
        .render(
            report=report,
            lines=(*report.sessions, report.total),
            groupings=groups,
            least_orders=LEAST[0],
            least_days=LEAST[1],
            outlier_z=OUTLIER_Z,
        )
    )
    texts = {
        "report.html": page,
        JSON: json.dumps(plain(report), ensure_ascii=False, allow_nan=False, indent=1) + "\n",
        "sessions.csv": csv_text(_rows(report.sessions, PeriodLine)),
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


def _open(cycle: Cycle, report: Mapping[str, Any]) -> list[str]:
    return [f"{cycle.session}: {one['subject']}: {one['sentence']}" for one in report["open_points"]]


def _without(known: set[date], exchange: str, period: Period, now: datetime) -> tuple[date, ...]:
    last = min(period.last, now.astimezone(calendar.ZONE).date())
    days = [stamp.date() for stamp in calendar.sessions_between(period.first, last, exchange)]
    return tuple(day for day in days if day not in known)
