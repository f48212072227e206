"""A period's groups add up at every level, rank only what can be ranked, and are the same when written again."""

import json
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tasks.tca.gather_period import gather, write_period
from tasks.tca.period import period_of
from tasks.tca.period_groups import GROUPINGS, group_of, groups_of
from tasks.tca.period_orders import PeriodOrder, orders_of
from tasks.tca.period_outliers import outliers_of
from tasks.tca.statistics import Verdict
from tests.unit.tca.period_desk import NOW, period_order, recorded_session

CENTS = st.integers(-(10**8), 10**8).map(lambda amount: Decimal(amount) / 100)
ORDERS = st.lists(
    st.builds(
        period_order,
        day=st.integers(0, 20),
        number=st.integers(0, 10**6),
        symbol=st.sampled_from(["ABC", "DEF", "XYZ"]),
        sector=st.sampled_from(["Energy", "Staples"]),
        side=st.sampled_from(["BUY", "SELL"]),
        algorithm=st.sampled_from(["vwap", "twap", "pov"]),
        broker=st.sampled_from(["a", "b"]),
        kind=st.sampled_from(["limit", "market", "limit and market"]),
        share_of_adv=st.none() | st.floats(0, 0.5),
        paper_notional_usd=st.integers(1, 10**9).map(lambda amount: Decimal(amount) / 100),
        cost_usd=st.none() | CENTS,
    ),
    max_size=40,
)


@given(ORDERS)
def test_whatever_is_traded_the_groups_of_every_grouping_add_up_to_all_of_it(orders: list[PeriodOrder]) -> None:
    whole = group_of("all", "all orders", orders)
    for _, members in groupby(groups_of(orders), key=lambda group: group.grouping):
        groups = list(members)
        assert sum(group.orders for group in groups) == whole.orders
        assert sum(group.left_out for group in groups) == whole.left_out
        assert sum((group.paper_notional_usd for group in groups), Decimal(0)) == whole.paper_notional_usd
        assert sum((group.cost_usd or Decimal(0) for group in groups), Decimal(0)) == (whole.cost_usd or Decimal(0))


def many(algorithm: str, bps: float, days: int = 12, a_day: int = 3) -> list[PeriodOrder]:
    return [
        period_order(bps + (day % 3) - 1, day, number, algorithm=algorithm)
        for day in range(days)
        for number in range(a_day)
    ]


def test_ranks_are_for_groups_with_sufficient_data_alone():
    lines = groups_of([*many("vwap", 6), *many("twap", 3), *many("pov", 1, days=5)])
    told = {line.name: (line.rank, line.verdict) for line in lines if line.grouping == "algorithm"}
    assert told == {
        "pov": (None, Verdict.INSUFFICIENT),
        "twap": (1, Verdict.COST),
        "vwap": (2, Verdict.COST),
    }


def test_a_group_alone_has_no_rank():
    assert all(line.rank is None for line in groups_of(many("vwap", 6)))


def test_the_basis_points_are_those_of_the_sums():
    dear, cheap = period_order(300, 0), period_order(1, 1, paper_notional_usd=Decimal("990000.00"))
    assert group_of("all", "all", [dear, cheap]).cost_bps == Decimal("3.99"), "300 + 99 USD of a million"


def test_orders_stand_out_from_each_other_and_from_their_forecast():
    like = [period_order(bps, day) for day, bps in enumerate([4, 5, 6, 5, 4, 6, 5])]
    wild, surprising = period_order(250, 8, symbol="WILD"), period_order(5, 9, surprise_z=-4.0, symbol="LUCK")
    assert [line.symbol for line in outliers_of([*like, wild, surprising])] == ["WILD", "LUCK"]


def test_a_session_without_its_total_is_counted_and_in_no_figure():
    line = group_of("all", "all", [period_order(5), period_order(cost_usd=None, number=1)])
    assert (line.orders, line.left_out, line.cost_bps) == (1, 1, Decimal(5))
    empty = group_of("all", "all", [period_order(cost_usd=None)])
    assert (empty.cost_usd, empty.cost_bps, empty.verdict) == (None, None, Verdict.INSUFFICIENT)


def test_recorded_orders_come_to_what_their_sessions_say_and_the_same_bytes_come_again(tmp_path: Path):
    sessions = [recorded_session(tmp_path, date(2022, 12, day)) for day in (27, 28)]
    report = gather("core", "XNYS", period_of(date(2022, 12, 28), "week"), sessions, NOW)
    assert report.all_orders.cost_usd == report.total.total_usd
    assert report.all_orders.orders == report.total.orders == 22
    assert {group.grouping for group in report.groups} == {name for name, _ in GROUPINGS}
    assert {g.name for g in report.groups if g.grouping == "order kind"} >= {"limit"}
    page = write_period(report, tmp_path / "out")
    written = {file.name: file.read_bytes() for file in page.parent.iterdir()}
    write_period(gather("core", "XNYS", report.period, sessions, NOW), tmp_path / "out")
    assert {file.name: file.read_bytes() for file in page.parent.iterdir()} == written
    text = page.read_text()
    assert "insufficient data" in text
    assert "clustered by day" in text
    groups = json.loads(page.with_name("report.json").read_text())["groups"]
    assert {"orders", "days", "cost_bps", "low_bps", "verdict"} <= groups[0].keys()


def test_an_order_is_read_as_its_report_has_it(tmp_path: Path):
    cycle, row = recorded_session(tmp_path, date(2022, 12, 27))
    report = json.loads(Path(row.path).with_name("report.json").read_text())
    read = {order.symbol: order for order in orders_of(cycle.session, report)}
    assert (read["AAPL"].algorithm, read["AAPL"].side, read["AAPL"].kind) == ("vwap", "BUY", "limit")
    assert read["WMT"].filled_at_decision_usd == 0
    assert read["WMT"].realised_bps is None, "nothing was filled, so nothing was forecast"
    assert read["AAPL"].broker == "simulated"
    older = {**report, "orders": [{k: v for k, v in line.items() if k != "trail"} for line in report["orders"]]}
    assert {order.broker for order in orders_of(cycle.session, older)} == {"main"}, "its account, without a trail"
