"""Outages of the line to a broker, in the exchange's own time: some that patience rides out, some that it does not."""

import random
from datetime import timedelta
from typing import Any

from tasks.book.faults import READS, Call, FaultKind
from tasks.brokers.simulated.faults.network import ATTEMPT
from tasks.retry import PATIENCE

SHORTEST_RIDE = sum(PATIENCE, timedelta())
"""A question is asked again for so long at least."""
LONGEST_RIDE = SHORTEST_RIDE + (len(PATIENCE) + 1) * ATTEMPT
"""For so long where each attempt reaches the far end of the dead line, which takes its time as well."""
SHORTER = (SHORTEST_RIDE / 6, SHORTEST_RIDE / 2, SHORTEST_RIDE - 3 * ATTEMPT)
LONGER = (LONGEST_RIDE + timedelta(minutes=1), 2 * LONGEST_RIDE, 3 * LONGEST_RIDE)
LATEST = 6
"""An outage begins with this question of its kind at the latest."""


def outage(call: Call, lasting: timedelta, nth: int = 1) -> dict[str, Any]:
    """As the book's `broker.simulated.faults` names it."""
    seconds = lasting.total_seconds()
    return {"kind": FaultKind.DISCONNECT.value, "call": call.value, "nth": nth, "times": 1, "seconds": seconds}


def draw_outages(seed: int) -> tuple[dict[str, Any], ...]:
    """Dice of their own: nothing else of a world depends on whether its line fails. None in every fourth world."""
    dice = random.Random(f"steelyard outage {seed}")
    lengths = dice.choice(((), (SHORTER,), (LONGER,), (SHORTER, LONGER)))
    return tuple(outage(dice.choice(READS), dice.choice(some), dice.randint(1, LATEST)) for some in lengths)
