"""What Alpaca's data host does not give, told as an error of prices."""

from collections.abc import Iterator
from contextlib import contextmanager

from alpaca.common.exceptions import APIError

from tasks.brokers.alpaca.answers import Refused, Silence
from tasks.brokers.alpaca.speaking import asking
from tasks.errors import ConfigError

NOT_SUBSCRIBED = ("subscription", "not permit")


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
