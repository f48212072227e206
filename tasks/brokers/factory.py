"""Opens the broker a book names; the only place that knows them all."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.book.broker import BrokerSettings, OneBroker
from tasks.brokers.sandbox.address import venue_clock
from tasks.brokers.secrets import secrets_of
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.market.market import Hours, Market
from tasks.brokers.simulated.store import Store
from tasks.errors import ConfigError
from tasks.ports.broker import Broker
from tasks.ports.prices import Source

if TYPE_CHECKING:
    from tasks.brokers.alpaca.rate_limit import Allowances


def open_broker(
    settings: BrokerSettings,
    home: Path,
    source: Source,
    hours: Hours,
    environment: Mapping[str, str] = os.environ,
    allowances: "Allowances | None" = None,
) -> Broker:
    """The broker of a book, not connected yet; the simulated one keeps its account in home/broker/ACCOUNT.sqlite.

    `allowances` count what a key may ask, over all processes that share the journal; without them nothing is counted.
    A broker's library is imported only where a book names the broker.
    Raises: ConfigError when `live` is asked of a broker that has no real money, the account's name cannot be a file's,
    key and secret are missing, or STEELYARD_VENUE and the book do not fit.
    """

    def opened(one: OneBroker, name: str) -> Broker:
        if name == "alpaca":
            return _open_alpaca(one, settings.live, environment, allowances)
        if name == "ibkr":
            return _open_ibkr(one, settings.live, hours, environment)
        return open_simulated(one, home, source, hours, live=settings.live)

    if settings.name == "several":
        from tasks.brokers.multi.factory import open_several

        return open_several(settings, lambda part, _tag: opened(part, part.name))
    return opened(settings, settings.name)


def _open_alpaca(
    settings: OneBroker, live: bool, environment: Mapping[str, str], allowances: "Allowances | None"
) -> Broker:
    from tasks.brokers.alpaca.credentials import endpoints_from
    from tasks.brokers.alpaca.factory import open_alpaca
    from tasks.brokers.alpaca.rate_limit import Unlimited

    secrets = secrets_of(settings.credentials_block, environment)
    clock = venue_clock(secrets, endpoints_from(secrets, live).trading, live=live)
    if clock is not None or allowances is None:  # a venue counts nothing, and its minutes pass in a moment
        return open_alpaca(settings, live, secrets, lambda _scope, _limit: Unlimited(), clock)
    return open_alpaca(settings, live, secrets, allowances)


def _open_ibkr(settings: OneBroker, live: bool, hours: Hours, environment: Mapping[str, str]) -> Broker:
    from tasks.brokers.ibkr.broker import IbkrBroker
    from tasks.brokers.ibkr.clock import WallClock

    place = f"{settings.ibkr.host}:{settings.ibkr.port}"
    clock = venue_clock(environment, place, live=live) or WallClock()
    return IbkrBroker(settings.ibkr, settings.account, clock, hours, live=live)


def open_simulated(
    settings: OneBroker, home: Path, source: Source, hours: Hours, *, live: bool = False
) -> SimulatedBroker:
    """The simulated broker with its own methods in view; raises as `open_broker`."""
    if live:
        raise ConfigError(
            "broker.live: true, but the simulated broker trades no real money; set `live: false` or name a real broker"
        )
    exchange = open_exchange(settings, home / "broker", source, hours)
    return SimulatedBroker(lying(exchange, settings) if settings.simulated.faults else exchange)


def open_exchange(settings: OneBroker, folder: Path, source: Source, hours: Hours) -> Exchange:
    """The simulated exchange of one account, which it keeps in folder/ACCOUNT.sqlite.

    Raises: ConfigError for a name of an account that cannot be a file's.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", settings.account):
        raise ConfigError(
            f"broker.account: {settings.account!r} names the simulated account's file; "
            "use letters, digits, `_`, `-` and `.`, beginning with a letter or digit"
        )
    chosen = settings.simulated
    store = Store(folder / f"{settings.account}.sqlite")
    return Exchange(settings.account, chosen, Market(source, chosen, hours), store)


def lying(exchange: Exchange, settings: OneBroker) -> FaultyExchange:
    """The same exchange behind the lies that the book plans."""
    return FaultyExchange(exchange, FaultPlan(settings.simulated.faults, settings.simulated.seed))
