"""Client order ids: a pure function of what is decided, so that a rerun cannot mint a second one."""

import re
from datetime import date
from hashlib import sha256

from tasks.model.orders import LegRole, Side

LONGEST = 40
"""What Interactive Brokers' orderRef takes; Alpaca takes 128."""


def order_id(cycle_id: str, revision: int, symbol: str, side: Side) -> str:
    """Id of a block order."""
    return f"{cycle_id}/r{revision}/{symbol}/{side.value}"


_FORM = re.compile(r"(\d{6})-(.+)-([BS])(\d{3,})\.(\d+)-([0-9a-f]{12})")
MOST_REVISIONS = 200
"""A session decided anew more often than this is not recognised."""


def is_key_of(book: str, key: str) -> bool:
    """Whether only this book can have made the key, by whichever journal: its digest fits one of its plans.

    A symbol of more than ten characters is cut in a key, so such a key is not recognised.
    """
    form = _FORM.fullmatch(key)
    if form is None:
        return False
    day, symbol, letter, wave, generation, _ = form.groups()
    side = next(one for one in Side if one.value[0] == letter)
    try:
        session = date.fromisoformat(f"20{day}")
    except ValueError:
        return False
    tries = (slice_key(book, session, n, symbol, side, int(wave), int(generation)) for n in range(1, MOST_REVISIONS))
    return key in tries


def maker_of(book: str, kind: str) -> str:
    """Who keys are made by: a liquidation of the same session needs keys of its own."""
    return book if kind == "rebalance" else f"{book}:{kind}"


def slice_key(book: str, session: date, revision: int, symbol: str, side: Side, wave: int, generation: int) -> str:
    """Client order id of one slice: readable in front, a digest of everything behind; at most 40 characters."""
    whole = f"{book}|{session.isoformat()}|{revision}|{symbol}|{side.value}|{wave}|{generation}"
    digest = sha256(whole.encode()).hexdigest()[:12]
    return f"{session:%y%m%d}-{symbol[:10]}-{side.value[0]}{wave:03d}.{generation}-{digest}"


BY_THE_BROKER = "LIQUIDATION"
"""How the key of an execution begins that the broker made by itself; an adapter sets it from what its broker says."""


def is_by_the_broker(key: str) -> bool:
    """Whether the broker traded by itself: a liquidation for want of margin."""
    return key.startswith(BY_THE_BROKER)


LEG = "+"
"""Between an order's key and the role of a leg; the tag of one of several brokers stands before it (`KEY~a+tp`)."""


def leg_key(key: str, role: LegRole) -> str:
    """Client order id of a leg: a pure function of its order's."""
    return f"{key}{LEG}{role.value}"


def parts_of(key: str) -> tuple[str, LegRole] | None:
    """The order's key and the role of a leg's key; None when it is no leg's."""
    order_key, plus, role = key.rpartition(LEG)
    known = role in {each.value for each in LegRole}
    return (order_key, LegRole(role)) if order_key and plus and known else None


def order_key(key: str) -> str:
    """Of an order or of any of its legs: the order's."""
    parts = parts_of(key)
    return parts[0] if parts else key
