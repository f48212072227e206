"""What a refusal or a silence means to the desk: a question fails, a write is refused or its outcome is unknown."""

from collections.abc import Iterator
from contextlib import contextmanager

from tasks.brokers.alpaca.answers import Refused, Silence
from tasks.brokers.alpaca.remedies import lasts, sentence
from tasks.errors import BrokerError, NoAccessError, OrderRefusedError, OrderUnknownError, StandingRefusalError

UNAUTHORIZED = 401


@contextmanager
def asking(what: str) -> Iterator[None]:
    """A question without a complete answer is a BrokerError; one that this key may not ask is a NoAccessError."""
    try:
        yield
    except Refused as refused:
        if refused.status == UNAUTHORIZED:
            raise NoAccessError(f"{what}: {sentence(refused)}") from refused
        raise BrokerError(f"{what}: {sentence(refused)}") from refused
    except Silence as silence:
        raise BrokerError(f"{what}: no answer to rely on ({silence}); ask again") from silence


@contextmanager
def writing(key: str) -> Iterator[None]:
    """Only what Alpaca itself refused is refused; after anything else nobody knows."""
    try:
        yield
    except Refused as refused:
        kind = StandingRefusalError if lasts(refused) else OrderRefusedError
        raise kind(f"{key}: {sentence(refused)}") from refused
    except Silence as silence:
        raise OrderUnknownError(
            f"{key}: no answer to rely on ({silence}); look the order up before anything else is sent for it"
        ) from silence
