"""A book of whole shares trades whole shares everywhere, whatever fractions its broker would take."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.execution import ExecutionSettings
from tasks.execution.schedule import DayShape, schedule
from tasks.model.orders import Algorithm, OrderType, Side, TimeInForce
from tasks.model.plan import PlanLine
from tasks.orders.order_kinds import closing_step, in_steps, planned_step, share_step
from tasks.orders.waves import waves_of
from tests.unit.execution.morning_desk import children, morning, order, run, trades
from tests.unit.execution.paper_desk import CLOSE, OPEN, PaperBroker

D = Decimal
DAY = frozenset({(OrderType.MARKET, TimeInForce.DAY), (OrderType.LIMIT, TimeInForce.DAY)})
LIMIT_DAY = (OrderType.LIMIT, TimeInForce.DAY)
TENTHS = PaperBroker(fractions=DAY).capabilities
WHOLE_ONLY = PaperBroker().capabilities


def worked(tmp_path: Path, shares: str, broker: PaperBroker, **more) -> list[Decimal]:
    """What goes out for one order over the whole day, when everything fills at once."""
    desk = morning(tmp_path, broker, order(shares=shares), worked_by="slices", fractional=False, **more)
    for number in range(1, 6):
        run(desk, number)
        for known in broker.open_orders():
            trades(broker, known.key, known.shares)  # type: ignore[arg-type]
    return [piece.request.shares for piece in children(desk)]


def test_the_step_is_what_book_and_broker_both_trade() -> None:
    assert share_step(LIMIT_DAY, TENTHS, fractional=True) == D("0.1")
    assert share_step(LIMIT_DAY, TENTHS, fractional=False) == 1
    assert share_step(LIMIT_DAY, WHOLE_ONLY, fractional=True) == 1
    assert [planned_step(TENTHS, fractional=f) for f in (True, False)] == [D("0.1"), 1]


def test_a_position_is_closed_in_the_step_of_the_broker_alone() -> None:
    assert (closing_step(TENTHS), closing_step(WHOLE_ONLY)) == (D("0.1"), 1)


@pytest.mark.parametrize("algorithm", [Algorithm.TWAP, Algorithm.VWAP, Algorithm.POV])
def test_a_whole_share_book_schedules_whole_shares_at_a_broker_of_fractions(algorithm) -> None:
    settings, hours = ExecutionSettings(waves=4), (OPEN, CLOSE)
    shape = DayShape(hours, waves_of(hours, settings), 0.02, 2.0)
    line = PlanLine("AAPL", Side.SELL, D(243), "", "", D(400), D(130), 0.0, 0.0, algorithm)
    planned = schedule(line, shape, settings, TENTHS, fractional=False)
    assert all(shares % 1 == 0 for _, shares in planned)
    assert sum(shares for _, shares in planned) == 243


@pytest.mark.parametrize("shares", ["43", "1"])
def test_slices_and_sweep_of_a_whole_share_book_are_whole(tmp_path: Path, shares: str) -> None:
    sent = worked(tmp_path, shares, PaperBroker(fractions=DAY))
    assert all(part % 1 == 0 for part in sent)
    assert sum(sent) == D(shares)


def test_the_fraction_of_a_position_that_is_closed_goes_out_once_and_all_else_is_whole(tmp_path: Path) -> None:
    sent = worked(tmp_path, "43.3", PaperBroker(fractions=DAY))
    assert sorted(part % 1 for part in sent) == [0, 0, 0, D("0.3")]
    assert sum(sent) == D("43.3")


def test_cash_that_is_short_cuts_to_whole_shares(tmp_path: Path) -> None:
    """The account holds 100,000 USD, and 1,000 shares at 130 cost more."""
    sent = worked(tmp_path, "1000", PaperBroker(fractions=DAY), child_order="market", limit_offset_bps=0)
    assert sent
    assert all(part % 1 == 0 for part in sent)


@given(st.integers(0, 500), st.integers(0, 500), st.booleans(), st.sampled_from([TENTHS, WHOLE_ONLY]))
def test_no_slice_is_more_than_is_due_and_a_whole_share_book_splits_one_fraction_at_most(due, later, fractional, table):
    shares, remaining = D(due) / 10, D(due + later) / 10
    part = in_steps(shares, remaining, LIMIT_DAY, table, fractional=fractional)
    assert part <= shares
    if not fractional:
        assert part % 1 in (0, remaining % 1)
