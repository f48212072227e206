"""The broker as a book opens it: key and hosts from the environment, rate limits from whoever opens it."""

from typing import Any

import pytest

from tasks.book.broker import AlpacaSettings, OneBroker
from tasks.brokers.alpaca.factory import open_alpaca
from tasks.brokers.rate_limit import Unlimited
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, ConfigError
from tasks.model.orders import NativeAlgorithm
from tests.contract.alpaca.desk import KEY_ID, SECRET, until
from tests.unit.brokers.simulated.simulated_world import TUESDAY, buy


def environment(venue: AlpacaVenue, secret: str = SECRET) -> dict[str, str]:
    return {
        "APCA_API_KEY_ID": KEY_ID,
        "APCA_API_SECRET_KEY": secret,
        "APCA_API_BASE_URL": venue.url,
        "APCA_API_DATA_URL": venue.url,
    }


def settings(**more: Any) -> OneBroker:
    return OneBroker(account="main", alpaca=AlpacaSettings(**more))


def unlimited(scope: str, limit: int) -> Unlimited:
    del scope, limit
    return Unlimited()


def test_a_book_trades_with_what_the_environment_says(venue: AlpacaVenue) -> None:
    broker = open_alpaca(settings(), False, environment(venue), unlimited)

    broker.connect()
    broker.submit(buy("k1", 10))
    broker.close()

    assert venue.exchange.truth().orders_with("k1")
    assert not broker.capabilities.clock_jumps
    assert broker.session_hours(TUESDAY)[0].hour == 14


def test_the_stream_begins_when_we_connect_and_ends_when_we_close(venue: AlpacaVenue) -> None:
    broker = open_alpaca(settings(), False, environment(venue), unlimited)
    assert venue.stream.connections == 0

    for number in (1, 2):
        broker.connect()
        broker.connect()
        until(lambda: venue.stream.is_heard)
        broker.close()
        broker.close()

        until(lambda: not venue.stream.is_heard)
        assert venue.stream.connections == number


def test_trading_and_data_have_allowances_of_their_own_and_their_names_tell_neither_key_nor_secret(
    venue: AlpacaVenue,
) -> None:
    asked: dict[str, int] = {}

    def rate_limiters(scope: str, limit: int) -> Unlimited:
        asked[scope] = limit
        return Unlimited()

    open_alpaca(settings(requests_a_minute=150, data_requests_a_minute=1000), False, environment(venue), rate_limiters)

    assert sorted(asked.values()) == [150, 1000]
    assert all(len(scope) <= 60 and KEY_ID not in scope and SECRET not in scope for scope in asked)


def test_native_orders_are_taken_where_the_account_has_them(venue: AlpacaVenue) -> None:
    for has_them, native in ((False, set()), (True, {NativeAlgorithm.VWAP, NativeAlgorithm.TWAP})):
        broker = open_alpaca(settings(advanced_orders=has_them), False, environment(venue), unlimited)

        assert broker.capabilities.native == native


def test_a_wrong_secret_is_told_when_we_connect(venue: AlpacaVenue) -> None:
    broker = open_alpaca(settings(), False, environment(venue, "wrong"), unlimited)

    with pytest.raises(BrokerError, match="APCA_API_SECRET_KEY"):
        broker.connect()


def test_without_a_key_nothing_is_opened() -> None:
    with pytest.raises(ConfigError, match="APCA_API_KEY_ID"):
        open_alpaca(settings(), False, {}, unlimited)
