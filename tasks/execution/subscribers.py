"""Tells whoever listens what is on record; a listener that fails harms nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from traceback import format_exception_only
from typing import TypeVar

from tasks.journal.orders import OrderEvent
from tasks.terms import Execution

News = TypeVar("News")


@dataclass(frozen=True, slots=True)
class Subscribers:
    """Who wants to know of fills, of changes of state, and of errors; each is told in the order given here."""

    on_fill: tuple[Callable[[Execution], object], ...] = ()
    on_status: tuple[Callable[[OrderEvent], object], ...] = ()
    on_error: tuple[Callable[[str], object], ...] = ()


def tell_fills(subscribers: Subscribers, fills: Sequence[Execution]) -> tuple[str, ...]:
    """Call it after the commit. Returns a sentence for every call that failed; all others were made."""
    return _tell_all(subscribers, subscribers.on_fill, [(fill, f"fill {fill.execution_id}") for fill in fills])


def tell_events(subscribers: Subscribers, events: Sequence[OrderEvent]) -> tuple[str, ...]:
    """Call it after the commit. Returns a sentence for every call that failed; all others were made."""
    return _tell_all(subscribers, subscribers.on_status, [(event, f"{event.state} of {event.key}") for event in events])


def tell_errors(subscribers: Subscribers, errors: Sequence[str]) -> tuple[str, ...]:
    """Returns a sentence for every call that failed; those are told to nobody else, or it might never end."""
    told = [(call, error) for error in errors for call in subscribers.on_error]
    return tuple(fault for call, error in told if (fault := _fault(call, error, "an error")))


def _tell_all(
    subscribers: Subscribers, calls: Sequence[Callable[[News], object]], news: Sequence[tuple[News, str]]
) -> tuple[str, ...]:
    told = [(call, item, name) for item, name in news for call in calls]
    faults = [fault for call, item, name in told if (fault := _fault(call, item, name))]
    return (*faults, *tell_errors(subscribers, faults))


def _fault(call: Callable[[News], object], item: News, name: str) -> str:
    """Make the call; what went wrong as a sentence, or nothing."""
    try:
        call(item)
    except Exception as fault:  # noqa: BLE001 - it is not our code: whatever it raises, what is on record stands
        # Not str(fault): that is not our code either, and may raise.
        why = " ".join("".join(format_exception_only(fault)).split())
        who = getattr(call, "__qualname__", type(call).__name__)
        return f"subscriber {who} failed when told of {name}: {why}; all others were told, and the record stands"
    return ""
