"""The shortfall's identities, for any order."""

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tca_desk import fill, order

from tasks.model.money import EXACT, allocated, exact_sum, rounded
from tasks.model.orders import Side
from tasks.tca.costs import added, measured
from tasks.tca.shortfall import Convention, Trade, implementation_shortfall, paper_minus_actual

PRICES = st.decimals("0.0001", 100_000, places=4)
SHARES = st.decimals("0.000000001", 10_000_000, places=9)
MONEY = st.decimals(-1_000_000, 1_000_000, places=6)


@st.composite
def trades(draw, arrival=PRICES, overfill=False):
    """Any order: none, some or all of it filled; `overfill` allows more than was ordered."""
    shares = draw(SHARES)
    most = shares * 2 if overfill else shares
    filled = draw(st.one_of(st.just(Decimal(0)), st.just(shares), st.decimals(0, most, places=9)))
    value = times(filled, draw(PRICES))
    fees = draw(st.decimals(0, 10_000, places=4))
    return Trade(
        draw(st.sampled_from(Side)), shares, draw(PRICES), draw(arrival), draw(PRICES), filled, value, fees
    )  # fmt: skip


def times(shares: Decimal, price: Decimal) -> Decimal:
    with localcontext(EXACT):
        return shares * price


@given(trades(arrival=st.one_of(st.none(), PRICES), overfill=True), st.sampled_from(Convention))
def test_the_parts_are_the_paper_return_less_the_actual_one(trade, convention):
    """P1, against exact fractions, so that the control shares no arithmetic with the code."""
    parts = implementation_shortfall(trade, convention)
    sign, end = trade.side.sign, Fraction(trade.end_price)
    paper = sign * Fraction(trade.shares) * (end - Fraction(trade.decision_price))
    actual = sign * (Fraction(trade.filled_shares) * end - Fraction(trade.filled_value_usd)) - Fraction(trade.fees_usd)
    assert sum(Fraction(part) for part in parts.parts if part is not None) == paper - actual
    assert parts.total_usd is not None
    assert Fraction(parts.total_usd) == paper - actual == Fraction(paper_minus_actual(trade, trade.end_price))


@given(trades(), PRICES, st.sampled_from(Convention))
def test_the_total_does_not_depend_on_the_arrival_price(trade, other_arrival, convention):
    """P2."""
    moved = replace(trade, arrival_price=other_arrival)
    assert implementation_shortfall(moved, convention).total_usd == implementation_shortfall(trade).total_usd


@given(trades(), PRICES)
def test_a_filled_order_does_not_care_about_the_end_price(trade, other_end):
    """P2."""
    filled = replace(trade, filled_shares=trade.shares)
    assert implementation_shortfall(replace(filled, end_price=other_end)) == implementation_shortfall(filled)


@given(trades(), st.sampled_from(Convention))
def test_a_mirrored_sell_costs_what_the_buy_does(trade, convention):
    """P3: reflect every price around the decision price."""
    buy, pivot = replace(trade, side=Side.BUY), 2 * trade.decision_price
    sell = replace(
        buy,
        side=Side.SELL,
        arrival_price=pivot - buy.arrival_price,
        end_price=pivot - buy.end_price,
        filled_value_usd=exact_sum([times(buy.filled_shares, pivot), -buy.filled_value_usd]),
    )
    bought, sold = implementation_shortfall(buy, convention), implementation_shortfall(sell, convention)
    assert bought.parts == sold.parts


@given(trades(), st.sampled_from(Convention))
def test_quoting_in_cents_leaves_basis_points_alone(trade, convention):
    """P4."""
    dear = replace(
        trade,
        decision_price=trade.decision_price * 1000,
        arrival_price=trade.arrival_price * 1000,
        end_price=trade.end_price * 1000,
        filled_value_usd=trade.filled_value_usd * 1000,
        fees_usd=trade.fees_usd * 1000,
    )
    dollars, mills = implementation_shortfall(trade, convention), implementation_shortfall(dear, convention)
    assert mills.total_usd == exact_sum([dollars.total_usd] * 1000)
    for cheap, expensive in zip(dollars.parts, mills.parts, strict=True):
        assert rounded(dollars.bps(cheap), Decimal("1e-9")) == rounded(mills.bps(expensive), Decimal("1e-9"))


@given(trades())
def test_the_conventions_move_cost_between_delay_and_opportunity_only(trade):
    whole = implementation_shortfall(trade, Convention.WHOLE_ORDER)
    executed = implementation_shortfall(trade, Convention.EXECUTED)
    assert whole.trading_usd == executed.trading_usd
    assert whole.fees_usd == executed.fees_usd
    assert exact_sum([whole.delay_usd, whole.opportunity_usd]) == exact_sum(
        [executed.delay_usd, executed.opportunity_usd]
    )


@given(trades(arrival=st.none()))
def test_without_an_arrival_price_delay_is_not_available_and_the_total_is_whole(trade):
    """P10: n/a is not zero, and nothing is lost: trading starts at the decision."""
    parts = implementation_shortfall(trade)
    assert parts.delay_usd is None
    assert parts.bps(parts.delay_usd) is None
    assert parts.total_usd == paper_minus_actual(trade, trade.end_price)


@given(trades())
def test_an_order_without_fills_is_all_delay_and_opportunity(trade):
    """P16."""
    empty = replace(trade, filled_shares=Decimal(0), filled_value_usd=Decimal(0), fees_usd=Decimal(0))
    parts = implementation_shortfall(empty)
    assert parts.trading_usd == parts.fees_usd == 0
    expected = trade.side.sign * Fraction(trade.shares) * Fraction(trade.end_price - trade.decision_price)
    assert Fraction(parts.total_usd or 0) == expected
    assert implementation_shortfall(empty, Convention.EXECUTED).delay_usd == 0


def test_an_unfilled_rest_without_a_price_has_no_total():
    trade = Trade(Side.BUY, Decimal(10), Decimal(5), Decimal(5), None, Decimal(4), Decimal(21), Decimal(0))
    parts = implementation_shortfall(trade)
    assert parts.opportunity_usd is None
    assert parts.total_usd is None


def test_an_overfill_is_counted_and_marked_to_the_end_price():
    """P17: 110 bought of 100 at 10; the price ends at 11, so the surplus ten earned ten."""
    trade = Trade(
        Side.BUY, Decimal(100), Decimal(10), Decimal(10), Decimal(11), Decimal(110), Decimal(1100), Decimal(0)
    )
    parts = implementation_shortfall(trade)
    assert parts.overfilled_shares == 10
    assert parts.opportunity_usd == -10
    assert parts.total_usd == -10


def test_an_order_of_nothing_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        Trade(Side.BUY, Decimal(0), Decimal(5), None, None, Decimal(0), Decimal(0), Decimal(0))


@given(st.lists(st.one_of(st.none(), MONEY), max_size=12))
def test_rounded_parts_add_up_to_the_rounded_total_and_move_less_than_a_cent(parts):
    """P11, P12."""
    shown = allocated(parts)
    known = [part for part in parts if part is not None]
    assert sum(part for part in shown if part is not None) == rounded(exact_sum(known))
    for part, cents in zip(parts, shown, strict=True):
        assert (part is None) == (cents is None)
        if part is not None and cents is not None:
            assert abs(cents - part) < Decimal("0.01")
            assert cents == part or part != rounded(part)


@given(st.lists(trades(arrival=st.one_of(st.none(), PRICES)), min_size=1, max_size=6), st.sampled_from(Convention))
def test_a_group_is_the_sum_of_its_orders_to_the_cent_in_every_part(some_trades, convention):
    """P1 and P11 at the level of a group."""
    rows = [measured(_record(trade), convention) for trade in some_trades]
    group = added(rows)
    for name in ("trading_usd", "opportunity_usd", "fees_usd", "total_usd"):
        assert getattr(group, name) == sum(getattr(row.shown, name) for row in rows)
    delays = [row.shown.delay_usd for row in rows if row.shown.delay_usd is not None]
    assert group.delay_usd == (sum(delays) if delays else None)
    parts = (group.delay_usd, group.trading_usd, group.opportunity_usd, group.fees_usd)
    assert group.total_usd == sum(part for part in parts if part is not None)
    basis_points = (group.delay_bps, group.trading_bps, group.opportunity_bps, group.fees_bps)
    assert group.total_bps == sum(part for part in basis_points if part is not None)
    assert group.unrounded_total_usd is not None
    assert abs(group.total_usd - group.unrounded_total_usd) <= Decimal("0.005") * len(rows)


def _record(trade: Trade):
    price = trade.filled_value_usd / trade.filled_shares if trade.filled_shares else Decimal(1)
    fills = (fill(1, trade.filled_shares, max(price, Decimal("0.0001")), trade.side, fee=trade.fees_usd),)
    return order(
        trade.side,
        trade.shares,
        decision_price=trade.decision_price,
        arrival_price=trade.arrival_price,
        end_price=trade.end_price,
        fills=fills if trade.filled_shares else (),
    )
