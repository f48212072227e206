"""Alpaca's JSON of bars and corporate actions as rows of the protocol's tables: pure.

A number or a name that is missing makes an answer incomplete (`Silence`); it is never filled with zeros.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np

from tasks.brokers.alpaca.errors import Silence
from tasks.brokers.alpaca.parse_market import NEW_YORK
from tasks.brokers.alpaca.parse_orders import mapping, moment, number, rows, text
from tasks.ports.prices import CompanyEvent, EventKind

Told = Iterable[tuple[str, Mapping[str, Any]]]
"""Symbol and bar."""
TYPES = "forward_split,reverse_split,stock_dividend,cash_dividend,spin_off,unit_split"
INEXPRESSIBLE = {
    "spin_offs": ("source_symbol", EventKind.SPIN_OFF),
    "unit_splits": ("old_symbol", EventKind.UNIT_SPLIT),
}
"""Actions that change a price by more than a split or a cash dividend can say, and whose price it is."""
TOLD_BY = "the list of corporate actions of Alpaca"


def daily_rows(told: Told, first: date, last: date) -> Iterator[tuple[object, ...]]:
    """(session, symbol, open, high, low, close, volume) of sessions in [first, last]; a bar is named by midnight there.

    Raises: Silence.
    """
    for symbol, bar in told:
        session = moment(bar, "t").astimezone(NEW_YORK).date()
        if first <= session <= last:
            yield (session, symbol, *_figures(bar))


def minute_rows(told: Told, hours: tuple[datetime, datetime]) -> Iterator[tuple[object, ...]]:
    """(start, symbol, open, high, low, close, volume, bid, ask) inside the hours; bars have no quotes.

    The opening print is in the first minute. The closing print is in the minute after the close, which is left out.
    Raises: Silence.
    """
    for symbol, bar in told:
        start = moment(bar, "t")
        if hours[0] <= start < hours[1]:
            yield (start, symbol, *_figures(bar), np.nan, np.nan)


def action_rows(page: Mapping[str, Any]) -> Iterator[tuple[date, str, str, float]]:
    """(ex_date, symbol, kind, value) of a page's splits and cash dividends. Raises: Silence.

    A stock dividend of 5 % is a split of 1.05 new shares per old. Dividends in another currency are left out.
    """
    for kind in ("forward_splits", "reverse_splits"):
        for row in _listed(page, kind):
            yield (
                _ex_date(row),
                text(row, "symbol"),
                "split",
                float(number(row, "new_rate") / _positive(row, "old_rate")),
            )
    for row in _listed(page, "stock_dividends"):
        yield _ex_date(row), text(row, "symbol"), "split", float(1 + number(row, "rate"))
    for row in _listed(page, "cash_dividends"):
        if row.get("currency") in (None, "", "USD"):
            yield _ex_date(row), text(row, "symbol"), "dividend", float(number(row, "rate"))


def inexpressible(page: Mapping[str, Any]) -> Iterator[CompanyEvent]:
    """Those actions that are neither a split nor a dividend in USD: raw prices cannot be adjusted for them.

    Raises: Silence.
    """
    for listed, (name, kind) in INEXPRESSIBLE.items():
        for row in _listed(page, listed):
            day = _day(row, "ex_date" if "ex_date" in row else "effective_date")
            yield CompanyEvent(day, text(row, name), kind, TOLD_BY, 0, distorts=True)
    for row in _listed(page, "cash_dividends"):
        if row.get("currency") not in (None, "", "USD"):
            kind, symbol = EventKind.FOREIGN_DIVIDEND, text(row, "symbol")
            yield CompanyEvent(_ex_date(row), symbol, kind, TOLD_BY, 0, distorts=True)


def _figures(bar: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(float(number(bar, name)) for name in "ohlcv")


def _listed(page: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    actions = mapping(page.get("corporate_actions"), "the corporate actions")
    return rows(actions.get(kind) or [], kind)


def _ex_date(row: Mapping[str, Any]) -> date:
    return _day(row, "ex_date")


def _day(row: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(text(row, name))
    except ValueError as error:
        raise Silence(f"an answer whose {name} is no date") from error


def _positive(row: Mapping[str, Any], name: str) -> Any:
    value = number(row, name)
    if value <= 0:
        raise Silence(f"an answer whose {name} is {value}")
    return value
