"""Whoever does what a refusal of Alpaca's says has an order that is taken: each way that the venue can show."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.errors import REMEDIES
from tasks.errors import BrokerError, OrderRefusedError, StandingRefusalError
from tasks.model.orders import OrderRequest, TimeInForce
from tests.contract.alpaca.conftest import RICH
from tests.contract.alpaca.desk import broker_at, open_venue
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import TUESDAY, WEDNESDAY, after_open, buy, sell

Does = Callable[[AlpacaBroker], Any]


def nothing(_broker: AlpacaBroker) -> None:
    """Before the open, with 100,000,000 USD and 10 BBB."""


def submits(*orders: OrderRequest) -> Does:
    return lambda broker: [broker.submit(order) for order in orders]


def waits(minutes: float) -> Does:
    return lambda broker: broker.wait_until(after_open(minutes))


def cancels(key: str) -> Does:
    return lambda broker: broker.cancel(key)


def opens_the_next_session(broker: AlpacaBroker) -> None:
    broker.open_session(WEDNESDAY)


@dataclass(frozen=True)
class Case:
    """An order that is refused, and by the words of each way what is done, and which order goes out then."""

    order: OrderRequest
    ways: dict[str, tuple[Does, OrderRequest]]
    before: Does = nothing
    settings: dict[str, Any] = field(default_factory=dict)


AT_OPEN = replace(buy("k1", 10), time_in_force=TimeInForce.AT_OPEN)
SELL = sell("s1", 5)
ALL_BUT = buy("held", 990_000, limit="100")
CASES = {
    "opg orders": Case(
        AT_OPEN,
        {"trade without that auction": (nothing, buy("k2", 10))},
        before=waits(5),
    ),
    "wash trade": Case(
        SELL,
        {"cancel the open order of the other side and wait until it is gone": (cancels("k0"), sell("s2", 5))},
        before=submits(buy("k0", 10, limit="90")),
    ),
    "buying power": Case(
        buy("k1", 50_000),
        {
            "cancel open buys": (cancels("held"), buy("k2", 50_000)),
            "lower the target": (nothing, buy("k3", 5_000)),
        },
        before=submits(ALL_BUT),
    ),
    "insufficient qty": Case(
        sell("s1", 10, "BBB"),
        {
            "cancel the open sells that hold these shares": (cancels("s0"), sell("s2", 10, "BBB")),
            "sell fewer": (nothing, sell("s3", 4, "BBB")),
        },
        before=submits(sell("s0", 6, "BBB", limit="120")),
    ),
    "fraction, a short one": Case(sell("s1", "1.5"), {"send whole shares": (nothing, sell("s2", 1))}),
    "fraction": Case(
        buy("k1", "1.5"),
        {"send whole shares": (nothing, buy("k2", 1))},
        settings={"fractional": False},
    ),
    "not found": Case(buy("k1", 10, "AAAA"), {"look the symbol up at Alpaca": (nothing, buy("k2", 10, "AAA"))}),
    "market is closed": Case(
        buy("k1", 10),
        {"wait for the next session": (opens_the_next_session, buy("k2", 10))},
        before=waits(60 * 7),
    ),
}
NOT_SENT = {
    "a part of a cent": Case(buy("k1", 10, limit="90.123"), {"round it": (nothing, buy("k2", 10, limit="90.12"))}),
    "a part of a hundredth of one": Case(
        buy("k1", 10, limit="0.90123"), {"round it": (nothing, buy("k2", 10, limit="0.9012"))}
    ),
}
"""What Alpaca would refuse and never hears of."""
BY_ALPACA_ALONE = {
    "cls orders", "insufficient balance", "minimal amount", "day trading", "rejected by user request",
    "liquidation only", "sold short", "to short", "sub-penny", "extended hours", "not authorized to trade",
    "not tradable",
}  # fmt: skip
"""Refusals that the venue on this machine has no account, asset or hour for."""


@contextmanager
def at_the_venue(folder: Path, case: Case) -> Iterator[AlpacaBroker]:
    folder.mkdir()
    settings = {"fractional": True, "opening_shares": {"BBB": 10}, **RICH, **case.settings}
    with open_venue(World(folder, settings=settings)) as venue:
        venue.exchange.begin(TUESDAY)
        broker = broker_at(venue, folder)
        case.before(broker)
        yield broker


@pytest.mark.parametrize("name", CASES | NOT_SENT)
def test_whoever_does_what_a_refusal_says_has_an_order_that_is_taken(tmp_path: Path, name: str) -> None:
    case = (CASES | NOT_SENT)[name]
    for number, (words, (does, order)) in enumerate(case.ways.items()):
        with at_the_venue(tmp_path / str(number), case) as broker:
            with pytest.raises(OrderRefusedError) as refused:
                broker.submit(case.order)
            assert ("nothing was sent" if name in NOT_SENT else name.partition(",")[0]) in str(refused.value)
            assert not isinstance(refused.value, StandingRefusalError) or name == "not found"
            assert words in str(refused.value)
            does(broker)
            assert broker.submit(order).key == order.key


def test_each_remedy_is_tried_or_is_one_that_only_alpaca_itself_can_show() -> None:
    assert {part for part, _ in REMEDIES} == {name.partition(",")[0] for name in CASES} | BY_ALPACA_ALONE
    assert BY_ALPACA_ALONE.isdisjoint(name.partition(",")[0] for name in CASES)


def test_the_hours_of_an_auction_that_are_told_are_those_that_are_kept(tmp_path: Path) -> None:
    with at_the_venue(tmp_path / "early", CASES["opg orders"]) as late, pytest.raises(BrokerError, match="before 9:28"):
        late.submit(AT_OPEN)
    with at_the_venue(tmp_path / "in time", replace(CASES["opg orders"], before=nothing)) as early:
        assert early.submit(AT_OPEN).key == AT_OPEN.key
