"""What the account's events correct: a bust or a correction of a fill, each as the execution that stands now; pure.

An event says on its outside what it replaces, when, and with which shares and price; what kind of trade it is, and of
which order, stands in its `details`.
"""

from collections.abc import Mapping
from typing import Any

from tasks.brokers.alpaca.parse_orders import ZERO, moment, number, text
from tasks.model.json_values import is_object
from tasks.model.orders import Execution

BUST, CORRECTION = "trade_bust", "trade_correct"


def is_amendment(event: Mapping[str, Any]) -> bool:
    """Whether it corrects or breaks a trade; a fill, a dividend or a word that nobody knows does not."""
    return _details(event).get("execution_type") in (BUST, CORRECTION)


def order_of(event: Mapping[str, Any]) -> str:
    """Alpaca's id of the order; empty where it names none."""
    return str(_details(event).get("order_id") or "")


def amended_id(event: Mapping[str, Any]) -> str:
    """The execution that does not count any more, by Alpaca's UUID. Raises: Silence."""
    return text(event, "previous_id")


def amendment_of(event: Mapping[str, Any], original: Execution) -> Execution:
    """A correction or a bust of `original`; a bust leaves no shares. Raises: Silence."""
    is_bust = _details(event).get("execution_type") == BUST
    at = moment(event, "at")
    return Execution(
        execution_id=f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}::{text(event, 'ref_id')}",
        key=original.key,
        symbol=original.symbol,
        side=original.side,
        shares=ZERO if is_bust else number(event, "qty"),
        price=original.price if is_bust else number(event, "price"),
        fee=ZERO,
        at=at,
        account=original.account,
        venue=original.venue,
        supersedes=original.execution_id,
    )


def reference_of(event: Mapping[str, Any]) -> str:
    """Its own id: what a later correction of it names. Raises: Silence."""
    return text(event, "ref_id")


def reference(execution_id: str) -> str:
    """The half of an activity's id that the events call `ref_id`."""
    return execution_id.rpartition("::")[2]


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    details = event.get("details")
    return details if is_object(details) else {}
