"""What a key may ask in a minute: a permission for each request, shared by all who use the key, given by urgency."""

from collections.abc import Callable
from typing import Protocol

from tasks.model.orders import Urgency


class RateLimiter(Protocol):
    """Permission for one request at a time."""

    def take(self, urgency: Urgency) -> None:
        """Return when the request may be made; it is counted then."""
        ...

    def close_until(self, at: float) -> None:
        """The broker says that nothing more passes before `at` (epoch seconds)."""
        ...

    def close(self) -> None:
        """Give back what taking needed; may be called twice, and a later `take` opens it again."""
        ...


RateLimiters = Callable[[str, int], RateLimiter]
"""Opens the rate limit of a scope (which host, which key): so many requests in any minute."""


class Unlimited:
    """No limit at all, for a venue that counts nothing."""

    def take(self, urgency: Urgency) -> None:
        """Let it pass."""

    def close_until(self, at: float) -> None:
        """There is nothing to wait for."""

    def close(self) -> None:
        """There is nothing to give back."""


def uncounted(scope: str, limit: int) -> RateLimiter:
    """The rate_limiters of whoever counts nothing."""
    del scope, limit
    return Unlimited()
