"""Sending: written before sent, one key one order, unknown is asked about and never sent blindly."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tasks.errors import OrderRefusedError, OrderUnknownError
from tasks.execution.keys import LONGEST, slice_key
from tasks.execution.sending import send_all, settle_working
from tasks.journal import Journal, open_journal
from tasks.journal.cycles import Cycle
from tasks.journal.decisions import PlanRecord
from tasks.journal.orders import Order, Slice
from tasks.terms import Algorithm, BrokerOrder, OrderRequest, OrderState, OrderType, Side, TimeInForce

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
CYCLE = "demo:2022-12-28"


class PaperBroker:
    """Keeps what it is sent; loses the reply of some keys, refuses others."""

    name = "paper"

    def __init__(
        self, *, lost: tuple[str, ...] = (), dropped: tuple[str, ...] = (), refused: tuple[str, ...] = ()
    ) -> None:
        self.book: dict[str, BrokerOrder] = {}
        self.calls: list[str] = []
        self.lost, self.dropped, self.refused = set(lost), set(dropped), set(refused)
        self.journal_at_send: dict[str, OrderState] = {}
        self.journal: Journal | None = None

    def now(self) -> datetime:
        return NOON

    def find_order(self, key: str) -> BrokerOrder | None:
        self.calls.append(f"find {key}")
        return self.book.get(key)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        key = request.key
        self.calls.append(f"submit {key}")
        if self.journal is not None:
            self.journal_at_send[key] = next(s.state for s in self.journal.orders.slices(CYCLE) if s.request.key == key)
        if key in self.refused:
            raise OrderRefusedError("not today")
        if key in self.dropped:
            raise OrderUnknownError("the line is dead")
        self.book[key] = BrokerOrder(
            key, f"b-{key}", request.symbol, request.side, request.shares, Decimal(0), OrderState.ACCEPTED
        )
        if key in self.lost:
            raise OrderUnknownError("no reply")
        return self.book[key]

    def cancel(self, key: str) -> BrokerOrder:
        order = self.book[key]
        return BrokerOrder(
            key, order.broker_order_id, order.symbol, order.side, order.shares, Decimal(0), OrderState.CANCELLED
        )


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """A journal with one committed wave of three intents: k1, k2, k3."""
    journal = open_journal(tmp_path)
    session = date(2022, 12, 28)
    journal.cycles.open(
        Cycle(CYCLE, "demo", session, "main", "full_auto", 1, "running", "", "b.yaml", "0" * 64, "", NOON, NOON)
    )
    journal.decisions.record_plan(PlanRecord("h", CYCLE, 1, {}, NOON))
    order = Order(
        "o1", CYCLE, "h", "AAPL", Side.BUY, Decimal(30), Algorithm.TWAP, "r", Decimal(130), NOON, None, None, (), {}
    )
    journal.orders.record_orders([order])
    journal.orders.record_wave(CYCLE, 1, NOON, [intent(key) for key in ("k1", "k2", "k3")], {})
    return journal


def intent(key: str) -> Slice:
    request = OrderRequest(key, "main", "AAPL", Side.BUY, Decimal(10), OrderType.MARKET, TimeInForce.DAY)
    return Slice(request, "o1", 1, 0, NOON, OrderState.INTENDED)


def states(journal: Journal) -> list[OrderState]:
    return [piece.state for piece in journal.orders.slices(CYCLE)]


def test_every_intent_is_on_record_as_sent_before_the_broker_hears_of_it(journal: Journal) -> None:
    broker = PaperBroker()
    broker.journal = journal
    send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert set(broker.journal_at_send.values()) == {OrderState.SENT}
    assert states(journal) == [OrderState.ACCEPTED] * 3


def test_a_lost_reply_is_looked_up_and_not_sent_again(journal: Journal) -> None:
    """The order lives at the broker; the next run finds it by its key."""
    broker = PaperBroker(lost=("k2",))
    with pytest.raises(OrderUnknownError, match="k2"):
        send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert states(journal) == [OrderState.ACCEPTED, OrderState.UNKNOWN, OrderState.ACCEPTED]
    send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert states(journal) == [OrderState.ACCEPTED] * 3
    assert broker.calls.count("submit k2") == 1


def test_an_order_the_broker_proves_not_to_have_is_sent_with_the_same_key(journal: Journal) -> None:
    broker = PaperBroker(dropped=("k2",))
    with pytest.raises(OrderUnknownError):
        send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    broker.dropped.clear()
    send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert broker.calls[-2:] == ["find k2", "submit k2"]
    assert list(broker.book) == ["k1", "k3", "k2"]


def test_a_refusal_is_final_and_the_others_go_on(journal: Journal) -> None:
    broker = PaperBroker(refused=("k1",))
    told = send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert told == ("AAPL: refused by the broker, not today",)
    assert states(journal) == [OrderState.REJECTED, OrderState.ACCEPTED, OrderState.ACCEPTED]
    assert send_all(broker, journal, journal.orders.slices(CYCLE)) == ()  # type: ignore[arg-type]


def test_answers_are_kept_when_the_process_stops_halfway(journal: Journal) -> None:
    class Dying(PaperBroker):
        def submit(self, request: OrderRequest) -> BrokerOrder:
            if request.key == "k3":
                raise KeyboardInterrupt
            return super().submit(request)

    with pytest.raises(KeyboardInterrupt):
        send_all(Dying(), journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert states(journal) == [OrderState.ACCEPTED, OrderState.ACCEPTED, OrderState.SENT]


def test_cancelling_records_what_each_order_became(journal: Journal) -> None:
    broker = PaperBroker()
    send_all(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    settle_working(broker, journal, journal.orders.slices(CYCLE))  # type: ignore[arg-type]
    assert states(journal) == [OrderState.CANCELLED] * 3


def test_a_key_is_a_pure_function_that_fits_every_broker() -> None:
    """Forty characters, equal for equal decisions, different in every part."""
    whole = ("a-book-with-20-chars", date(2022, 12, 28), 1, "LONGSYMBOL.X", Side.SELL, 389, 0)
    assert slice_key(*whole) == slice_key(*whole)
    assert len(slice_key(*whole)) <= LONGEST
    others = [
        ("b-book-with-20-chars", *whole[1:]),
        (whole[0], date(2022, 12, 29), *whole[2:]),
        (*whole[:2], 2, *whole[3:]),
        (*whole[:3], "LONGSYMBOL.Y", *whole[4:]),
        (*whole[:4], Side.BUY, *whole[5:]),
        (*whole[:5], 388, 0),
        (*whole[:6], 1),
    ]
    assert len({slice_key(*whole), *(slice_key(*other) for other in others)}) == 1 + len(others)  # type: ignore[arg-type]
