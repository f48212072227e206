"""How urgent a request to the trading host is, where permissions are given by urgency."""

from tasks.model.orders import Urgency

# Cancels have `Urgency.CANCEL`, and an order has its own. Everything else is asked for by path: whether an order went
# out and what it became comes with the orders, records and times can wait for them.
BY_PATH = (
    ("/orders", Urgency.HIGH),
    ("/positions", Urgency.HIGH),
    ("/account/activities", Urgency.NORMAL),
    ("/account", Urgency.HIGH),
)


def urgency_of(path: str) -> Urgency:
    """Of a question to the trading host: orders and the account are HIGH, all else is NORMAL."""
    return next((urgency for begin, urgency in BY_PATH if path.startswith(begin)), Urgency.NORMAL)
