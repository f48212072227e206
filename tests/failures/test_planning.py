"""From the target to the order: what others got wrong before anything was sent, or in how they sent it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from optimizer.problem import Sector
from tasks.book.drift import DriftSettings
from tasks.book.orders import OrderSettings
from tasks.drift.decision import decide
from tasks.errors import ConfigError
from tasks.model.orders import Algorithm, Side
from tasks.model.plan_json import plan_from_json, plan_hash
from tests.failures.session import Session, buy, sell, session, some
from tests.simulation.market import CLOSE, OPEN, SESSION
from tests.unit.optimizer.optimizer_desk import mask, open_limits, problem, refused, solved
from tests.unit.plan.plan_desk import line_of, plan_for

D = Decimal


def test_existing_holdings_whole_shares_fees_and_cash_make_one_list_that_can_be_paid() -> None:
    """Shares could only be sized from nothing, without holdings or fees (PyPortfolioOpt 486, 626)."""
    held, cash = {"AAA": 37, "BBB": 211}, D("1234.56")
    prices = {"AAA": "101.37", "BBB": "19.99", "CCC": "333.33"}
    settings = OrderSettings(min_trade_usd=D(0))
    plan = plan_for({"AAA": 0.2, "BBB": 0.3, "CCC": 0.49}, prices=prices, held=held, cash=cash, orders=settings)
    assert {line.side for line in plan.trades} == {Side.SELL, Side.BUY}
    for line in plan.trades:
        assert line.side is not None
        assert line.shares == int(line.shares)
        cash -= line.side.sign * line.notional_usd
        cash -= max(settings.fee_minimum_usd, line.shares * settings.fee_per_share_usd)
    assert cash >= 0
    assert cash < D("333.33"), "and not a share less than the cash buys"


def test_a_plan_worked_again_gives_the_same_orders_and_the_same_fills(tmp_path: Path) -> None:
    """What was executed live was not what had been tested (cvxgrp/cvxportfolio 190, 121).

    There is one way from a plan to orders: the same plan in another home gives the same keys, fills and fees.
    """
    trades = (buy("AAA", some("AAA"), Algorithm.VWAP), sell("BBB", some("BBB"), Algorithm.IMPLEMENTATION_SHORTFALL))
    one, other = (_worked(tmp_path / name, trades) for name in ("one", "other"))
    assert [call.words[0] for call in one.asked("submit")] == [call.words[0] for call in other.asked("submit")]
    assert one.fills() == other.fills() != {}
    kept = one.rows("SELECT * FROM plans")[0]
    plan = plan_from_json(json.dumps(kept["body"]) if isinstance(kept["body"], dict) else kept["body"])
    assert plan_hash(plan) == kept["plan_hash"]
    ordered = {(row["symbol"], row["side"], D(str(row["shares"]))) for row in one.rows("SELECT * FROM orders")}
    assert ordered == {(line.symbol, str(line.side), line.shares) for line in plan.trades}


def test_an_order_whose_rest_is_cancelled_ended_at_its_deadline_and_is_valued_there(tmp_path: Path) -> None:
    """An unfinished order was held against the close and its auction, hours after it had stopped trading."""
    trades = (buy("AAA", some("AAA", 60), Algorithm.TWAP),)
    world = session(tmp_path, *trades, leftover="cancel", participation_pct=5)
    assert world.run() == "done"
    (order,) = world.rows("SELECT * FROM orders")
    filled = sum(D(str(fill["shares"])) for fill in world.fills().values())
    assert 0 < filled < D(str(order["shares"]))
    (mark,) = world.rows("SELECT * FROM order_marks WHERE kind = 'end'")
    deadline = CLOSE - timedelta(minutes=10)
    assert str(mark["at"]).startswith(f"{deadline:%Y-%m-%d %H:%M}")
    last = [bar for bar in world.exchange.bars("AAA", OPEN, CLOSE) if bar.end <= deadline][-1]
    assert D(str(mark["price"])) == last.close


def _worked(folder: Path, trades: tuple[object, ...]) -> Session:
    folder.mkdir()
    s = session(folder, *trades)  # type: ignore[arg-type]
    assert s.run() == "done"
    return s


def test_limits_that_cannot_all_hold_are_named_with_what_would_help_and_never_swallowed() -> None:
    """A solver's failure was swallowed and nobody knew which limit it was (braverock/PortfolioAnalytics 45)."""
    half = Sector("tech", mask(4, 0, 1), 0.0, 0.3)
    limits = open_limits(4, upper=np.full(4, 0.25), sectors=(half,), min_net=0.9)
    answer = refused(problem((0.1, 0.1, 0.1, 0.1), limits=limits))
    assert {(conflict.limit, conflict.subject) for conflict in answer.conflicts} == {
        ("max_weight", "portfolio"),
        ("min_net", "portfolio"),
        ("sector_max", "tech"),
    }
    (tech,) = [conflict for conflict in answer.conflicts if conflict.subject == "tech"]
    assert "raise it to at least 40.00 %" in tech.sentence
    helped = open_limits(4, upper=np.full(4, 0.25), sectors=(replace(half, maximum=0.4),), min_net=0.9)
    assert solved(problem((0.1, 0.1, 0.1, 0.1), limits=helped)).weights[:2].sum() > 0.39


def test_a_deposit_moves_a_book_because_cash_has_a_weight_too() -> None:
    """A deposit started nothing because only the shares were compared with each other (wealthfolio 1444)."""
    even = {"AAA": 0.45, "BBB": 0.45, "CASH": 0.1}
    after_a_deposit = {"AAA": 0.40, "BBB": 0.40, "CASH": 0.2}
    sessions = tuple(date(2022, 12, 1) + timedelta(days=n) for n in range(60))
    on, last, flow = date(2022, 12, 28), date(2022, 12, 1), D(0)
    rule = DriftSettings(absolute_band_pct=6.0)
    still = decide(rule, even, even, on, sessions, last, flow, D(1_000_000), ())
    moved = decide(rule, after_a_deposit, even, on, sessions, last, flow, D(1_000_000), ())
    assert not still.trade
    assert moved.trade
    assert "CASH" in moved.sentence or "cash" in moved.sentence
    assert all(line.trade_to > line.current for line in moved.lines if line.symbol != "CASH")


def test_every_trade_says_what_it_will_cost_before_it_is_made_and_what_would_not_pay_is_left_out() -> None:
    """Nobody modelled what a rebalance costs (portfolio-performance/portfolio 2356)."""
    prices = {"AAA": 100, "BBB": 100, "CCC": "0.01"}
    plan = plan_for({"AAA": 0.3, "BBB": 0.5, "CCC": 0.0}, prices=prices, held={"AAA": 600, "BBB": 100, "CCC": 30})
    assert {line.symbol for line in plan.trades} == {"AAA", "BBB"}
    for line in plan.trades:
        assert line.estimate is not None
        assert line.estimate.fees_usd > 0
        assert line.estimate.spread_usd > 0
        assert line.estimate.impact_usd > 0
    assert line_of(plan, "CCC").reason == "below_minimum_trade"


def test_every_share_of_an_order_belongs_to_one_account(tmp_path: Path) -> None:
    """The same request's other half: several accounts. A book works one account, and says of every share which."""
    s = session(tmp_path, buy("AAA", some("AAA")), sell("BBB", some("BBB")))
    assert s.run() == "done"
    parts = s.rows("SELECT * FROM allocations")
    orders = {row["order_id"]: D(str(row["shares"])) for row in s.rows("SELECT * FROM orders")}
    assert {part["order_id"]: D(str(part["shares"])) for part in parts} == orders
    assert {part["account"] for part in parts} == {row["account"] for row in s.fills().values()}


def test_a_rebalance_works_its_orders_evenly_over_the_day_by_itself(tmp_path: Path) -> None:
    """TWAP could not be used inside a rebalance (c9s/bbgo 507)."""
    shares = some("AAA") // 4 * 4 + 3
    s = session(tmp_path, buy("AAA", shares, Algorithm.TWAP))
    assert s.run() == "done"
    sent = s.asked("submit")
    gaps = [later.at - earlier.at for earlier, later in pairwise(sent)]
    sizes = [call.words[0].shares for call in sent]
    assert sum(sizes) == shares
    assert max(sizes) - min(sizes) <= 1
    assert max(gaps) - min(gaps) <= timedelta(minutes=1)


def test_an_order_that_its_auction_passed_by_is_not_counted_as_done(tmp_path: Path) -> None:
    """46 of 55 orders for the opening auction expired unseen, entered on a Saturday (a public note on Alpaca paper)."""
    s = session(
        tmp_path,
        sell("AAA", some("AAA"), Algorithm.AT_OPEN),
        faults=({"kind": "auction_expires", "call": "place"},),
        leftover="cancel",
    )
    assert s.run() == "done"
    (call,) = s.asked("submit")
    assert s.last_states()[call.key] == "expired"
    assert s.fills() == {}
    (end,) = s.rows("SELECT * FROM order_marks WHERE kind = 'end'")
    assert end["price"], "what was not sold is valued at the close, as a cost of not trading"


def test_what_an_auction_passed_by_is_swept_where_the_book_says_so(tmp_path: Path) -> None:
    """The same failure: the rest is worked in the open instead of being forgotten."""
    s = session(
        tmp_path,
        sell("AAA", some("AAA"), Algorithm.AT_OPEN),
        faults=({"kind": "auction_expires", "call": "place"},),
    )
    assert s.run() == "done"
    assert len(s.asked("submit")) == 2
    assert s.position_there("AAA") == 0


def test_nothing_is_sent_on_a_day_without_trading(tmp_path: Path) -> None:
    """The same failure: those orders were entered on a Saturday."""
    s = session(tmp_path, sell("AAA", some("AAA")))
    saturday = SESSION + timedelta(days=4)
    with s.begun() as desk, pytest.raises(ConfigError, match="not a session"):
        desk.broker.open_session(saturday)
    assert s.asked("submit") == []
