"""A run that is deaf while orders work: it computes in C, holds Python's lock, and no signal or thread gets through.

Used as a program: `python hears_nothing.py BOOK`. Once it is deaf a file `deaf` is beside the book.
"""

import ctypes
import sys
from datetime import datetime
from pathlib import Path

from flows.rebalance import rebalance
from tasks.brokers.simulated.broker import SimulatedBroker

HOURS = 36_000
moves_on = SimulatedBroker.wait_until


def computes(self: SimulatedBroker, at: datetime) -> datetime:
    if self.open_orders():
        Path(sys.argv[1]).with_name("deaf").touch()
        ctypes.PyDLL(None).sleep(HOURS)  # a PyDLL keeps the lock that a CDLL gives away
    return moves_on(self, at)


SimulatedBroker.wait_until = computes  # type: ignore[method-assign]

if __name__ == "__main__":
    rebalance(book=Path(sys.argv[1]))
