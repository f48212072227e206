"""A week or a quarter adds up: to the cent from its sessions' own reports, and the ratio is one of sums."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import BadDataError
from tasks.model.ledger_records import FILES, ReportRow
from tasks.tca.gather_period import gather, write_period
from tasks.tca.period import Length, added_up, line_of, period_before, period_of
from tests.sql.one_of_each import CYCLE

NOW = datetime(2023, 1, 2, 12, 0, tzinfo=UTC)
cents = st.integers(-(10**9), 10**9).map(lambda amount: Decimal(amount) / 100)


def told(delay: str | None, trading: str, opportunity: str, fees: str, notional: str, bps: str) -> dict[str, Any]:
    """A session's report.json, as far as a period reads it."""
    parts = [Decimal(part) for part in (delay, trading, opportunity, fees) if part is not None]
    costs = {"delay_usd": delay, "trading_usd": trading, "opportunity_usd": opportunity, "fees_usd": fees}
    costs |= {"paper_notional_usd": notional, "total_usd": str(sum(parts)), "total_bps": bps}
    total = {"orders": 3, "left_out": 1, "filled_value_usd": notional, "costs": costs}
    return {
        "total": total,
        "orders": [],
        "plan": {"lines": []},
        "open_points": [{"subject": "KO", "sentence": "a tenth was not filled"}],
    }


DEAR = told("10.00", "20.00", "0.00", "1.00", "1000.00", "310.00")
CHEAP = told(None, "-5.05", "2.00", "0.10", "99000.00", "-0.30")


def recorded(folder: Path, day: date, report: dict[str, Any]) -> tuple[Any, ReportRow]:
    folder = folder / day.isoformat()
    folder.mkdir(parents=True)
    text = json.dumps(report).encode()
    (folder / "report.json").write_bytes(text)
    hashes = {FILES: {"report.json": sha256(text).hexdigest()}}
    return replace(CYCLE, session=day), ReportRow(CYCLE.cycle_id, str(folder / "report.html"), "", hashes, NOW)


def test_the_last_row_is_the_sum_of_every_column_and_the_ratio_of_two_sums(tmp_path: Path) -> None:
    """A dear small session and a cheap large one: the mean of their basis points would be 154.85."""
    week = period_of(date(2022, 12, 28), "week")
    sessions = [recorded(tmp_path, date(2022, 12, day), report) for day, report in ((27, DEAR), (28, CHEAP))]
    report = gather("demo", "XNYS", week, sessions, NOW)
    total = report.total
    assert (total.orders, total.left_out, total.total_usd) == (6, 2, Decimal("28.05"))
    assert (total.delay_usd, total.trading_usd) == (Decimal("10.00"), Decimal("14.95"))
    assert total.total_bps == Decimal("2.80"), "28.05 USD of 100,000"
    assert report.without_report == (date(2022, 12, 29), date(2022, 12, 30)), "Monday was a holiday"
    assert report.open_points == tuple(f"2022-12-{day}: KO: a tenth was not filled" for day in (27, 28))
    page = write_period(report, tmp_path / "periods" / week.name)
    text = page.read_text()
    assert all(figure in text for figure in ("28.05", "2.80", "n/a", "2022-W52", "2022-12-29, 2022-12-30"))
    assert json.loads(page.with_name("report.json").read_text())["total"]["total_usd"] == "28.05"
    rows = page.with_name("sessions.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["name", "2022-12-27", "2022-12-28"]


@given(st.lists(st.tuples(cents, cents, cents, cents, cents.filter(lambda amount: amount > 0)), min_size=1, max_size=9))
def test_whatever_the_sessions_cost_the_parts_of_the_total_add_up_to_the_cent(costs: list[Any]) -> None:
    lines = [line_of(date(2022, 12, 28), "rebalance", told(*map(str, row), "0.00"), "") for row in costs]
    total = added_up(lines)
    parts = (total.delay_usd, total.trading_usd, total.opportunity_usd, total.fees_usd)
    assert sum((part for part in parts if part is not None), Decimal(0)) == total.total_usd
    assert total.total_usd == sum((line.total_usd or Decimal(0) for line in lines), Decimal(0))
    assert total.paper_notional_usd == sum((line.paper_notional_usd for line in lines), Decimal(0))


def test_a_report_that_is_not_the_one_on_record_is_not_added_up(tmp_path: Path) -> None:
    cycle, row = recorded(tmp_path, date(2022, 12, 27), DEAR)
    file = Path(row.path).with_name("report.json")
    week = period_of(date(2022, 12, 27), "week")
    file.write_text(json.dumps(CHEAP))
    with pytest.raises(BadDataError, match=r"is not the report that is on record; `steelyard review .*2022-12-27`"):
        gather("demo", "XNYS", week, [(cycle, row)], NOW)
    file.unlink()
    with pytest.raises(BadDataError, match="cannot be read"):
        gather("demo", "XNYS", week, [(cycle, row)], NOW)


@pytest.mark.parametrize(
    ("day", "week", "quarter"),
    [
        ("2022-12-31", "2022-W52 2022-12-26 2023-01-01", "2022-Q4 2022-10-01 2022-12-31"),
        ("2023-01-01", "2022-W52 2022-12-26 2023-01-01", "2023-Q1 2023-01-01 2023-03-31"),
        ("2024-12-30", "2025-W01 2024-12-30 2025-01-05", "2024-Q4 2024-10-01 2024-12-31"),
    ],
)
def test_a_day_belongs_to_one_week_and_one_quarter(day: str, week: str, quarter: str) -> None:
    lengths: tuple[tuple[Length, str], ...] = (("week", week), ("quarter", quarter))
    for length, told in lengths:
        found = period_of(date.fromisoformat(day), length)
        assert f"{found.name} {found.first} {found.last}" == told


def test_on_monday_the_week_before_was_over_and_on_the_first_of_april_the_first_quarter() -> None:
    assert period_before(date(2023, 1, 2), "week").name == "2022-W52"
    assert period_before(date(2023, 4, 1), "quarter").name == "2023-Q1"
