"""Quotes asked for once: for a record that is worth no waiting."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tasks.errors import BrokerError
from tasks.model.market import Quote
from tasks.model.quotes_seen import AskedQuotes
from tasks.ports.broker import Broker


@runtime_checkable
class AsksOnce(Protocol):
    """What stands in front of a broker and asks with patience, unless it is told not to."""

    def quotes_now(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """As `Broker.quotes`, without asking again. Raises: BrokerError."""
        ...


def quotes_now(broker: Broker, symbols: Sequence[str]) -> AskedQuotes | None:
    """By symbol; None when the broker does not answer this question now. Nothing waits for it, nothing fails by it."""
    try:
        ask = broker.quotes_now if isinstance(broker, AsksOnce) else broker.quotes
        return AskedQuotes(broker.now(), ask(symbols))
    except BrokerError:
        return None
