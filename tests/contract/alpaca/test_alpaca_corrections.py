"""Busts and corrections come by a side channel: what it tells counts, what it keeps back is late, and fills go on."""

import json
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.diagnostics import corrections_are_readable
from tasks.brokers.guard import GuardedBroker
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.brokers.remarks import RemarkKind, corrections_are_late
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault, instead
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.brokers.sandbox.clock import VenueClock
from tasks.model.account import HaltState
from tasks.model.executions import standing_executions
from tasks.model.orders import Execution
from tests.contract.alpaca.desk import wire_to
from tests.contract.alpaca.http_faults import answering
from tests.contract.world import ACCOUNT
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy

EVENTS = "/v2beta1/events"
OURS = "2d7be4ff-d1f3-43e9-856a-0f5cf5c5088e"
"""Of the execution that the documents take for an example."""
FILL = {
    "activity_type": "FILL",
    "cum_qty": "2",
    "id": f"20221122155509981::{OURS}",
    "leaves_qty": "0",
    "order_status": "filled",
    "price": "174.78",
    "qty": "2",
    "side": "buy",
    "symbol": "AAA",
    "transaction_time": "2022-11-22T15:55:09.981482Z",
    "type": "fill",
}
"""As the official documents have it, but for the day."""


def event(kind: str, **more: Any) -> dict[str, Any]:
    """A trade's event in the form of the official documents: its kind and its order stand in `details`."""
    return {
        "at": "2022-11-22T16:10:00.000001Z",
        "event_id": "01GJFWWG00J5M3X6V0D6CQ3ZRT",
        "activity_type": "TRD",
        "executed_at": "2022-11-22T15:55:09.981482Z",
        "status": "correct",
        "settle_date": "2022-11-24",
        "currency": "USD",
        "ref_id": "11111111-2222-4333-8444-555555555555",
        "previous_id": OURS,
        "details": {
            "order_id": "b5abe576-6a8a-49f3-a353-46b72c1ccae9",
            "side": "buy",
            "symbol": "AAA",
            "asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
            "leaves_qty": "0",
            "cum_qty": "2",
            "order_status": "filled",
            "execution_type": kind,
        },
        **more,
    }


def stream(*events: Any, before: str = "", after: str = "") -> str:
    return before + "".join(f"data: {json.dumps(each)}\n\n" for each in events) + after


def told(venue: AlpacaVenue, broker: AlpacaBroker, text: str, **more: Any) -> list[Execution]:
    """The executions that count where one fill of ours, k1, is told, and this by the stream of events."""
    broker.submit(buy("k1", 2, limit="90"))
    order_id = broker.find_order("k1")
    assert order_id is not None
    broker.wait_until(after_open(120))
    venue.http_faults.plan(
        answering(200, [{**FILL, "order_id": order_id.broker_order_id}], method="GET", path="/FILL", times=9)
    )
    venue.http_faults.plan(HttpFault("GET", EVENTS, lambda _: Reply(200, text, **more), is_done=False, times=9))
    return list(standing_executions(broker.executions(TUESDAY)))


def test_a_bust_takes_the_fill_out(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    """Who looks for the kind of trade outside of `details` never finds one, and keeps shares that are gone."""
    assert told(venue, broker, stream(event("fill"), event("trade_bust", status="canceled"))) == []
    assert broker.remarks() == ()


def test_a_correction_takes_the_fills_place(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    (standing,) = told(venue, broker, stream(event("trade_correct", qty="1", price="170.5")))

    assert (standing.key, standing.symbol, str(standing.shares), str(standing.price)) == ("k1", "AAA", "1", "170.5")
    assert standing.supersedes == FILL["id"]


def test_a_correction_of_a_correction_counts_alone(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    first = event("trade_correct", qty="1", price="170.5")
    second = event("trade_correct", qty="2", price="171", ref_id="66666666", previous_id=first["ref_id"])

    assert [str(e.price) for e in told(venue, broker, stream(first, second))] == ["171"]


def test_what_is_corrected_on_a_day_without_a_session_counts(
    venue: AlpacaVenue, broker: AlpacaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for the events of session days only never hears of it."""
    asked: list[Any] = []
    late = stream(event("trade_bust", at="2022-11-26T16:00:00Z"))
    assert [e.key for e in told(venue, broker, "")] == ["k1"]
    broker.wait_until(after_open(60 * 24 * 5))
    monkeypatch.setattr(broker.wire, "get_events", lambda params: (asked.append(params), (late, ""))[1])

    assert standing_executions(broker.executions(TUESDAY)) == ()
    assert asked[0]["until"] > "2022-11-27"


@pytest.mark.parametrize(
    "text",
    [
        stream(before=":heartbeat\n\n"),
        stream(event("fill"), before=": heartbeat\n\n", after=":heartbeat\n\n"),
        stream({**event("fill"), "activity_type": "DIV", "details": {"system_date": "2022-11-22"}}),
        stream(event("trade_surprise")),
        "",
    ],
    ids=["heartbeat", "heartbeats", "a dividend", "a new word", "nothing"],
)
def test_what_corrects_nothing_is_no_gap(venue: AlpacaVenue, broker: AlpacaBroker, text: str) -> None:
    assert [e.key for e in told(venue, broker, text)] == ["k1"]
    assert broker.remarks() == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (": you are reading too slowly, dropped 10000 messages\n\n", "dropped 10000 messages"),
        (": internal server error\n\n", "internal server error"),
        ("data: {torn\n\n", "an event that cannot be read"),
        (stream(event("trade_bust", previous_id="unheard-of")), "unheard-of, which is not among the fills"),
        (stream(event("trade_correct")), "without qty"),
    ],
    ids=["dropped", "server error", "torn", "of another fill", "without shares"],
)
def test_what_got_lost_by_the_way_makes_corrections_late_and_fills_go_on(
    venue: AlpacaVenue, broker: AlpacaBroker, text: str, why: str
) -> None:
    assert [e.key for e in told(venue, broker, text)] == ["k1"]
    (said,) = broker.remarks()
    assert why in said.words
    assert "count as soon as" in said.words


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, ""), (503, "<html/>"), (401, {"message": "unauthorized."}), (429, {"code": 42910000, "message": "slow"})],
    ids=["500", "503", "401", "429"],
)
def test_a_side_channel_that_refuses_makes_corrections_late_and_fills_go_on(
    venue: AlpacaVenue, broker: AlpacaBroker, status: int, body: Any
) -> None:
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    venue.http_faults.plan(HttpFault("GET", EVENTS, instead(status, body), is_done=False))

    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
    assert str(status) in broker.remarks()[0].words
    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
    assert broker.remarks() == (), "it answers again"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "Forbidden"}),
        (403, {"code": 40310000, "message": "forbidden"}),
        (404, {"code": 40410000, "message": "endpoint not found"}),
        (404, "<html/>"),
    ],
    ids=["403 without a code", "403", "404", "404 of a gateway"],
)
def test_events_that_this_key_may_not_read_are_said_with_the_remedy_and_fills_go_on(
    venue: AlpacaVenue, broker: AlpacaBroker, status: int, body: Any
) -> None:
    """Silence about it would be taken for `nothing was corrected`; to call it late would promise what never comes."""
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    venue.http_faults.plan(HttpFault("GET", EVENTS, instead(status, body), is_done=False, times=9))

    assert [e.key for e in broker.executions(TUESDAY)] == ["k1"]
    (said,) = broker.remarks()
    assert said.kind is RemarkKind.CORRECTIONS_CLOSED
    assert str(status) in said.words
    assert "corrections cannot be read" in said.words
    assert "ask Alpaca's support" in said.words
    assert corrections_are_late(broker), "what is on record of earlier corrections stands"
    health = corrections_are_readable(broker)
    assert (health.well, "cannot be read" in health.words, "let the key read" in health.remedy) == (True, True, True)


def test_events_that_can_be_read_are_said_by_the_doctor_too(broker: AlpacaBroker) -> None:
    health = corrections_are_readable(broker)
    assert (health.well, health.remedy) == (True, "")


def test_a_stream_that_never_ends_is_left_and_what_it_told_counts(venue: AlpacaVenue) -> None:
    """Heartbeats keep it alive, so waiting for silence is waiting for ever."""
    broker = AlpacaBroker(wire_to(venue, events_within_s=0.1), VenueClock(venue.url), ACCOUNT)

    assert told(venue, broker, stream(event("trade_bust")), goes_on=True) == []
    assert "did not end" in broker.remarks()[0].words


def test_the_kind_of_a_trade_stands_in_the_details_of_the_venues_events(broker: AlpacaBroker) -> None:
    """Venue and adapter agree with the documents, not with each other alone: the fact is spelt out here."""
    broker.submit(buy("k1", 10))
    broker.wait_until(after_open(5))
    (fill,) = broker.executions(TUESDAY)
    text, trouble = broker.wire.get_events({"since": "2022-11-22T00:00:00Z", "until": "2022-11-22T20:00:00Z"})
    lines = [line for line in text.splitlines() if line]

    row = json.loads(lines[1].removeprefix("data: "))
    assert (lines[0], trouble) == (": heartbeat", "")
    assert "execution_type" not in row
    assert row["details"]["execution_type"] == "fill"
    assert fill.execution_id.endswith(row["ref_id"])


def test_whoever_stands_in_front_of_the_broker_passes_the_remark_on(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    told(venue, broker, ": internal server error\n\n")

    class FreeHand:
        def require_lease(self) -> None: ...

        def halt_state(self) -> HaltState:
            return HaltState.NORMAL

    several = SeveralBrokers("book", [Member("a", "alpaca", ACCOUNT, broker)])
    assert GuardedBroker(broker, FreeHand()).remarks() == broker.remarks() != ()
    assert several.remarks()[0].words == f"a (alpaca main): {broker.remarks()[0].words}"
