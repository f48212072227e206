"""Orders that TWS works as one: which of the messages make a family, and what it is called at the exchange. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tasks.brokers.sandbox.tws.decode import Placing, UnreadableError
from tasks.model.orders import LegRole, OrderClass, OrderRequest, OrderType

ROLES = {
    OrderType.LIMIT: LegRole.TAKE_PROFIT,
    OrderType.STOP: LegRole.STOP_LOSS,
    OrderType.STOP_LIMIT: LegRole.STOP_LOSS,
}


@dataclass(frozen=True, slots=True)
class Family:
    """One order for the exchange, and the messages it was made of: the order itself, take-profit, stop-loss."""

    request: OrderRequest
    members: tuple[Placing, ...]


def family(members: Sequence[Placing], symbol: str, account: str, session: date) -> Family:
    """`members`: the parent first, or the orders of an OCA group. Raises: UnreadableError."""
    first, *others = members
    main = first.request(symbol, account, session)
    if not others:
        return Family(main, (first,))
    roles = {_role(other.request(symbol, account, session)): other for other in others}
    if len(roles) != len(others):
        raise UnreadableError("two exits of one kind are not traded here")
    if first.parent_id == 0 and first.group and not any(other.parent_id for other in others):
        return _pair(main, first, roles)
    asked = {role: other.request(symbol, account, session) for role, other in roles.items()}
    if any(leg.side is main.side or leg.shares != main.shares for leg in asked.values()):
        raise UnreadableError("an exit has the other side and the size of its parent here")
    request = _with_exits(main, asked)
    kind = OrderClass.BRACKET if len(asked) == len(LegRole) else OrderClass.OTO
    return Family(replace(request, order_class=kind), (first, *(roles[role] for role in LegRole if role in roles)))


def _pair(main: OrderRequest, first: Placing, roles: Mapping[LegRole, Placing]) -> Family:
    """Two orders of a group: a limit order and a stop."""
    other = roles.get(LegRole.STOP_LOSS)
    if other is None or main.order_type is not OrderType.LIMIT:
        raise UnreadableError("a group is a limit order and then a stop here")
    stop = other.request(main.symbol, main.account, date.min)
    if stop.side is not main.side or stop.shares != main.shares:
        raise UnreadableError("the orders of a group have one side and size here")
    return Family(replace(_with_exits(main, {LegRole.STOP_LOSS: stop}), order_class=OrderClass.OCO), (first, other))


def _with_exits(main: OrderRequest, asked: Mapping[LegRole, OrderRequest]) -> OrderRequest:
    profit, stop = asked.get(LegRole.TAKE_PROFIT), asked.get(LegRole.STOP_LOSS)
    return replace(
        main,
        take_profit=None if profit is None else profit.limit_price,
        stop_loss=None if stop is None else stop.stop_price,
        stop_loss_limit=None if stop is None else stop.limit_price,
    )


def _role(request: OrderRequest) -> LegRole:
    if request.order_type not in ROLES:
        raise UnreadableError(f"a {request.order_type} order is no exit here")
    return ROLES[request.order_type]
