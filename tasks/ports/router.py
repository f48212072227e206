"""Which broker each child order goes to: decided after a wave is, and before its intents are on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.model.account import AccountState
from tasks.model.orders import OrderRequest


@dataclass(frozen=True, slots=True)
class Routed:
    """The wave's orders as they go out, each with the key it is sent under."""

    requests: tuple[OrderRequest, ...]
    notes: tuple[str, ...] = ()
    """One sentence for each order, or part of one, that goes nowhere or elsewhere than its route says."""


class Router(Protocol):
    """Chooses among the brokers of a book; where there is one, everything goes there."""

    def split(self, requests: Sequence[OrderRequest], account: AccountState) -> Routed:
        """Say which broker each order goes to; reads no database, and a split order becomes several.

        account: the broker's own word, just asked, with its `parts` and `silent`.
        """
        ...


class Direct:
    """One broker: every order goes there unchanged."""

    def split(self, requests: Sequence[OrderRequest], account: AccountState) -> Routed:
        """The same orders, without a note."""
        del account
        return Routed(tuple(requests))


DIRECT = Direct()
