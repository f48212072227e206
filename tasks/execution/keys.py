"""Client order ids: a pure function of what is decided, so that a rerun cannot mint a second one."""

from datetime import date
from hashlib import sha256

from tasks.terms import Side

LONGEST = 40
"""What Interactive Brokers' orderRef takes; Alpaca takes 128."""


def order_id(cycle_id: str, revision: int, symbol: str, side: Side) -> str:
    """Id of a block order."""
    return f"{cycle_id}/r{revision}/{symbol}/{side.value}"


def slice_key(book: str, session: date, revision: int, symbol: str, side: Side, wave: int, generation: int) -> str:
    """Client order id of one slice: readable in front, a digest of everything behind; at most 40 characters."""
    whole = f"{book}|{session.isoformat()}|{revision}|{symbol}|{side.value}|{wave}|{generation}"
    digest = sha256(whole.encode()).hexdigest()[:12]
    return f"{session:%y%m%d}-{symbol[:10]}-{side.value[0]}{wave:03d}.{generation}-{digest}"
