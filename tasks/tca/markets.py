"""What a broker tells of the market in which a session's orders were worked, as far as costs can be measured by it."""

from tasks.context import StepContext
from tasks.model.cycle import Checkpoint
from tasks.model.market import MarketBar
from tasks.quality.traded import why_not_used


def markets_of(context: StepContext) -> tuple[dict[str, tuple[MarketBar, ...]], list[str]]:
    """The session's bars of every symbol with an order, none where they cannot be used, with a sentence for each."""
    hours = context.broker.session_hours(context.session)
    markets: dict[str, tuple[MarketBar, ...]] = {}
    unusable: list[str] = []
    for symbol in dict.fromkeys(order.symbol for order in context.journal.orders.orders(context.cycle_id)):
        markets[symbol] = context.broker.market_bars(symbol, *hours)
        if why := why_not_used(markets[symbol], context.session, hours):
            markets[symbol] = ()
            unusable.append(f"{symbol}: nothing is measured by the broker's bars of {context.session}, since {why}.")
    return markets, unusable


def market_note(context: StepContext, ended: Checkpoint) -> str:
    """Where the session's prices come from, as its broker said when the books were closed.

    A broker that replays days says it of the day that it is at.
    """
    return str(ended.output.get("market_note") or context.broker.capabilities.market_data_note)
