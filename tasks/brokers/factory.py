"""Opens the broker a book names, or the several."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.book.broker import SEVERAL, BrokerSettings
from tasks.brokers.registration import Hours, Opening
from tasks.brokers.registry import registered
from tasks.ports.broker import Broker
from tasks.ports.prices import Source

if TYPE_CHECKING:
    from tasks.brokers.rate_limit import RateLimiters


def open_broker(
    settings: BrokerSettings,
    home: Path,
    source: Source,
    hours: Hours,
    environment: Mapping[str, str] = os.environ,
    rate_limiters: "RateLimiters | None" = None,
) -> Broker:
    """The broker of a book, not connected yet; the simulated one keeps its account in home/broker/ACCOUNT.sqlite.

    `rate_limiters` count what a key asks, over all processes that share the journal; without them nothing is counted.
    A broker's library is imported only where a book names the broker.
    Raises: ConfigError when `live` is asked of a broker that has no real money, the account's name cannot be a file's,
    key and secret are missing, or STEELYARD_VENUE and the book do not fit.
    """
    opening = Opening(settings.live, home, source, hours, environment, rate_limiters)
    if settings.name == SEVERAL:
        from tasks.brokers.multi.factory import open_several

        return open_several(settings, lambda part, _tag: registered(part.name).open(part, opening))
    return registered(settings.name).open(settings, opening)
