"""The step that makes sure that every fill is on record before anybody counts."""

from datetime import datetime
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import Artifact
from tasks.desk import Desk
from tasks.errors import BrokerError
from tasks.execution.sending import UNANSWERED, WORKING
from tasks.execution.waves import WaveKind, waves_of
from tasks.execution.working import collect, finish_orders
from tasks.steps import Done, once, worth_retrying

ZERO = Decimal(0)


@task(
    name="confirm",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=[2, 10, 30],
    retry_condition_fn=worth_retrying,
)
def confirm(desk: Desk) -> dict[str, object]:
    """Raises: BrokerError while an order of the session still works after the close."""
    return once(desk, "confirm", _confirm)


@task(name="collect again", cache_policy=NO_CACHE, persist_result=False)
def collect_again(desk: Desk) -> int:
    """Late fills of the session; returns how many were new."""
    return collect(desk)


def _confirm(desk: Desk) -> Done:
    _, closes = desk.broker.session_hours(desk.session)
    desk.broker.wait_until(_settled_at(desk))
    collect(desk)
    pieces = desk.journal.orders.slices(desk.cycle_id)
    living = [p.request.key for p in pieces if p.state in WORKING or p.state in UNANSWERED]
    if living:
        raise BrokerError(
            f"{len(living)} orders still work after the close ({', '.join(living[:5])}); look at the broker"
        )
    finish_orders(desk, closes, _closes(desk))
    return _told(desk)


def _settled_at(desk: Desk) -> datetime:
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    return next(w.at for w in waves if w.kind is WaveKind.SETTLING)


def _closes(desk: Desk) -> dict[str, Decimal]:
    symbols = [order.symbol for order in desk.journal.orders.orders(desk.cycle_id)]
    return {symbol: quote.last for symbol, quote in desk.broker.quotes(symbols).items()}


def _told(desk: Desk) -> Done:
    orders, fills = desk.journal.orders.orders(desk.cycle_id), desk.journal.orders.fills(desk.cycle_id)
    order_of = {p.request.key: p.order_id for p in desk.journal.orders.slices(desk.cycle_id)}
    rows = []
    for order in orders:
        own = [f for f in fills if order_of.get(f.key) == order.order_id]
        filled = sum((f.shares for f in own), ZERO)
        value = sum((f.shares * f.price for f in own), ZERO)
        rows.append(
            {
                "symbol": order.symbol,
                "side": order.side,
                "ordered": order.shares,
                "filled": filled,
                "average": f"{value / filled:.4f}" if filled else "",
                "fees USD": sum((f.fee for f in own), ZERO),
                "fills": len(own),
            }
        )
    whole = sum(1 for row in rows if row["filled"] == row["ordered"])
    sentence = f"{len(fills)} fills; {whole} of {len(orders)} orders filled in full"
    return Done(sentence, {"fills": len(fills), "filled_in_full": whole}, Artifact("Fills", sentence, rows))
