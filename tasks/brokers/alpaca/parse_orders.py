"""Alpaca's JSON of orders and of the account, as our values: pure.

A word that this program does not know (a status, an exchange, an asset class) never makes a list unreadable. A number
or a name that is missing does: then the answer is not complete, and is no answer. The exits of an order have names of
Alpaca's own there; here they are known by their order and their role.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tasks.brokers.alpaca.errors import Silence
from tasks.model.client_order_ids import leg_key
from tasks.model.json_values import is_list_of_objects, is_object
from tasks.model.orders import BrokerOrder, Execution, LegRole, OrderState, Side

SIMPLE = ("", "simple")
NAMED_BY_ALPACA = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
ROLES = {"limit": LegRole.TAKE_PROFIT}
"""By an exit's type; every other one is a stop."""


def role_of(leg: Mapping[str, Any]) -> LegRole:
    """By the order type of the exit; a type that is not known counts as a stop."""
    return ROLES.get(str(leg.get("type")), LegRole.STOP_LOSS)


def legs_in(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The exits told with an order; none where they were not asked for."""
    legs: Iterable[Any] = row.get("legs") or ()
    return [leg for leg in legs if is_object(leg)]


def is_simple(row: Mapping[str, Any]) -> bool:
    """Whether it is certainly neither an order with exits nor an exit: those have names that Alpaca made."""
    return (row.get("order_class") or "") in SIMPLE and not NAMED_BY_ALPACA.fullmatch(str(row.get("client_order_id")))


def includes_legs(row: Mapping[str, Any]) -> bool:
    """Whether it can be read without another question: an exit told alone does not say whose it is."""
    return is_simple(row) or bool(legs_in(row))


ZERO = Decimal(0)
ENDS = {
    "filled": OrderState.FILLED,
    "canceled": OrderState.CANCELLED,
    "expired": OrderState.EXPIRED,
    "rejected": OrderState.REJECTED,
    "replaced": OrderState.REPLACED,
}
"""Statuses after which nothing more happens; `done_for_day` and `calculated` are not among them."""
OPEN = frozenset(
    {
        "new",
        "partially_filled",
        "accepted",
        "pending_new",
        "accepted_for_bidding",
        "held",
        "pending_review",
        "stopped",
        "suspended",
        "pending_cancel",
        "pending_replace",
        "calculated",
        "done_for_day",
    }
)
SIDES = {"buy": Side.BUY, "sell": Side.SELL, "sell_short": Side.SELL, "buy_minus": Side.BUY, "sell_plus": Side.SELL}


def mapping(answer: Any, what: str) -> Mapping[str, Any]:
    """Raises: Silence when the answer is no object."""
    if not is_object(answer):
        raise Silence(f"{what}: an answer that is no object")
    return answer


def rows(answer: Any, what: str) -> list[Mapping[str, Any]]:
    """Raises: Silence when the answer is no list of objects; an empty body is no empty list."""
    if not is_list_of_objects(answer):
        raise Silence(f"{what}: an answer that is no list")
    return answer


def text(row: Mapping[str, Any], name: str) -> str:
    """Raises: Silence when it is missing."""
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise Silence(f"an answer without {name}")
    return value


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """Raises: Silence when it is missing or no number."""
    value = row.get(name)
    if value is None or isinstance(value, bool):
        raise Silence(f"an answer without {name}")
    try:
        found = Decimal(str(value))
    except InvalidOperation as error:
        raise Silence(f"an answer whose {name} is no number") from error
    if not found.is_finite():
        raise Silence(f"an answer whose {name} is no number")
    return found


def moment(row: Mapping[str, Any], name: str) -> datetime:
    """To the microsecond, UTC; nanoseconds are cut off. Raises: Silence when it is missing or has no zone."""
    try:
        at = datetime.fromisoformat(text(row, name))
    except ValueError as error:
        raise Silence(f"an answer whose {name} is no time") from error
    if at.tzinfo is None:
        raise Silence(f"an answer whose {name} has no time zone")
    return at.astimezone(UTC)


def order_of(row: Mapping[str, Any], key: str | None = None) -> BrokerOrder:
    """With the exits that are told with it; `key` is ours where the row has a name of Alpaca's. Raises: Silence."""
    status, filled = text(row, "status"), number(row, "filled_qty")
    named = key or text(row, "client_order_id")
    return BrokerOrder(
        key=named,
        broker_order_id=text(row, "id"),
        symbol=text(row, "symbol"),
        side=_side(row),
        shares=number(row, "qty") if row.get("qty") is not None else filled,
        filled_shares=filled,
        state=_state(status, filled),
        reason=_reason(status),
        legs=_exits(row, named),
    )


def _exits(row: Mapping[str, Any], key: str) -> tuple[BrokerOrder, ...]:
    """One of each role: of one that was replaced, what it became."""
    found: dict[str, BrokerOrder] = {}
    for leg in legs_in(row):
        name = leg_key(key, role_of(leg))
        if name not in found or found[name].state is OrderState.REPLACED:
            found[name] = order_of(leg, name)
    return tuple(found.values())


def _state(status: str, filled: Decimal) -> OrderState:
    """A status that nobody knows is one of an order that may still trade."""
    return ENDS.get(status) or (OrderState.PARTIALLY_FILLED if filled else OrderState.ACCEPTED)


def _reason(status: str) -> str:
    if status in ENDS and status != "filled":
        return f"Alpaca says {status}"
    if status in ENDS or status in OPEN:
        return "" if status in ("new", "filled", "partially_filled") else f"Alpaca says {status}"
    return f"Alpaca says {status!r}, a status that this program does not know: taken for one of a working order"


def execution_of(row: Mapping[str, Any], key: str, account: str) -> Execution:
    """One FILL activity; Alpaca takes no commission, regulatory fees are booked apart. Raises: Silence."""
    return Execution(
        execution_id=text(row, "id"),
        key=key,
        symbol=text(row, "symbol"),
        side=_side(row),
        shares=number(row, "qty"),
        price=number(row, "price"),
        fee=ZERO,
        at=moment(row, "transaction_time"),
        account=account,
        venue="ALPACA",
    )


def just_before(row: Mapping[str, Any]) -> str:
    """An instant before this order and after all earlier ones of another instant: where the next page begins."""
    return f"{moment(row, 'submitted_at') - timedelta(microseconds=1):%Y-%m-%dT%H:%M:%S.%fZ}"


def _side(row: Mapping[str, Any]) -> Side:
    side = SIDES.get(text(row, "side"))
    if side is None:
        raise Silence(f"an answer whose side is {row.get('side')!r}")
    return side
