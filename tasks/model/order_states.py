"""The one table of an order's states: what each report is to a state already on record, surprises marked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tasks.model.orders import OrderState

INTENDED, SENT, UNKNOWN = OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN
ACCEPTED, PARTIALLY_FILLED, FILLED = OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.FILLED
CANCELLED, EXPIRED, REJECTED = OrderState.CANCELLED, OrderState.EXPIRED, OrderState.REJECTED
REPLACED = OrderState.REPLACED

# The groups of states that the program tells apart; nobody else lists states.
UNRESOLVED = frozenset({SENT, UNKNOWN})
"""On its way, or nobody knows: the broker may or may not have the order."""
UNANSWERED = UNRESOLVED | {INTENDED}
WORKING = frozenset({ACCEPTED, PARTIALLY_FILLED})
FILLING = frozenset({PARTIALLY_FILLED, FILLED})
"""Words that say that shares have traded."""
ACKNOWLEDGED = WORKING | FILLING
"""Words that only a broker can say that has the order."""
OVER = frozenset({FILLED, CANCELLED, EXPIRED, REJECTED, REPLACED})
"""Nothing more is expected; a surprise may still come."""
DEAD = OVER - {FILLED}
"""Over without being filled to the last share."""
ENDED = frozenset({FILLED, CANCELLED, EXPIRED})
"""How an order ends that the broker had taken, if nobody replaces it."""
NOT_TAKEN = frozenset({REJECTED, CANCELLED})
"""The answers to a submission after which nothing of it can be at the broker: refused, or withheld before the call."""
NOT_MOVED_BY_FILLS = UNRESOLVED | {FILLED}
"""What the executions on record need not correct: in doubt it is looked up, and filled it stays over."""
CALLS = frozenset({SENT, CANCELLED})
"""States that come with a message to the broker."""
WANTS_A_LOOK = frozenset({REJECTED, UNKNOWN})
"""What a person wants to hear of; everything else is the order of the day."""


class StepKind(StrEnum):
    """What to do with a word about an order's state."""

    NEWS = "news"
    """Record it."""
    SAME = "same"
    """Nothing new."""
    STALE = "stale"
    """A report from before, or of something else: it must not move the state back."""
    SURPRISE = "surprise"
    """Record it and tell a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one report is to the state on record, and why in a sentence."""

    kind: StepKind
    sentence: str

    @property
    def moves(self) -> bool:
        """Whether the report becomes the state."""
        return self.kind in (StepKind.NEWS, StepKind.SURPRISE)


# `=` the same, `+` news, `.` stale, `!` surprise. A row is the state on record, a column the state reported.
_COLUMNS = (INTENDED, SENT, UNKNOWN, ACCEPTED, PARTIALLY_FILLED, FILLED, CANCELLED, EXPIRED, REJECTED, REPLACED)
_TABLE: Mapping[OrderState, str] = {
    # `sent` is committed before the call, so an intent has no unknown fate; its only end is `cancelled`: withheld.
    INTENDED: "        = + . ! ! ! + ! ! !",
    # Any answer may come first: a fill before the acceptance, `cancelled` when the guard withheld it before the call.
    SENT: "            . = + + + + + + + !",
    # Looked up, it may be anything; `sent` again is the same order under the same key, where the broker takes it once.
    UNKNOWN: "         . + = + + + + + + !",
    # Once acknowledged it never becomes unknown again: silence is no report. An exchange may still reject it.
    ACCEPTED: "        . . . = + + + + + !",
    PARTIALLY_FILLED: ". . . . = + + + ! !",
    # Only a bust undoes a fill. Other words are stale: were they believed while executions are still on their way,
    # the shares would look free and be sent twice.
    FILLED: "          . . . . ! = . . . .",
    # No word for an end is proof: all that lives or fills is believed. Cancelled or expired, it is as dead.
    CANCELLED: "       . . . ! ! ! = . . !",
    EXPIRED: "         . . . ! ! ! . = . !",
    # Refused or never arrived, it cannot have been cancelled or expired: then it did arrive, and may have filled.
    REJECTED: "        . . . ! ! ! ! ! = !",
    # Another end means that there may be no successor after all.
    REPLACED: "        . . . ! ! ! ! ! ! =",
}
_KINDS = {"=": StepKind.SAME, "+": StepKind.NEWS, ".": StepKind.STALE, "!": StepKind.SURPRISE}

_NEVER_SENT = "the broker has an order that is on record as never sent: find out who sent it"
_SUCCESSOR = "this program never replaces an order: somebody else did, and its successor may fill under another key"
_SURPRISES: Mapping[tuple[OrderState, OrderState], str] = {
    **{(INTENDED, news): _NEVER_SENT for news in (ACCEPTED, PARTIALLY_FILLED, FILLED, EXPIRED, REJECTED)},
    **{(state, REPLACED): _SUCCESSOR for state in _COLUMNS if state not in (FILLED, REPLACED)},
    (PARTIALLY_FILLED, REJECTED): "an order with fills was rejected: its rest is dead, or only a cancel was refused",
    (FILLED, PARTIALLY_FILLED): "an execution was busted or corrected, or not all executions have come",
    (CANCELLED, ACCEPTED): "it was called cancelled too early, as some libraries do on a warning: it still works",
    (CANCELLED, PARTIALLY_FILLED): "the cancel lost to a fill of a part: the rest may still work",
    (CANCELLED, FILLED): "the cancel lost to the fill",
    (EXPIRED, ACCEPTED): "done for the day was not the end: it works again",
    (EXPIRED, PARTIALLY_FILLED): "it filled in part although it was called expired: the rest may still work",
    (EXPIRED, FILLED): "it filled before it could expire, and the report came late",
    (REJECTED, ACCEPTED): "only the channel failed, not the order: it works",
    (REJECTED, PARTIALLY_FILLED): "only the channel failed, not the order: it filled in part, and the rest may work",
    (REJECTED, FILLED): "only the channel failed, not the order: it filled",
    (REJECTED, CANCELLED): "it did arrive, and was cancelled: look for its fills",
    (REJECTED, EXPIRED): "it did arrive, and expired: look for its fills",
    (REPLACED, ACCEPTED): "the replacement was taken but not made: the old order works on",
    (REPLACED, PARTIALLY_FILLED): "the fill of a part came before the replacement: both orders may work",
    (REPLACED, FILLED): "the fill came before the replacement: the successor may fill as well",
    **{(REPLACED, end): "it ended otherwise: find out whether its successor lives" for end in (CANCELLED, EXPIRED)},
    (REPLACED, REJECTED): "the replacement may have been rejected, and then the old order works on: look at the broker",
}


def step(current: OrderState, news: OrderState) -> Step:
    """What a reported state is to the state on record; every pair of states has its answer."""
    return _STEPS[current, news]


def _step(current: OrderState, news: OrderState, kind: StepKind) -> Step:
    if kind is StepKind.SURPRISE:
        return Step(kind, f"{news} after {current}: {_SURPRISES[current, news]}")
    if kind is StepKind.SAME:
        return Step(kind, f"still {current}")
    if kind is StepKind.STALE:
        return Step(kind, f"{news} after {current}: {_why_stale(current, news)}")
    withheld = current is INTENDED and news is CANCELLED
    return Step(kind, f"{news} after {current}" + (": withheld, it was never sent" if withheld else ""))


def _why_stale(current: OrderState, news: OrderState) -> str:
    if news is INTENDED:
        return "nothing goes back to an intent"
    if news is SENT:
        return "a key that is answered, or over, is never sent again"
    if news is UNKNOWN:
        return "what was never sent is not unknown" if current is INTENDED else "silence does not undo an answer"
    if current is FILLED:
        return "only a bust undoes a fill, and the executions tell it"
    if news is REJECTED:
        return "an order that is over is not rejected: it is a cancel that was refused"
    return "a report from before" if news is ACCEPTED else "it is over already, under another name"


_STEPS: Mapping[tuple[OrderState, OrderState], Step] = {
    (current, news): _step(current, news, _KINDS[mark])
    for current, row in _TABLE.items()
    for news, mark in zip(_COLUMNS, row.split(), strict=True)
}
