"""Orders over several brokers: by the routes, and never beyond what a broker holds, pays for or takes."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.broker import RouteSettings
from tasks.brokers.multi.capacity import Capacity
from tasks.brokers.multi.split import split, worst_price
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderRequest, OrderType, Side, TimeInForce
from tests.unit.brokers.multi.splitting_world import (
    ASKS,
    NANO,
    D,
    by_tag,
    order,
    orders,
    room,
    rooms,
    route,
    routes,
    table,
)

Case = tuple[list[OrderRequest], list[Capacity], list[RouteSettings]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    known = draw(rooms())
    return draw(orders()), known, draw(routes([one.tag for one in known]))


# ---- for any orders, brokers and routes ----------------------------------------------------------------------------


@given(cases())
def test_the_pieces_of_an_order_are_never_more_than_it_and_what_is_missing_is_noted(case: Case) -> None:
    requests, known, ways = case
    routed = split(requests, known, ways, ASKS)
    for request in requests:
        pieces = [piece for piece in routed.requests if piece.key.startswith(f"{request.key}~")]
        total = sum((piece.shares for piece in pieces), Decimal(0))
        rest = request.shares - total
        assert rest >= 0
        noted = [note for note in routed.notes if note.startswith(f"{request.symbol}: {rest.normalize():f} of ")]
        assert len(noted) == (1 if rest else 0)


@given(cases())
def test_an_order_that_every_room_has_room_for_goes_out_to_the_last_share(case: Case) -> None:
    requests, _, ways = case
    rich = [room(tag, 10**9, NANO, AAA=1000, BBB=1000) for tag in ("a", "b", "c")]
    routed = split(requests, rich, ways, ASKS)
    assert sum(piece.shares for piece in routed.requests) == sum(request.shares for request in requests)
    assert routed.notes == ()


@given(cases())
def test_no_broker_sells_more_than_it_holds_or_buys_for_more_than_its_cash(case: Case) -> None:
    requests, known, ways = case
    routed = split(requests, known, ways, ASKS)
    for one in known:
        here = [piece for piece in routed.requests if piece.key.endswith(f"~{one.tag}")]
        for piece in here:
            if piece.side is Side.SELL:
                assert piece.shares <= one.shares[piece.symbol]
        cost = sum((_cost(one, piece) for piece in here if piece.side is Side.BUY), Decimal(0))
        assert cost <= max(one.cash_usd, Decimal(0))


@given(cases())
def test_every_piece_is_one_that_its_broker_takes_and_a_silent_broker_gets_none(case: Case) -> None:
    requests, known, ways = case
    of_tag = {one.tag: one for one in known}
    for piece in split(requests, known, ways, ASKS).requests:
        one = of_tag[piece.key[-1]]
        assert not one.is_silent
        assert piece.shares > 0
        assert not piece.shares % one.capabilities.share_step


@given(cases())
def test_the_same_question_has_the_same_answer(case: Case) -> None:
    assert split(*case, ASKS) == split(*case, ASKS)


def _cost(one: Capacity, piece: OrderRequest) -> Decimal:
    price = worst_price(piece, ASKS)
    assert price is not None
    return piece.shares * price + max(one.commission.minimum, piece.shares * one.commission.per_share)


# ---- routes --------------------------------------------------------------------------------------------------------


def test_shares_go_by_the_percentages_and_the_steps_that_rounding_left_to_whoever_lost_most() -> None:
    ways = [route({"a": 40, "b": 60})]
    assert by_tag(split([order(Side.BUY, 101)], [room("a"), room("b")], ways, ASKS).requests) == {"a": 40, "b": 61}


def test_a_fraction_goes_to_the_broker_that_takes_it() -> None:
    ways = [route({"a": 60, "b": 40})]
    routed = split([order(Side.BUY, "10.5")], [room("a"), room("b", step=NANO)], ways, ASKS)
    assert by_tag(routed.requests) == {"a": D(6), "b": D("4.5")}


def test_what_fits_no_route_goes_to_the_preferred_broker() -> None:
    ways = [route({"b": 100}, symbols=("BBB",))]
    assert by_tag(split([order(Side.BUY, 10)], [room("a"), room("b")], ways, ASKS).requests) == {"a": 10}


CONDITIONS = {
    "symbols": ({"symbols": ("AAA",)}, order(Side.BUY, 2), order(Side.BUY, 2, "BBB")),
    "side": ({"side": "SELL"}, order(Side.SELL, 2), order(Side.BUY, 2)),
    "auction": ({"needs": "auction"}, order(Side.BUY, 2, time_in_force=TimeInForce.AT_OPEN), order(Side.BUY, 2)),
    "fractions": ({"needs": "fractions"}, order(Side.BUY, "1.5"), order(Side.BUY, 2)),
    "native": ({"needs": "native"}, order(Side.BUY, 2, native=NativeOrder(NativeAlgorithm.VWAP)), order(Side.BUY, 2)),
}
"""A condition, an order that meets it, and one that does not."""


@pytest.mark.parametrize("name", CONDITIONS)
def test_the_first_route_whose_condition_an_order_meets_decides(name: str) -> None:
    condition, fits, does_not = CONDITIONS[name]
    able = table(NANO, native=frozenset(NativeAlgorithm))
    brokers = [Capacity(tag, tag, able, D(10**6), {"AAA": D(10), "BBB": D(10)}) for tag in ("a", "b")]
    ways = [route({"b": 100}, **condition), route({"a": 100})]

    assert by_tag(split([fits], brokers, ways, ASKS).requests) == {"b": fits.shares}
    assert by_tag(split([does_not], brokers, ways, ASKS).requests) == {"a": does_not.shares}


def test_a_route_for_buys_says_nothing_about_sells() -> None:
    brokers = [room("a", AAA=10), room("b", AAA=10)]
    assert by_tag(split([order(Side.SELL, 5)], brokers, [route({"b": 100}, side="BUY")], ASKS).requests) == {"a": 5}


# ---- room ----------------------------------------------------------------------------------------------------------


def test_shares_are_sold_where_they_are_held_also_beside_the_route() -> None:
    brokers = [room("a", AAA=3), room("b", AAA=9)]
    routed = split([order(Side.SELL, 10)], brokers, [route({"a": 100})], ASKS)
    assert by_tag(routed.requests) == {"a": 3, "b": 7}


def test_more_than_is_held_is_not_sold() -> None:
    routed = split([order(Side.SELL, 10)], [room("a", AAA=3), room("b", AAA=-5)], [], ASKS)
    assert by_tag(routed.requests) == {"a": 3}
    assert "7 of 10 shares are not sent" in routed.notes[0]


def test_what_one_cannot_pay_for_goes_to_the_next_of_the_route_and_is_said() -> None:
    ways = [route({"a": 50, "b": 50})]
    routed = split([order(Side.BUY, 100, limit="100")], [room("a", 1_001), room("b")], ways, ASKS)
    assert by_tag(routed.requests) == {"a": 9, "b": 91}
    assert routed.notes == ("AAA: a (paper) has the cash for 9 of its 50 shares",)


def test_a_broker_with_no_percent_takes_only_what_the_others_cannot() -> None:
    ways = [route({"a": 100, "b": 0})]
    assert by_tag(split([order(Side.BUY, 5)], [room("a"), room("b")], ways, ASKS).requests) == {"a": 5}
    poor = [room("a", 0), room("b")]
    assert by_tag(split([order(Side.BUY, 5)], poor, ways, ASKS).requests) == {"b": 5}


def test_a_buy_never_goes_to_a_broker_beside_its_route() -> None:
    routed = split([order(Side.BUY, 5)], [room("a", 0), room("b")], [route({"a": 100})], ASKS)
    assert routed.requests == ()
    assert "5 of 5 shares are not sent" in routed.notes[-1]


def test_orders_of_one_wave_share_the_cash() -> None:
    routed = split([order(Side.BUY, 9, "AAA"), order(Side.BUY, 9, "BBB")], [room("a", 1_000)], [], ASKS)
    assert [(piece.symbol, piece.shares) for piece in routed.requests] == [("AAA", D(9))]


def test_without_a_price_nothing_is_bought() -> None:
    assert split([order(Side.BUY, 1)], [room("a")], [], {}).requests == ()


def test_a_silent_broker_is_passed_over_with_a_note() -> None:
    ways = [route({"a": 50, "b": 50})]
    routed = split([order(Side.BUY, 100)], [room("a"), room("b", silent=True)], ways, ASKS)
    assert by_tag(routed.requests) == {"a": 100}
    assert routed.notes == ("AAA: b (paper) does not answer and is passed over",)


def test_a_broker_whose_table_refuses_the_order_is_passed_over_with_its_reason() -> None:
    stops = Capacity("a", "a", table(takes=frozenset({(OrderType.LIMIT, TimeInForce.DAY)})), D(10**6))
    routed = split([order(Side.BUY, 10)], [stops, room("b")], [route({"a": 50, "b": 50})], ASKS)
    assert by_tag(routed.requests) == {"b": 10}
    assert "market orders with time in force day are not taken here" in routed.notes[0]


def test_a_key_that_would_grow_too_long_is_noticed_before_it_is_on_record() -> None:
    tight = Capacity("a", "a", table(longest_key=10), D(10**6))
    routed = split([order(Side.BUY, 10, key="k" * 9)], [tight], [], ASKS)
    assert routed.requests == ()
    assert "1 to 10 characters" in routed.notes[0]


def test_a_book_of_whole_shares_is_split_into_whole_shares_at_brokers_of_fractions() -> None:
    both = [replace(room(tag, step=NANO), fractional=False) for tag in ("a", "b", "c")]
    routed = split([order(Side.BUY, "100")], both, [route({"a": 40, "b": 30.5, "c": 29.5})], ASKS)
    assert sum(by_tag(routed.requests).values()) == 100
    assert all(shares % 1 == 0 for shares in by_tag(routed.requests).values())
