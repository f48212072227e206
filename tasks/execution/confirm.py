"""The step that makes sure that every fill is on record before anybody counts."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import StepResult, run_again, run_once, worth_retrying
from tasks.context import StepContext
from tasks.errors import BrokerError, OrderUnknownError
from tasks.execution.partial_fills import remainders
from tasks.execution.wave import finish_orders
from tasks.model.artifact import Artifact
from tasks.model.executions import standing_by_order, totals_by_order, totals_of
from tasks.model.fill_totals import NOTHING_FILLED
from tasks.model.order_end import order_end, price_at
from tasks.model.order_records import ParentOrder
from tasks.model.order_states import WORKING
from tasks.model.orders import Execution
from tasks.orders.all_brokers import must_have_answered, wait_for_everyone
from tasks.orders.collect import collect, slices_of
from tasks.orders.submit import withhold
from tasks.orders.unknown_orders import call_a_person, expire_forgotten, resolve, unresolved
from tasks.orders.waves import WaveKind, waves_of
from tasks.plan.line_words import few
from tasks.quality.traded import can_have_traded
from tasks.retry import CONFIRMING_STEP_S
from tasks.wording import counted

ZERO = Decimal(0)


@task(
    name="confirm",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(CONFIRMING_STEP_S),
    retry_delay_seconds=list(CONFIRMING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def confirm(context: StepContext) -> dict[str, object]:
    """Raises: BrokerError while a broker of the book does not answer or an order still works after the close;
    OrderUnknownError while one has no answer."""
    return run_once(context, "confirm", _confirm)


@task(name="collect again", cache_policy=NO_CACHE, persist_result=False)
def collect_again(context: StepContext) -> dict[str, object]:
    """Late fills of the session, beside the chain."""
    return run_again(context, "collect", _collected_again)


def _collected_again(context: StepContext) -> StepResult:
    new = collect(context)
    return StepResult(f"{counted(new, 'fill')} reported since" if new else "no fill reported since", {"new": new})


def _confirm(context: StepContext) -> StepResult:
    context.broker.wait_until(_settled_at(context))
    withhold(context, slices_of(context), "the session was over before it was sent")
    wait_for_everyone(context)
    collect(context)
    _nothing_is_unknown(context)
    expire_forgotten(context)
    must_have_answered(context)
    living = [p.request.key for p in slices_of(context) if p.state in WORKING]
    if living:
        raise BrokerError(
            f"{counted(len(living), 'order still works', 'orders still work')} after the close "
            f"({', '.join(living[:5])}); look at the broker"
        )
    finish_orders(context, _ends(context))
    return _summary_of(context)


def _nothing_is_unknown(context: StepContext) -> None:
    """After the close nothing can arrive any more: the last looks, and then a person."""
    resolve(context)
    if unresolved(context):
        context.broker.wait_until(context.broker.now() + context.broker.capabilities.absence_proves_after)
        resolve(context)
        collect(context)
    lost = unresolved(context)
    if lost:
        call_a_person(context, lost)
        raise OrderUnknownError(
            f"nobody knows what became of {', '.join(p.request.key for p in lost)}; nothing more is sent for them. "
            f"See `steelyard unknown {context.book.book}`, answer each with `steelyard resolve KEY --as dead "
            '--who "your name" --because "..."` where it never reached the market, with `--as alive` where it did, '
            "then run the session again"
        )


def _settled_at(context: StepContext) -> datetime:
    waves = waves_of(context.broker.session_hours(context.session), context.book.execution)
    return next(w.at for w in waves if w.kind is WaveKind.SETTLING)


def _ends(context: StepContext) -> dict[str, tuple[datetime, Decimal]]:
    """When each order ended and the price that values what was not filled; without one the order is left out."""
    orders = context.journal.orders.orders(context.cycle_id)
    hours = context.broker.session_hours(context.session)
    slices = context.journal.orders.slices(context.cycle_id)
    fills = standing_by_order(context.journal.orders.fills(context.cycle_id), slices)
    quotes = context.broker.quotes([order.symbol for order in orders])
    ends: dict[str, tuple[datetime, Decimal]] = {}
    for order in orders:
        own = [piece for piece in slices if piece.order_id == order.order_id]
        mine = fills.get(order.order_id, [])
        at = order_end(order, own, totals_of(mine), _deadline(context), hours)
        closing = quotes[order.symbol].last if order.symbol in quotes else None
        price = closing if at >= hours[1] else _price_when_over(context, order, mine, at) or closing
        if price is not None:
            ends[order.order_id] = (at, price)
    return ends


def _price_when_over(
    context: StepContext, order: ParentOrder, fills: Sequence[Execution], at: datetime
) -> Decimal | None:
    """Of an order filled to the share its last fill's; of any other the market's, which its bars know."""
    if totals_of(fills).shares == order.shares:
        return max(fills, key=lambda fill: fill.at).price
    hours = context.broker.session_hours(context.session)
    bars = context.broker.market_bars(order.symbol, *hours)
    return price_at(bars, at) if can_have_traded(bars) else None


def _deadline(context: StepContext) -> datetime:
    waves = waves_of(context.broker.session_hours(context.session), context.book.execution)
    return next(w.at for w in waves if w.kind is WaveKind.DEADLINE)


def _summary_of(context: StepContext) -> StepResult:
    orders = context.journal.orders.orders(context.cycle_id)
    fills = context.journal.orders.fills(context.cycle_id)
    by_order = totals_by_order(fills, slices_of(context))
    rows: list[dict[str, object]] = []
    for order in orders:
        own = by_order.get(order.order_id, NOTHING_FILLED)
        rows.append(
            {
                "symbol": order.symbol,
                "side": order.side,
                "ordered": order.shares,
                "filled": own.shares,
                "average": "" if own.average_price is None else f"{own.average_price:.4f}",
                "fees USD": own.fees_usd,
                "fills": own.fills,
            }
        )
    whole = sum(1 for row in rows if row["filled"] == row["ordered"])
    sentence = f"{counted(totals_of(fills).fills, 'fill')}; {whole} of {counted(len(orders), 'order')} filled in full"
    left = remainders(orders, by_order, context.journal.orders.wave_notes(context.cycle_id))
    words = "\n".join((sentence, *(f"- {one}" for one in left.values())))
    sentence += f"; not in full: {few(list(left))}" if left else ""
    facts = {"fills": totals_of(fills).fills, "filled_in_full": whole, "not_filled": left}
    return StepResult(sentence, facts, Artifact("Fills", words, rows))
