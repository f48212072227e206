"""The rebalance as it is deployed, at a market that moves only as far as a test lets it, so that one can look."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.rebalance import rebalance
from tasks.brokers.simulated.broker import SimulatedBroker

__all__ = ["rebalance"]

_moves = [0]


def paced(moves_on: Callable[[Any, datetime], datetime]) -> Callable[[Any, datetime], datetime]:
    """While orders work, a broker's market moves as often as the file says, and stands still where there is none."""

    def wait_until(self: Any, at: datetime) -> datetime:
        if self.open_orders():
            if _moves[0] >= _allowed():
                time.sleep(0.2)  # as a real broker's clock: it is looked at again and again
                return self.now()
            _moves[0] += 1
        return moves_on(self, at)

    return wait_until


def _allowed() -> int:
    """The file is in the home, or where machines that have none in common both find it."""
    moves = Path(os.environ.get("STEELYARD_TEST_MOVES") or Path(os.environ["STEELYARD_HOME"]) / "moves")
    return int(moves.read_text() or 0) if moves.exists() else 0


SimulatedBroker.wait_until = paced(SimulatedBroker.wait_until)  # type: ignore[method-assign]
