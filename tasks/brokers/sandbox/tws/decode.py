"""What a client sends, as values: the fields of server version 176, and IB's algorithms by name and tags. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from tasks.brokers.sandbox.tws.framing import NEW_YORK
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderRequest, OrderType, Side, TimeInForce

Tags = Sequence[tuple[str, str]]
Pace = Literal["patient", "normal", "urgent"]
STRATEGIES = {
    "Vwap": NativeAlgorithm.VWAP,
    "Twap": NativeAlgorithm.TWAP,
    "ArrivalPx": NativeAlgorithm.ARRIVAL_PRICE,
    "PctVol": NativeAlgorithm.PERCENT_OF_VOLUME,
    "Adaptive": NativeAlgorithm.ADAPTIVE,
}
TIMES = frozenset({"startTime", "endTime"})
TAGS = {
    "Vwap": TIMES | {"maxPctVol", "allowPastEndTime", "noTakeLiq", "speedUp"},
    "Twap": TIMES | {"strategyType", "allowPastEndTime"},
    "ArrivalPx": TIMES | {"maxPctVol", "riskAversion", "forceCompletion", "allowPastEndTime"},
    "PctVol": TIMES | {"pctVol", "noTakeLiq"},
    "Adaptive": frozenset({"adaptivePriority"}),
}
"""The parameters that each algorithm knows; any other is an error."""
PACES: Mapping[str, Pace] = {
    "Passive": "patient",
    "Patient": "patient",
    "Neutral": "normal",
    "Normal": "normal",
    "Aggressive": "urgent",
    "Get Done": "urgent",
    "Urgent": "urgent",
}


class UnreadableError(ValueError):
    """A message whose fields make no sense; TWS answers it with error 320 or 321."""


def native_order(name: str, tags: Tags, session: date) -> NativeOrder:
    """session: the day that times of day are of. Raises: UnreadableError."""
    if name not in STRATEGIES:
        raise UnreadableError(f"the algorithm {name!r} is not known here")
    told = dict(tags)
    if unknown := told.keys() - TAGS[name]:
        raise UnreadableError(f"{name} has no parameter {', '.join(sorted(unknown))}")
    try:
        return NativeOrder(
            algorithm=STRATEGIES[name],
            start=_instant(told.get("startTime", ""), session),
            end=_instant(told.get("endTime", ""), session),
            max_participation_pct=_percent(told.get("maxPctVol") or told.get("pctVol")),
            pace=PACES[told.get("riskAversion") or told.get("adaptivePriority") or "Normal"],
        )
    except (KeyError, ValueError, InvalidOperation) as wrong:
        raise UnreadableError(f"{name}: {wrong}") from wrong


def _percent(part: str | None) -> Decimal | None:
    """`0.1` is 10 percent. Raises: ValueError beyond the half of the volume that IB allows."""
    if part is None:
        return None
    percent = Decimal(part) * 100
    if not 0 < percent <= 50:
        raise ValueError(f"{part} of the volume is not between 0.01 and 0.5")
    return percent


def _instant(at: str, session: date) -> datetime | None:
    """`09:45:00 US/Eastern`. Raises: ValueError."""
    if not at:
        return None
    clock = datetime.strptime(at, "%H:%M:%S US/Eastern").time()  # noqa: DTZ007 - the zone stands in the text
    day = date(session.year, session.month, session.day)
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


TRAILING_PCT_AT, ALGO_AT = 70, 83
TYPES = {
    "MKT": OrderType.MARKET,
    "LMT": OrderType.LIMIT,
    "STP": OrderType.STOP,
    "STP LMT": OrderType.STOP_LIMIT,
    "TRAIL": OrderType.TRAILING_STOP,
}
LASTING = {"DAY": TimeInForce.DAY, "GTC": TimeInForce.GOOD_TILL_CANCELLED}
KINDS = {(name, when): (TYPES[name], LASTING[when]) for name in TYPES for when in LASTING} | {
    ("MKT", "OPG"): (OrderType.MARKET, TimeInForce.AT_OPEN),
    ("LMT", "OPG"): (OrderType.LIMIT, TimeInForce.AT_OPEN),
    ("MOC", "DAY"): (OrderType.MARKET, TimeInForce.AT_CLOSE),
    ("LOC", "DAY"): (OrderType.LIMIT, TimeInForce.AT_CLOSE),
}
WIRE_KINDS = {ours: theirs for theirs, ours in KINDS.items()}
"""Order type and time in force on the wire of each of ours."""
LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
STOPPED = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


@dataclass(frozen=True, slots=True)
class Asked:
    """A contract as a client names it."""

    con_id: int
    symbol: str
    security_type: str
    exchange: str
    primary_exchange: str
    currency: str


@dataclass(frozen=True, slots=True)
class Placing:
    """One `placeOrder`."""

    order_id: int
    contract: Asked
    action: str
    shares: Decimal
    order_type: str
    limit: Decimal | None
    aux: Decimal | None
    """The stop price, or a trailing stop's distance in USD."""
    trailing_pct: Decimal | None
    time_in_force: str
    account: str
    order_ref: str
    group: str
    """Name of the OCA group."""
    parent_id: int
    is_transmitted: bool
    algorithm: str
    tags: tuple[tuple[str, str], ...]
    is_what_if: bool

    def request(self, symbol: str, account: str, session: date) -> OrderRequest:
        """The same order alone, in the exchange's words. Raises: UnreadableError for a kind that the exchange lacks."""
        kind = KINDS.get((self.order_type, self.time_in_force or "DAY"))
        if kind is None:
            raise UnreadableError(f"{self.order_type} {self.time_in_force} is not traded here")
        order_type, when = kind
        is_trailing = order_type is OrderType.TRAILING_STOP
        return OrderRequest(
            key=self.order_ref or f"tws-{self.order_id}",
            account=self.account or account,
            symbol=symbol,
            side=Side(self.action),
            shares=self.shares,
            order_type=order_type,
            time_in_force=when,
            limit_price=self.limit if order_type in LIMITED else None,
            stop_price=self.aux if order_type in STOPPED else None,
            trail_usd=self.aux or None if is_trailing else None,
            trail_pct=self.trailing_pct if is_trailing else None,
            native=native_order(self.algorithm, self.tags, session) if self.algorithm else None,
        )


def placing(fields: Sequence[str]) -> Placing:
    """Raises: UnreadableError."""
    try:
        algorithm = fields[ALGO_AT]
        count = int(fields[ALGO_AT + 1]) if algorithm else 0
        after = ALGO_AT + 1 + (1 + 2 * count if algorithm else 0)
        told = fields[ALGO_AT + 2 : ALGO_AT + 2 + 2 * count]
        return Placing(
            order_id=int(fields[1]),
            contract=asked(fields[2:14]),
            action=Side(fields[16]).value,
            shares=Decimal(fields[17]),
            order_type=fields[18],
            limit=_number(fields[19]),
            aux=_number(fields[20]),
            trailing_pct=_number(fields[TRAILING_PCT_AT]),
            time_in_force=fields[21],
            account=fields[23],
            order_ref=fields[26],
            group=fields[22],
            parent_id=int(fields[28] or 0),
            is_transmitted=fields[27] == "1",
            algorithm=algorithm,
            tags=tuple(zip(told[::2], told[1::2], strict=True)),
            is_what_if=fields[after + 1] == "1",
        )
    except (IndexError, ValueError, InvalidOperation) as wrong:
        raise UnreadableError(f"placeOrder of {len(fields)} fields: {wrong}") from wrong


def _number(field: str) -> Decimal | None:
    return Decimal(field) if field else None


def asked(fields: Sequence[str]) -> Asked:
    """From the twelve fields of a contract in a request."""
    return Asked(
        con_id=int(fields[0] or 0),
        symbol=fields[1],
        security_type=fields[2],
        exchange=fields[7],
        primary_exchange=fields[8],
        currency=fields[9],
    )
