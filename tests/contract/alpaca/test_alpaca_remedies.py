"""Whoever does what a refusal of Alpaca's says has an order that is taken: each way that the venue can show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.alpaca.errors import REMEDIES
from tasks.brokers.sandbox.alpaca.http import Request
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault, HttpFaults, instead
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


@dataclass
class Desk(HttpFaults):
    """Alpaca's desk where it has rules that this venue has no account, asset or hour for: it refuses as long as one of
    them holds of what is asked for."""

    rule: Callable[[Mapping[str, Any], "Desk"], bool]
    message: str
    status: int
    mended: bool = False
    """Whether a person has done at Alpaca what the refusal says."""

    def __post_init__(self) -> None:
        super().__init__()

    def strike(self, request: Request) -> HttpFault | None:
        if (request.method, request.path) != ("POST", "/v2/orders") or not self.rule(request.body, self):
            return super().strike(request)
        body = {"code": self.status * 100_000, "message": self.message}
        return HttpFault("POST", request.path, instead(self.status, body), is_done=False)


def mends(broker: AlpacaBroker) -> None:
    """What a person does on Alpaca's pages; `broker` is at a venue whose desk is told by the test."""
    del broker


@dataclass(frozen=True)
class AtAlpaca:
    """A rule of Alpaca's own, the words in which it refuses, and by the words of each way the order that is taken."""

    rule: Callable[[Mapping[str, Any], Desk], bool]
    message: str
    order: OrderRequest
    ways: dict[str, tuple[Does, OrderRequest]]
    status: int = 403
    lasting: bool = False


def is_market(asked: Mapping[str, Any], _desk: Desk) -> bool:
    return asked["type"] == "market"


def is_not_mended(_asked: Mapping[str, Any], desk: Desk) -> bool:
    return not desk.mended


def is_short_sale(asked: Mapping[str, Any], _desk: Desk) -> bool:
    return asked["side"] == "sell" and asked["symbol"] == "AAA"


WHOLE, SHORT = buy("k1", 10), sell("s1", 10)
BY_ALPACA_ALONE = {
    "cls orders": AtAlpaca(
        lambda asked, _: asked["time_in_force"] == "cls",
        "cls orders must be submitted after 7:00pm and before 3:50pm",
        replace(WHOLE, time_in_force=TimeInForce.AT_CLOSE),
        {"trade without that auction": (nothing, buy("k2", 10))},
    ),
    "insufficient balance": AtAlpaca(
        lambda asked, _: asked["side"] == "buy" and float(asked["qty"]) > 5,
        "insufficient balance for USD", WHOLE,
        {"sell first": (submits(sell("s0", 5, "BBB")), buy("k2", 5)), "lower the target": (nothing, buy("k3", 5))},
    ),
    "minimal amount": AtAlpaca(
        lambda asked, _: float(asked["qty"]) * 90 < 1,
        "cost basis must be >= minimal amount of order 1", buy("k1", "0.01"),
        {"leave it out": (nothing, buy("k2", 10)), "make it larger": (nothing, buy("k3", 1))},
    ),
    "day trading": AtAlpaca(
        is_not_mended, "trade denied due to pattern day trading protection", WHOLE,
        {"wait for the next session": (opens_the_next_session, buy("k2", 10))},
    ),
    "rejected by user request": AtAlpaca(
        is_not_mended, "new orders are rejected by user request", WHOLE,
        {"let the account take orders again in its settings at Alpaca": (mends, buy("k2", 10))}, lasting=True,
    ),
    "liquidation only": AtAlpaca(
        lambda asked, _: asked["side"] == "buy", "account is restricted to liquidation only", WHOLE,
        {"it may only close positions now": (nothing, sell("s1", 10, "BBB"))}, lasting=True,
    ),
    "sold short": AtAlpaca(
        is_short_sale, "asset \"AAA\" cannot be sold short", SHORT,
        {"hold no short position in this symbol": (nothing, sell("s2", 10, "BBB"))}, status=422, lasting=True,
    ),
    "to short": AtAlpaca(
        lambda asked, desk: is_short_sale(asked, desk) and not desk.mended, "account is not allowed to short", SHORT,
        {
            "hold no short position in this symbol": (nothing, sell("s2", 10, "BBB")),
            "enable shorting for the account at Alpaca": (mends, sell("s3", 10)),
        },
        lasting=True,
    ),
    "extended hours": AtAlpaca(
        is_market, "extended hours order must be DAY limit orders", WHOLE,
        {"send a limit order": (nothing, buy("k2", 10, limit="90"))}, status=422,
    ),
    "not authorized to trade": AtAlpaca(
        is_not_mended, "account not authorized to trade", WHOLE,
        {"look at the account's page at Alpaca": (mends, buy("k2", 10))}, lasting=True,
    ),
    "sub-penny": AtAlpaca(
        lambda asked, _: len(str(asked.get("limit_price", "")).partition(".")[2]) > 1,
        "sub-penny increment does not fulfill minimum pricing criteria", buy("k1", 10, limit="90.12"),
        {"round the limit price": (nothing, buy("k2", 10, limit="90.1"))}, status=422,
    ),
    "not tradable": AtAlpaca(
        lambda asked, _: asked["symbol"] == "AAA", "asset \"AAA\" is not tradable", WHOLE,
        {"take the symbol out of the universe": (nothing, buy("k2", 10, "BBB"))}, status=422, lasting=True,
    ),
}  # fmt: skip
"""Refusals that the venue on this machine has no account, asset or hour for: its desk is given the rule."""
MENDED_BY_WAITING = (mends, opens_the_next_session)


@pytest.mark.parametrize("name", BY_ALPACA_ALONE)
def test_whoever_does_what_a_refusal_of_alpacas_own_rules_says_has_an_order_that_is_taken(
    tmp_path: Path, name: str
) -> None:
    case = BY_ALPACA_ALONE[name]
    for number, (words, (does, order)) in enumerate(case.ways.items()):
        (tmp_path / str(number)).mkdir()
        settings = {"fractional": True, "opening_shares": {"BBB": 10}, **RICH}
        with open_venue(World(tmp_path / str(number), settings=settings)) as venue:
            venue.exchange.begin(TUESDAY)
            venue.http_faults = desk = Desk(case.rule, case.message, case.status)
            broker = broker_at(venue, tmp_path / str(number))
            for tried in (case.order, replace(case.order, key="again")):
                with pytest.raises(OrderRefusedError, match=words) as refused:
                    broker.submit(tried)
                assert case.message in str(refused.value)
                assert isinstance(refused.value, StandingRefusalError) == case.lasting
            does(broker)
            desk.mended = does in MENDED_BY_WAITING
            assert broker.submit(order).key == order.key


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
    assert {part for part, _ in REMEDIES} == {name.partition(",")[0] for name in CASES} | BY_ALPACA_ALONE.keys()
    assert BY_ALPACA_ALONE.keys().isdisjoint(name.partition(",")[0] for name in CASES)


def test_the_hours_of_an_auction_that_are_told_are_those_that_are_kept(tmp_path: Path) -> None:
    with at_the_venue(tmp_path / "early", CASES["opg orders"]) as late, pytest.raises(BrokerError, match="before 9:28"):
        late.submit(AT_OPEN)
    with at_the_venue(tmp_path / "in time", replace(CASES["opg orders"], before=nothing)) as early:
        assert early.submit(AT_OPEN).key == AT_OPEN.key
