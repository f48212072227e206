"""Answers to requests for bars: minutes of TRADES, days of TRADES and of ADJUSTED_LAST."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tasks.brokers.sandbox.history import History
from tasks.brokers.sandbox.tws.bars import daily_rows, minute_rows
from tasks.brokers.sandbox.tws.framing import NEW_YORK, Field
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.errors import BadDataError, BrokerError

WRONG, NO_DATA = 321, 162
UNITS = {"S": timedelta(seconds=1), "D": timedelta(days=1), "W": timedelta(days=7), "Y": timedelta(days=365)}
MOST_DAYS = 365
"""Longer windows are asked for in years."""
ADJUSTMENTS = {"TRADES": "split", "ADJUSTED_LAST": "split_and_dividend"}


@dataclass
class UnservedError(Exception):
    """An error message instead of bars."""

    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One `reqHistoricalData`, read."""

    symbol: str
    end: datetime | None
    length: timedelta
    size: str
    kind: str


def asked_in(fields: Sequence[str]) -> Asked:
    """Raises: UnservedError for what TWS refuses, and for sizes that this venue has not."""
    symbol, end, size, duration, kind = fields[3], fields[15], fields[16], fields[17], fields[19]
    if (size, kind) not in (("1 min", "TRADES"), ("1 day", "TRADES"), ("1 day", "ADJUSTED_LAST")):
        raise UnservedError(WRONG, f"Error validating request: {size} of {kind} is not served here")
    if end and kind == "ADJUSTED_LAST":
        raise UnservedError(WRONG, "Error validating request: end date must be empty for ADJUSTED_LAST")
    count, _, unit = duration.partition(" ")
    if not count.isdigit() or unit not in UNITS or (unit == "D" and int(count) > MOST_DAYS):
        raise UnservedError(WRONG, f"Error validating request: invalid duration {duration}")
    try:
        until = datetime.strptime(end, "%Y%m%d %H:%M:%S UTC").replace(tzinfo=UTC) if end else None
    except ValueError as error:
        raise UnservedError(WRONG, f"Error validating request: invalid end {end}") from error
    return Asked(symbol, until, int(count) * UNITS[unit], size, kind)


def rows_of(exchange: FaultyExchange, fields: Sequence[str]) -> list[list[Field]]:
    """The rows of an answer, oldest first. Raises: UnservedError."""
    asked = asked_in(fields)
    end = asked.end or exchange.now()
    try:
        if asked.size == "1 min":
            rows = _minutes(exchange, asked.symbol.replace(" ", "."), end - asked.length, end)
        else:
            history = History(exchange)
            first, last = (end - asked.length).astimezone(NEW_YORK).date(), end.astimezone(NEW_YORK).date()
            bars = history.daily(asked.symbol.replace(" ", "."), first, last, ADJUSTMENTS[asked.kind])
            rows = daily_rows([bar for bar in bars if _has_ended(exchange, bar.session, end)])
    except (BrokerError, BadDataError) as wrong:
        raise UnservedError(NO_DATA, f"Historical Market Data Service error message:{wrong}") from wrong
    if not rows:
        raise UnservedError(NO_DATA, "Historical Market Data Service error message:HMDS query returned no data")
    return rows


def _has_ended(exchange: FaultyExchange, session: date, end: datetime) -> bool:
    """By the end of the window; the session that runs at the exchange's clock is told half."""
    open_at, close_at = exchange.market.hours(session)
    return close_at <= end or open_at <= exchange.now() < close_at


def _minutes(exchange: FaultyExchange, symbol: str, start: datetime, end: datetime) -> list[list[Field]]:
    """Adjusted for splits, as all that TWS tells of the past."""
    history, factors = History(exchange), dict[date, tuple[float, float]]()
    rows: list[list[Field]] = []
    for row in minute_rows(exchange.bars(symbol, start, end)):
        session = datetime.fromtimestamp(int(row[0]), NEW_YORK).date()
        if session not in factors:
            factors[session] = history.factors(symbol, session, "split")
        rows.append(row if factors[session] == (1.0, 1.0) else _adjusted(row, *factors[session]))
    return rows


def _adjusted(row: list[Field], price: float, volume: float) -> list[Field]:
    prices = [float(value) * price for value in row[1:5]]
    return [row[0], *prices, round(float(row[5]) * volume), float(row[6]) * price, row[7]]
