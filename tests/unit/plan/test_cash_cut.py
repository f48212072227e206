"""Cash that is short takes a little of few buys, or a part of all; what the gate holds back is cash for the others."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from plan_desk import costs_nothing, inputs_for, line_of, plan_for, traded
from test_pre_trade_checks import context, quote

from tasks.book.orders import OrderSettings
from tasks.model.plan import Severity
from tasks.plan.build import build_plan, held_back
from tasks.plan.cash_cut import LITTLE, Money, Wish, cut_to
from tasks.plan.pre_trade_checks import pass_gate

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)
BOOK: dict[str, Any] = {"orders": FREE, "estimate": costs_nothing}


def wish(symbol: str, shares: Any, price: Any, fee: Any = 0, step: Any = 1) -> Wish:
    def cost(many: Decimal) -> Money:
        usd = many * D(str(price)) + (D(str(fee)) if many else D(0))
        return Money(usd, usd)

    return Wish(symbol, D(str(shares)), D(str(step)), cost)


def cut(usd: Any, *wishes: Wish) -> dict[str, Decimal]:
    funds = Money(D(str(usd)), D(str(usd)))
    return {w.symbol: w.shares - shares for w, shares in zip(wishes, cut_to(funds, wishes), strict=True)}


def test_a_book_short_of_its_own_costs_gives_up_a_few_shares_of_one_name_and_the_rest_stays_whole():
    """A million, five names of about 200,000 and 500 USD short: 6 of PG's 2,260 shares, none of anybody else's."""
    names = {"AAPL": 144, "KO": 45, "MSFT": 69, "PG": 89, "XOM": 81}
    want = {"AAPL": 0.200448, "KO": 0.1899, "MSFT": 0.199479, "PG": 0.20114, "XOM": 0.198612}
    plan = plan_for(want, prices=names, cash=1_000_000, settled_cash_usd=D(989_079), **BOOK)
    assert [line.symbol for line in plan.lines if line.reason == "scaled_to_cash"] == ["PG"]
    assert "PG: buy 2,254 of 2,260 shares wanted" in line_of(plan, "PG").sentence


def test_of_those_that_can_give_all_that_is_short_the_one_that_misses_the_smallest_part_gives():
    assert cut(30_000 - 25, wish("A", 100, 100), wish("B", 500, 20), wish("C", 1000, 10)) == {"A": 0, "B": 0, "C": 3}


def test_a_dear_share_is_not_given_where_a_cheap_one_is_enough():
    assert cut(1_995, wish("AMZN", 2, 800), wish("KO", 40, 10)) == {"AMZN": 0, "KO": 1}


def test_where_one_does_not_suffice_the_fewest_give_a_hundredth_each():
    """150 USD of 30,000: a hundredth of A is 100, and C misses the smaller part with the rest."""
    assert cut(29_850, wish("A", 1000, 10), wish("B", 999, 10), wish("C", 1001, 10)) == {"A": 10, "B": 0, "C": 5}


def test_what_is_more_than_a_hundredth_of_all_is_taken_from_all_by_the_same_part():
    assert cut(150, wish("A", 20, 5), wish("B", 10, 10), wish("C", 100, 1)) == {"A": 10, "B": 5, "C": 50}


def test_fractions_are_given_in_their_own_steps():
    assert cut("99.95", wish("A", "1.000", 100, step="0.001")) == {"A": D("0.001")}


def test_without_any_cash_nothing_is_bought():
    assert cut(-10, wish("A", 20, 5), wish("B", 10, 10)) == {"A": 20, "B": 10}


@given(
    sizes=st.lists(st.tuples(st.integers(1, 5000), st.integers(1, 900), st.integers(0, 5)), min_size=1, max_size=12),
    part=st.integers(0, 1100),
)
def test_what_is_cut_is_paid_for_and_no_more_than_a_step_is_cut_too_much(sizes, part):
    """However much is there: no buy grows, the money suffices, and one more step of any that was cut would not fit."""
    wishes = [wish(f"S{i:02d}", shares, price, fee) for i, (shares, price, fee) in enumerate(sizes)]
    usd = sum((w.cost(w.shares).worst for w in wishes), D(0)) * part / 1000
    left = cut_to(Money(usd, usd), wishes)
    spent = sum((w.cost(n).worst for w, n in zip(wishes, left, strict=True)), D(0))
    short = [(w, n) for w, n in zip(wishes, left, strict=True) if n != w.shares]
    assert spent <= usd or not any(left)
    assert all(0 <= n <= w.shares and not n % w.step for w, n in zip(wishes, left, strict=True))
    assert bool(short) == (part < 1000)
    little = all(w.shares - n <= max(w.shares * LITTLE, w.step) for w, n in short)
    if little:
        assert not any((spent - w.cost(n).worst + w.cost(n + w.step).worst) <= usd for w, n in short if n)


def test_what_the_gate_holds_back_is_cash_for_the_others():
    """10 % of the volume lets 5 shares of XOM through: then nobody else has to give a share for the other 15."""
    names = {"KO": 10, "PG": 10, "XOM": 10}
    book = {"prices": names, "cash": 600, "settled_cash_usd": D(590), **BOOK, "adv_shares": {"XOM": 50.0}}
    inputs = inputs_for(dict.fromkeys(names, 1 / 3), **book)
    quotes = {symbol: quote(symbol, price, half_spread="0") for symbol, price in names.items()}
    there = context({"max_order_nav_pct": 50, "max_position_pct": 50}, quotes=quotes, cash_usd=D(590), nav_usd=D(600))
    wished = build_plan(inputs)
    assert traded(wished) == {"KO": 19, "PG": 20, "XOM": 20}
    most = held_back(wished, pass_gate(wished, there))
    assert most == {"XOM": 5}
    again = build_plan(inputs, most)
    assert traded(again) == {"KO": 20, "PG": 20, "XOM": 20}
    passed = pass_gate(again, there)
    assert traded(passed) == {"KO": 20, "PG": 20, "XOM": 5}
    assert line_of(passed, "XOM").standing_over == 15
    assert [finding.symbol for finding in passed.findings if finding.severity is Severity.WARN] == ["XOM"]


def test_nothing_is_planned_anew_where_cash_was_not_short():
    inputs = inputs_for({"XOM": 0.3}, prices={"XOM": 10}, cash=600, **BOOK, adv_shares={"XOM": 50.0})
    wished = build_plan(inputs)
    there = context(quotes={"XOM": quote("XOM", 10, half_spread="0")}, cash_usd=D(600), nav_usd=D(600))
    assert held_back(wished, pass_gate(wished, there)) == {}
