"""Alpaca's data host as the source asks it: the broker's wire, corporate actions beside it, errors of prices told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alpaca.common.exceptions import APIError

from tasks.brokers.alpaca.answers import Refused, Silence
from tasks.brokers.alpaca.speaking import asking
from tasks.brokers.alpaca.wire import Wire
from tasks.errors import ConfigError
from tasks.terms import Urgency

NOT_SUBSCRIBED = ("subscription", "not permit")
ACTIONS_VERSION = "v1"


class PriceWire(Wire):
    """The same host and the same allowance; corporate actions have a version of their own."""

    def ask_actions(self, params: Mapping[str, Any]) -> Any:
        """GET of the corporate actions. Raises: Refused, Silence."""

        def ask() -> Any:
            return self._data._request("GET", "/corporate-actions", dict(params), api_version=ACTIONS_VERSION)

        return self._made(self._data, ask, "GET /corporate-actions", Urgency.LOW)


@contextmanager
def asking_prices(what: str, feed: str) -> Iterator[None]:
    """What the key may not see is a ConfigError; anything else without a complete answer a BrokerError.

    The data host gives its reasons with or without a code, so they are read from both kinds of failure.
    """
    with asking(what):
        try:
            yield
        except (Refused, Silence) as failure:
            status, words = _said(failure)
            if status in (403, 422) and any(part in words.lower() for part in NOT_SUBSCRIBED):
                raise ConfigError(
                    f"data.alpaca.feed: {feed}, {what}: Alpaca says {words}; "
                    "set `feed: iex`, or subscribe to this feed at Alpaca"
                ) from failure
            if isinstance(failure, Silence) and 400 <= status < 500:
                raise Silence(f"HTTP status {status}, {words}") from failure
            raise


def _said(failure: Refused | Silence) -> tuple[int, str]:
    """Status and body; zero where there was none."""
    if isinstance(failure, Refused):
        return failure.status, failure.message
    cause = failure.__cause__
    if isinstance(cause, APIError):
        return cause.status_code or 0, str(cause)[:200]
    return 0, ""
