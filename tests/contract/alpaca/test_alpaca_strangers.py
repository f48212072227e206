"""What others do in the account: it is known as theirs, named, and our own fills and orders go on being told."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.diagnostics import nobody_else_trades
from tasks.brokers.alpaca.foreign_orders import has_our_form
from tasks.brokers.remarks import RemarkKind
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError
from tasks.model.client_order_ids import slice_key
from tasks.model.orders import OutsideHolding, Side
from tests.contract.alpaca.desk import broker_at
from tests.contract.alpaca.http_faults import ORDERS, answering, bent
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy

WEB = "8f1c2a04-4a1b-4a7e-9d53-2f1d2c3b4a5e"
"""As Alpaca names what was entered on its page."""
OURS = slice_key("demo", TUESDAY, 1, "AAA", Side.BUY, 1, 0)
PLAIN: dict[str, Any] = {"created_at": "2022-11-22T15:00:00Z", "submitted_at": "2022-11-22T15:00:00Z", "legs": None}
SPREAD: dict[str, Any] = {
    **PLAIN,
    "asset_class": "",
    "asset_id": "",
    "client_order_id": "646b1fe6-b212-4f54-94c6-429e7bcdee04",
    "filled_qty": "0",
    "id": "83f37e9f-6b1f-49ed-8fc6-3e6af716323f",
    "legs": [
        {
            "id": "df4ff24a-c58a-4e37-8b9f-ef32b83a11f2",
            "client_order_id": "cc8cc104-fe43-476c-b25c-f62650fb73f9",
            "asset_class": "us_option",
            "symbol": "AAPL241213C00250000",
            "order_class": "mleg",
            "side": "buy",
            "qty": "3",
        }
    ],
    "order_class": "mleg",
    "qty": "1",
    "side": "",
    "status": "new",
    "symbol": "",
}
"""Options of two legs as the official documents have them, open: an order with neither symbol nor side."""
COIN = {
    **PLAIN,
    "asset_class": "crypto",
    "client_order_id": "eb9e2aaa-f71a-4f51-b5b4-52a6c565dad4",
    "filled_qty": "0.02",
    "id": "904837e3-3b76-47ec-b432-046db621571b",
    "order_class": "",
    "qty": "0.02",
    "side": "buy",
    "status": "filled",
    "symbol": "BTC/USD",
}
FILL = {
    "activity_type": "FILL",
    "cum_qty": "2",
    "id": "20221122155509981::2d7be4ff-d1f3-43e9-856a-0f5cf5c5088e",
    "leaves_qty": "0",
    "order_status": "filled",
    "price": "174.78",
    "qty": "2",
    "side": "buy",
    "symbol": "AAA",
    "transaction_time": "2022-11-22T15:55:09.981482Z",
    "type": "fill",
}


def words(broker: AlpacaBroker) -> str:
    return " | ".join(remark.words for remark in broker.remarks() if remark.kind is RemarkKind.NOT_OURS)


def fill_of(order_id: str, **more: Any) -> Any:
    """One more fill in the list, of somebody's order."""
    return bent("GET", "/FILL", lambda body: [*body, {**FILL, "order_id": order_id, **more}], 9)


@pytest.mark.parametrize("ours", [1, 6], ids=["looked up one by one", "looked up in the list"])
def test_a_fill_of_what_was_entered_on_the_page_leaves_ours_to_be_told(
    broker: AlpacaBroker, venue: AlpacaVenue, tmp_path: Path, ours: int
) -> None:
    """Naive code looks for the order that this is an exit of, finds none, and tells no fills at all from then on."""
    for number in range(ours):
        broker.submit(buy(f"k{number}", 10))
    broker.submit(buy(WEB, 7, "BBB"))
    broker.wait_until(after_open(10))

    for life in (broker, broker_at(venue, tmp_path)):
        told = {(e.key, e.symbol) for e in life.executions(TUESDAY)}
        assert told == {(WEB, "BBB"), *((f"k{number}", "AAA") for number in range(ours))}


def test_an_open_order_of_several_legs_stands_beside_the_book(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """It has no symbol and no side: naive code can read no open order at all while it works."""
    broker.submit(buy("k1", 10, limit="90"))
    venue.http_faults.plan(bent("GET", ORDERS, lambda body: [SPREAD, *body], 9))

    assert [order.key for order in broker.open_orders()] == ["k1"]
    assert "646b1fe6-b212-4f54-94c6-429e7bcdee04 (options of several legs)" in words(broker)


@pytest.mark.parametrize(
    "wrong",
    [{"side": "sideways"}, {"filled_qty": None}, {"symbol": ""}, {"qty": "lots"}, {"status": None}],
    ids=str,
)
@pytest.mark.parametrize("name", [WEB, "my-other-bot-7"])
def test_an_order_of_others_that_nobody_can_read_is_named(
    venue: AlpacaVenue, broker: AlpacaBroker, name: str, wrong: dict[str, Any]
) -> None:
    broker.submit(buy("k1", 10, limit="90"))
    theirs = {**COIN, "asset_class": "us_equity", "symbol": "ZZZ", "status": "new", "client_order_id": name, **wrong}
    venue.http_faults.plan(bent("GET", ORDERS, lambda body: [theirs, *body], 9))

    assert [order.key for order in broker.open_orders()] == ["k1"]
    assert "cannot be read" in words(broker)


@pytest.mark.parametrize("name", [OURS, f"{OURS}~a", "val-221122150000-03", "k1"])
def test_an_order_that_may_be_ours_and_cannot_be_read_makes_no_answer(
    venue: AlpacaVenue, broker: AlpacaBroker, name: str
) -> None:
    """By its form also in a life that did not send it: what is hidden of our own would be sent again."""
    broker.submit(buy("k1", 10, limit="90"))
    row = {**COIN, "asset_class": "us_equity", "client_order_id": name, "side": "sideways"}
    venue.http_faults.plan(bent("GET", ORDERS, lambda _: [row], 9))

    with pytest.raises(BrokerError, match="sideways"):
        broker.open_orders()


@pytest.mark.parametrize("order", [COIN, SPREAD], ids=["coins", "options"])
def test_a_trade_of_others_that_no_book_can_hold_is_no_execution(
    venue: AlpacaVenue, broker: AlpacaBroker, order: dict[str, Any]
) -> None:
    """An option's fill at 1.28 for 100 shares is no trade of a stock, and nobody's of ours."""
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(120))
    venue.http_faults.plan(fill_of(order["id"]))
    venue.http_faults.plan(answering(200, order, method="GET", path=f"{ORDERS}/{order['id']}"))

    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
    assert "others have traded beside the book" in words(broker)
    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"], "and it is not asked about again"


def test_a_trade_of_an_order_that_alpaca_does_not_have_is_nobodys_of_ours(
    venue: AlpacaVenue, broker: AlpacaBroker
) -> None:
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(120))
    venue.http_faults.plan(fill_of("00000000-0000-4000-8000-000000000000"))

    assert sorted(e.key for e in broker.executions(TUESDAY)) == ["", "k1"]


def test_a_trade_that_cannot_be_read_is_left_out_only_where_it_is_somebody_elses(
    venue: AlpacaVenue, broker: AlpacaBroker, tmp_path: Path
) -> None:
    numbers = {key: broker.submit(buy(key, 10)).broker_order_id for key in (OURS, WEB)}
    broker.wait_until(after_open(10))
    life = broker_at(venue, tmp_path)

    def sideways(key: str) -> Any:
        return lambda body: [{**row, "side": "sideways"} if row["order_id"] == numbers[key] else row for row in body]

    for _ in range(2):
        venue.http_faults.plan(bent("GET", "/FILL", sideways(WEB)))
        assert [e.key for e in life.executions(TUESDAY)] == [OURS]
    assert "cannot be read" in words(life)

    venue.http_faults.plan(bent("GET", "/FILL", sideways(OURS)))
    with pytest.raises(BrokerError, match="sideways"):
        life.executions(TUESDAY)


def test_what_is_no_us_stock_is_held_beside_the_book(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Naive code values half a coin as half a share, and sells it."""
    coin = {"symbol": "BTCUSD", "asset_class": "crypto", "qty": "0.5", "side": "long", "market_value": "8000.25"}
    calls = {"symbol": "AAA221216C00100000", "asset_class": "us_option", "qty": "-4", "side": "short"}
    venue.http_faults.plan(bent("GET", "/v2/positions", lambda body: [coin, *body, calls], 9))

    told = broker.account_state()

    assert told.positions == {"BBB": Decimal(10)}
    assert told.outside == (
        OutsideHolding("BTCUSD", "crypto", Decimal("0.5"), value=Decimal("8000.25")),
        OutsideHolding("AAA221216C00100000", "option", Decimal(-4)),
    )


def test_a_new_word_for_the_class_of_a_stock_does_not_take_it_out_of_the_book(
    venue: AlpacaVenue, broker: AlpacaBroker
) -> None:
    """A position that is gone from one answer to the next would be bought again."""
    renamed = bent("GET", "/v2/positions", lambda body: [{**row, "asset_class": "equity_v2"} for row in body], 9)
    venue.http_faults.plan(renamed)

    assert broker.account_state().positions == {"BBB": Decimal(10)}


def test_a_doctor_tells_of_others_before_the_first_session(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    assert nobody_else_trades(broker).remedy == ""

    broker.submit(buy(WEB, 7, "BBB", limit="90"))
    broker.submit(buy(OURS, 10, limit="90"))
    venue.http_faults.plan(bent("GET", ORDERS, lambda body: [SPREAD, *body], 9))

    told = nobody_else_trades(broker)
    assert told.well
    assert f"BUY 7 BBB ({WEB})" in told.words
    assert "options of several legs" in told.words
    assert OURS not in told.words
    assert "an account of its own" in told.remedy


@pytest.mark.parametrize("symbol", ["AAA", "BRK.B", "ABCDEFGHIJKLM"])
def test_every_name_that_we_give_has_our_form_and_no_other_has(symbol: str) -> None:
    key = slice_key("a book", date(2026, 2, 28), 3, symbol, Side.SELL, 12, 4)

    assert all(has_our_form(name) for name in (key, f"{key}~b", f"{key}+tp", f"{key}~b+sl"))
    assert not any(has_our_form(name) for name in (WEB, "k1", "", None, "bot-1", f"{key}x"))
