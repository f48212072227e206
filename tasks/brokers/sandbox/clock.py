"""The venue's simulated clock, for an adapter whose waiting should move it instead of sleeping."""

import json
from dataclasses import dataclass
from datetime import datetime
from urllib.request import Request, urlopen

from tasks.errors import BrokerError

TIMEOUT_S = 60


@dataclass(frozen=True)
class VenueClock:
    """Speaks to `/control/clock` of a venue at `url`; Alpaca has no such thing."""

    url: str
    jumps: bool = True

    def now(self) -> datetime:
        return self._request_clock(None)

    def wait_until(self, at: datetime) -> datetime:
        return self._request_clock({"until": at.isoformat()})

    def _request_clock(self, body: dict[str, str] | None) -> datetime:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/control/clock", data, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:
                return datetime.fromisoformat(json.loads(answer.read())["now"])
        except OSError as error:
            raise BrokerError(f"the venue's clock at {self.url}: {error}; start the venue again") from error
