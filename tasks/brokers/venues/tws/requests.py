"""What a client sends, as values: the fields of server version 176. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from tasks.brokers.venues.tws.algorithms import UnreadableError, native_order
from tasks.terms import OrderRequest, OrderType, Side, TimeInForce

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
