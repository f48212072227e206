"""Which of our keys is which of Alpaca's order ids: the one thing about an order that never changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tasks.brokers.alpaca import pages
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.errors import Refused, Silence
from tasks.brokers.alpaca.foreign_orders import has_our_form, kind_outside, may_be_an_exit, words_of
from tasks.brokers.alpaca.parse_orders import (
    SIMPLE,
    includes_legs,
    is_simple,
    legs_in,
    mapping,
    moment,
    order_of,
    role_of,
    text,
)
from tasks.model.client_order_ids import leg_key, parts_of
from tasks.model.orders import BrokerOrder

FEW = 3
"""As many order ids are looked up one by one; more are looked for in the list."""
TOGETHER = timedelta(seconds=5)
"""Exits are made with their order."""
LONGEST_LIFE = timedelta(days=91)
"""Alpaca cancels an order that is good till cancelled after 90 days."""
NESTED = {"nested": "true"}


@dataclass
class Names:
    """What it does not remember it asks for, so it can begin with nothing."""

    wire: Wire
    _ids: dict[str, str] = field(default_factory=dict[str, str])
    _keys: dict[str, str] = field(default_factory=dict[str, str])
    ours: set[str] = field(default_factory=set[str])
    """Keys that this life has sent or asked about; earlier lives' are known by their form."""
    outside: dict[str, str] = field(default_factory=dict[str, str])
    """Orders of others that no book can hold or nobody can read, by their id: in a person's words."""

    def id_of(self, key: str) -> str | None:
        """Alpaca's id of an order, None where this process has not met it: no proof that there is none."""
        return self._ids.get(key)

    def read(self, answer: object, key: str | None = None) -> BrokerOrder:
        """Raises: Silence, also when it is another order than the one that was asked about."""
        row = mapping(answer, "the order")
        order = order_of(row, None if is_simple(row) else self._keys.get(str(row.get("id"))))
        if key is not None and order.key != key:
            raise Silence(f"an answer about another order, {order.key}")
        if key is not None or includes_legs(row):
            self._learn(order.key, row)
        for leg in legs_in(row):
            self._learn(leg_key(order.key, role_of(leg)), leg)
        return order

    def asked(self, order_id: str, key: str | None = None) -> BrokerOrder:
        """One order with its exits. Raises: Refused, Silence."""
        return self.read(self.wire.get(f"/orders/{order_id}", NESTED), key)

    def keys_of(self, order_ids: Iterable[str], since: str) -> dict[str, str]:
        """Names of their orders, most of them sent after `since`, by their ids: ours for ours.

        Those outside the book are left out; one that Alpaca itself says it does not have has no name.
        Raises: Refused, Silence.
        """
        wanted = set(order_ids)
        if len(self._unheard(wanted)) > FEW:
            for row in pages.orders(self.wire, "all", nested=True, after=since):
                if not self.is_outside(row):
                    self.read(row)
        nameless = {order_id for order_id in sorted(self._unheard(wanted)) if not self._exists(order_id)}
        if missing := self._unheard(wanted) - nameless:
            raise Silence(f"orders {', '.join(sorted(missing))} are not told")
        named = {order_id: self._keys[order_id] for order_id in wanted if order_id in self._keys}
        return named | dict.fromkeys(nameless, "")

    def meet(self, row: Mapping[str, Any]) -> tuple[BrokerOrder, ...]:
        """The order, and if it has exits or is one, all of its family as it stands now; nothing outside the book.

        Raises: Refused, Silence.
        """
        if self.is_outside(row):
            return ()
        is_stranger = not _has_exits(row) and self._keys.get(text(row, "id")) == row.get("client_order_id")
        if is_simple(row) or is_stranger:
            return (self.read(row),)
        if legs_in(row):
            return _members(self.read(row))
        order_id = text(row, "id")
        for before in (TOGETHER, LONGEST_LIFE):
            for head in self._heads_near(row, before):
                if legs_in(head) and order_id in {each.get("id") for each in (head, *legs_in(head))}:
                    return _members(self.read(head))
        self._learn(text(row, "client_order_id"), row)  # somebody else's
        return (self.read(row),)

    def is_outside(self, row: Mapping[str, Any]) -> bool:
        """Whether it is somebody else's and no book can hold it, or nobody can read it; then it is noted.

        What may be ours is never left out: an answer that hides it is none.
        """
        if self.may_be_ours(row) or (not kind_outside(row) and _is_readable(row)):
            return False
        for each in (row, *legs_in(row)):
            self.outside[text(each, "id")] = words_of(row)
        return True

    def may_be_ours(self, row: Mapping[str, Any]) -> bool:
        """By its name, or because Alpaca may have named an exit of ours; without a name nobody can tell."""
        name = row.get("client_order_id")
        return not name or self.is_ours(name) or may_be_an_exit(row)

    def is_ours(self, key: str) -> bool:
        """Whether this program gave it to an order or an exit: in this life or, by its form, in an earlier one."""
        parts = parts_of(key)
        return key in self.ours or (parts is not None and parts[0] in self.ours) or has_our_form(key)

    def _unheard(self, order_ids: set[str]) -> set[str]:
        return order_ids - self._keys.keys() - self.outside.keys()

    def _exists(self, order_id: str) -> bool:
        """Whether Alpaca has an order of this id; then it, or what it belongs to, has been met."""
        if order_id in self._keys:  # a relation of it has told it by now
            return True
        try:
            self.meet(mapping(self.wire.get(f"/orders/{order_id}", NESTED), "the order"))
        except Refused as refused:
            if not refused.is_absence:
                raise
            return False
        return True

    def _heads_near(self, row: Mapping[str, Any], before: timedelta) -> list[Mapping[str, Any]]:
        """Orders of the symbol, with their exits, that came when this one did or up to `before` it."""
        made = moment(row, "created_at")
        window = {"after": _stamp(made - before), "until": _stamp(made + TOGETHER)}
        return pages.orders(self.wire, "all", nested=True, symbols=text(row, "symbol"), **window)

    def _learn(self, key: str, row: Mapping[str, Any]) -> None:
        order_id = text(row, "id")
        self._keys[order_id] = key
        if row.get("status") != "replaced" or key not in self._ids:
            self._ids[key] = order_id


def _has_exits(row: Mapping[str, Any]) -> bool:
    """By its class: somebody else's order that is named by a UUID has none."""
    return (row.get("order_class") or "") not in SIMPLE


def _is_readable(row: Mapping[str, Any]) -> bool:
    try:
        order_of(row)
    except Silence:
        return False
    return True


def _members(order: BrokerOrder) -> tuple[BrokerOrder, ...]:
    return order, *order.legs


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
