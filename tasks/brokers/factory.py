"""Opens the broker a book names; the only place that knows them all."""

import re
from pathlib import Path

from tasks.brokers.protocol import Broker
from tasks.brokers.settings import BrokerSettings
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.market import Hours, Market
from tasks.brokers.simulated.store import Store
from tasks.errors import ConfigError
from tasks.market_data.protocol import Source


def open_broker(settings: BrokerSettings, home: Path, source: Source, hours: Hours) -> Broker:
    """The broker of a book; the simulated one keeps its account in home/broker/ACCOUNT.sqlite from run to run.

    Raises: ConfigError when `live` is asked of a broker that has no real money, or the account's name cannot be a
    file's.
    """
    return open_simulated(settings, home, source, hours)


def open_simulated(settings: BrokerSettings, home: Path, source: Source, hours: Hours) -> SimulatedBroker:
    """The simulated broker with its own methods in view; raises as `open_broker`."""
    if settings.live:
        raise ConfigError(
            "broker.live: true, but the simulated broker trades no real money; set `live: false` or name a real broker"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", settings.account):
        raise ConfigError(
            f"broker.account: {settings.account!r} names the simulated account's file; "
            "use letters, digits, `_`, `-` and `.`, beginning with a letter or digit"
        )
    store = Store(home / "broker" / f"{settings.account}.sqlite")
    market = Market(source, settings.simulated, hours)
    return SimulatedBroker(Exchange(settings.account, settings.simulated, market, store))
