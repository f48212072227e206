"""Client order ids: a pure function of what is decided, so that a rerun cannot mint a second one."""

import re
from datetime import date
from hashlib import sha256

from tasks.model.orders import Side

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


def slice_key(book: str, session: date, revision: int, symbol: str, side: Side, wave: int, generation: int) -> str:
    """Client order id of one slice: readable in front, a digest of everything behind; at most 40 characters."""
    whole = f"{book}|{session.isoformat()}|{revision}|{symbol}|{side.value}|{wave}|{generation}"
    digest = sha256(whole.encode()).hexdigest()[:12]
    return f"{session:%y%m%d}-{symbol[:10]}-{side.value[0]}{wave:03d}.{generation}-{digest}"
