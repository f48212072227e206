"""What can come back of a request besides an answer: a refusal that Alpaca itself signed, or nothing to rely on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    if not 400 <= status < 500 or status in TIMEOUTS or not isinstance(body, Mapping):
        return None
    code, message = body.get("code"), body.get("message")
    if not isinstance(message, str) or (not isinstance(code, int) and status != 401):
        return None
    return Refused(status, code if isinstance(code, int) else None, message, body)
