"""Alpaca: a key decides the account, and paper and real money are two hosts."""

import os
import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from tasks.book.broker import OneBroker
from tasks.book.data import DataSettings
from tasks.brokers.diagnostics.health import CheckResult
from tasks.brokers.registration import Opening, Prices, Registration, Sandbox, Served
from tasks.brokers.secrets import KEY_ID, secrets_of
from tasks.ports.broker import Broker

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters
    from tasks.brokers.simulated.exchange import Exchange
    from tasks.ports.prices import Source

NAME = "alpaca"


def _open(one: OneBroker, opening: Opening) -> Broker:
    from tasks.brokers.alpaca.credentials import endpoints_from
    from tasks.brokers.alpaca.factory import open_alpaca
    from tasks.brokers.rate_limit import uncounted
    from tasks.brokers.sandbox.address import venue_clock

    found = secrets_of(one.credentials_block, opening.environment)
    clock = venue_clock(found, endpoints_from(found, opening.live).trading, NAME, live=opening.live)
    # A venue counts nothing, and its minutes pass in a moment.
    rate_limiters = opening.rate_limiters if clock is None and opening.rate_limiters is not None else uncounted
    return open_alpaca(one, opening.live, found, rate_limiters, clock)


def _prices(
    settings: DataSettings, environment: Mapping[str, str], rate_limiters: "RateLimiters | None", live: bool
) -> "Source":
    from tasks.brokers.alpaca.prices import open_alpaca_source
    from tasks.brokers.rate_limit import uncounted

    return open_alpaca_source(settings.alpaca, settings.adjustment, environment, rate_limiters or uncounted, live=live)


def _key_is_there(one: OneBroker, live: bool, environment: Mapping[str, str]) -> Sequence[CheckResult]:
    from tasks.brokers.alpaca.diagnostics import key_is_present
    from tasks.brokers.diagnostics.health import asked

    block = one.credentials_block
    return (asked("credentials", lambda: key_is_present(secrets_of(block, environment), live, block)),)


def _looks(broker: Broker) -> Sequence[CheckResult]:
    from tasks.brokers.alpaca.broker import AlpacaBroker
    from tasks.brokers.alpaca.diagnostics import account_may_trade, corrections_are_readable, nobody_else_trades

    looks = (account_may_trade, nobody_else_trades, corrections_are_readable)
    return [look(broker) for look in looks] if isinstance(broker, AlpacaBroker) else []


def _key_in_words(one: OneBroker, environment: Mapping[str, str]) -> str:
    """The key decides the account, whatever a book calls it; only a digest of its id is kept."""
    if one.credentials_block:
        return f", by block {one.credentials_block}"
    return f", by key {sha256(environment.get(KEY_ID, '').encode()).hexdigest()[:8]}"


@contextmanager
def _serve(exchange: "Exchange", one: OneBroker, port: int) -> Generator[Served]:
    """The key that is in this environment is the server's too; where there is none, one is made up."""
    from tasks.brokers.alpaca.credentials import DATA_URL_NAME, KEY_NAMES, URL_NAME
    from tasks.brokers.sandbox.address import VARIABLE
    from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
    from tasks.brokers.simulated.factory import lying

    made_up = (f"PKVENUE{secrets.token_hex(6).upper()}", secrets.token_urlsafe(24))
    chosen = tuple(os.environ.get(name, "") for name in KEY_NAMES)
    key = (chosen[0], chosen[1]) if all(chosen) else made_up
    told = {} if all(chosen) else dict(zip(KEY_NAMES, key, strict=True))
    with AlpacaVenue(lying(exchange, one), *key, port=port) as venue:
        urls = {URL_NAME: venue.url, DATA_URL_NAME: venue.url, VARIABLE: venue.url}
        yield Served({**told, **urls}, (f"name: {NAME}", f"account: {one.account}"))


ALPACA = Registration(
    name=NAME,
    title="Alpaca",
    open=_open,
    libraries=("alpaca-py",),
    needs_key=True,
    before_connecting=_key_is_there,
    once_connected=_looks,
    key_in_words=_key_in_words,
    # It takes fractions, and its fills have no room for a commission.
    sandbox=Sandbox({"fee_per_share_usd": Decimal(0), "fee_minimum_usd": Decimal(0), "fractional": True}, _serve),
    prices=Prices(_prices),
)
