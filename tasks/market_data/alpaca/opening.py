"""Opens Alpaca as a source: key and hosts from the environment, and one allowance for all processes."""

from collections.abc import Mapping

from tasks.brokers.alpaca.allowance import Allowances
from tasks.brokers.alpaca.broker import broker_time
from tasks.brokers.alpaca.credentials import LIVE_URL, URL_NAME, Endpoints, credentials_from, endpoints_from
from tasks.brokers.alpaca.wire import Wire
from tasks.brokers.secrets import secrets_of
from tasks.market_data.alpaca.source import AlpacaSource
from tasks.market_data.settings import AlpacaDataSettings

TRADING_A_MINUTE = 200
"""The clock and the calendar are asked of the trading host."""


def open_alpaca_source(
    settings: AlpacaDataSettings,
    adjustment: str,
    environment: Mapping[str, str],
    allowances: Allowances,
    *,
    live: bool = False,
) -> AlpacaSource:
    """`allowances` are the ones the broker counts with. Raises: ConfigError without a key."""
    secrets = secrets_of(settings.credentials_block, environment)
    credentials = credentials_from(secrets)
    wire = Wire(
        credentials,
        _endpoints(secrets, live),
        trading=allowances(f"alpaca trading {credentials.fingerprint}", TRADING_A_MINUTE),
        data=allowances(f"alpaca data {credentials.fingerprint}", settings.requests_a_minute),
    )
    return AlpacaSource(wire, lambda: broker_time(wire), adjustment, settings.feed)


def _endpoints(environment: Mapping[str, str], live: bool) -> Endpoints:
    """A key for real money may read prices for a book that trades none: the host follows the environment."""
    named = environment.get(URL_NAME)
    return endpoints_from(environment, live if named is None else named.rstrip("/").removesuffix("/v2") == LIVE_URL)
