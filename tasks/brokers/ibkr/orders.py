"""Sending and cancelling: each message once, and what the wire says of it within the time given."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from tasks.brokers.ibkr.account import find, working_orders
from tasks.brokers.ibkr.build_order import REDUCE_THE_OTHER, Part, parts
from tasks.brokers.ibkr.codes import is_over
from tasks.brokers.ibkr.connection import Connection, ConnectionState
from tasks.brokers.ibkr.contracts import to_send
from tasks.brokers.ibkr.errors import CANCEL
from tasks.brokers.ibkr.library import Order, TagValue
from tasks.brokers.ibkr.parse_orders import parse_family, parse_order
from tasks.brokers.ibkr.price_increments import Traded
from tasks.brokers.ibkr.reported import OrderKey, ReportedOrder, Reports, sent
from tasks.brokers.ibkr.wrapper import Wrapper
from tasks.errors import BrokerError, OrderInDoubtError, OrderRefusedError, OrderUnknownError, StandingRefusalError
from tasks.model.order_states import ENDED
from tasks.model.orders import BrokerOrder, Cause, OrderRequest, Urgency

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
LOOK_FIRST = "look the order up before anything else is sent for it"
GONE = frozenset({ConnectionState.DOWN, ConnectionState.LOST})


async def send(line: Connection, request: OrderRequest, traded: Traded) -> BrokerOrder:
    """Send the order, and its exits right behind it: nothing else goes out in between.

    Raises: BrokerError when nothing was sent; OrderRefusedError; OrderUnknownError.
    """
    wanted = parts(request)
    client = await line.turn_to_write(request.urgency, len(wanted))
    listener = line.listener
    assert listener is not None  # there is a client
    records = listener.records
    names = [(line.settings.client_id, line.next_id()) for _ in wanted]
    for name, part in zip(names, wanted, strict=True):
        listener.keep(sent(name, request.symbol, part))
    try:
        for (_, number), part in zip(names, wanted, strict=True):
            client.placeOrder(number, to_send(traded), wire_order(part, names[0][1]))
    except ConnectionError as gone:
        raise OrderUnknownError(f"{request.key}: the socket closed while it was written; {LOOK_FIRST}") from gone
    deadline = _deadline(line)
    family = [await _heard(line, listener, name, lambda o: _is_known(o, records), deadline) for name in names]
    if any(order.is_refused for order in family):
        return await _refusal(line, listener, request.key, names)
    if all(_is_known(order, records) for order in family):
        return parse_family(family, records.executions.values())
    if said := next((order.reason for order in family if order.is_in_doubt), ""):
        raise OrderInDoubtError(f"{request.key}: TWS says {said} of order {names[0][1]}, and no more; {LOOK_FIRST}")
    raise OrderUnknownError(f"{request.key}: no word from TWS about order {names[0][1]} ({line.state}); {LOOK_FIRST}")


def _is_known(order: ReportedOrder, records: Reports) -> bool:
    return bool(order.status or order.refused) or records.has_filled(order)


def wire_order(part: Part, parent: int) -> Any:
    """The library's order. The shortest text of a float is the price as it was given."""
    order = Order(
        action=part.side.value,
        totalQuantity=float(part.shares),
        orderType=part.kind,
        tif=part.when,
        account=part.account,
        orderRef=part.key,
        parentId=parent if part.is_child else 0,
        transmit=part.is_transmitted,
        algoStrategy=part.strategy,
        algoParams=[TagValue(tag, value) for tag, value in part.tags],
    )
    if part.limit is not None:
        order.lmtPrice = float(part.limit)
    if part.stop is not None:
        order.auxPrice = float(part.stop)
    if part.trail_pct is not None:
        order.trailingPercent = float(part.trail_pct)
    if part.group:
        order.ocaGroup, order.ocaType = part.group, REDUCE_THE_OTHER
    return order


async def _refusal(line: Connection, listener: Wrapper, key: str, names: Sequence[OrderKey]) -> BrokerOrder:
    """An error is believed once a whole list of open orders does not have the order, and no execution does.

    Where a part is refused and another works, the answer is the order with the state of each.
    Raises: OrderRefusedError when nothing of it lives; OrderUnknownError when the list does not come.
    """
    account = listener.records.orders[names[0]].account
    try:
        await working_orders(line, account)
    except BrokerError as silence:
        said = "; ".join(o.refused for o in map(listener.records.orders.__getitem__, names) if o.refused)
        raise OrderUnknownError(f"{key}: {said}, but {silence}; {LOOK_FIRST}") from silence
    family = [listener.records.orders[name] for name in names]
    if all(_is_dead(order, listener.records) for order in family):
        no = next((order for order in family if order.is_refused), family[0])
        refusal = StandingRefusalError if no.cause is Cause.STANDING else OrderRefusedError
        raise refusal(f"{key}: {no.reason or 'refused'}")
    return parse_family(family, listener.records.executions.values())


def _is_dead(order: ReportedOrder, records: Reports) -> bool:
    return (order.is_final or not order.status) and not records.has_filled(order) and not order.filled


async def cancel(line: Connection, order: ReportedOrder) -> BrokerOrder:
    """Cancel one order, and with it what still works of its OCA group: half of such a pair must not stay alone.

    Raises: BrokerError when nothing was sent; OrderRefusedError; OrderUnknownError.
    """
    if order.name[0] != line.settings.client_id:
        raise OrderRefusedError(
            f"{order.key}: placed by client {order.name[0]}, and only that one can cancel it; cancel it there or in TWS"
        )
    after = await _cancel_one(line, order)
    listener = line.listener
    if listener is not None:
        for other in listener.records.partners(order):
            with contextlib.suppress(OrderRefusedError):  # it was cancelled with the first
                await _cancel_one(line, other)
    return after


async def _cancel_one(line: Connection, order: ReportedOrder) -> BrokerOrder:
    client = await line.turn_to_write(Urgency.CANCEL)
    listener = line.listener
    assert listener is not None  # there is a client
    before = listener.records.orders.setdefault(order.name, order)
    try:
        client.cancelOrder(order.name[1], "")
    except ConnectionError as gone:
        raise OrderUnknownError(f"{order.key}: the socket closed while the cancel was written; {LOOK_FIRST}") from gone
    after = await _heard(
        line, listener, order.name, lambda o: is_over(o.status) or bool(_cancel_refusal(o, before)), _deadline(line)
    )
    if is_over(after.status):
        return parse_order(after, listener.records.executions.values())
    if refusal := _cancel_refusal(after, before):
        return await _after_refused_cancel(line, after, refusal)
    raise OrderUnknownError(f"{order.key}: no word from TWS about the cancel ({line.state}); {LOOK_FIRST}")


async def _after_refused_cancel(line: Connection, order: ReportedOrder, refusal: str) -> BrokerOrder:
    """A cancel is often refused because the order is over; then the answer is what it became.

    Raises: OrderRefusedError; BrokerError.
    """
    found = await find(line, order.account, order.key, BEGINNING)
    if found is None or found.broker_order_id != order.broker_order_id or found.state not in ENDED:
        raise OrderRefusedError(f"{order.key}: the cancel was refused, {refusal}; look the order up")
    return found


def _deadline(line: Connection) -> float:
    return asyncio.get_running_loop().time() + line.settings.ack_seconds


async def _heard(
    line: Connection, listener: Wrapper, name: OrderKey, is_enough: Callable[[ReportedOrder], bool], deadline: float
) -> ReportedOrder:
    """What is known of an order once it is enough, the line is gone, or the time for an answer is over."""
    loop, news = asyncio.get_running_loop(), listener.news_of(name)
    while True:
        news.clear()
        order = listener.records.orders[name]
        left = deadline - loop.time()
        if is_enough(order) or line.state in GONE or line.listener is not listener or left <= 0:
            return order
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), left)


def _cancel_refusal(order: ReportedOrder, before: ReportedOrder) -> str:
    """What TWS has said against the cancel since it was sent."""
    codes = tuple(f"{code}:" for code in CANCEL)
    return next((words for words in order.words[len(before.words) :] if words.startswith(codes)), "")
