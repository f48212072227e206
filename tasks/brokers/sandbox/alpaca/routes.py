"""Which endpoint answers which request; errors of the exchange become Alpaca's, silences go on to the wire."""

import re
from collections.abc import Callable

from tasks.brokers.sandbox.alpaca import errors
from tasks.brokers.sandbox.alpaca.account import AccountEndpoints
from tasks.brokers.sandbox.alpaca.errors import Reply
from tasks.brokers.sandbox.alpaca.history import HistoryEndpoints
from tasks.brokers.sandbox.alpaca.http import BadRequest, Request, SandboxContext
from tasks.brokers.sandbox.alpaca.market_data import MarketDataEndpoints
from tasks.brokers.sandbox.alpaca.orders import OrderEndpoints
from tasks.brokers.simulated.engine.accept import Refusal
from tasks.errors import BrokerError

Answer = Callable[[Request], Reply]


class Routes:
    """All that the venue answers."""

    def __init__(self, context: SandboxContext) -> None:
        orders, account, market = OrderEndpoints(context), AccountEndpoints(context), MarketDataEndpoints(context)
        self._table: tuple[tuple[str, str, Answer], ...] = (
            ("POST", r"/v2/orders", orders.place),
            ("GET", r"/v2/orders", orders.list),
            ("GET", r"/v2/orders:by_client_order_id", orders.find_by_key),
            ("GET", r"/v2/orders/[^/]+", orders.find),
            ("DELETE", r"/v2/orders/[^/]+", orders.cancel),
            ("GET", r"/v2/account", account.account),
            ("GET", r"/v2/positions", account.positions),
            ("GET", r"/v2/account/activities/FILL", account.fills),
            ("GET", r"/v2/account/activities(/[A-Z]+)?", account.booked),
            ("GET", r"/v2beta1/events/activities", account.events),
            ("GET", r"/v2/clock", market.clock),
            ("GET", r"/v2/calendar", market.calendar),
            ("GET", r"/v2/stocks/snapshots", market.snapshots),
            ("GET", r"/v2/stocks/bars", market.bars),
            ("GET", r"/v2/stocks/auctions", market.auctions),
            ("GET", r"/v1/corporate-actions", HistoryEndpoints(context).corporate_actions),
        )

    def answer(self, request: Request) -> Reply:
        """Raises: Unanswered, which the wire shows in its own way."""
        for method, pattern, endpoint in self._table:
            if method == request.method and re.fullmatch(pattern, request.path):
                return _answered(endpoint, request)
        return errors.NO_SUCH_PLACE


def _answered(endpoint: Answer, request: Request) -> Reply:
    try:
        return endpoint(request)
    except Refusal as refusal:
        return errors.refused(refusal)
    except BadRequest as error:
        return errors.bad_request(str(error))
    except BrokerError as error:
        return errors.bad_request(str(error))
