"""Which orders go out first, where a broker takes only so many messages a second; pure.

| message | urgency | because |
|---|---|---|
| a cancel | CANCEL | it makes the exposure smaller; the adapters say so themselves |
| an order for an auction, a sweep at the deadline, any order of a liquidation | URGENT | its time runs out |
| a sell | HIGH | its money pays for the buys |
| a buy | NORMAL | |
"""

from tasks.model.orders import OrderRequest, Side, TimeInForce, Urgency

AUCTIONS = frozenset({TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE})


def urgency_of(request: OrderRequest, *, is_sweep: bool, is_liquidation: bool) -> Urgency:
    """By the table above; the first line that applies."""
    if is_liquidation or is_sweep or request.time_in_force in AUCTIONS:
        return Urgency.URGENT
    return Urgency.HIGH if request.side is Side.SELL else Urgency.NORMAL
