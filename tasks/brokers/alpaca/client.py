"""The one way to Alpaca: its client library with its own timeouts, no hidden retry, raw answers, one rate limit.

The library repeats a POST by itself after 429 and 504, has no timeout, and fails a whole list for one unknown word in
it. None of that is let through here: an answer, a `Refused`, or a `Silence`.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from alpaca.common.exceptions import APIError
from alpaca.data.historical import StockHistoricalDataClient
from alpaca.trading.client import TradingClient
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import HTTPError as NoSuccess
from requests.exceptions import RequestException, TooManyRedirects
from urllib3.exceptions import HTTPError

from tasks.brokers.alpaca.credentials import Credentials, Endpoints
from tasks.brokers.alpaca.errors import TOO_MANY, Silence, refusal_in
from tasks.brokers.alpaca.rate_limit import urgency_of
from tasks.brokers.rate_limit import RateLimiter
from tasks.model.orders import Urgency

TIMEOUTS_S = (3.05, 4.5)
"""To connect, and to wait for the next bytes of an answer: who still waits for an answer from before an outage must not
miss the first good one after it."""
EVENTS_WITHIN_S = 10.0
"""For past events to be told: heartbeats keep a stream alive that never comes to an end."""
PIECE = 65_536
"""Bytes."""
MARKET_VERSION = "v2"
SECRET_HEADERS = ("APCA-API-KEY-ID", "APCA-API-SECRET-KEY", "Authorization")
FAILURES = (RequestException, HTTPError, OSError, ValueError, TypeError)
"""All that the library and what is under it raise when an answer does not come or cannot be read."""

RestClient = Any
"""One of the library's clients by its inner names, which it declares to nobody: only they make a request once."""


class Wire:
    """Every request is made once."""

    def __init__(
        self,
        credentials: Credentials,
        endpoints: Endpoints,
        trading: RateLimiter,
        data: RateLimiter,
        timeouts_s: tuple[float, float] = TIMEOUTS_S,
        events_within_s: float = EVENTS_WITHIN_S,
    ) -> None:
        """`trading` and `data` are what the key may ask of the two hosts."""
        self._events_within_s = events_within_s
        pair = (credentials.key_id, credentials.secret)
        self._trading: RestClient = TradingClient(*pair, raw_data=True, url_override=endpoints.trading)
        self._data: RestClient = StockHistoricalDataClient(*pair, raw_data=True, url_override=endpoints.data)
        self._rate_limiters: dict[RestClient, RateLimiter] = {self._trading: trading, self._data: data}
        for client in self._rate_limiters:
            client._retry = 0  # the only way: its constructor ignores a zero
            client._session.mount("http://", _Timed(timeouts_s))
            client._session.mount("https://", _Timed(timeouts_s))

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET of the trading host. Raises: Refused, Silence."""
        return self._request(self._trading, "GET", path, params, urgency_of(path))

    def get_market(self, path: str, params: Mapping[str, Any], version: str = MARKET_VERSION) -> Any:
        """GET of the data host, where most has one version and some another. Raises: Refused, Silence."""
        request = partial(self._data._request, "GET", path, dict(params), api_version=version)
        return self._made(self._data, request, f"GET {path}", Urgency.LOW)

    def get_events(self, params: Mapping[str, Any]) -> tuple[str, str]:
        """Past events of the account as text, and why it may not be all: the library cannot read them.

        A stream that goes on for ever, or falls silent, is left: what came until then is what was told.
        Raises: Refused, Silence where it does not even begin.
        """
        client = self._trading

        def events() -> tuple[str, str]:
            url = f"{client._base_url}/v2beta1/events/activities"
            headers = client._get_default_headers()
            asked = client._session.get(url, params=dict(params), headers=headers, allow_redirects=False, stream=True)
            with asked as response:
                if response.status_code >= 400:
                    raise APIError(response.text, NoSuccess(response=response))
                return _read_within(response, self._events_within_s)

        return self._made(client, events, "GET events", Urgency.NORMAL)

    def order(self, body: Mapping[str, Any], urgency: Urgency) -> Any:
        """POST of one order; cancels go before the most urgent one. Raises: Refused, Silence."""
        return self._request(self._trading, "POST", "/orders", body, max(urgency, Urgency.URGENT))

    def cancel(self, order_id: str) -> None:
        """Raises: Refused, Silence."""
        self._request(self._trading, "DELETE", f"/orders/{order_id}", None, Urgency.CANCEL)

    def close(self) -> None:
        """Give back the connections; the next request opens them again."""
        for client, rate_limiter in self._rate_limiters.items():
            client._session.close()
            rate_limiter.close()

    def _request(
        self, client: RestClient, method: str, path: str, data: Mapping[str, Any] | None, urgency: Urgency
    ) -> Any:
        body = dict(data or {})
        return self._made(client, lambda: client._request(method, path, body), f"{method} {path}", urgency)

    def _made(self, client: RestClient, request: Callable[[], Any], words: str, urgency: Urgency) -> Any:
        self._rate_limiters[client].take(urgency)
        try:
            return request()
        except APIError as error:
            raise self._meaning(client, error) from _without_secrets(error)
        except FAILURES as error:
            raise Silence(f"{type(error).__name__} on {words}") from _without_secrets(error)

    def _meaning(self, client: RestClient, error: APIError) -> Exception:
        """The library decodes an error's body only when asked, and then may raise: read it here."""
        status = status_of(error)
        if status == TOO_MANY:
            self._rate_limiters[client].close_until(_reset(_answer_in(error)))
        body = None
        with suppress(ValueError):
            body = json.loads(str(error))
        return refusal_in(status, body) or Silence(f"HTTP status {status}", status)


def status_of(error: APIError) -> int:
    """Of HTTP; zero where there was none."""
    response = _answer_in(error)
    return 0 if response is None else response.status_code


def _answer_in(error: APIError) -> Response | None:
    """None where the failure was none of HTTP's."""
    response: Response | None = getattr(error, "response", None)
    return response


class _Timed(HTTPAdapter):
    """Gives every request the timeouts that the library forgets; never repeats one."""

    def __init__(self, timeouts_s: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._timeouts_s = timeouts_s

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:
        more["timeout"] = more.get("timeout") or self._timeouts_s
        response = super().send(request, *args, **more)
        if 300 <= response.status_code < 400:
            raise TooManyRedirects(f"redirected with {response.status_code}")  # the library takes it for an answer
        return response


def _read_within(response: Response, seconds: float) -> tuple[str, str]:
    """What a stream tells until it ends, breaks off, or the time is over; and which of the last two it was."""
    until = time.monotonic() + seconds
    raw, trouble = bytearray(), ""
    try:
        while chunk := response.raw.read1(
            PIECE, decode_content=True
        ):  # `iter_content` waits for an end or a full piece
            raw += chunk
            if time.monotonic() > until:
                trouble = f"the stream of events did not end within {seconds:g} s"
                break
    except FAILURES as error:
        trouble = f"the stream of events broke off ({type(error).__name__})"
    return raw.decode(errors="replace"), trouble


def _reset(response: Response | None) -> float:
    """When the rate limit is whole again as the broker says, epoch seconds; in five seconds where it says nothing."""
    text = "" if response is None else response.headers.get("X-RateLimit-Reset", "")
    return float(text) if text.isdigit() else time.time() + 5


def _without_secrets(error: BaseException) -> BaseException:
    """The same error: what it drags along of the request no longer has the key in it."""
    seen: BaseException | None = error
    while seen is not None:
        for holder in (seen, getattr(seen, "response", None), getattr(seen, "_http_error", None)):
            _wipe(getattr(holder, "request", None))
            _wipe(getattr(getattr(holder, "response", None), "request", None))
        seen = seen.__cause__ or seen.__context__
    return error


def _wipe(request: Any) -> None:
    headers = getattr(request, "headers", None)
    if headers is not None:
        for name in SECRET_HEADERS:
            headers.pop(name, None)
