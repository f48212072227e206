"""What a book has used up of its session, by whichever of its plans: what the limits of a session are held against."""

from decimal import Decimal

from tasks.context import StepContext
from tasks.model.executions import totals_by_key, totals_by_symbol, totals_of
from tasks.model.order_states import UNRESOLVED, WORKING
from tasks.orders.native_orders import still_open
from tasks.plan.check_context import Totals

ZERO = Decimal(0)


def totals_of_session(context: StepContext) -> Totals:
    """Over every cycle of the book in this session: rebalances and liquidations, all attempts."""
    traded_usd, shares, begun = ZERO, dict[str, Decimal](), set[str]()
    for cycle in context.journal.cycles.all(context.book.book):
        if cycle.session != context.session:
            continue
        fills = context.journal.orders.fills(cycle.cycle_id)
        filled = totals_by_key(fills)
        traded_usd += totals_of(fills).notional_usd
        for symbol, traded in totals_by_symbol(fills).items():
            shares[symbol] = shares.get(symbol, ZERO) + traded.shares
        prices = {order.order_id: order.decision_price for order in context.journal.orders.orders(cycle.cycle_id)}
        for piece in context.journal.orders.slices(cycle.cycle_id):
            begun.add(piece.order_id)
            if piece.state in WORKING | UNRESOLVED:
                rest, symbol = still_open(piece, filled), piece.request.symbol
                traded_usd += rest * (piece.request.limit_price or prices[piece.order_id])
                shares[symbol] = shares.get(symbol, ZERO) + rest
    return Totals(traded_usd, shares, frozenset(begun))
