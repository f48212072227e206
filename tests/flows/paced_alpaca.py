"""The rebalance as it is deployed, at a local Alpaca whose market moves only as far as a test lets it."""

from flows.rebalance import rebalance
from tasks.brokers.alpaca.broker import AlpacaBroker
from tests.ui.paced import paced

__all__ = ["rebalance"]

AlpacaBroker.wait_until = paced(AlpacaBroker.wait_until)  # type: ignore[method-assign]
