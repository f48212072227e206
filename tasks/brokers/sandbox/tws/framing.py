"""Frames of the TWS socket protocol: four bytes of length, then fields of text, each ended by a zero byte. Pure."""

import struct
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

GREETING = b"API\0"
LARGEST_FRAME = 0xFFFFFF
NEW_YORK = ZoneInfo("America/New_York")
Field = str | int | float | Decimal | bool


def framed(fields: Iterable[Field]) -> bytes:
    """One message as it goes over the wire."""
    body = "".join(f"{text(field)}\0" for field in fields).encode()
    return struct.pack(">I", len(body)) + body


def text(field: Field) -> str:
    """A decimal in plain notation, a boolean as 1 or 0."""
    if isinstance(field, bool):
        return "1" if field else "0"
    return f"{field:f}" if isinstance(field, Decimal) else str(field)


class Unframing:
    """Collects bytes and gives back whole messages; the greeting before the first frame is passed over."""

    def __init__(self) -> None:
        self._bytes = b""
        self._greeted = False

    def take(self, data: bytes) -> list[list[str]]:
        """The messages that are complete now. Raises: ValueError for bytes that are no such protocol."""
        self._bytes += data
        if not self._greeted and not self._skip_greeting():
            return []
        found: list[list[str]] = []
        while len(self._bytes) >= 4:
            (length,) = struct.unpack(">I", self._bytes[:4])
            if length > LARGEST_FRAME:
                raise ValueError(f"a frame of {length} bytes: this is not the TWS protocol")
            if len(self._bytes) < 4 + length:
                break
            body, self._bytes = self._bytes[4 : 4 + length], self._bytes[4 + length :]
            found.append(body.decode().removesuffix("\0").split("\0"))
        return found

    def _skip_greeting(self) -> bool:
        if len(self._bytes) < len(GREETING):
            return False
        if not self._bytes.startswith(GREETING):
            raise ValueError("no greeting `API`: this is not the TWS protocol")
        self._bytes, self._greeted = self._bytes[len(GREETING) :], True
        return True


def stamp(at: datetime, *, with_zone: bool = True) -> str:
    """As TWS writes an instant; without a zone it means the zone that its user logged in with."""
    local = at.astimezone(NEW_YORK)
    return f"{local:%Y%m%d %H:%M:%S} US/Eastern" if with_zone else f"{local:%Y%m%d  %H:%M:%S}"
