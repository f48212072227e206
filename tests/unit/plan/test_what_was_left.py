"""What was not traded is told with its reason, in shares as a person writes them; a long list is told whole."""

from dataclasses import replace
from decimal import Decimal

from plan_desk import DECIDED_AT, plan_for

from tasks.artifacts import as_markdown
from tasks.execution.partial_fills import remainders
from tasks.model.fill_totals import FillTotals
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm, Side
from tasks.plan.plan_list import as_plain, plan_list
from tasks.plan.plan_words import plan_artifact

D = Decimal


def order(symbol: str, shares: int) -> ParentOrder:
    return ParentOrder(
        order_id=symbol, cycle_id="core", plan_hash="x", symbol=symbol, side=Side.BUY, shares=D(shares),
        algorithm=Algorithm.TWAP, reason="toward_target", decision_price=D(50), decided_at=DECIDED_AT, adv_shares=None,
        estimate=None, schedule=(),
    )  # fmt: skip


def test_an_order_that_was_not_filled_tells_the_newest_word_of_its_waves():
    notes = {3: ("KO: 21 of 40 shares due are bought, for want of cash",), 9: ("KO: 0 of 19 shares due are bought, for "
             "want of cash", "XOM: something else")}  # fmt: skip
    told = remainders(
        [order("KO", 100), order("XOM", 5)], {"KO": FillTotals(1, D(81)), "XOM": FillTotals(1, D(5))}, notes
    )
    assert told == {
        "KO": "KO: 19 of 100 shares were not bought by the end of the session (wave 9: 0 of 19 shares due are bought, "
        "for want of cash)"
    }


def test_the_ui_shows_every_line_of_a_plan_of_many_symbols():
    symbols = {f"S{i:03}": 0.001 for i in range(400)}
    listed = plan_list(plan_for(symbols, prices=dict.fromkeys(symbols, 10), cash=100_000))
    shown = as_markdown(plan_artifact(listed, "steelyard plan core.yaml"))
    assert all(f"| {symbol} |" in shown for symbol in symbols)
    assert "not shown" not in shown


def test_what_does_not_fit_the_ui_is_counted_and_the_command_that_lists_it_is_named(monkeypatch):
    monkeypatch.setattr("tasks.artifacts.MOST_CHARACTERS", 800)
    listed = plan_list(plan_for({"KO": 0.1, "PG": 0.1, "XOM": 0.1, "JNJ": 0.1, "PEP": 0.1}, cash=10_000,
        prices=dict.fromkeys(("KO", "PG", "XOM", "JNJ", "PEP"), 10)))  # fmt: skip
    shown = as_markdown(plan_artifact(listed, "steelyard plan core.yaml --csv"))
    assert "not shown here: `steelyard plan core.yaml --csv` lists all of them" in shown


def test_money_in_the_json_of_a_plan_is_in_whole_cents():
    plan = plan_for({"KO": 0.5}, prices={"KO": "10.123"}, cash="1000.123456")
    plain = as_plain(plan_list(replace(plan, nav_usd=D("1000.123456"))))
    assert (plain["nav_usd"], plain["cash"]["usd_before"]) == ("1000.12", "1000.12")
    assert plain["lines"][0]["notional_usd"] == "496.03"
