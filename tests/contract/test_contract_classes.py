"""Orders with exits, at every broker: each part under its own key, and never more sold than was bought."""

from decimal import Decimal

import pytest

from tasks.book.faults import FaultKind
from tasks.errors import OrderUnknownError
from tasks.model.client_order_ids import leg_key
from tasks.model.orders import LegRole, OrderClass, OrderRequest, OrderState
from tests.contract.brokers import Opened
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy, sell, stepping_week, with_exits

STILL = {"impact_coefficient": 0.0, "half_spread_bps": 0.0}
HELD = {**STILL, "opening_shares": {"AAA": 100}}
RISES = [100.0] * 5 + [103.0] * 5
FALLS = [100.0] * 5 + [97.0] * 5
BRACKET = with_exits(buy("k1", 100), profit="102", loss="98")
OCO = with_exits(sell("k1", 100, limit="102"), OrderClass.OCO, loss="98")
PROFIT, LOSS = leg_key(BRACKET.key, LegRole.TAKE_PROFIT), leg_key(BRACKET.key, LegRole.STOP_LOSS)


def begun(open_world: Open, request: OrderRequest, path: list[float], **world: object) -> Opened:
    """The order is sent before the open of a day with this path."""
    opened = open_world(source=stepping_week("AAA", path), **{**STILL, **world})
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(opened.must_take(request))
    return opened


def state(opened: Opened, key: str) -> OrderState:
    found = opened.broker.find_order(key)
    assert found is not None, key
    return found.state


def open_keys(opened: Opened) -> list[str]:
    return sorted(order.key for order in opened.broker.open_orders())


def sold(opened: Opened) -> list[tuple[str, Decimal, Decimal]]:
    """Key, shares and price of each sale, which are the exchange's own."""
    told = [e for e in opened.broker.executions(TUESDAY) if e.side.sign < 0]
    true = [e for e in opened.truth().standing if e.side.sign < 0]
    assert [(e.key, e.shares, e.price) for e in told] == [(e.key, e.shares, e.price) for e in true]
    return [(e.key, e.shares, e.price) for e in told]


def position(opened: Opened) -> Decimal:
    return opened.broker.account_state().positions.get("AAA", Decimal(0))


def test_the_parts_of_a_bracket_are_orders_with_keys_of_their_own(open_world: Open) -> None:
    opened = begun(open_world, BRACKET, [100.0])

    told = opened.broker.find_order("k1")

    assert told is not None
    assert sorted(leg.key for leg in told.legs) == sorted((PROFIT, LOSS))
    assert open_keys(opened) == sorted(("k1", PROFIT, LOSS))
    exit_ = opened.broker.find_order(LOSS)
    assert exit_ is not None
    assert (exit_.side, exit_.shares, exit_.state) == (sell("", 1).side, Decimal(100), OrderState.ACCEPTED)


def test_the_answer_to_a_bracket_shows_its_exits(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [100.0]), **STILL)
    opened.broker.open_session(TUESDAY)

    told = opened.broker.submit(opened.must_take(BRACKET))

    assert (told.key, sorted(leg.key for leg in told.legs)) == ("k1", sorted((PROFIT, LOSS)))


@pytest.mark.parametrize(
    ("path", "winner", "loser", "price"),
    [(RISES, PROFIT, LOSS, "103"), (FALLS, LOSS, PROFIT, "97")],
    ids=["up", "down"],
)
def test_of_a_brackets_exits_one_fills_and_the_other_is_cancelled(
    open_world: Open, path: list[float], winner: str, loser: str, price: str
) -> None:
    opened = begun(open_world, BRACKET, path)
    opened.broker.wait_until(after_open(5))
    assert (state(opened, "k1"), open_keys(opened), position(opened)) == (
        OrderState.FILLED,
        sorted((PROFIT, LOSS)),
        Decimal(100),
    )

    opened.broker.wait_until(after_open(10))

    assert sold(opened) == [(winner, Decimal(100), Decimal(price))]
    assert (state(opened, winner), state(opened, loser)) == (OrderState.FILLED, OrderState.CANCELLED)
    assert (open_keys(opened), position(opened)) == ([], Decimal(0))
    entry = opened.broker.find_order("k1")
    assert entry is not None
    assert {leg.key: leg.state for leg in entry.legs} == {winner: OrderState.FILLED, loser: OrderState.CANCELLED}


def test_exits_do_nothing_before_their_entry_has_filled(open_world: Open) -> None:
    """The market is above the take-profit all day, and the entry's limit far below it."""
    entry = with_exits(buy("k1", 100, limit="95"), profit="99", loss="90")
    opened = begun(open_world, entry, [100.0])

    opened.broker.wait_until(after_open(30))

    assert (sold(opened), position(opened), len(open_keys(opened))) == ([], Decimal(0), 3)


def test_cancelling_an_entry_that_has_not_filled_cancels_its_exits(open_world: Open) -> None:
    opened = begun(open_world, with_exits(buy("k1", 100, limit="95"), profit="99", loss="90"), [100.0])
    opened.broker.wait_until(after_open(1))

    opened.broker.cancel("k1")

    assert open_keys(opened) == []
    assert {state(opened, key) for key in ("k1", PROFIT, LOSS)} == {OrderState.CANCELLED}


def test_the_exits_of_an_entry_that_filled_in_part_never_sell_more_than_it_bought(open_world: Open) -> None:
    entry = with_exits(buy("k1", 20_000), profit="102", loss="98")
    opened = begun(open_world, entry, RISES, opening_cash_usd="1e8")
    opened.broker.wait_until(after_open(2))
    opened.broker.cancel("k1")
    bought = opened.truth().filled("k1")
    assert 0 < bought < 20_000

    opened.broker.wait_until(after_open(60))

    assert sum(shares for _, shares, _ in sold(opened)) <= bought
    assert position(opened) >= 0


@pytest.mark.parametrize(
    ("path", "winner", "loser", "price"), [(RISES, "k1", LOSS, "103"), (FALLS, LOSS, "k1", "97")], ids=["up", "down"]
)
def test_of_two_orders_that_cancel_each_other_one_fills(
    open_world: Open, path: list[float], winner: str, loser: str, price: str
) -> None:
    opened = begun(open_world, OCO, path, **HELD)
    assert open_keys(opened) == sorted(("k1", LOSS))

    opened.broker.wait_until(after_open(10))

    assert sold(opened) == [(winner, Decimal(100), Decimal(price))]
    assert (state(opened, winner), state(opened, loser)) == (OrderState.FILLED, OrderState.CANCELLED)
    assert position(opened) == 0


@pytest.mark.parametrize(
    ("exits", "path", "price"),
    [({"loss": "98"}, FALLS, "97"), ({"profit": "102"}, RISES, "103")],
    ids=["stop-loss", "take-profit"],
)
def test_an_order_that_triggers_another_has_one_exit(
    open_world: Open, exits: dict[str, str], path: list[float], price: str
) -> None:
    request = with_exits(buy("k1", 100), OrderClass.OTO, **exits)
    opened = begun(open_world, request, path)

    opened.broker.wait_until(after_open(10))

    key = LOSS if "loss" in exits else PROFIT
    assert sold(opened) == [(key, Decimal(100), Decimal(price))]
    assert position(opened) == 0


def test_a_stop_loss_with_a_limit_sells_at_the_limit_or_better(open_world: Open) -> None:
    request = with_exits(buy("k1", 100), profit="102", loss="98", loss_limit="97.50")
    opened = begun(open_world, request, [*FALLS, 97.0, 97.6])
    opened.broker.wait_until(after_open(10))
    assert sold(opened) == []

    opened.broker.wait_until(after_open(20))

    assert sold(opened) == [(LOSS, Decimal(100), Decimal("97.6"))]


def test_cancelling_one_exit_cancels_the_other(open_world: Open) -> None:
    opened = begun(open_world, BRACKET, [100.0])
    opened.broker.wait_until(after_open(5))

    opened.broker.cancel(PROFIT)

    assert (open_keys(opened), position(opened)) == ([], Decimal(100))


def test_a_bracket_whose_answer_was_lost_is_there_with_all_its_parts_or_not_at_all(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.REPLY_LOST, times=None), source=stepping_week("AAA", RISES), **STILL)
    opened.broker.open_session(TUESDAY)
    with pytest.raises(OrderUnknownError, match="k1"):
        opened.broker.submit(opened.must_take(BRACKET))

    found = [opened.broker.find_order(key) for key in ("k1", PROFIT, LOSS)]
    opened.broker.wait_until(after_open(10))

    assert all(order is not None for order in found) or found == [None] * 3
    assert position(opened) == 0


def test_a_bracket_is_sent_once_under_its_key_where_keys_are_unique(open_world: Open) -> None:
    opened = open_world(source=stepping_week("AAA", [100.0]), **STILL)
    if not opened.broker.capabilities.keys_are_unique:
        pytest.skip("this broker makes a second order of a key; it says so in its capabilities")
    opened.broker.open_session(TUESDAY)
    first = opened.broker.submit(opened.must_take(BRACKET))

    again = opened.broker.submit(BRACKET)

    assert again.broker_order_id == first.broker_order_id
    assert len(opened.truth().orders) == 3


def test_another_life_finds_every_part_of_a_bracket(open_world: Open) -> None:
    opened = begun(open_world, BRACKET, RISES)
    opened.broker.wait_until(after_open(5))

    other = opened.again()
    other.connect()

    assert sorted(order.key for order in other.open_orders()) == sorted((PROFIT, LOSS))
    other.wait_until(after_open(10))
    assert other.account_state().positions == {}
