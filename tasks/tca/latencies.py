"""How long each broker took to answer when an order was sent to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from tasks.model.latency import SLOW_S


@dataclass(frozen=True, slots=True)
class LatencyLine:
    """Submits of one broker in one session, seconds from the call to its answer, or to giving up on one."""

    broker: str
    submits: int
    median_s: float
    p95_s: float
    """Nearest rank: 95 % of the submits took no longer."""
    worst_s: float
    slow: int
    """How many took longer than `SLOW_S`; the run has told them when they happened."""


def latency_lines(seconds: Mapping[str, Sequence[float]]) -> tuple[LatencyLine, ...]:
    """One line a broker, by name; a broker without a submit has none."""
    return tuple(_line(broker, sorted(taken)) for broker, taken in sorted(seconds.items()) if taken)


def _line(broker: str, taken: list[float]) -> LatencyLine:
    # In whole numbers: 0.95 * 20 is a float just above 19, and would pick the largest of 20 for the 95th percent.
    rank = ceil(95 * len(taken) / 100)
    slow = sum(1 for one in taken if one > SLOW_S)
    return LatencyLine(broker, len(taken), _ms(median(taken)), _ms(taken[rank - 1]), _ms(taken[-1]), slow)


def _ms(seconds: float) -> float:
    return round(seconds, 3)
