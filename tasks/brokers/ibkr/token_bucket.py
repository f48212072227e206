"""How fast messages may go out: a bucket of tokens that fills at a steady rate. Pure."""

from dataclasses import dataclass

BURST_S = 0.3
"""A burst is at most what this many seconds bring, so that no window of one second holds more than 1.3 times the rate.

TWS counts 50 messages in a second: at 30 a second the worst window has 39, at 38 it has 49.4.
"""

ROUNDING = 1e-6
"""Of a token: less than this is not waited for, as no clock would show it."""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """`tokens` were in it at `at` (seconds of a clock that never goes back)."""

    rate: float
    tokens: float
    at: float

    @classmethod
    def full(cls, rate: float, at: float) -> "TokenBucket":
        """`rate` in messages a second; `at` in seconds of any clock that only grows."""
        return cls(rate, max(1.0, rate * BURST_S), at)

    def filled(self, now: float) -> "TokenBucket":
        """The same bucket later."""
        most = max(1.0, self.rate * BURST_S)
        return TokenBucket(self.rate, min(most, self.tokens + (now - self.at) * self.rate), now)

    def wait_s(self, now: float, messages: int = 1) -> float:
        """How long until the next messages may go together; 0 means now. More than fit in wait for a full bucket."""
        missing = min(float(messages), max(1.0, self.rate * BURST_S)) - self.filled(now).tokens
        return missing / self.rate if missing > ROUNDING else 0.0

    def taken(self, now: float, messages: int = 1) -> "TokenBucket":
        """After that many messages; what was not in the bucket is missing from it then."""
        filled = self.filled(now)
        return TokenBucket(self.rate, filled.tokens - messages, now)
