"""Opens the brokers of a book that names several, each as it would be opened alone."""

from collections.abc import Callable

from tasks.book.broker import BrokerSettings, PartSettings
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.brokers.multi.router import PartsRouter
from tasks.model.commission import Commission
from tasks.ports.broker import Broker
from tasks.ports.router import DIRECT, Router

OpenPart = Callable[[PartSettings, str], Broker]
"""Settings and tag of one broker."""


def open_several(settings: BrokerSettings, open_part: OpenPart) -> SeveralBrokers:
    """Not connected yet. Raises: ConfigError for mixed clocks, and what opening one of them raises."""
    parts = [Member(tag, part.name, part.account, open_part(part, tag)) for tag, part in settings.parts.items()]
    return SeveralBrokers(settings.account, parts, settings.routes)


def router_of(broker: Broker, commission: Commission, *, fractional: bool) -> Router:
    """Where a book's orders go: one broker needs no routes. `commission`: the most at any of them."""
    return PartsRouter(broker, commission, fractional) if isinstance(broker, SeveralBrokers) else DIRECT
