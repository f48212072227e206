"""The exits of an order: Alpaca gives them names of its own, we know them by their order and their role; pure."""

import re
from collections.abc import Mapping
from typing import Any

from tasks.terms import LegRole

SIMPLE = ("", "simple")
NAMED_BY_ALPACA = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
ROLES = {"limit": LegRole.TAKE_PROFIT}
"""By an exit's type; every other one is a stop."""


def leg_key(key: str, role: LegRole) -> str:
    """As `OrderRequest.leg_key`."""
    return f"{key}+{role.value}"


def parts_of(key: str) -> tuple[str, LegRole] | None:
    """The order's key and the role of a leg's key; None when it is no leg's."""
    order_key, plus, role = key.rpartition("+")
    known = role in {each.value for each in LegRole}
    return (order_key, LegRole(role)) if order_key and plus and known else None


def role_of(leg: Mapping[str, Any]) -> LegRole:
    return ROLES.get(str(leg.get("type")), LegRole.STOP_LOSS)


def legs_in(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The exits told with an order; none where they were not asked for."""
    return [leg for leg in row.get("legs") or () if isinstance(leg, Mapping)]


def is_simple(row: Mapping[str, Any]) -> bool:
    """Whether it is certainly neither an order with exits nor an exit: those have names that Alpaca made."""
    return (row.get("order_class") or "") in SIMPLE and not NAMED_BY_ALPACA.fullmatch(str(row.get("client_order_id")))


def tells_legs(row: Mapping[str, Any]) -> bool:
    """Whether it can be read without another question: an exit told alone does not say whose it is."""
    return is_simple(row) or bool(legs_in(row))
