"""Which lies the exchange of a world tells: any kind, at any call it can wait for, once or often."""

import random
from typing import Any

from tasks.book.faults import MEANINGS, FaultKind
from tests.simulation.market import SYMBOLS

SHORT = (1, 5, 12, 30, 59)
LONG = (20, 60, 300, 900)


RARE = (FaultKind.REFUSED_CANCEL, FaultKind.FILL_AFTER_CANCEL, FaultKind.NOT_FOUND, FaultKind.AUCTION_EXPIRES)
KINDS = (*FaultKind, *RARE, *RARE)
"""Kinds that find little to strike at are drawn more often."""
LOST = (FaultKind.REPLY_LOST, FaultKind.RESET_BEFORE, FaultKind.RESET_AFTER, FaultKind.DELAYED, FaultKind.SERVER_ERROR)


def draw_faults(dice: random.Random) -> tuple[dict[str, Any], ...]:
    """As the book's `broker.simulated.faults` names them; none in every seventh world."""
    faults = [_fault(dice, dice.choice(KINDS)) for _ in range(dice.choice((0, 1, 1, 2, 2, 3, 4)))]
    if dice.random() < 0.2:
        faults += _lost_and_silent(dice)
    return tuple(faults)


def _lost_and_silent(dice: random.Random) -> list[dict[str, Any]]:
    """A reply is lost, and then nobody says for long what became of the order: where tickets come from."""
    lost = {"kind": dice.choice(LOST).value, "call": "place", "nth": dice.choice((1, 2, 3)), "times": 1}
    calls = ("order", "working", "executions")[: dice.choice((1, 1, 3))]
    deaf = [{"kind": "no_answer", "call": call, "nth": 1, "times": dice.choice((40, 120))} for call in calls]
    return [lost, *deaf]


def _fault(dice: random.Random, kind: FaultKind) -> dict[str, Any]:
    meaning = MEANINGS[kind]
    fault: dict[str, Any] = {"kind": kind.value, "call": dice.choice(meaning.calls).value}
    if dice.random() < 0.75:
        fault["nth"] = dice.choice((1, 1, 1, 2, 3, 5))
    else:
        fault["probability"] = dice.choice((0.1, 0.3, 0.7))
    fault["times"] = dice.choice((1, 1, 1, 2, 4))
    if meaning.seconds is not None:
        fault["seconds"] = dice.choice(SHORT if kind is FaultKind.DELAYED else LONG)
    if dice.random() < 0.3:
        fault["symbol"] = dice.choice(SYMBOLS[:2])
    fault["fraction"] = dice.choice(("0.1", "0.5", "1"))
    if kind is FaultKind.CLOCK_SKEW:
        fault["skew_seconds"] = dice.choice((-600, -30, 30, 600))
    return fault
