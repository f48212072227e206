"""Orders and executions as rows of the account's file: money and shares as text, exact; instants as ISO text."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from tasks.brokers.simulated.account import Order
from tasks.model.orders import Execution, LegRole, OrderRequest, OrderState, OrderType, Side, TimeInForce

ORDER_COLUMNS = (
    "key, account, symbol, side, shares, order_type, time_in_force, limit_price, number, session, accepted_at, "
    "worst_price, state, filled_shares, fees, fills, reason, terms, parent, role, is_held, works_from, is_triggered, "
    "best_price"
)
LATER_COLUMNS = {
    "terms": "TEXT NOT NULL DEFAULT ''",
    "parent": "INTEGER NOT NULL DEFAULT 0",
    "role": "TEXT NOT NULL DEFAULT ''",
    "is_held": "INTEGER NOT NULL DEFAULT 0",
    "works_from": "TEXT",
    "is_triggered": "INTEGER NOT NULL DEFAULT 0",
    "best_price": "TEXT",
}
"""Of orders: files from before there were stops, exits and algorithms do not have them."""
REQUEST = TypeAdapter(OrderRequest)
EXECUTION_COLUMNS = "execution_id, key, symbol, side, shares, price, fee, at, account, venue, supersedes"
Row = tuple[Any, ...]
"""One row as sqlite3 returns it."""


def execution_row(e: Execution) -> Row:
    """Decimals and instants as text, so that no digit is lost."""
    return (
        *(e.execution_id, e.key, e.symbol, e.side.value, str(e.shares), str(e.price), str(e.fee)),
        *(e.at.isoformat(), e.account, e.venue, e.supersedes),
    )


def order_row(order: Order) -> Row:
    """In the order of ORDER_COLUMNS; terms beyond the plain ones as JSON of the whole request."""
    asked = order.request
    return (
        *(asked.key, asked.account, asked.symbol, asked.side.value, str(asked.shares)),
        *(asked.order_type.value, asked.time_in_force.value),
        None if asked.limit_price is None else str(asked.limit_price),
        *(order.number, order.session.isoformat(), order.accepted_at.isoformat(), str(order.worst_price)),
        *(order.state.value, str(order.filled_shares), str(order.fees), order.fills, order.reason),
        *("" if asked == _plain(asked) else REQUEST.dump_json(asked).decode(), order.parent, order.role or ""),
        *(int(order.is_held), None if order.works_from is None else order.works_from.isoformat()),
        *(int(order.is_triggered), None if order.best_price is None else str(order.best_price)),
    )


def _plain(asked: OrderRequest) -> OrderRequest:
    """The request without anything that columns of its own cannot tell."""
    return OrderRequest(
        key=asked.key,
        account=asked.account,
        symbol=asked.symbol,
        side=asked.side,
        shares=asked.shares,
        order_type=asked.order_type,
        time_in_force=asked.time_in_force,
        limit_price=asked.limit_price,
    )


def execution_of(row: Row) -> Execution:
    """From a row that `execution_row` wrote."""
    name, key, symbol, side, shares, price, fee, at, account, venue, supersedes = row
    return Execution(
        execution_id=name,
        key=key,
        symbol=symbol,
        side=Side(side),
        shares=Decimal(shares),
        price=Decimal(price),
        fee=Decimal(fee),
        at=datetime.fromisoformat(at),
        account=account,
        venue=venue,
        supersedes=supersedes,
    )


def order_of(row: Row) -> Order:
    """From a row that `order_row` wrote."""
    *asked, terms, parent, role, is_held, works_from, is_triggered, best_price = row
    number, session, accepted_at, worst_price, state, filled_shares, fees, fills, reason = asked[8:]
    return Order(
        request=REQUEST.validate_json(terms) if terms else _request(*asked[:8]),
        number=number,
        session=date.fromisoformat(session),
        accepted_at=datetime.fromisoformat(accepted_at),
        worst_price=Decimal(worst_price),
        state=OrderState(state),
        filled_shares=Decimal(filled_shares),
        fees=Decimal(fees),
        fills=fills,
        reason=reason,
        parent=parent,
        role=LegRole(role) if role else None,
        is_held=bool(is_held),
        works_from=None if works_from is None else datetime.fromisoformat(works_from),
        is_triggered=bool(is_triggered),
        best_price=None if best_price is None else Decimal(best_price),
    )


def _request(
    key: str,
    account: str,
    symbol: str,
    side: str,
    shares: str,
    order_type: str,
    time_in_force: str,
    limit_price: str | None,
) -> OrderRequest:
    return OrderRequest(
        key=key,
        account=account,
        symbol=symbol,
        side=Side(side),
        shares=Decimal(shares),
        order_type=OrderType(order_type),
        time_in_force=TimeInForce(time_in_force),
        limit_price=None if limit_price is None else Decimal(limit_price),
    )
