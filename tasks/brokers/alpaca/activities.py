"""What Alpaca has on record: executions from the FILL activities, what corrects them, and what was booked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tasks.brokers.alpaca import pages
from tasks.brokers.alpaca.client import Wire
from tasks.brokers.alpaca.corrections import amended_id, amendment_of, is_amendment, order_of, reference, reference_of
from tasks.brokers.alpaca.errors import Refused, Silence
from tasks.brokers.alpaca.events import StreamEvents, events_in
from tasks.brokers.alpaca.order_ids import Names
from tasks.brokers.alpaca.parse_market import NEW_YORK
from tasks.brokers.alpaca.parse_orders import ZERO, execution_of, mapping, moment, number, text
from tasks.brokers.remarks import Remark, RemarkKind
from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution

Row = Mapping[str, Any]
DAY = timedelta(days=1)
DIVIDENDS = ("CGD", "DIV", "DIVCGL", "DIVCGS", "DIVFEE", "DIVFT", "DIVNRA", "DIVROC", "DIVTW", "DIVTXEX")
SPLITS = ("SPLIT",)
FEES = ("FEE", "CFEE", "PTC", "PTR", "INT", "INTNRA", "INTTW")
"""Regulatory fees, which Alpaca books by the day and not with each fill; pass-through charges, interest and rebates."""
CASH_FLOWS = ("CSD", "CSW", "JNLC", "ACATC")
"""What a person moved. Shares that move without a trade (transfers, mergers, spin-offs) are none of these: a break."""
KINDS = {
    **dict.fromkeys(DIVIDENDS, "dividend"),
    **dict.fromkeys(SPLITS, "split"),
    **dict.fromkeys(FEES, "fee"),
    **dict.fromkeys(CASH_FLOWS, "cash_flow"),
}
BOOKED_LATE = timedelta(days=5)
"""Activities are filed under the day on which they were entered, which is a few days after their own at most."""
WITHOUT_EVENTS = (403, 404)
"""Of a key that may not listen, or an account without a stream of events: corrections are not told there at all."""
CLOSED = (
    "Alpaca does not let this key read the account's events ({}): busts and corrections cannot be read, fills are "
    "complete all the same, and a trade that is broken or corrected later shows as a difference of shares or cash that "
    "locks its symbol until it is explained; let the key read account activities, or ask Alpaca's support to open "
    "/v2beta1/events/activities for the account"
)


@dataclass
class Records:
    """Every method raises Refused or Silence where the record is not complete; corrections alone may come late."""

    wire: Wire
    names: Names
    account: str
    _outside: dict[date, list[str]] = field(default_factory=dict[date, list[str]])
    """Trades of others beside the book, by session."""
    _late: dict[date, str] = field(default_factory=dict[date, str])
    """Why the corrections of a session were not all told when its executions were asked for last."""
    _closed: str = ""
    """Why corrections could not be read at all when they were asked for last."""

    def executions(self, session: date, now: datetime) -> tuple[Execution, ...]:
        """Of the exchange's day, oldest first, each once; corrections and busts after what they supersede.

        Fills are all there, or nothing is told. Corrections come by a side channel: what it does not tell is late.
        """
        fills = sorted(self._fills(session), key=lambda fill: fill.at)
        told = self._events(session, now)
        self._closed = told.closed
        amended, troubles = self._amendments(told, session, fills)
        self._late[session] = "; ".join(dict.fromkeys([*([told.trouble] if told.trouble else []), *troubles]))
        return (*fills, *amended)

    def remarks(self) -> tuple[Remark, ...]:
        """Of the executions that were asked for last."""
        whys = "; ".join(dict.fromkeys(why for why in self._late.values() if why))
        words = f"Alpaca did not tell every correction and bust ({whys}): they count as soon as it does"
        late = (Remark(RemarkKind.CORRECTIONS_LATE, words),) if whys else ()
        closed = (Remark(RemarkKind.CORRECTIONS_CLOSED, CLOSED.format(self._closed)),) if self._closed else ()
        return (*late, *closed, *not_ours("traded", [words for told in self._outside.values() for words in told]))

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Dividends, with what was withheld of them, splits, fees and cash that a person moved."""
        params = {
            "activity_types": ",".join(KINDS),
            "after": _stamp(_midnight(first) - DAY),
            "until": _stamp(_midnight(last) + BOOKED_LATE),
        }
        listed = pages.activities(self.wire, "/account/activities", params)
        lines = [_line(row) for row in listed if row.get("status") != "canceled"]
        inside = [line for line in lines if first <= line.at.astimezone(NEW_YORK).date() <= last]
        return tuple(sorted(inside, key=lambda line: (line.at, line.line_id)))

    def _fills(self, session: date) -> list[Execution]:
        """In the order of each order's own count: within a millisecond Alpaca lists them in any order."""
        begins = _midnight(session)
        params = {"after": _stamp(begins), "until": _stamp(begins + DAY - timedelta(seconds=1))}
        listed = pages.activities(self.wire, "/account/activities/FILL", params)
        names = self.names.keys_of((text(row, "order_id") for row in listed), _stamp(begins - 10 * DAY))
        self._outside[session] = []
        fills = [counted for row in listed if (counted := self._fill(row, names, session)) is not None]
        return [fill for _, fill in sorted(fills, key=lambda counted: (counted[1].at, counted[0]))]

    def _fill(
        self, row: Mapping[str, Any], names: Mapping[str, str], session: date
    ) -> tuple[Decimal, Execution] | None:
        """With its order's count; None for a trade of others that no book can hold or nobody can read.

        Raises: Silence where it cannot be read and is ours.
        """
        order_id = text(row, "order_id")
        if order_id not in names:
            self._outside[session].append(self.names.outside[order_id])
            return None
        try:
            return number(row, "cum_qty"), execution_of(row, names[order_id], self.account)
        except Silence:
            if self.names.is_ours(names[order_id]):
                raise
            self._outside[session].append(f"a trade of order {names[order_id] or order_id} (cannot be read)")
            return None

    def _events(self, session: date, now: datetime) -> StreamEvents:
        """Of the account since the session's day began: a trade may be corrected on a day without a session.

        Whatever keeps them away (an outage, a key that may not listen) keeps the corrections away and nothing else.
        """
        begins = _midnight(session)
        if now <= begins:
            return StreamEvents()
        try:
            return events_in(*self.wire.get_events({"since": _stamp(begins), "until": _stamp(now)}))
        except Refused as refused:
            return _unread(refused.status, str(refused))
        except Silence as silence:
            return _unread(silence.status, str(silence))

    def _amendments(
        self, told: StreamEvents, session: date, fills: list[Execution]
    ) -> tuple[list[Execution], list[str]]:
        """Told on the session's day, or later of a fill of that day; and why some that were told cannot be read."""
        known = {reference(fill.execution_id): fill for fill in fills}
        ends = _midnight(session) + DAY
        found: list[Execution] = []
        troubles: list[str] = []
        for event in filter(is_amendment, told.events):
            if order_of(event) in self.names.outside:
                continue
            try:
                is_of_the_day = moment(event, "at") < ends
                if amended_id(event) not in known and is_of_the_day:
                    known |= self._fills_around(event)
                if amended_id(event) in known:
                    found.append(amendment_of(event, known[amended_id(event)]))
                    known[reference_of(event)] = found[-1]
                elif is_of_the_day:
                    troubles.append(f"a correction of {amended_id(event)}, which is not among the fills")
            except (Refused, Silence) as trouble:
                troubles.append(f"a correction that cannot be read: {trouble}")
        return found, troubles

    def _fills_around(self, event: Mapping[str, Any]) -> dict[str, Execution]:
        """The fills of the day of what an event corrects."""
        day = moment(event, "executed_at").astimezone(NEW_YORK).date()
        return {reference(fill.execution_id): fill for fill in self._fills(day)}


def _unread(status: int, why: str) -> StreamEvents:
    return StreamEvents(closed=why) if status in WITHOUT_EVENTS else StreamEvents(trouble=why)


def not_ours(what: str, orders: Sequence[str]) -> tuple[Remark, ...]:
    """One remark for all orders of others beside the book that are open, or have traded."""
    named = ", ".join(dict.fromkeys(orders))
    words = f"others have {what} beside the book: {named}; our own orders are not touched"
    return (Remark(RemarkKind.NOT_OURS, words),) if named else ()


def _line(row: object) -> StatementLine:
    fields = mapping(row, "an activity")
    name = text(fields, "activity_type")
    if name not in KINDS:
        raise Silence(f"an activity {name}, which was not asked for")
    kind = KINDS[name]
    shares = number(fields, "qty") if kind == "split" else ZERO
    has_amount = kind in ("fee", "cash_flow") or fields.get("net_amount") is not None
    amount = number(fields, "net_amount") if has_amount else ZERO
    symbol = text(fields, "symbol") if kind in ("split", "dividend") else str(fields.get("symbol") or "")
    words = str(fields.get("description") or f"{name} {symbol}: {amount} USD")
    return StatementLine(text(fields, "id"), _midnight(_day(fields)), kind, symbol, shares, amount, words)


def _day(fields: Mapping[str, object]) -> date:
    try:
        return date.fromisoformat(text(fields, "date")[:10])
    except ValueError as error:
        raise Silence("an activity whose date is no day") from error


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
