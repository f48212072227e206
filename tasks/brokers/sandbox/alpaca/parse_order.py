"""A new order as the venue reads it: Alpaca's rules of what goes together, each refusal in its words; pure."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from tasks.brokers.sandbox.alpaca.encode import side_of
from tasks.brokers.sandbox.alpaca.http import BadRequest, instant
from tasks.model.json_values import is_object
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderClass, OrderRequest, OrderType, TimeInForce

LONGEST_KEY = 128
PLACES = -9
"""Decimal exponent of the smallest quantity."""
TYPES = {kind.value: kind for kind in OrderType}
TIMES = {time.value: time for time in TimeInForce}
CLASSES = {"": OrderClass.SIMPLE, **{kind.value: kind for kind in OrderClass}}
ALGORITHMS = {"VWAP": NativeAlgorithm.VWAP, "TWAP": NativeAlgorithm.TWAP}
PLAIN = (OrderType.MARKET, OrderType.LIMIT)
AUCTIONS = (TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE)


def order_in(body: Any, account: str) -> OrderRequest:
    """Raises: BadRequest as Alpaca words it."""
    if not is_object(body):
        raise BadRequest("request body format is invalid")
    side, kind, time = (
        side_of(body.get("side")),
        TYPES.get(_word(body, "type")),
        TIMES.get(_word(body, "time_in_force")),
    )
    order_class = CLASSES.get(_word(body, "order_class"))
    if side is None or kind is None or time is None or order_class is None:
        raise BadRequest(f"invalid side, type, time_in_force or order_class: {body.get('side')} {body.get('type')}")
    key = _word(body, "client_order_id") or str(uuid4())
    if len(key) > LONGEST_KEY:
        raise BadRequest("client_order_id must be no more than 128 characters")
    shares = _decimal(body, "qty")
    if shares is None:
        raise BadRequest("qty or notional is required")
    if time in AUCTIONS and kind not in PLAIN:
        raise BadRequest(f"{kind.value} orders cannot have time_in_force {time.value}")
    _fraction_fits(shares, time, order_class)
    profit, loss = _part(body, "take_profit"), _part(body, "stop_loss")
    _class_fits(order_class, kind, time, profit, loss)
    is_oco = order_class is OrderClass.OCO
    return OrderRequest(
        key,
        account,
        _word(body, "symbol"),
        side,
        shares,
        kind,
        time,
        limit_price=_decimal(profit, "limit_price") if is_oco else _decimal(body, "limit_price"),
        stop_price=_decimal(body, "stop_price"),
        trail_pct=_decimal(body, "trail_percent"),
        trail_usd=_decimal(body, "trail_price"),
        order_class=order_class,
        take_profit=None if is_oco else _decimal(profit, "limit_price"),
        stop_loss=_decimal(loss, "stop_price"),
        stop_loss_limit=_decimal(loss, "limit_price"),
        native=_native(_part(body, "advanced_instructions")),
    )


def _fraction_fits(shares: Decimal, time: TimeInForce, order_class: OrderClass) -> None:
    exponent = shares.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < PLACES:
        raise BadRequest("qty can have at most 9 decimal places")
    if shares % 1 and time is not TimeInForce.DAY:
        raise BadRequest("fractional orders must be DAY orders")
    if shares % 1 and order_class is not OrderClass.SIMPLE:
        raise BadRequest("fractional orders must be simple orders")


def _class_fits(
    order_class: OrderClass, kind: OrderType, time: TimeInForce, profit: Mapping[str, Any], loss: Mapping[str, Any]
) -> None:
    if order_class is OrderClass.SIMPLE:
        return
    if time in AUCTIONS:
        raise BadRequest(f"{order_class.value} orders must be day or gtc")
    if order_class is OrderClass.OCO and kind is not OrderType.LIMIT:
        raise BadRequest("oco orders must be limit orders")
    if order_class is OrderClass.OTO and bool(profit) == bool(loss):
        raise BadRequest("oto orders require either take_profit or stop_loss")
    if order_class is not OrderClass.OTO and not (profit and loss):
        raise BadRequest(f"{order_class.value} orders require take_profit and stop_loss")


def _native(said: Mapping[str, Any]) -> NativeOrder | None:
    if not said:
        return None
    algorithm, share = ALGORITHMS.get(_word(said, "algorithm")), _decimal(said, "max_percentage")
    if algorithm is None:
        raise BadRequest(f"invalid algorithm: {said.get('algorithm')}")
    if share is not None and not (0 < share < 1 and not share % Decimal("0.001")):
        raise BadRequest("max_percentage must be between 0 and 1 with up to 3 decimal points")
    percent = None if share is None else share * 100
    return NativeOrder(algorithm, _time(said, "start_time"), _time(said, "end_time"), percent)


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part: Any = body.get(name) or {}
    if not is_object(part):
        raise BadRequest(f"invalid {name}")
    return part


def _word(body: Mapping[str, Any], name: str) -> str:
    return str(body.get(name) or "")


def _time(body: Mapping[str, Any], name: str) -> datetime | None:
    return instant(str(body[name]), name) if body.get(name) else None


def _decimal(body: Mapping[str, Any], name: str) -> Decimal | None:
    if body.get(name) is None:
        return None
    try:
        number = Decimal(str(body[name]))
    except InvalidOperation as error:
        raise BadRequest(f"invalid {name}: {body[name]}") from error
    if not number.is_finite():
        raise BadRequest(f"invalid {name}: {body[name]}")
    return number
