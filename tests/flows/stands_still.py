"""The rebalance as it is deployed, at a market whose clock stands still while any order works: a session of hours."""

import time
from datetime import datetime

from flows.rebalance import rebalance
from tasks.brokers.simulated.broker import SimulatedBroker

__all__ = ["rebalance"]

moves_on = SimulatedBroker.wait_until


def stands_still(self: SimulatedBroker, at: datetime) -> datetime:
    if not self.open_orders():
        return moves_on(self, at)
    time.sleep(0.2)  # as a real broker's clock: it is looked at again and again
    return self.now()


SimulatedBroker.wait_until = stands_still  # type: ignore[method-assign]
