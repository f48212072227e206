"""Each kind of order as it goes over the wire: types, and orders that belong together."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.ibkr.build_order import parts
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.model.client_order_ids import leg_key
from tasks.model.order_validation import LEGS
from tasks.model.orders import LegRole, NativeAlgorithm, OrderClass, OrderRequest, OrderState, Side, TimeInForce
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import library, naively, soon
from tests.contract.ibkr.venue import Desk
from tests.unit.brokers.simulated.simulated_world import after_open, buy, sell, trailing, with_exits, with_stop

GTC = TimeInForce.GOOD_TILL_CANCELLED
TYPE, LIMIT, AUX, TIF, GROUP, REF, TRANSMIT, PARENT, OCA_TYPE, TRAILING, ALGO = (
    18,
    19,
    20,
    21,
    22,
    26,
    27,
    28,
    47,
    70,
    83,
)
"""Places of the fields of a `placeOrder`."""
BRACKET = with_exits(buy("k1", 10, limit="99"), profit="102", loss="97.50", loss_limit="97")
OCO = with_exits(sell("k1", 10, limit="102"), OrderClass.OCO, loss="98")
HELD = {"AAA": Decimal(100)}


def sent(found: Desk) -> list[list[str]]:
    """Every order that went over the wire, oldest first."""
    return [fields for client in found.venue.clients() for fields in client.received if fields[0] == "3"]


def fields_of(found: Desk, *places: int) -> list[tuple[str, ...]]:
    return [tuple(fields[place] for place in places) for fields in sent(found)]


# ---- types ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (with_stop(sell("k1", 10), "97.50"), ("STP", "", "97.5", "DAY", "")),
        (with_stop(sell("k1", 10, limit="97"), "97.50"), ("STP LMT", "97.0", "97.5", "DAY", "")),
        (trailing(sell("k1", 10), usd="1.25"), ("TRAIL", "", "1.25", "DAY", "")),
        (trailing(sell("k1", 10), pct="2.5"), ("TRAIL", "", "", "DAY", "2.5")),
        (buy("k1", 10, limit="99", when=GTC), ("LMT", "99.0", "", "GTC", "")),
        (with_stop(sell("k1", 10, when=GTC), "97.50"), ("STP", "", "97.5", "GTC", "")),
    ],
    ids=["stop", "stop limit", "trail by dollars", "trail by percent", "limit for good", "stop for good"],
)
def test_each_type_goes_out_as_ib_names_it(at_tws: AtTws, request_: OrderRequest, told: tuple[str, ...]) -> None:
    """A naive mapping puts the stop price into `lmtPrice`, where TWS reads it as a limit."""
    found = at_tws(opening_shares=HELD)
    order = trading(found).submit(request_)
    assert order.state is OrderState.ACCEPTED
    assert fields_of(found, TYPE, LIMIT, AUX, TIF, TRAILING) == [told]


@pytest.mark.parametrize(
    "request_",
    [
        with_stop(sell("k1", 10), "97.503"),
        with_exits(buy("k1", 10), profit="102.003", loss="97"),
        with_exits(buy("k1", 10), profit="102", loss="97.003"),
        with_exits(buy("k1", 10), profit="102", loss="97", loss_limit="96.003"),
    ],
    ids=["stop", "take-profit", "stop-loss", "limit of the stop-loss"],
)
def test_every_price_of_an_order_has_to_be_on_the_contracts_step(at_tws: AtTws, request_: OrderRequest) -> None:
    """TWS refuses a leg off the step with 110 after its parent has gone out: the entry would stand without it."""
    found = at_tws(opening_shares=HELD)
    with pytest.raises(OrderRefusedError, match="step"):
        trading(found).submit(request_)
    assert sent(found) == []


def test_what_the_table_does_not_have_is_refused_by_the_table(at_tws: AtTws) -> None:
    found = at_tws(opening_shares=HELD)
    auction_stop = replace(with_stop(sell("k1", 10), "97"), time_in_force=TimeInForce.AT_CLOSE)
    with pytest.raises(OrderRefusedError, match="not taken here"):
        trading(found).submit(auction_stop)
    assert sent(found) == []


# ---- families -------------------------------------------------------------------------------------------------------


def test_a_bracket_is_three_orders_of_which_only_the_last_is_transmitted(at_tws: AtTws) -> None:
    """With every `transmit` true the entry could fill before its stop exists."""
    found = at_tws()
    order = trading(found).submit(BRACKET)
    parent = sent(found)[0][1]
    assert fields_of(found, REF, TYPE, PARENT, TRANSMIT, GROUP) == [
        ("k1", "LMT", "0", "0", ""),
        ("k1+tp", "LMT", parent, "0", "k1"),
        ("k1+sl", "STP LMT", parent, "1", "k1"),
    ]
    assert fields_of(found, OCA_TYPE)[1:] == [("2",), ("2",)]
    assert [leg.key for leg in order.legs] == ["k1+tp", "k1+sl"]
    assert [kept.key for kept in found.venue.exchange.truth().orders] == ["k1", "k1+tp", "k1+sl"]


@pytest.mark.parametrize("exits", [{"profit": "102"}, {"loss": "97"}], ids=["take-profit", "stop-loss"])
def test_an_order_with_one_exit_is_transmitted_with_it(at_tws: AtTws, exits: dict[str, str]) -> None:
    found = at_tws()
    trading(found).submit(with_exits(buy("k1", 10), OrderClass.OTO, **exits))
    parent = sent(found)[0][1]
    assert fields_of(found, PARENT, TRANSMIT, GROUP) == [("0", "0", ""), (parent, "1", "")]


def test_two_orders_that_cancel_each_other_are_a_group_and_have_no_parent(at_tws: AtTws) -> None:
    """As children of each other neither would ever be transmitted."""
    found = at_tws(opening_shares=HELD)
    order = trading(found).submit(OCO)
    assert fields_of(found, REF, TYPE, PARENT, TRANSMIT, GROUP, OCA_TYPE) == [
        ("k1", "LMT", "0", "1", "k1", "2"),
        ("k1+sl", "STP", "0", "1", "k1", "2"),
    ]
    assert {order.state, *(leg.state for leg in order.legs)} == {OrderState.ACCEPTED}


def test_a_bracket_that_breaks_off_before_its_last_leg_leaves_nothing_at_the_exchange(at_tws: AtTws) -> None:
    found = at_tws()

    async def story(ib: Any) -> None:
        for order in ib.bracketOrder("BUY", 10, 99, 102, 97)[:2]:
            ib.placeOrder(library.Stock("AAA", "SMART", "USD"), order)
        await soon(ib)

    naively(found.venue, story)
    found.wait_for_nobody()
    assert found.venue.exchange.truth().orders == ()


def test_the_bracket_of_the_library_itself_is_the_same_family(at_tws: AtTws) -> None:
    """Our venue is not made for our adapter alone."""
    found = at_tws()

    async def story(ib: Any) -> list[str]:
        orders = ib.bracketOrder("BUY", 10, 99, 102, 97)
        for order in orders:
            order.tif = "DAY"
        trades = [ib.placeOrder(library.Stock("AAA", "SMART", "USD"), order) for order in orders]
        await soon(ib)
        return [trade.orderStatus.status for trade in trades]

    assert naively(found.venue, story) == ["Submitted", "PreSubmitted", "PreSubmitted"]
    (entry, *exits) = found.venue.exchange.truth().orders
    assert entry.request.order_class is OrderClass.BRACKET
    assert [order.parent for order in exits] == [entry.number] * 2


def test_the_first_order_of_a_group_lives_alone_when_the_second_never_comes(at_tws: AtTws) -> None:
    found = at_tws(opening_shares=HELD)

    async def story(ib: Any) -> str:
        order = library.LimitOrder("SELL", 10, 102, tif="DAY", ocaGroup="pair", ocaType=2)
        trade = ib.placeOrder(library.Stock("AAA", "SMART", "USD"), order)
        for _ in range(100):
            await soon(ib)
            if trade.orderStatus.status == "Submitted":
                break
        return trade.orderStatus.status

    assert naively(found.venue, story) == "Submitted"
    (order,) = found.venue.exchange.truth().orders
    assert order.request.order_class is OrderClass.SIMPLE


def test_a_family_that_is_refused_is_refused_whole_and_its_keys_are_free(at_tws: AtTws) -> None:
    found = at_tws()
    broker = trading(found)
    with pytest.raises(OrderRefusedError, match="201"):
        broker.submit(replace(BRACKET, shares=Decimal(1_000_000)))
    assert found.venue.exchange.truth().orders == ()
    assert len(broker.submit(BRACKET).legs) == 2


def test_a_family_without_a_word_is_unknown_and_found_with_all_its_parts(at_tws: AtTws) -> None:
    """A naive search finds the entry and forgets that two exits work under other numbers."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.SILENT_ACCEPT, 3)
    with pytest.raises(OrderUnknownError):
        broker.submit(BRACKET)
    order = broker.find_order("k1")
    assert order is not None
    assert [(leg.key, leg.state) for leg in order.legs] == [
        ("k1+tp", OrderState.ACCEPTED),
        ("k1+sl", OrderState.ACCEPTED),
    ]
    assert broker.submit(BRACKET).legs == order.legs
    assert len(found.venue.exchange.truth().orders) == 3


def test_a_family_of_which_one_part_was_not_heard_of_is_unknown(at_tws: AtTws) -> None:
    """The entry's own answer is no answer about its stop."""
    found = at_tws()
    broker = trading(found)
    found.venue.play(WireFault.SILENT_LAST_LEG)
    with pytest.raises(OrderUnknownError):
        broker.submit(BRACKET)
    order = broker.find_order("k1")
    assert order is not None
    assert len(order.legs) == 2


@pytest.mark.parametrize("cancelled", ["k1", "k1+sl"])
def test_cancelling_one_of_a_group_leaves_none_of_it(at_tws: AtTws, cancelled: str) -> None:
    broker = trading(at_tws(opening_shares=HELD))
    broker.submit(OCO)
    assert broker.cancel(cancelled).state is OrderState.CANCELLED
    assert broker.open_orders() == ()


def test_what_one_exit_has_filled_the_other_no_longer_wants(at_tws: AtTws) -> None:
    """OCA type 2: with type 1 a part of the take-profit would cancel the whole stop."""
    found = at_tws(opening_shares={"AAA": Decimal(6000)}, max_participation_pct=25)
    broker = trading(found)
    broker.submit(with_exits(sell("k1", 6000, limit="99"), OrderClass.OCO, loss="98"))
    broker.wait_until(after_open(1))
    entry = broker.find_order("k1")
    assert entry is not None
    assert 0 < entry.filled_shares < 6000
    assert shares_told(broker, "k1+sl", but=Decimal(6000)) == 6000 - entry.filled_shares


def shares_told(broker: IbkrBroker, key: str, but: Decimal, within_s: float = 30) -> Decimal:
    """Of an order, once TWS has told another figure than `but`: it tells each order by itself, when it changes."""
    ends = time.monotonic() + within_s
    while True:
        order = broker.find_order(key)
        assert order is not None
        if order.shares != but or time.monotonic() > ends:
            return order.shares


@pytest.mark.parametrize("order_class", OrderClass)
def test_every_class_becomes_one_order_more_than_it_has_exits(order_class: OrderClass) -> None:
    for roles in LEGS[order_class]:
        request = replace(
            sell("k1", 10, limit="102"),
            order_class=order_class,
            take_profit=Decimal(90) if LegRole.TAKE_PROFIT in roles else None,
            stop_loss=Decimal(105) if LegRole.STOP_LOSS in roles else None,
        )
        family = parts(request)
        assert [part.key for part in family] == [
            "k1",
            *(leg_key(request.key, role) for role in LegRole if role in roles),
        ]
        assert family[-1].is_transmitted
        assert {part.side for part in family[1:]} <= {Side.SELL if order_class is OrderClass.OCO else Side.BUY}


# ---- the table ------------------------------------------------------------------------------------------------------


def test_the_table_names_every_class_and_algorithm_that_the_wire_has(at_tws: AtTws) -> None:
    broker = at_tws().broker()
    assert broker.capabilities.classes == frozenset(OrderClass)
    assert broker.capabilities.native == frozenset(NativeAlgorithm)
    assert broker.capabilities.fractions == frozenset()
    assert all(
        parts(replace(buy("k", 1), order_type=kind, time_in_force=when)) for kind, when in broker.capabilities.takes
    )
