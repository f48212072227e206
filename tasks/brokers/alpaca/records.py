"""What Alpaca has on record: executions from the FILL activities, what corrects them, and what was booked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tasks.brokers.alpaca import paging
from tasks.brokers.alpaca.answers import Refused, Silence
from tasks.brokers.alpaca.market import NEW_YORK
from tasks.brokers.alpaca.naming import Names
from tasks.brokers.alpaca.reading import ZERO, amendment_of, execution_of, mapping, moment, number, text
from tasks.brokers.alpaca.wire import Wire
from tasks.brokers.protocol import StatementLine
from tasks.terms import Execution

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
AMENDMENTS = ("trade_correct", "trade_bust")


@dataclass(frozen=True)
class Records:
    """Every method raises Refused or Silence where the record is not complete."""

    wire: Wire
    names: Names
    account: str

    def executions(self, session: date, now: datetime) -> tuple[Execution, ...]:
        """Of the exchange's day, oldest first, each once; corrections and busts after what they supersede."""
        fills = self._fills(session)
        known = {_reference(fill.execution_id): fill for fill in fills}
        amended = [self._amendment(row, known) for row in self._amendments(session, now)]
        return tuple(sorted(fills, key=lambda fill: fill.at) + amended)

    def statement(self, first: date, last: date) -> tuple[StatementLine, ...]:
        """Dividends, with what was withheld of them, splits, fees and cash that a person moved."""
        params = {
            "activity_types": ",".join(KINDS),
            "after": _stamp(_midnight(first) - DAY),
            "until": _stamp(_midnight(last) + BOOKED_LATE),
        }
        listed = paging.activities(self.wire, "/account/activities", params)
        lines = [_line(row) for row in listed if row.get("status") != "canceled"]
        inside = [line for line in lines if first <= line.at.astimezone(NEW_YORK).date() <= last]
        return tuple(sorted(inside, key=lambda line: (line.at, line.line_id)))

    def _fills(self, session: date) -> list[Execution]:
        """In the order of each order's own count: within a millisecond Alpaca lists them in any order."""
        begins = _midnight(session)
        params = {"after": _stamp(begins), "until": _stamp(begins + DAY - timedelta(seconds=1))}
        listed = paging.activities(self.wire, "/account/activities/FILL", params)
        ordered = sorted(listed, key=lambda row: (moment(row, "transaction_time"), number(row, "cum_qty")))
        since = _stamp(begins - 10 * DAY)
        keys = self.names.keys_of((text(row, "order_id") for row in ordered), since)
        return [execution_of(row, keys[text(row, "order_id")], self.account) for row in ordered]

    def _amendments(self, session: date, now: datetime) -> list[dict[str, object]]:
        """Corrections and busts told on a day; none where the account has no stream of events."""
        begins = _midnight(session)
        until = min(now, begins + DAY - timedelta(seconds=1))
        if until <= begins:
            return []
        try:
            told = self.wire.ask_events({"since": _stamp(begins), "until": _stamp(until)})
        except Refused as refused:
            if refused.status in (403, 404):
                return []
            raise
        return [row for row in _events(told) if row.get("execution_type") in AMENDMENTS]

    def _amendment(self, row: dict[str, object], known: dict[str, Execution]) -> Execution:
        """Of a fill of this day, or of an earlier one; what amends nothing that is told is no complete record."""
        previous = text(row, "previous_id")
        if previous not in known:
            day = moment(row, "executed_at").astimezone(NEW_YORK).date()
            known |= {_reference(fill.execution_id): fill for fill in self._fills(day)}
        if previous not in known:
            raise Silence(f"a correction of {previous}, which is not among the fills")
        amendment = amendment_of(row, known[previous])
        known[text(row, "ref_id")] = amendment
        return amendment


def _events(told: str) -> list[dict[str, object]]:
    """The data of server-sent events; a comment says that something was dropped, so it is no complete answer."""
    found: list[dict[str, object]] = []
    for line in told.splitlines():
        if line.startswith(":") and line.strip(": \r"):
            raise Silence(f"events with a gap: {line[1:].strip()}")
        if line.startswith("data:"):
            try:
                found.append(dict(mapping(json.loads(line[5:]), "an event")))
            except ValueError as error:
                raise Silence("an event that cannot be read") from error
    return found


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


def _reference(execution_id: str) -> str:
    """The half of an activity's id that the events call `ref_id`."""
    return execution_id.rpartition("::")[2]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
