"""STEELYARD_VENUE: the local venues a book is tried at, whose simulated clock then is the broker's.

A clock that jumps must never meet a real broker. So an address counts only on this machine, only without `live`, only
where the venue that answers there says that it is the very place the orders go to.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import urlopen

from tasks.brokers.sandbox.clock import VenueClock
from tasks.errors import ConfigError

VARIABLE = "STEELYARD_VENUE"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT_S = 5.0


def is_named(environment: Mapping[str, str]) -> bool:
    """Whether books are tried at venues of this machine."""
    return bool(_addresses(environment))


def venue_clock(environment: Mapping[str, str], place: str, broker: str, *, live: bool) -> VenueClock | None:
    """The clock of this broker's venue at `place`, where orders go: a URL, or `host:port`.

    None where no venue is named at all; then the broker's own time counts.
    Raises: ConfigError for `live`, for an address elsewhere, and when no venue named is at `place`.
    """
    addresses = _addresses(environment)
    if not addresses:
        return None
    if live:
        raise ConfigError(f"broker.live: true, but {VARIABLE} names a local venue; unset it, or set `live: false`")
    for address in addresses:
        if (urlsplit(address).hostname or "") not in LOOPBACK:
            raise ConfigError(f"{VARIABLE}: {address} is not on this machine; start one here: {_started(broker)}")
        if same_place(_place_of(address, broker), place):
            return VenueClock(address)
    raise ConfigError(
        f"{VARIABLE}: none of {', '.join(addresses)} is the broker at {place}; unset it to trade there, or set the "
        "broker's address to the venue's as `steelyard venue` prints it"
    )


def same_place(one: str, other: str) -> bool:
    """Whether two addresses are one, whatever loopback is called in them."""
    parts = [urlsplit(place if "//" in place else f"//{place}") for place in (one, other)]
    hosts = ["loopback" if part.hostname in LOOPBACK else part.hostname for part in parts]
    return (hosts[0], parts[0].port) == (hosts[1], parts[1].port)


def _started(broker: str) -> str:
    """The command that starts its venue."""
    return f"steelyard venue {broker} --book BOOK"


def _place_of(address: str, broker: str) -> str:
    """Where the venue whose clock is at this address takes orders, by its own word. Raises: ConfigError."""
    try:
        with urlopen(f"{address}/control/clock", timeout=TIMEOUT_S) as answer:
            told = json.loads(answer.read())
            return str(told.get("place") or (address if told["now"] else ""))
    except (OSError, ValueError, LookupError, AttributeError) as error:
        raise ConfigError(
            f"{VARIABLE}: no venue answers at {address}; unset it, or start one: {_started(broker)}"
        ) from error


def _addresses(environment: Mapping[str, str]) -> list[str]:
    return environment.get(VARIABLE, "").replace(",", " ").split()
