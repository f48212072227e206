"""The cause of an order event as it is on record; pure."""

from tasks.model.orders import Cause, OrderState

_OLD_WORDS = (
    (OrderState.REJECTED, "never arrived", Cause.NEVER_ARRIVED),
    (OrderState.REJECTED, "dead, says", Cause.PERSON),
    (OrderState.ACCEPTED, "alive, says", Cause.PERSON),
    (OrderState.EXPIRED, "alive, says", Cause.PERSON),
    (OrderState.CANCELLED, "withheld", Cause.WITHHELD),
    (OrderState.UNKNOWN, "refused when it was sent again", Cause.REFUSED_AGAIN),
)
"""How a row of before there was a cause tells it: state, and the beginning of its words."""


def cause_read(written: str | None, state: OrderState, reason: str) -> Cause | None:
    """What is written; of an older row, what its words begin with. None where nothing is decided by it."""
    if written is not None:
        return Cause(written)
    return next((cause for old, words, cause in _OLD_WORDS if state is old and reason.startswith(words)), None)
