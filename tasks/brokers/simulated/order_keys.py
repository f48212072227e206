"""Which order a client order id means, where ids are unique and where they may repeat."""

from tasks.brokers.simulated.account import Account, Order
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.exchange_ids import repeated
from tasks.brokers.simulated.store import Store


def find_by_key(account: Account, store: Store, key: str, *, are_unique: bool) -> Order | None:
    """The order of a key: of several the oldest that works, or else the newest."""
    if are_unique:
        return account.working.get(key) or store.order(key)
    same = store.orders(key)
    works = [order for order in same if order.request.key in account.working]
    return works[0] if works else same[-1] if same else None


def unused_key(account: Account, store: Store, key: str, number: int, *, are_unique: bool) -> str:
    """The key, or where keys are not unique one of our own for an order whose key was seen. Raises: Refusal."""
    if find_by_key(account, store, key, are_unique=are_unique) is None:
        return key
    if are_unique:
        raise Refusal("duplicate_key", f"another order has the key {key!r}, which an exit of this one needs")
    return repeated(key, number)
