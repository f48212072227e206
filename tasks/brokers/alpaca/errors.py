"""What comes back of a request besides an answer: Alpaca's refusals with their remedies, or nothing to rely on.

A question that fails is asked again; a write is refused, or its outcome is unknown.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tasks.errors import BrokerError, NoAccessError, OrderRefusedError, OrderUnknownError, StandingRefusalError
from tasks.model.json_values import is_object

DUPLICATE_CODE = 40010001
TOO_MANY = 429
"""Also of a request that a gateway had passed on before: no refusal."""
TIMEOUTS = frozenset({408, TOO_MANY})


@dataclass
class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """A decoded 4xx with Alpaca's own JSON: the request was read and not done."""

    status: int
    code: int | None
    message: str
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.message} ({self.status}{'' if self.code is None else f', code {self.code}'})"

    @property
    def is_duplicate(self) -> bool:
        """The client order id was seen before; the wording differs from time to time, so it is matched loosely."""
        words = self.message.lower().replace("_", " ")
        return self.code == DUPLICATE_CODE and "client order id" in words and "unique" in words

    @property
    def is_absence(self) -> bool:
        """Proof that what was asked for is not there, unlike every other refusal."""
        return self.status == 404


class Silence(Exception):  # noqa: N818 - what the caller meets
    """No answer, or one that proves nothing: the request may have been done."""

    def __init__(self, words: str, status: int = 0) -> None:
        """status: of HTTP, where somebody answered."""
        super().__init__(words)
        self.status = status


def refusal_in(status: int, body: Any) -> Refused | None:
    """The refusal in an answer of status 4xx; None where a proxy, a gateway or a limit speaks, not Alpaca's desk.

    A 401 carries no code; the desk never saw the request.
    """
    if not 400 <= status < 500 or status in TIMEOUTS or not is_object(body):
        return None
    code, message = body.get("code"), body.get("message")
    if not isinstance(message, str) or (not isinstance(code, int) and status != 401):
        return None
    return Refused(status, code if isinstance(code, int) else None, message, body)


DETAILS = ("buying_power", "cost_basis", "existing_qty", "held_for_orders", "available", "detail")
"""Fields of a refusal's body that say more, where they are there."""
REMEDIES = (
    (
        "opg orders",
        "start the session so that its orders for the opening auction go out before 9:28 in New York (they are taken "
        "from 19:00 the evening before), or trade without that auction",
    ),
    (
        "cls orders",
        "send orders for the closing auction before 15:50 in New York (they are taken from 19:00 the evening before), "
        "or trade without that auction",
    ),
    ("wash trade", "cancel the open order of the other side and wait until it is gone, then send this one"),
    ("buying power", "sell first, cancel open buys, or lower the target: open buys hold buying power"),
    ("insufficient qty", "cancel the open sells that hold these shares, or sell fewer"),
    ("insufficient balance", "sell first, or lower the target: there is not enough cash for this order"),
    ("minimal amount", "leave it out or make it larger: Alpaca takes no order below one dollar"),
    ("day trading", "wait for the next session: the account may not day-trade any more now"),
    ("rejected by user request", "let the account take orders again in its settings at Alpaca (suspend trade)"),
    ("liquidation only", "look at the account's page at Alpaca: it may only close positions now"),
    ("fraction", "send whole shares, or a plain day order of an asset that is traded in fractions"),
    ("sold short", "let the book hold no short position in this symbol: Alpaca does not lend it now"),
    ("to short", "let the book hold no short position in this symbol, or enable shorting for the account at Alpaca"),
    ("extended hours", "send a limit order, or wait for regular hours"),
    ("not authorized to trade", "look at the account's page at Alpaca: trading may be blocked"),
    ("sub-penny", "round the limit price to a cent, or to 0.0001 USD below one dollar"),
    ("not found", "look the symbol up at Alpaca; it may have been renamed or delisted"),
    ("not tradable", "take the symbol out of the universe until Alpaca trades it again"),
    ("market is closed", "wait for the next session"),
)
LASTING_STATUSES = frozenset({403, 422})
LASTING = (
    ("to short",),
    ("asset", "sold short"),
    ("not authorized to trade",),
    ("asset", "not found"),
    ("not tradable",),
    ("asset", "not active"),
    ("rejected by user request",),
    ("liquidation only",),
    ("account", "restricted"),
    ("account", "blocked"),
)
"""Parts that stand together in a refusal which a further order of the asset would meet as well: by the account's flags
(trading blocked, suspended by the user, no short sales) or the asset's (not tradable, not shortable). Alpaca keeps
status and code and may change its words: what is not known here is a refusal of the one order."""
BY_STATUS = {
    401: "check APCA_API_KEY_ID and APCA_API_SECRET_KEY, and that they belong to this host (paper or live)",
    403: "do what the message says; where it says nothing of the order, look at the account's restrictions at Alpaca",
    404: "look it up at Alpaca",
    422: "correct the order as the message says",
}


def sentence(refused: Refused) -> str:
    """What was said, with its figures and its remedy."""
    figures = ", ".join(f"{name} {refused.body[name]}" for name in DETAILS if refused.body.get(name) is not None)
    return f"Alpaca: {refused}{f' [{figures}]' if figures else ''}; {remedy(refused)}"


def remedy(refused: Refused) -> str:
    """What to do about it; the message decides where its words are known, else the status."""
    words = refused.message.lower()
    known = [advice for part, advice in REMEDIES if part in words]
    return known[0] if known else BY_STATUS.get(refused.status, "ask Alpaca's support, with the code")


def lasts(refused: Refused) -> bool:
    """Whether a further order of the same asset would be refused as well, whatever it is."""
    words = refused.message.lower()
    return refused.status in LASTING_STATUSES and any(all(part in words for part in parts) for parts in LASTING)


UNAUTHORIZED = 401


@contextmanager
def asking(what: str) -> Generator[None]:
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
def writing(key: str) -> Generator[None]:
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
