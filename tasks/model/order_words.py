"""What a broker said of our orders, as a person reads it; pure."""

from collections.abc import Sequence

from tasks.model.order_records import Slice
from tasks.model.orders import Cause

_BROKERS = (Cause.TOLD, Cause.REFUSED, Cause.STANDING, Cause.HELD, Cause.IN_DOUBT)
"""Causes whose words are the broker's."""


def shown_state(piece: Slice) -> str:
    """The state for a person: an order that the broker keeps without having placed it is not called accepted."""
    return "held, not placed" if piece.cause is Cause.HELD else piece.state.value


def broker_words(pieces: Sequence[Slice]) -> list[str]:
    """A line for every order about which the broker has said more than that it took it, in its own words."""
    return [
        f"{p.request.symbol} {p.request.key}: {shown_state(p)}: {p.reason}"
        for p in pieces
        if p.reason and p.cause in _BROKERS
    ]
