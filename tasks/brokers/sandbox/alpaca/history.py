"""The venue's memory of the market: daily bars, and corporate actions by the day they are processed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tasks.brokers.sandbox.alpaca import encode
from tasks.brokers.sandbox.alpaca.encode import Json, stamp
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http import BadRequest, Request, SandboxContext, number_in
from tasks.brokers.sandbox.history import DailyBar, History, midnight
from tasks.errors import BadDataError

ADJUSTMENTS = {"raw": "raw", "split": "split", "all": "split_and_dividend"}
"""Alpaca's to the sources'."""
PAID_AFTER = timedelta(days=14)
"""A dividend is processed when it is paid, not on its ex-date."""
CUSIP = "000000000"
EVER = date(1970, 1, 1), date(2100, 1, 1)
Row = tuple[str, str, Json]
"""Place in the order of the answer, kind, and the row itself."""


@dataclass(frozen=True)
class HistoryEndpoints:
    """Answers with a Reply, or raises what the exchange raises."""

    context: SandboxContext

    def daily_rows(self, symbol: str, first: date, last: date, adjustment: str) -> Iterator[tuple[str, Json]]:
        """(time, bar), oldest first. Raises: BadRequest."""
        history = History(self.context.exchange)
        try:
            bars = history.daily(symbol, first, last, ours(adjustment))
        except BadDataError as error:
            raise BadRequest(str(error)) from error
        for bar in bars:
            yield stamp(midnight(bar.session)), _bar(bar)

    def corporate_actions(self, request: Request) -> Reply:
        """Split over pages over all kinds together, as Alpaca does."""
        query = request.query
        limit, token = number_in(query, "limit", 100, 1000), query.get("page_token", "")
        rows = [row for row in self._rows(query) if row[0] > token]
        found: dict[str, list[Json]] = {}
        for _, kind, row in rows[:limit]:
            found.setdefault(kind, []).append(row)
        more = rows[limit - 1][0] if len(rows) > limit else None
        return Reply(200, {"corporate_actions": found, "next_page_token": more})

    def _rows(self, query: Mapping[str, str]) -> list[Row]:
        symbols = [part for part in query.get("symbols", "").split(",") if part]
        first, last = _day(query, "start"), _day(query, "end")
        types = query.get("types", "").split(",")
        actions = History(self.context.exchange).actions(symbols, *EVER)
        rows = [_action(*action) for action in actions]
        return sorted(
            (row for row in rows if str(first) <= row[2]["process_date"] <= str(last) and _is_asked(row[1], types)),
            key=lambda row: row[0],
        )


def ours(adjustment: str) -> str:
    """Raises: BadRequest for a combination that this venue has not."""
    if adjustment not in ADJUSTMENTS:
        raise BadRequest(f"invalid adjustment: {adjustment}; this venue has {', '.join(ADJUSTMENTS)}")
    return ADJUSTMENTS[adjustment]


def _is_asked(kind: str, types: list[str]) -> bool:
    return types == [""] or kind.removesuffix("s") in types


def _action(ex_date: date, symbol: str, kind: str, value: float) -> Row:
    named = encode.asset_id(f"{kind} {symbol} {ex_date}")
    is_dividend = kind == "dividend"
    processed = ex_date + PAID_AFTER if is_dividend else ex_date
    common: Json = {"id": str(named), "symbol": symbol, "ex_date": f"{ex_date}", "process_date": f"{processed}"}
    place = f"{processed}|{named}"
    if is_dividend:
        more = {"cusip": CUSIP, "rate": value, "special": False, "foreign": False, "payable_date": f"{processed}"}
        return place, "cash_dividends", common | more
    if value >= 1:
        return place, "forward_splits", common | {"cusip": CUSIP, "new_rate": value, "old_rate": 1}
    cusips = {"old_cusip": CUSIP, "new_cusip": CUSIP}
    return place, "reverse_splits", common | cusips | {"new_rate": 1, "old_rate": round(1 / value, 6)}


def _bar(bar: DailyBar) -> Json:
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close}
    typical = (bar.high + bar.low + bar.close) / 3
    return {"t": stamp(midnight(bar.session)), "v": bar.volume, "n": 1, "vw": round(typical, 6), **prices}


def _day(query: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError as error:
        raise BadRequest(f"invalid {name}: {query.get(name)}") from error
