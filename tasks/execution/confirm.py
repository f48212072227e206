"""The step that makes sure that every fill is on record before anybody counts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import Done, once, worth_retrying
from tasks.context import Desk
from tasks.errors import BrokerError, OrderUnknownError
from tasks.execution.remainders import remainders
from tasks.execution.wave import finish_orders
from tasks.model.artifact import Artifact
from tasks.model.executions import standing_executions
from tasks.model.order_end import order_end, price_at
from tasks.model.order_records import Order
from tasks.model.orders import Execution
from tasks.orders.all_brokers import must_have_answered, wait_for_everyone
from tasks.orders.collect import collect, slices_of
from tasks.orders.record import WORKING
from tasks.orders.submit import withhold
from tasks.orders.unknown_orders import call_a_person, expire_forgotten, resolve, unresolved
from tasks.orders.waves import WaveKind, waves_of
from tasks.plan.sizing import few
from tasks.quality.traded import can_have_traded
from tasks.wording import counted

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
    """Raises: BrokerError while a broker of the book does not answer or an order still works after the close;
    OrderUnknownError while one has no answer."""
    return once(desk, "confirm", _confirm)


@task(name="collect again", cache_policy=NO_CACHE, persist_result=False)
def collect_again(desk: Desk) -> int:
    """Late fills of the session; returns how many were new."""
    return collect(desk)


def _confirm(desk: Desk) -> Done:
    desk.broker.wait_until(_settled_at(desk))
    withhold(desk, slices_of(desk), "the session was over before it was sent")
    wait_for_everyone(desk)
    collect(desk)
    _nothing_is_unknown(desk)
    expire_forgotten(desk)
    must_have_answered(desk)
    living = [p.request.key for p in slices_of(desk) if p.state in WORKING]
    if living:
        raise BrokerError(
            f"{counted(len(living), 'order still works', 'orders still work')} after the close "
            f"({', '.join(living[:5])}); look at the broker"
        )
    finish_orders(desk, _ends(desk))
    return _told(desk)


def _nothing_is_unknown(desk: Desk) -> None:
    """After the close nothing can arrive any more: the last looks, and then a person."""
    resolve(desk)
    if unresolved(desk):
        desk.broker.wait_until(desk.broker.now() + desk.broker.capabilities.absence_proves_after)
        resolve(desk)
        collect(desk)
    lost = unresolved(desk)
    if lost:
        call_a_person(desk, lost)
        raise OrderUnknownError(
            f"nobody knows what became of {', '.join(p.request.key for p in lost)}; nothing more is sent for them. "
            f"See `steelyard unknown {desk.book.book}`, answer each with `steelyard resolve KEY --as dead|alive --who "
            '"your name" --because "..."`, then run the session again'
        )


def _settled_at(desk: Desk) -> datetime:
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    return next(w.at for w in waves if w.kind is WaveKind.SETTLING)


def _ends(desk: Desk) -> dict[str, tuple[datetime, Decimal]]:
    """When each order ended and the price that values what was not filled; without one the order is left out."""
    orders = desk.journal.orders.orders(desk.cycle_id)
    hours = desk.broker.session_hours(desk.session)
    slices = desk.journal.orders.slices(desk.cycle_id)
    fills = standing_executions(desk.journal.orders.fills(desk.cycle_id))
    quotes = desk.broker.quotes([order.symbol for order in orders])
    ends: dict[str, tuple[datetime, Decimal]] = {}
    for order in orders:
        own = [piece for piece in slices if piece.order_id == order.order_id]
        keys = {piece.request.key for piece in own}
        mine = [fill for fill in fills if fill.key in keys]
        at = order_end(order, own, mine, _deadline(desk), hours)
        closing = quotes[order.symbol].last if order.symbol in quotes else None
        price = closing if at >= hours[1] else _price_when_over(desk, order, mine, at) or closing
        if price is not None:
            ends[order.order_id] = (at, price)
    return ends


def _price_when_over(desk: Desk, order: Order, fills: Sequence[Execution], at: datetime) -> Decimal | None:
    """Of an order filled to the share its last fill's; of any other the market's, which its bars know."""
    if sum((fill.shares for fill in fills), ZERO) == order.shares:
        return max(fills, key=lambda fill: fill.at).price
    hours = desk.broker.session_hours(desk.session)
    bars = desk.broker.market_bars(order.symbol, *hours)
    return price_at(bars, at) if can_have_traded(bars) else None


def _deadline(desk: Desk) -> datetime:
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    return next(w.at for w in waves if w.kind is WaveKind.DEADLINE)


def _told(desk: Desk) -> Done:
    orders = desk.journal.orders.orders(desk.cycle_id)
    fills = standing_executions(desk.journal.orders.fills(desk.cycle_id))
    order_of = {p.request.key: p.order_id for p in desk.journal.orders.slices(desk.cycle_id)}
    rows, by_order = [], dict[str, Decimal]()
    for order in orders:
        own = [f for f in fills if order_of.get(f.key) == order.order_id]
        filled = sum((f.shares for f in own), ZERO)
        by_order[order.order_id] = filled
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
    sentence = f"{counted(len(fills), 'fill')}; {whole} of {counted(len(orders), 'order')} filled in full"
    left = remainders(orders, by_order, desk.journal.orders.wave_notes(desk.cycle_id))
    words = "\n".join((sentence, *(f"- {one}" for one in left.values())))
    sentence += f"; not in full: {few(list(left))}" if left else ""
    facts = {"fills": len(fills), "filled_in_full": whole, "not_filled": left}
    return Done(sentence, facts, Artifact("Fills", words, rows))
