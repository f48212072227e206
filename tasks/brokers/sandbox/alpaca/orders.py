"""The venue's order endpoints: place, list, find, cancel."""

from dataclasses import dataclass

from tasks.brokers.sandbox.alpaca import errors, wash_trade
from tasks.brokers.sandbox.alpaca.encode import STATUS, is_held, submitted_at
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.http import Request, SandboxContext, instant, number_in
from tasks.brokers.sandbox.alpaca.parse_order import order_in
from tasks.brokers.simulated.account import Order
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.brokers.simulated.faults.network import Unanswered
from tasks.model.order_states import WORKING
from tasks.model.orders import BrokerOrder, OrderRequest


@dataclass(frozen=True)
class OrderEndpoints:
    """Answers with a Reply, or raises what the exchange raises."""

    context: SandboxContext

    def place(self, request: Request) -> Reply:
        """A client order id that is known is refused, as Alpaca does; an order that would trade with an own one too."""
        order = order_in(request.body, self.context.account)
        if (refusal := wash_trade.refusal_of(order, self.context)) is not None:
            return refusal
        with self.context.inner.turn():
            is_known = self.context.inner.order(order.key) is not None
            outcome = self._placed(order)  # a silence is kept as a value here, or the turn would be undone
        if isinstance(outcome, Unanswered | Refusal):
            raise outcome
        return errors.DUPLICATE if is_known else Reply(200, self.context.order_json(outcome))

    def list(self, request: Request) -> Reply:
        """An exit that is held is closed; nested, exits are told with their order only, and with it left out."""
        query = request.query
        status, limit = query.get("status", "open"), number_in(query, "limit", 50, 500)
        is_nested, symbols = _is_nested(request), query.get("symbols")
        told = {order.broker_order_id: order for order in self.context.exchange.working()}
        rows: list[tuple[Order, BrokerOrder]] = []
        for kept in self.context.all_kept():
            seen = told.get(kept.broker_order_id) or self.context.inner.order_of(kept)
            is_open = kept.broker_order_id in told and not is_held(kept, self.context.class_of(kept))
            is_asked = symbols is None or kept.request.symbol in symbols.split(",")
            if is_asked and (status == "all" or is_open == (status == "open")) and not (is_nested and kept.parent):
                rows.append((kept, seen))
        if "after" in query:
            rows = [row for row in rows if submitted_at(row[0]) > instant(query["after"], "after")]
        if "until" in query:
            rows = [row for row in rows if submitted_at(row[0]) < instant(query["until"], "until")]
        if query.get("direction", "desc") == "desc":
            rows.reverse()
        return Reply(200, [self.context.order_json(seen, is_nested=is_nested) for _, seen in rows[:limit]])

    def find_by_key(self, request: Request) -> Reply:
        """Without its exits: that is for who asks by Alpaca's own id."""
        name = request.query.get("client_order_id", "")
        kept = self.context.kept_by_client_id(name)
        told = self.context.exchange.order(name if kept is None else kept.key)
        if kept is None or told is None:
            return errors.NO_SUCH_ORDER
        return Reply(200, self.context.order_json(told, is_nested=False))

    def find(self, request: Request) -> Reply:
        """By Alpaca's id or by the client's; 404 where there is none, which is proof."""
        told = self._order_named(request)
        if told is None:
            return errors.NO_SUCH_ORDER
        return Reply(200, self.context.order_json(told, is_nested=_is_nested(request)))

    def cancel(self, request: Request) -> Reply:
        """204 says that the cancel was asked for, not that the order is over."""
        kept = self.context.kept_named(request.path.rpartition("/")[2])
        if kept is None:
            return errors.NO_SUCH_ORDER
        if kept.state not in WORKING:
            self.context.exchange.cancel(kept.key)  # the liar hears of it, and may have something to say
            return errors.already_over(STATUS[kept.state])
        self.context.exchange.cancel(kept.key)
        return Reply(204)

    def _order_named(self, request: Request) -> BrokerOrder | None:
        kept = self.context.kept_named(request.path.rpartition("/")[2])
        return None if kept is None else self.context.exchange.order(kept.key)

    def _placed(self, order: OrderRequest) -> BrokerOrder | Unanswered | Refusal:
        try:
            return self.context.exchange.place(order)
        except (Unanswered, Refusal) as answer:
            return answer


def _is_nested(request: Request) -> bool:
    return request.query.get("nested", "").lower() == "true"
