"""The venue's account endpoints: account, positions, activities, and the stream of activity events."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from tasks.brokers.sandbox.alpaca import encode
from tasks.brokers.sandbox.alpaca.encode import Json, account_json, booking_json, event_json, fill_json, position_json
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http import BadRequest, Request, SandboxContext, instant, number_in
from tasks.brokers.simulated.account import NEW_YORK, ZERO, Order
from tasks.errors import BrokerError
from tasks.model.market import Quote
from tasks.model.orders import Execution, Side

DAY = timedelta(days=1)


@dataclass(frozen=True)
class AccountEndpoints:
    """Answers with a Reply, or raises what the exchange raises."""

    context: SandboxContext

    def account(self, request: Request) -> Reply:
        """Buying power is the cash less what working buys may cost at worst."""
        del request
        state = self.context.exchange.account()
        buys = [self.context.kept(told) for told in self.context.inner.working() if told.side is Side.BUY]
        set_aside = sum((order.remaining * order.worst_price for order in buys), ZERO)
        return Reply(200, account_json(state, self._quotes(state.positions), set_aside))

    def positions(self, request: Request) -> Reply:
        """By symbol; shares signed, with the market's price where there is a quote."""
        del request
        held = self.context.exchange.account().positions
        quotes = self._quotes(held)
        return Reply(200, [position_json(s, shares, quotes.get(s)) for s, shares in sorted(held.items())])

    def fills(self, request: Request) -> Reply:
        """Executions as they happened, `page_size` at a time: the liar shuffles and repeats within a page."""
        first, last = _window(request, self.context.exchange.now())
        told = [row for row in self._executions(first, last) if not row.supersedes and first < row.at < last]
        rows = {row["id"]: row for row in self._fill_rows(told)}
        token = request.query.get("page_token", "")
        size = number_in(request.query, "page_size", 100, 100)
        ordered = sorted(rows, reverse=request.query.get("direction", "desc") == "desc")
        after = ordered.index(token) + 1 if token in rows else 0
        page = set(ordered[after : after + size])
        as_told = [encode.activity_id(row, self._order(row)) for row in told]
        return Reply(200, [rows[name] for name in _in_order(ordered, as_told) if name in page])

    def booked(self, request: Request) -> Reply:
        """All that is no trade; `activity_types` or the path says which."""
        kinds = request.query.get("activity_types", request.path.rpartition("/")[2]).split(",")
        first, last = _window(request, self.context.exchange.now())
        lines = self.context.exchange.statement(_day(first), _day(last))
        rows = [booking_json(line) for line in lines]
        chosen = sorted((row for row in rows if row["activity_type"] in kinds), key=lambda row: row["id"])
        token = request.query.get("page_token")
        chosen = chosen if token is None else [row for row in chosen if row["id"] > token]
        return Reply(200, chosen[: number_in(request.query, "page_size", 100, 100)])

    def events(self, request: Request) -> Reply:
        """Server-sent events of [since, until]: fills, corrections and busts, each naming what it replaces."""
        if "since" not in request.query or "until" not in request.query:
            raise BadRequest("this venue tells events of the past only: give since and until")
        first, last = instant(request.query["since"], "since"), instant(request.query["until"], "until")
        rows = [row for row in self._executions(first, last) if first <= row.at <= last]
        text = ": heartbeat\n\n" + "".join(f"data: {json.dumps(row)}\n\n" for row in self._event_rows(rows))
        return Reply(200, text, (("Content-Type", "text/event-stream"),))

    # ---- behind the endpoint ---------------------------------------------------------------------------------------

    def _quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        try:
            return self.context.inner.quotes(tuple(symbols))
        except BrokerError:  # before the first session
            return {}

    def _executions(self, first: datetime, last: datetime) -> list[Execution]:
        sessions = [day for day in _days(_day(first), _day(last)) if self.context.exchange.market.is_session(day)]
        return [row for session in sessions for row in self.context.exchange.executions(session)]

    def _order(self, row: Execution) -> Order:
        with self.context.inner.turn():
            order = self.context.inner.store.order_numbered(row.execution_id)
        assert order is not None  # it has executed
        return order

    def _fill_rows(self, told: Iterable[Execution]) -> Iterator[Json]:
        cumulated: dict[str, Decimal] = {}
        for row in sorted({row.execution_id: row for row in told}.values(), key=lambda row: row.execution_id):
            order = self._order(row)
            done = cumulated.get(order.broker_order_id, ZERO) + row.shares
            cumulated[order.broker_order_id] = done
            yield fill_json(row, order, done)

    def _event_rows(self, rows: Iterable[Execution]) -> Iterator[Json]:
        known: dict[str, Execution] = {}
        done: dict[str, Decimal] = {}
        for place, row in enumerate(rows):
            order = self._order(row)
            with self.context.inner.turn():
                known |= {e.execution_id: e for e in self.context.inner.store.executions_of(order.broker_order_id)}
            previous = known.get(row.supersedes)
            change = row.shares - (previous.shares if previous else ZERO)
            done[order.broker_order_id] = done.get(order.broker_order_id, ZERO) + change
            yield event_json(row, order, max(ZERO, done[order.broker_order_id]), previous, place)


def _in_order(ordered: list[str], as_told: list[str]) -> list[str]:
    """As it was told where the telling is out of order or repeats, else the order that was asked for."""
    return ordered if sorted(ordered) == as_told else as_told


def _window(request: Request, now: datetime) -> tuple[datetime, datetime]:
    """What `date`, or `after` and `until`, enclose; a month where nothing does."""
    query = request.query
    if "date" in query:
        day = instant(query["date"], "date")
        return day - timedelta(microseconds=1), day + DAY
    after = instant(query["after"], "after") if "after" in query else now - 30 * DAY
    return after, instant(query["until"], "until") if "until" in query else now + DAY


def _day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=count) for count in range((last - first).days + 1))
