"""A position is closed before the other side is opened, each by an order of its own; no fraction is ever short."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.orders import OrderSettings
from tasks.execution.wave_decision import decide_wave
from tasks.model.orders import Algorithm, Side
from tasks.model.through_zero import goes_through_zero
from tasks.orders.native_algos import NATIVE
from tests.unit.execution.test_wave_decision import TABLE, inputs, order
from tests.unit.plan.plan_desk import line_of, plan_for, traded

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)


def sent(side: Side, shares: int, held: str, filled: int = 0) -> tuple[list[Decimal], tuple[str, ...]]:
    asked = order("AAA", side, shares, Algorithm.IMMEDIATE, waves=1)
    decision = decide_wave(inputs(asked, filled=filled, positions={"AAA": D(held)}))
    return [child.shares for child in decision.children], decision.notes


def test_a_sale_through_zero_closes_first_and_the_short_is_opened_in_a_later_wave() -> None:
    shares, notes = sent(Side.SELL, 179, "100")
    assert shares == [100]
    assert "79 more open the other side later, as an order of their own" in notes[0]
    assert sent(Side.SELL, 179, "0", filled=100) == ([79], ())


def test_a_purchase_through_zero_covers_first() -> None:
    assert sent(Side.BUY, 150, "-50")[0] == [50]
    assert sent(Side.BUY, 150, "0", filled=50)[0] == [100]


@pytest.mark.parametrize(
    ("side", "shares", "held", "crosses"),
    [
        (Side.SELL, "100", "100", False),
        (Side.SELL, "101", "100", True),
        (Side.SELL, "1", "0", False),
        (Side.SELL, "1", "-5", False),
        (Side.BUY, "5", "-5", False),
        (Side.BUY, "6", "-5", True),
        (Side.BUY, "6", "5", False),
    ],
)
def test_zero_itself_is_no_crossing(side, shares, held, crosses) -> None:
    assert goes_through_zero(side, D(shares), D(held)) is crosses


@given(st.integers(1, 400), st.integers(-300, 300), st.sampled_from(Side))
def test_no_slice_ever_turns_a_position_around(shares, held, side) -> None:
    for part in sent(side, shares, str(held))[0]:
        assert not goes_through_zero(side, part, D(held))


def test_what_goes_through_zero_is_not_handed_over_to_the_brokers_algorithm() -> None:
    asked = order("AAA", Side.SELL, 179, Algorithm.VWAP, waves=4)
    able = replace(TABLE, native=frozenset(NATIVE.values()))
    settings = inputs(asked).settings.model_copy(update={"worked_by": "broker"})
    decision = decide_wave(inputs(asked, positions={"AAA": D(100)}, capabilities=able, settings=settings))
    assert all(child.native is None for child in decision.children)
    assert any("it goes through zero, so the position is closed first" in note for note in decision.notes)


# ---- the plan ------------------------------------------------------------------------------------------------------


def test_the_plan_says_that_a_position_is_turned_in_two_orders() -> None:
    book = {"prices": {"AAPL": 100}, "held": {"AAPL": 100}, "cash": 0, "orders": FREE, "long_only": False}
    line = line_of(plan_for({"AAPL": -0.79}, **book), "AAPL")
    assert line.shares == 179
    assert line.sentence.endswith("100 close the position first, then 79 go short as an order of their own")


@pytest.mark.parametrize(
    ("step", "closing", "traded_shares"),
    [("1", "0.01", "-110.37"), ("0.01", "0.01", "-110.37"), ("1", "1", "-10")],
)
def test_a_short_is_whole_and_the_fraction_that_is_held_is_sold_on_the_way(step, closing, traded_shares) -> None:
    """10.37 are held of 1,000 USD, and 100.2 short are wanted. Where the 0.37 cannot be sold, nothing goes short."""
    book = {"prices": {"AAPL": 10}, "held": {"AAPL": "10.37"}, "cash": "896.3", "orders": FREE, "long_only": False}
    plan = plan_for({"AAPL": -1.002}, **book, share_step=D(step), closing_step=D(closing))
    assert traded(plan) == {"AAPL": D(traded_shares)}
