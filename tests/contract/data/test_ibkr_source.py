"""What only TWS can do to a source: client ids, names of two stocks, errors instead of bars, silence in the middle."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tasks.book.broker import IbkrSettings
from tasks.book.data import DataSettings
from tasks.brokers.ibkr.price_client import Connections, Pace
from tasks.brokers.ibkr.prices import IbkrSource
from tasks.brokers.price_sources import open_source
from tasks.brokers.sandbox.tws import queries
from tasks.brokers.sandbox.tws.contracts import Listings
from tasks.brokers.sandbox.tws.historical import UnservedError, rows_of
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.errors import BrokerError, ConfigError
from tests.contract.data.conftest import NOON
from tests.contract.data.prices import FIRST, SYMBOLS, Opened, ibkr, prices
from tests.contract.ibkr.hurry import HurriedVenue
from tests.contract.ibkr.venue import Desk
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import MONDAY


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with ibkr(World(tmp_path, source=prices())) as found:
        found.exchange.advance(NOON)
        yield found


def venue_of(opened: Opened) -> TwsVenue:
    assert isinstance(opened.venue, TwsVenue)
    return opened.venue


def test_a_source_and_a_broker_are_connected_side_by_side_under_two_client_ids(opened: Opened) -> None:
    desk = Desk(venue_of(opened))
    broker = desk.broker()
    broker.connect()
    assert len(opened.source.daily_bars(["AAA"], FIRST, MONDAY)) == 57
    assert broker.account_state().cash > 0
    broker.close()


def test_the_client_id_is_given_back_after_each_question(opened: Opened) -> None:
    opened.source.available()
    Desk(venue_of(opened)).wait_for_nobody()


def test_a_client_id_that_stays_in_use_is_an_error_that_names_it(opened: Opened) -> None:
    other = Desk(venue_of(opened)).broker(client_id=72)
    other.connect()
    with pytest.raises(
        BrokerError, match=r"prices of Interactive Brokers: .* as client 72 .*326.*end the other process"
    ):
        opened.source.available()
    other.close()


def test_a_client_id_that_tws_frees_a_moment_later_is_waited_for(opened: Opened) -> None:
    other = Desk(venue_of(opened)).broker(client_id=72)
    other.connect()
    threading.Timer(0.3, other.close).start()
    assert opened.source.available()[1] == MONDAY


def refusing(code: int, words: str, after: int = 0) -> Any:
    """Bars as ever for some requests, then this error."""
    count = iter(range(1000))

    def rows(exchange: Any, fields: Sequence[str]) -> Any:
        if next(count) >= after:
            raise UnservedError(code, words)
        return rows_of(exchange, fields)

    return rows


@pytest.mark.parametrize(
    ("code", "words", "remedy"),
    [
        (162, "Historical Market Data Service error message:Historical data request pacing violation", "later"),
        (162, "Historical Market Data Service error message:No market data permissions for NYSE STK", "subscribe"),
        (354, "Requested market data is not subscribed.", "subscribe"),
        (366, "No historical data query found for ticker id", "later"),
    ],
)
def test_an_error_at_the_second_symbol_is_no_answer_for_any(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, code: int, words: str, remedy: str
) -> None:
    monkeypatch.setattr(queries, "rows_of", refusing(code, words, after=1))
    with pytest.raises(BrokerError, match=f"1 day bars of BBB: .*{remedy}"):
        opened.source.daily_bars(SYMBOLS, FIRST, MONDAY)


def test_an_answer_that_does_not_come_is_an_error_and_not_an_empty_table(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    venue = opened.venue
    assert isinstance(venue, HurriedVenue)
    monkeypatch.setattr(queries.encode, "bars", lambda about, rows: (venue.jump_soon(), (250, 1, about, len(rows)))[1])
    with pytest.raises(BrokerError, match="did not end its answer"):
        opened.source.daily_bars(["AAA"], FIRST, MONDAY)


def test_a_name_of_two_stocks_is_a_setting_with_a_remedy(tmp_path: Path) -> None:
    world = World(tmp_path, source=prices())
    with TwsVenue(world.exchange(unique_keys=False), Listings(twins={"BBB": "NYSE"})) as venue:
        venue.exchange.advance(NOON)
        own = {"port": venue.port}
        source = open_source(DataSettings(source="ibkr", ibkr=own), Path(), {})  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=r"BBB does not mean one stock.*data\.ibkr\.primary_exchanges: \{BBB: "):
            source.daily_bars(SYMBOLS, FIRST, MONDAY)
        own["primary_exchanges"] = {"BBB": "NASDAQ"}  # type: ignore[assignment]
        named = open_source(DataSettings(source="ibkr", ibkr=own), Path(), {})  # type: ignore[arg-type]
        assert set(named.daily_bars(SYMBOLS, FIRST, MONDAY)["symbol"]) == set(SYMBOLS)


def test_a_machine_where_no_tws_listens_is_an_error_that_says_what_to_start() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source = open_source(DataSettings(source="ibkr", ibkr={"port": port}), Path(), {})  # type: ignore[arg-type]
    with pytest.raises(BrokerError, match="start TWS or IB Gateway"):
        source.available()


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at, self.slept = 1000.0, list[float]()

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


def test_more_symbols_than_ten_minutes_allow_wait_for_their_turn(opened: Opened) -> None:
    watch = Watch()
    line = IbkrSettings(port=venue_of(opened).port, client_id=72)
    source = IbkrSource(Connections(line, Pace(2, watch.now, watch.sleep)), "split")
    assert set(source.daily_bars(SYMBOLS, FIRST, MONDAY)["symbol"]) == set(SYMBOLS)
    assert sum(watch.slept) == pytest.approx(600.2)


def test_the_same_question_is_answered_again_without_a_wait_and_asked_anew_when_it_may_be(opened: Opened) -> None:
    watch = Watch()
    line = IbkrSettings(port=venue_of(opened).port, client_id=72)
    source = IbkrSource(Connections(line, Pace(60, watch.now, watch.sleep)), "split")
    first = source.daily_bars(["AAA"], FIRST, MONDAY)
    opened.exchange.market.source.daily[0]["close"] = 77.0  # type: ignore[attr-defined]
    assert source.daily_bars(["AAA"], FIRST, MONDAY).equals(first)
    watch.at += 16
    assert source.daily_bars(["AAA"], FIRST, MONDAY)["close"].iloc[0] == 77.0
    assert watch.slept == []
