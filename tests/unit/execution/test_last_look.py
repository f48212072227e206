"""Every slice is asked again before it is sent, with what the account, the market and the session are by now."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.execution.pre_send_checks import BENDS_FOR_A_LIQUIDATION, CAPS, CHECKS, look_once_more
from tasks.execution.wave import _decide_and_commit
from tasks.execution.wave_inputs import SliceDraft
from tasks.market_data.market_figures import MarketFigures
from tasks.model.cycle import Checkpoint, Cycle
from tasks.model.market import Quote
from tasks.model.orders import Algorithm, OrderState, OrderType, Side, TimeInForce
from tasks.orders.latency import Stopwatch
from tasks.plan.build import build_plan
from tasks.plan.check_context import CheckContext, Totals
from tasks.plan.gather import gate_context
from tasks.plan.order_caps import sells_no_more_than_held
from tasks.plan.pre_trade_checks import quote_is_live
from tasks.plan.session_totals import totals_of_session
from tasks.reconciliation.owned import owned
from tests.unit.execution.morning_desk import WIDE, children, morning, notes, order, run, trades, waves
from tests.unit.execution.paper_desk import CLOSE, NOON, OPEN, SESSION, PaperBroker
from tests.unit.plan.plan_desk import inputs_for

D = Decimal


def context(gate: dict[str, Any] | None = None, **more: Any) -> CheckContext:
    """Half a million in AAPL and as much in cash; AAPL stands at 130."""
    usual: dict[str, Any] = {
        "gate": WIDE.model_copy(update=gate or {}),
        "orders": OrderSettings(),
        "nav_usd": D(1_000_000),
        "cash_usd": D(500_000),
        "positions": {"AAPL": D(3846)},
        "quotes": {"AAPL": Quote("AAPL", NOON, D(130), D(130), D(130))},
        "now": NOON,
        "opens": OPEN,
        "closes": CLOSE,
        "execution": ExecutionSettings(),
        "capabilities": PaperBroker().capabilities,
    }
    return CheckContext(**{**usual, **more})


def child(shares: int = 100, side: Side = Side.BUY) -> SliceDraft:
    return SliceDraft(order(side=side, adv_shares=10_000), D(shares), OrderType.LIMIT, TimeInForce.DAY, D(131))


LATE = {"AAPL": Quote("AAPL", NOON - timedelta(hours=1), D(130), D(130), D(130))}
NO_FIGURES = MarketFigures((), np.zeros((0, 0)), {}, {}, {}, {}, 1)
FAR = {"AAPL": Quote("AAPL", NOON, D(150), D(150), D(150))}
CASES = [
    ("restricted", {"restricted": ("AAPL",)}, {}, Totals(), Side.BUY, 0),
    ("quote", {}, {"quotes": LATE}, Totals(), Side.BUY, 0),
    ("price_collar", {"price_collar_pct": 10}, {"quotes": FAR}, Totals(), Side.BUY, 0),
    ("order_size", {"max_order_usd": D(1300)}, {}, Totals(), Side.BUY, 10),
    ("participation", {"max_participation_pct": 10}, {}, Totals(traded_shares={"AAPL": D(960)}), Side.BUY, 40),
    ("position_size", {}, {"positions": {"AAPL": D(30)}}, Totals(), Side.SELL, 30),
    ("concentration", {"max_position_pct": 50}, {"nav_usd": D(1_000_480)}, Totals(), Side.BUY, 2),
    ("run_turnover", {"max_run_turnover_pct": 40}, {}, Totals(traded_usd=D(399_000)), Side.BUY, 7),
    ("run_orders", {"max_run_orders": 1}, {}, Totals(begun=frozenset({"another"})), Side.BUY, 0),
]


@pytest.mark.parametrize(("check", "gate", "more", "totals", "side", "sent"), CASES)
def test_a_slice_that_no_longer_passes_is_cut_or_withheld_with_its_reason(check, gate, more, totals, side, sent):
    passed, why = look_once_more([child(side=side)], context(gate, **more), totals, liquidates=False)
    assert sum(one.shares for one in passed) == sent
    assert f"AAPL: {sent} of 100 shares due are sent: ({check})" in why[0]


EARLY = OPEN - timedelta(minutes=15)
LAST_CLOSE = CLOSE - timedelta(days=1)


def before_the_open(quoted_at: datetime, last: int = 130, half_spread: int = 0) -> CheckContext:
    """The opening wave: a quarter of an hour before the open, with a quote from then."""
    quote = Quote("AAPL", quoted_at, D(130 - half_spread), D(130 + 3 * half_spread), D(last))
    return context({"price_collar_pct": 10}, quotes={"AAPL": quote}, now=EARLY, last_close=LAST_CLOSE)


@pytest.mark.parametrize(
    ("quoted_at", "sent"),
    [
        (EARLY - timedelta(minutes=1), 100),
        (EARLY - timedelta(hours=3), 100),  # before breakfast, and nobody since
        (LAST_CLOSE + timedelta(minutes=5), 100),
        (LAST_CLOSE - timedelta(minutes=14), 100),
        (LAST_CLOSE - timedelta(minutes=16), 0),  # it had stopped before the last session's end
        (LAST_CLOSE - timedelta(days=3), 0),
    ],
)
def test_before_the_open_a_quote_is_as_old_as_it_was_at_the_last_close(quoted_at: datetime, sent: int) -> None:
    """An order for the opening auction has no fresh quote by nature; the session's own quarter of an hour holds again
    from the open on."""
    passed, why = look_once_more([child()], before_the_open(quoted_at), Totals(), liquidates=False)
    assert sum(one.shares for one in passed) == sent
    assert sent or "before the last close (21:00 UTC), the limit is 900 s" in why[0]


def test_after_the_open_the_quote_of_the_last_close_is_too_old() -> None:
    there = replace(before_the_open(LAST_CLOSE), now=OPEN)
    assert look_once_more([child()], there, Totals(), liquidates=False)[0] == ()


@pytest.mark.parametrize(("last", "sent"), [(130, 100), (150, 0)])
def test_an_abandoned_book_is_judged_by_its_last_trade_and_not_by_its_middle(last: int, sent: int) -> None:
    """After hours bid and ask drift apart: their middle would be far outside the collar, and says nothing."""
    there = before_the_open(LAST_CLOSE + timedelta(hours=1), last=last, half_spread=20)
    passed, _ = look_once_more([child()], there, Totals(), liquidates=False)
    assert sum(one.shares for one in passed) == sent


def test_what_passes_goes_as_it_was_decided():
    assert look_once_more([child()], context(), Totals(), liquidates=False) == ((child(),), ())


def test_each_slice_counts_what_the_ones_before_it_take():
    other = replace(child(60), order=replace(child().order, order_id="o2"))
    gate = {"max_run_turnover_pct": 2}
    passed, _ = look_once_more([child(100), other], context(gate), Totals(), liquidates=False)
    assert [one.shares for one in passed] == [100, 53]


def test_a_later_slice_of_an_order_is_no_further_order():
    totals = Totals(begun=frozenset({child().order.order_id}))
    assert look_once_more([child()], context({"max_run_orders": 1}), totals, liquidates=False)[0]


@pytest.mark.parametrize(("check", "gate", "more", "totals", "side", "sent"), CASES)
def test_a_liquidation_passes_exactly_the_checks_that_do_not_bend_for_it(check, gate, more, totals, side, sent):
    del sent
    passed, _ = look_once_more([child(side=side)], context(gate, **more), totals, liquidates=True)
    bends = check not in ("quote", "position_size")
    assert bool(passed and passed[0].shares == 100) is bends


def test_the_list_of_what_bends_names_every_other_check_with_its_reason():
    assert {*CHECKS, *CAPS} - BENDS_FOR_A_LIQUIDATION.keys() == {quote_is_live, sells_no_more_than_held}
    assert all(BENDS_FOR_A_LIQUIDATION.values())


# ---- at the desk ---------------------------------------------------------------------------------------------------


def test_a_wave_asks_the_gate_again_and_what_it_withholds_is_on_record(tmp_path: Path) -> None:
    gate = WIDE.model_copy(update={"restricted": ("AAPL",)})
    broker = PaperBroker()
    desk = morning(tmp_path, broker, worked_by="slices", risk=gate)
    run(desk, 1)
    assert (broker.requests, children(desk)) == ([], [])
    assert "AAPL: 0 of 10 shares due are sent: (restricted)" in notes(desk, 1)[0]


def test_the_session_s_totals_count_every_plan_of_the_day(tmp_path: Path) -> None:
    """A rebalance buys twenty shares: a liquidation of the same session has them in its totals, and its gate knows."""
    broker = PaperBroker()
    desk = morning(tmp_path, broker, worked_by="slices")
    run(desk, 1)
    trades(broker, broker.requests[0].key, 10)
    run(desk, 2)
    second = desk.journal.cycles.open(
        Cycle("demo:liq", "demo", SESSION, "main", "manual", 1, "running", "", "b.yaml", "0" * 64, "", NOON, NOON,
              kind="liquidation")
    )  # fmt: skip
    totals = totals_of_session(replace(desk, cycle=second))
    assert totals.traded_shares == {"AAPL": D(20)}
    assert totals.begun == {"o-AAPL"}
    assert totals.traded_usd > D(20) * 130 - 100
    held = {"positions": {"AAPL": "120"}}
    desk.journal.cycles.record_step(second, Checkpoint("holdings", {"sentence": "", "facts": held}, 0.0, NOON))
    twap = ExecutionSettings(algorithm=Algorithm.TWAP)
    wished = inputs_for({"AAPL": 0.5}, prices={"AAPL": 130}, cash=1_000_000, execution=twap)
    known = gate_context(replace(desk, cycle=second), NO_FIGURES, wished, build_plan(wished))
    assert (known.traded_usd, known.orders_sent) == (totals.traded_usd, 1)
    assert known.traded_shares == {"AAPL": D(20)}
    assert known.most_children == {"AAPL": twap.waves + 1}


def test_what_an_earlier_life_decided_is_asked_again_before_it_goes(tmp_path: Path) -> None:
    broker = PaperBroker()
    desk = morning(tmp_path, broker, worked_by="slices")
    first = waves(desk)[1]
    broker.clock = first.at
    _decide_and_commit(desk, first, waves(desk), Stopwatch(desk), owned(desk))
    again = morning(tmp_path, broker, life="second", worked_by="slices", risk=GateSettings(restricted=("AAPL",)))
    run(again, 1)
    assert broker.requests == []
    [piece] = children(again, 1)
    assert piece.state is OrderState.CANCELLED
