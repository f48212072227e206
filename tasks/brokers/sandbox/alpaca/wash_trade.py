"""A potential wash trade: Alpaca refuses an order while one of the other side is open in the symbol."""

from tasks.brokers.sandbox.alpaca import encode
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http import SandboxContext
from tasks.model.orders import OrderClass, OrderRequest


def refusal_of(order: OrderRequest, context: SandboxContext) -> Reply | None:
    """None where nothing stands against it; linked orders are what Alpaca asks for instead."""
    if order.order_class is not OrderClass.SIMPLE:
        return None
    for told in context.inner.working():
        if told.symbol == order.symbol and told.side is not order.side and told.key != order.key:
            return _refused(str(encode.order_id(context.kept(told))))
    return None


def _refused(existing: str) -> Reply:
    return Reply(
        403,
        {
            "code": 40310000,
            "existing_order_id": existing,
            "message": "potential wash trade detected. use complex orders",
            "reject_reason": "opposite side market/stop order exists",
        },
    )
