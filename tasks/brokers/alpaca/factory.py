"""Opens the Alpaca broker of a book: key and hosts from the environment, rate limits and stream for all of the key."""

from collections.abc import Mapping

from tasks.book.broker import OneBroker
from tasks.brokers.alpaca.broker import AlpacaBroker, broker_time
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.clock import BrokerClock, Clock
from tasks.brokers.alpaca.credentials import credentials_from, endpoints_from
from tasks.brokers.alpaca.trade_updates import Hints
from tasks.brokers.rate_limit import RateLimiters


def open_alpaca(
    settings: OneBroker,
    live: bool,
    environment: Mapping[str, str],
    rate_limiters: RateLimiters,
    clock: Clock | None = None,
) -> AlpacaBroker:
    """Not connected yet; `clock` only for a venue that simulates one.

    Raises: ConfigError when the key is missing, or the environment and `live` do not fit.
    """
    chosen = settings.alpaca
    credentials, endpoints = credentials_from(environment), endpoints_from(environment, live)
    wire = Wire(
        credentials,
        endpoints,
        trading=rate_limiters(f"alpaca trading {credentials.fingerprint}", chosen.requests_a_minute),
        data=rate_limiters(f"alpaca data {credentials.fingerprint}", chosen.data_requests_a_minute),
    )
    return AlpacaBroker(
        wire,
        clock or BrokerClock(lambda: broker_time(wire)),
        settings.account,
        chosen.feed,
        Hints(credentials, endpoints),
        live=live,
        advanced=chosen.advanced_orders,
    )
