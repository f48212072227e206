"""Opens the simulated broker, or its exchange alone where another broker's local server stands in front of it."""

import re
from pathlib import Path

from tasks.book.broker import OneBroker
from tasks.brokers.registration import Hours
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.market.market import Market
from tasks.brokers.simulated.store import Store
from tasks.errors import ConfigError
from tasks.ports.prices import Source


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
