"""The venue's messages have the layout of server version 176: the library reads each of them to its last field."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.sandbox.tws import encode
from tasks.brokers.sandbox.tws.contracts import Stock
from tasks.brokers.sandbox.tws.decode import UnreadableError, native_order, placing
from tasks.brokers.sandbox.tws.encode import Message, Shown
from tasks.brokers.sandbox.tws.framing import LARGEST_FRAME, Unframing, framed, text
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.errors import ConfigError
from tasks.model.orders import Execution, OrderRequest, OrderType, Side, TimeInForce
from tests.contract.ibkr.naive import library
from tests.contract.world import World

ASKED = OrderRequest("k", "main", "AAA", Side.BUY, Decimal(10), OrderType.LIMIT, TimeInForce.DAY, Decimal("9.5"))
ORDER = Shown(3, 1, 1003, "k", ASKED, "Submitted", Decimal(4), Decimal("9.4"), completed="Cancelled by Trader")
AT = datetime(2022, 11, 22, 15, 0, tzinfo=UTC)
ROW = Execution("x", "k", "AAA", Side.BUY, Decimal(4), Decimal("9.4"), Decimal("0.35"), AT, "main")
AAA = Stock("AAA")
DAY = date(2022, 11, 22)


class Heard:
    """Keeps what the library's decoder makes of a message, by the name of the method it calls."""

    defaultTimezone = UTC  # noqa: N815

    def __init__(self) -> None:
        self.ib = self
        self.TimezoneTWS = "America/New_York"
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *said: self.calls.append((name, said))


def read(message: Message) -> tuple[Any, ...]:
    """What the decoder passes on; a message it cannot read passes nothing."""
    heard = Heard()
    client = library.client.Client(heard)
    client.decoder.serverVersion = 176
    client.decoder.interpret([text(field) for field in message])
    (call,) = heard.calls
    return call[1]


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (encode.open_order(ORDER, AAA), 136),
        (encode.completed_order(ORDER, AAA), 101),
        (encode.order_status(ORDER), 12),
        (encode.execution(-1, ORDER, AAA, ROW, "a.b.01.01", Decimal(4)), 31),
        (encode.commission("a.b.01.01", Decimal("0.35")), 8),
        (encode.position("main", AAA, Decimal(4)), 16),
        (encode.contract_details(5, AAA), 40),
    ],
)
def test_each_layout_has_the_field_count_of_a_real_tws(message: Message, fields: int) -> None:
    """Counts of messages recorded at version 164 plus the five peg fields that version 170 added to orders."""
    assert len(message) == fields
    read(message)


def test_an_open_order_is_read_as_it_stands() -> None:
    order_id, contract, order, state = read(encode.open_order(ORDER, AAA))
    assert (order_id, contract.symbol, contract.conId) == (3, "AAA", AAA.con_id)
    assert (order.action, order.totalQuantity, order.orderType, order.lmtPrice, order.tif) == (
        "BUY",
        10,
        "LMT",
        9.5,
        "DAY",
    )
    assert (order.orderRef, order.clientId, order.permId, order.account) == ("k", 1, 1003, "main")
    assert (state.status, order.usePriceMgmtAlgo) == ("Submitted", order.__class__().usePriceMgmtAlgo)


def test_a_completed_order_has_no_number_of_its_own_and_a_filled_one_no_size() -> None:
    filled = Shown(3, 1, 1003, "k", ASKED, "Filled", Decimal(10), Decimal("9.4"), completed="Filled Size: 10")
    _, order, state = read(encode.completed_order(filled, AAA))
    assert (order.orderId, order.clientId, order.permId, order.orderRef) == (0, 0, 1003, "k")
    assert (order.totalQuantity, order.filledQuantity) == (0, 10)
    assert (state.status, state.completedStatus) == ("Filled", "Filled Size: 10")


def test_an_execution_is_read_as_it_stands() -> None:
    _, contract, execution = read(encode.execution(-1, ORDER, AAA, ROW, "a.b.01.01", Decimal(4)))
    assert (contract.symbol, execution.execId, execution.orderRef) == ("AAA", "a.b.01.01", "k")
    assert (execution.side, execution.shares, execution.price, execution.time) == ("BOT", 4, 9.4, AT)


def test_an_order_that_the_library_sends_is_read_field_by_field() -> None:
    sent: list[str] = []
    client = library.client.Client(Heard())
    client.connState, client._serverVersion = client.CONNECTED, 176
    client.sendMsg = sent.append
    order = library.LimitOrder("SELL", 12.0, 50.05, tif="OPG", orderRef="key", account="main")
    client.placeOrder(7, library.Stock("AAA", "SMART", "USD"), order)
    order.algoStrategy, order.algoParams = "Vwap", [library.TagValue("maxPctVol", "0.1")]
    client.placeOrder(8, library.Stock("AAA", "SMART", "USD"), order)
    plain, worked = (placing(message.removesuffix("\0").split("\0")) for message in sent)
    assert (plain.order_id, plain.contract.symbol, plain.action, plain.shares) == (7, "AAA", "SELL", 12)
    assert (plain.order_type, plain.limit, plain.time_in_force, plain.order_ref) == (
        "LMT",
        Decimal("50.05"),
        "OPG",
        "key",
    )
    assert plain.request("AAA", "main", DAY).time_in_force is TimeInForce.AT_OPEN
    assert (plain.algorithm, worked.algorithm, worked.is_what_if) == ("", "Vwap", False)
    assert worked.tags == (("maxPctVol", "0.1"),)
    with pytest.raises(UnreadableError, match="NoSuch"):
        replace(worked, algorithm="NoSuch").request("AAA", "main", DAY)


def test_the_fields_of_a_family_are_read_where_the_library_writes_them() -> None:
    sent: list[str] = []
    client = library.client.Client(Heard())
    client.connState, client._serverVersion = client.CONNECTED, 176
    client.sendMsg = sent.append
    stop = library.Order(action="SELL", totalQuantity=5, orderType="TRAIL", auxPrice=1.25, trailingPercent=2.5)
    stop.parentId, stop.ocaGroup, stop.ocaType, stop.transmit, stop.tif = 7, "pair", 2, False, "GTC"
    client.placeOrder(8, library.Stock("AAA", "SMART", "USD"), stop)
    (message,) = sent
    wish = placing(message.removesuffix("\0").split("\0"))
    assert (wish.parent_id, wish.group, wish.is_transmitted, wish.time_in_force) == (7, "pair", False, "GTC")
    assert (wish.aux, wish.trailing_pct) == (Decimal("1.25"), Decimal("2.5"))


def test_an_open_order_tells_its_parent_its_group_its_trail_and_its_algorithm() -> None:
    told = replace(ORDER, parent_id=2, group="pair", algorithm="Vwap", tags=(("maxPctVol", "0.1"),))
    trailing = replace(ASKED, order_type=OrderType.TRAILING_STOP, limit_price=None, trail_pct=Decimal("2.5"))
    for message in (encode.open_order, encode.completed_order):
        order = next(part for part in read(message(replace(told, request=trailing), AAA)) if hasattr(part, "ocaGroup"))
        assert (order.orderType, order.ocaGroup, order.trailingPercent) == ("TRAIL", "pair", 2.5)
        assert (order.algoStrategy, [(t.tag, t.value) for t in order.algoParams]) == ("Vwap", [("maxPctVol", "0.1")])
    _, _, order, _ = read(encode.open_order(told, AAA))
    assert order.parentId == 2


def test_times_of_an_algorithm_are_of_the_session_and_of_new_york() -> None:
    worked = native_order("Twap", [("startTime", "10:00:00 US/Eastern"), ("allowPastEndTime", "0")], DAY)
    assert worked.start == datetime(2022, 11, 22, 15, 0, tzinfo=UTC)
    assert worked.end is None
    for wrong in ([("maxPctVol", "0.1")], [("startTime", "10 o'clock")]):
        with pytest.raises(UnreadableError, match="Twap"):
            native_order("Twap", wrong, DAY)
    with pytest.raises(UnreadableError, match=r"0\.6"):
        native_order("PctVol", [("pctVol", "0.6")], DAY)


def test_an_order_of_too_few_fields_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="of 20 fields"):
        placing(["3"] * 20)


@pytest.mark.parametrize("cut", [1, 3, 5, 9, 12])
def test_frames_come_whole_however_the_bytes_are_cut(cut: int) -> None:
    data = b"API\0" + framed(("v157..176",)) + framed((71, 2, 1, "")) + framed(("8", "ä"))
    frames = Unframing()
    found = [m for start in range(0, len(data), cut) for m in frames.take(data[start : start + cut])]
    assert found == [["v157..176"], ["71", "2", "1", ""], ["8", "ä"]]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1", b"API\0" + (LARGEST_FRAME + 1).to_bytes(4, "big")])
def test_what_is_no_such_protocol_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not the TWS protocol"):
        Unframing().take(data)


def test_an_exchange_that_knows_keys_is_no_interactive_brokers(tmp_path: Any) -> None:
    with pytest.raises(ConfigError, match="only a label"):
        TwsVenue(World(tmp_path).exchange())
