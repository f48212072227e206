"""The rebalance as it is deployed, at a market that moves only as far as a test lets it, so that one can look."""

import os
import time
from datetime import datetime
from pathlib import Path

from flows.rebalance import rebalance
from tasks.brokers.simulated.broker import SimulatedBroker

__all__ = ["rebalance"]

moves_on = SimulatedBroker.wait_until
_moves = [0]


def paced(self: SimulatedBroker, at: datetime) -> datetime:
    """While orders work it moves as often as the file says, and stands still where there is none."""
    if self.open_orders():
        if _moves[0] >= _allowed():
            time.sleep(0.2)  # as a real broker's clock: it is looked at again and again
            return self.now()
        _moves[0] += 1
    return moves_on(self, at)


def _allowed() -> int:
    moves = Path(os.environ["STEELYARD_HOME"]) / "moves"
    return int(moves.read_text() or 0) if moves.exists() else 0


SimulatedBroker.wait_until = paced  # type: ignore[method-assign]
