"""What the market has done since an order began, and what is expected of it in this wave."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial

from tasks.context import StepContext
from tasks.execution.schedule import volume_shares
from tasks.execution.wave_inputs import OrderProgress
from tasks.model.market import MarketBar
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm
from tasks.orders.native_orders import AtBroker
from tasks.orders.waves import Wave, WaveKind
from tasks.quality.traded import can_have_traded, why_not_used

ZERO = Decimal(0)
NOT_COUNTED = ": the broker's own minutes of this session are not counted: "


def seen_of(
    context: StepContext,
    order: ParentOrder,
    filled: Decimal,
    handed: AtBroker | None,
    wave: Wave,
    waves: Sequence[Wave],
) -> OrderProgress:
    """`handed` is None for an order without any child on record. The market is asked only where it matters."""
    at_broker, unanswered = (handed.at_broker, handed.unanswered) if handed else (ZERO, ZERO)
    begun = partial(OrderProgress, at_broker=at_broker, unanswered=unanswered, is_begun=handed is not None)
    idle = at_broker + unanswered > 0 and wave.kind is WaveKind.WORKING
    if filled >= order.shares or idle or wave.kind in (WaveKind.OPENING, WaveKind.SETTLING):
        return begun(filled, ZERO, None)
    working = [w for w in waves if w.kind is WaveKind.WORKING]
    bars = context.broker.market_bars(order.symbol, working[0].at, wave.at)
    if not can_have_traded(bars):  # a volume that is none decides nothing
        why = why_not_used(bars, context.session, context.broker.session_hours(context.session))
        return begun(filled, ZERO, None, not_counted=why or "a bar of them contradicts itself")
    since = sum((bar.volume for bar in bars if bar.auction is None), 0)
    return begun(filled, Decimal(since), _expected_volume(context, order, bars, wave, working))


def notes_on_bars(
    orders: Sequence[ParentOrder], seen: Mapping[str, OrderProgress], said: Iterable[Sequence[str]]
) -> dict[str, str]:
    """A sentence for each symbol whose bars are not counted; one that `said`, the notes of the waves before, has not.

    seen: by order id.
    """
    before = {note.partition(NOT_COUNTED)[0] for notes in said for note in notes if NOT_COUNTED in note}
    ignored = {order.symbol: order for order in orders if seen[order.order_id].not_counted}
    return {
        symbol: f"{symbol}{NOT_COUNTED}{seen[order.order_id].not_counted}; {_what_follows(order)}"
        for symbol, order in sorted(ignored.items())
        if symbol not in before
    }


def _what_follows(order: ParentOrder) -> str:
    if order.algorithm is Algorithm.POV:
        return "nothing of it is sent while nobody knows what the market trades"
    return "no slice of it is held below execution.max_participation_pct"


def _expected_volume(
    context: StepContext, order: ParentOrder, bars: Sequence[MarketBar], wave: Wave, working: Sequence[Wave]
) -> float | None:
    """What the market did in the bucket before; in the first wave, the bucket's usual share of the average day."""
    length = (wave.until - max(wave.at, context.broker.now())).total_seconds()
    before = [w for w in working if w.number < wave.number]
    if before:
        last = before[-1]
        done = sum(bar.volume for bar in bars if bar.start >= last.at and bar.auction is None)
        return done * length / (last.until - last.at).total_seconds()
    if order.adv_shares is None:
        return None
    hours = context.broker.session_hours(context.session)
    first = working[0]
    return order.adv_shares * volume_shares(hours, working)[0] * length / (first.until - first.at).total_seconds()
