"""Source `alpaca`: what Alpaca has of prices, by its own clock and calendar, to the last page or not at all."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
from alpaca.common.exceptions import APIError

from tasks.book.data import AlpacaDataSettings
from tasks.brokers.alpaca import pages, parse_market, parse_prices
from tasks.brokers.alpaca.broker import broker_time
from tasks.brokers.alpaca.client import Wire, status_of
from tasks.brokers.alpaca.credentials import LIVE_URL, URL_NAME, Endpoints, credentials_from, endpoints_from
from tasks.brokers.alpaca.errors import Refused, Silence, asking
from tasks.brokers.alpaca.parse_orders import mapping
from tasks.brokers.rate_limit import RateLimiters
from tasks.brokers.secrets import secrets_of
from tasks.errors import ConfigError
from tasks.market_data import calendar
from tasks.market_data.frames import action_frame, daily_frame, intraday_frame
from tasks.market_data.session_hours import SETTLES, last_whole, last_whole_until
from tasks.ports.prices import CompanyEvent

FIRST_SESSION = date(2016, 1, 4)
"""Alpaca's history begins with 2016."""
ADJUSTMENTS = {"raw": "raw", "split": "split", "split_and_dividend": "all"}
"""Ours to Alpaca's; `all` also takes spin-offs out of the prices."""
SYMBOLS_A_REQUEST = 100
ACTIONS_VERSION = "v1"
"""Corporate actions have another version than the rest of the data host."""
MOST_ACTIONS = 1000
BEFORE, AFTER = timedelta(days=30), timedelta(days=200)
"""Actions are listed by the day they are processed: a dividend when it is paid, weeks after its ex-date."""


class AlpacaSource:
    """Asks for bars of sessions that are over; the one that runs is not told."""

    def __init__(self, wire: Wire, now: Callable[[], datetime], adjustment: str, feed: str) -> None:
        """`now` is Alpaca's clock; `adjustment` one of ADJUSTMENTS."""
        self.name = f"alpaca:{feed}"
        self.adjustment = adjustment
        self._wire, self._now, self._feed = wire, now, feed
        self._actions: dict[tuple[object, ...], tuple[pd.DataFrame, list[CompanyEvent]]] = {}

    def available(self) -> tuple[date, date]:
        """From the beginning of Alpaca's history to the newest session that is over, by Alpaca's clock."""
        return FIRST_SESSION, last_whole(self._now())

    def daily_bars(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """Bars of the regular session and what the feed counts to it. Raises: BrokerError, ConfigError for the feed."""
        end = last_whole_until(last, self._now())
        if first > end:
            return daily_frame(())
        close = calendar.session_hours(end)[1]
        params = {"timeframe": "1Day", "start": _stamp(_midnight(first)), "end": _stamp(close)}
        with asking_prices("daily bars", self._feed):
            return daily_frame(parse_prices.daily_rows(self._bars(symbols, params), first, end))

    def intraday_bars(self, symbols: Sequence[str], session: date) -> pd.DataFrame | None:
        """Minutes of a session that is over, by Alpaca's calendar; None for any other day, or where none has bars."""
        hours = self._hours(session)
        if hours is None or hours[1] + SETTLES > self._now():
            return None
        last = hours[1] - timedelta(seconds=1)
        params = {"timeframe": "1Min", "start": _stamp(hours[0]), "end": _stamp(last)}
        with asking_prices(f"minute bars of {session}", self._feed):
            bars = intraday_frame(parse_prices.minute_rows(self._bars(symbols, params), hours))
        return None if bars.empty else bars

    def corporate_actions(self, symbols: Sequence[str], first: date, last: date) -> pd.DataFrame:
        """Splits and cash dividends that go ex in [first, last]. Raises: BrokerError."""
        return self._actions_of(symbols, first, last)[0].copy()

    def company_events(self, symbols: Sequence[str], first: date, last: date) -> list[CompanyEvent]:
        """Of raw prices, what no split or dividend can stand for; adjusted ones have it in them.

        Raises: BrokerError.
        """
        return list(self._actions_of(symbols, first, last)[1]) if self.adjustment == "raw" else []

    # ---- asking ----------------------------------------------------------------------------------------------------

    def _bars(self, symbols: Sequence[str], params: dict[str, str]) -> Iterator[tuple[str, Any]]:
        common = {"adjustment": ADJUSTMENTS[self.adjustment], "feed": self._feed, "sort": "asc", **params}
        for some in _batches(symbols):
            yield from pages.rows_by_symbol(self._wire, "/stocks/bars", "bars", some, common)

    def _hours(self, session: date) -> tuple[datetime, datetime] | None:
        day = session.isoformat()
        with asking_prices("the calendar", self._feed):
            return parse_market.hours_of(self._wire.get("/calendar", {"start": day, "end": day}), session)

    def _actions_of(self, symbols: Sequence[str], first: date, last: date) -> tuple[pd.DataFrame, list[CompanyEvent]]:
        """Asked once, so that one run sees one answer."""
        key = (*sorted(set(symbols)), first, last)
        if key not in self._actions:
            self._actions[key] = self._asked_actions(symbols, first, last)
        return self._actions[key]

    def _asked_actions(
        self, symbols: Sequence[str], first: date, last: date
    ) -> tuple[pd.DataFrame, list[CompanyEvent]]:
        found: set[tuple[date, str, str, float]] = set()
        events: set[CompanyEvent] = set()
        with asking_prices("corporate actions", self._feed):
            for page in self._action_pages(symbols, first, last):
                found.update(parse_prices.action_rows(page))
                events.update(parse_prices.inexpressible(mapping(page, "actions")))
        wanted = [row for row in found if first <= row[0] <= last and row[1] in symbols]
        told = [event for event in events if first <= event.ex_date <= last and event.symbol in symbols]
        return action_frame(sorted(wanted)), sorted(told, key=lambda event: (event.ex_date, event.symbol, event.kind))

    def _action_pages(self, symbols: Sequence[str], first: date, last: date) -> Iterator[Any]:
        window = {"start": f"{first - BEFORE}", "end": f"{last + AFTER}"}
        for some in _batches(symbols):
            asked = {
                "symbols": ",".join(some),
                "types": parse_prices.TYPES,
                "limit": MOST_ACTIONS,
                "sort": "asc",
                **window,
            }
            yield from pages.pages(lambda token, asked=asked: self._actions_page({**asked, **token}), "actions")

    def _actions_page(self, params: Mapping[str, Any]) -> Any:
        return self._wire.get_market("/corporate-actions", params, ACTIONS_VERSION)


def _batches(symbols: Sequence[str]) -> Iterator[list[str]]:
    listed = list(dict.fromkeys(symbols))
    for first in range(0, len(listed), SYMBOLS_A_REQUEST):
        yield listed[first : first + SYMBOLS_A_REQUEST]


def _midnight(day: date) -> datetime:
    """In New York: what a daily bar is named by."""
    return datetime(day.year, day.month, day.day, tzinfo=calendar.ZONE)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


NOT_SUBSCRIBED = ("subscription", "not permit")


@contextmanager
def asking_prices(what: str, feed: str) -> Generator[None]:
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
        return status_of(cause), str(cause)[:200]
    return 0, ""


TRADING_A_MINUTE = 200
"""The clock and the calendar are asked of the trading host."""


def open_alpaca_source(
    settings: AlpacaDataSettings,
    adjustment: str,
    environment: Mapping[str, str],
    rate_limiters: RateLimiters,
    *,
    live: bool = False,
) -> AlpacaSource:
    """`rate_limiters` are the ones the broker counts with. Raises: ConfigError without a key."""
    secrets = secrets_of(settings.credentials_block, environment)
    credentials = credentials_from(secrets)
    wire = Wire(
        credentials,
        _endpoints(secrets, live),
        trading=rate_limiters(f"alpaca trading {credentials.fingerprint}", TRADING_A_MINUTE),
        data=rate_limiters(f"alpaca data {credentials.fingerprint}", settings.requests_a_minute),
    )
    return AlpacaSource(wire, lambda: broker_time(wire), adjustment, settings.feed)


def _endpoints(environment: Mapping[str, str], live: bool) -> Endpoints:
    """A key for real money may read prices for a book that trades none: the host follows the environment."""
    named = environment.get(URL_NAME)
    return endpoints_from(environment, live if named is None else named.rstrip("/").removesuffix("/v2") == LIVE_URL)
