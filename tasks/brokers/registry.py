"""All brokers that a book can name, and the only list of them: a new broker is added here."""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.book.broker import SEVERAL, BrokerSettings
from tasks.book.data import DataSettings
from tasks.brokers.alpaca.registration import ALPACA
from tasks.brokers.ibkr.registration import IBKR
from tasks.brokers.registration import Prices, Registration
from tasks.brokers.simulated.registration import SIMULATED
from tasks.errors import ConfigError

BROKERS: Mapping[str, Registration] = MappingProxyType({one.name: one for one in (SIMULATED, ALPACA, IBKR)})


def registered(name: str) -> Registration:
    """Raises: ConfigError for a name that no broker has."""
    if name not in BROKERS:
        raise ConfigError(f"there is no broker {name}; choose one of {', '.join(BROKERS)}")
    return BROKERS[name]


def is_simulated(settings: BrokerSettings) -> bool:
    """Whether a book trades in a market of this program's own; several brokers never do."""
    return settings.name != SEVERAL and registered(settings.name).is_simulated


def prices_at(source: str) -> Prices | None:
    """Of the broker that a book takes its prices from; None where they come from elsewhere."""
    broker = BROKERS.get(source)
    return broker.prices if broker else None


def unread_sections(settings: DataSettings) -> list[str]:
    """Brokers whose section below `data` says something although the prices come from elsewhere."""
    usual = DataSettings()
    priced = [name for name, one in BROKERS.items() if one.prices and name != settings.source]
    return [name for name in priced if getattr(settings, name) != getattr(usual, name)]
