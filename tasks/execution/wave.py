"""One wave from waiting for its time to the last answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tasks.brokers.remarks import feed_remarks
from tasks.checkpoints import StepResult
from tasks.context import StepContext, StepEvent, keys_of
from tasks.errors import HaltedError
from tasks.execution.between_waves import WhileWaiting
from tasks.execution.buying_power import settled_account, spendable_usd
from tasks.execution.cancel_session import obey_cancel
from tasks.execution.intents import intents_of
from tasks.execution.live_context import context_now
from tasks.execution.market_seen import notes_on_bars, seen_of
from tasks.execution.pre_send_checks import look_once_more
from tasks.execution.standing_refusals import stood_down
from tasks.execution.wave_decision import decide_wave
from tasks.execution.wave_inputs import OrderProgress, SliceDraft, WaveInputs
from tasks.execution.wave_report import summary_of
from tasks.journal.halts import resumed_by
from tasks.model.account import HaltState
from tasks.model.broker_tags import tag_of, with_tag_of
from tasks.model.client_order_ids import slice_key
from tasks.model.executions import totals_by_order
from tasks.model.fill_totals import NOTHING_FILLED
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import OrderState
from tasks.model.quotes_seen import AskedQuotes
from tasks.orders.collect import cancel_working, collect, in_doubt, slices_of
from tasks.orders.latency import Stopwatch, measuring
from tasks.orders.native_orders import handed_over, recall_from_broker, stays_at_work
from tasks.orders.submit import Sent, send_fresh, withhold
from tasks.orders.unknown_orders import is_proven_dead, price_holds, resolve, resolve_soon
from tasks.orders.waves import Wave, WaveKind
from tasks.plan.session_totals import totals_of_session
from tasks.reconciliation.owned import Owned, owned, owned_by_now
from tasks.reconciliation.record import compare_between_waves
from tasks.risk.heartbeat import DeadMansSwitch
from tasks.risk.trip import check_breakers

ZERO = Decimal(0)
MOST_GENERATIONS = 2
"""Further generations of one key: each needs proof that the one before it never arrived."""
POLL = timedelta(seconds=5)
"""How often the halt is looked at while a real broker's clock is waited for."""


def work_wave(context: StepContext, wave: Wave, waves: Sequence[Wave]) -> StepResult:
    """Wait for the wave's time, settle the earlier slices, decide, commit the intents, send.

    What the broker works by its own algorithm stays at work until the deadline.
    Raises: HaltedError when the book is halted, after everything that works was cancelled.
    """
    wait_for(context, wave.at)
    with measuring(context) as watch:
        return _work(context, wave, waves, watch)


def _work(context: StepContext, wave: Wave, waves: Sequence[Wave], watch: Stopwatch) -> StepResult:
    collect(context)
    if not context.journal.orders.wave_decided(context.cycle_id, wave.number):
        cancel_working(context, but=stays_at_work(context), watch=watch)
        resolve(context)
        collect(context)
        obey_halt(context)
        has = owned(context)
        if check_breakers(context, has):
            obey_halt(context)
        quotes = _decide_and_commit(context, wave, waves, watch, has)
    else:
        _look_again(context, wave)
        quotes = None
    intents = [s for s in slices_of(context) if s.wave == wave.number]
    sent = _send_in_time(context, wave, intents, watch, quotes)
    resolve_soon(context, wave.until)
    _next_generations(context, wave, watch)
    if wave == waves[-1]:
        obey_halt(context)  # a later wave looks before it waits for its time
    return summary_of(context, wave, intents, sent.refusals)


def _look_again(context: StepContext, wave: Wave) -> None:
    """What an earlier life decided and did not send is looked at once more: the world may have moved since."""
    fresh = [s for s in slices_of(context) if s.wave == wave.number and s.state is OrderState.INTENDED]
    if not fresh:
        return
    resolve(context)
    collect(context)
    check_breakers(context)
    obey_halt(context)
    locked = _locked(context, owned(context))
    stuck = [s for s in fresh if s.request.symbol in locked]
    withhold(context, stuck, "its symbol is locked since it was decided")
    off = [s for s in fresh if s.request.symbol not in locked and not price_holds(context, s)]
    withhold(context, off, "its price left the approved band since it was decided")
    gone = {piece.request.key for piece in (*stuck, *off)}
    _ask_again(context, [piece for piece in fresh if piece.request.key not in gone])


def _ask_again(context: StepContext, pieces: Sequence[Slice]) -> list[Slice]:
    """Those of the recorded intents that pass the gate as it stands now; the others end, each with its reason.

    An intent's shares are on record under its key, so it is not cut: what is withheld is due again in a later wave.
    """
    if not pieces:
        return []
    account = context.broker.account_state()
    orders = {order.order_id: order for order in context.journal.orders.orders(context.cycle_id)}
    checks = context_now(context, account, context.broker.quotes(sorted({s.request.symbol for s in pieces})))
    totals, passed = totals_of_session(context), list[Slice]()
    for piece in pieces:
        asked = piece.request
        child = SliceDraft(
            orders[piece.order_id], asked.shares, asked.order_type, asked.time_in_force, asked.limit_price, asked.native
        )
        kept, why = look_once_more([child], checks, totals, liquidates=context.cycle.kind == "liquidation")
        if why or not kept:
            withhold(context, [piece], "; ".join(why))
        else:
            passed.append(piece)
    return passed


def wait_for(context: StepContext, at: datetime) -> None:
    """Wait for an instant, and look at halt and broker on the way; a simulated clock goes there in one step."""
    jumps, waiting = context.broker.capabilities.clock_jumps, WhileWaiting(context, at)
    while (now := context.broker.now()) < at:
        obey_halt(context)
        if not jumps:
            waiting.look(now)
        context.broker.wait_until(at if jumps else min(at, now + POLL))


def obey_halt(context: StepContext) -> None:
    """While halted nothing works: cancel it all, collect what it filled, and stop. Raises: HaltedError.

    A session that a person cancelled ends in the same way, and says so.

    While reducing, nothing is out of our hands: what the broker works by its own algorithm is taken back.
    """
    DeadMansSwitch(context).check()
    said = context.journal.permits.standing(context.cycle)
    obey_cancel(context, is_on_record=said.is_cancelled)
    standing = said.halt
    if standing is None or standing.state is HaltState.NORMAL:
        return
    if standing.state is HaltState.REDUCING:
        recall_from_broker(context)
        return
    cancel_working(context)
    collect(context)
    raise HaltedError(
        f"halted by {standing.who}: {standing.why}. Working orders are cancelled and nothing is sent. "
        f"When the cause is understood: {resumed_by(standing.scope)}, then run the session again"
    )


def _send_in_time(
    context: StepContext, wave: Wave, intents: Sequence[Slice], watch: Stopwatch, quotes: AskedQuotes | None
) -> Sent:
    """What a killed process had decided but not sent goes out only within its own wave, never later to catch up."""
    if wave.kind is not WaveKind.SETTLING and context.broker.now() < wave.until:
        return send_fresh(context, intents, watch, quotes)
    withhold(context, intents, f"the time of wave {wave.number} had passed before it was sent")
    return Sent()


def _next_generations(context: StepContext, wave: Wave, watch: Stopwatch) -> None:
    """An order proven never to have arrived may go out again under its next key, while its wave lasts.

    Of an order that went to several brokers, each part by itself.
    """
    if context.broker.now() >= wave.until:
        return
    pieces = [s for s in slices_of(context) if s.wave == wave.number]
    newest = {(s.order_id, tag_of(s.request.key)): s for s in sorted(pieces, key=lambda s: s.generation)}
    lost = [s for s in newest.values() if is_proven_dead(s) and s.generation < MOST_GENERATIONS]
    again = [_regenerated(context, piece) for piece in lost]
    context.journal.orders.record_generation(context.cycle_id, context.broker.now(), again)
    send_fresh(context, _ask_again(context, again), watch)


def _regenerated(context: StepContext, piece: Slice) -> Slice:
    """The next generation of the same order, to the same broker."""
    asked, generation = piece.request, piece.generation + 1
    key = slice_key(
        keys_of(context), context.session, context.revision, asked.symbol, asked.side, piece.wave, generation
    )
    request = replace(asked, key=with_tag_of(key, asked.key))
    return replace(piece, request=request, generation=generation, state=OrderState.INTENDED, broker_order_id="")


def _decide_and_commit(
    context: StepContext, wave: Wave, waves: Sequence[Wave], watch: Stopwatch, has: Owned
) -> AskedQuotes | None:
    """The quotes it was decided on; None when its time had passed."""
    if wave.kind is not WaveKind.SETTLING and context.broker.now() >= wave.until:
        notes = {"notes": [f"wave {wave.number}: its time had passed; what it was due is due in a later wave"]}
        context.journal.orders.record_wave(context.cycle_id, wave.number, context.broker.now(), [], notes)
        return None
    orders, asked_at = context.journal.orders.orders(context.cycle_id), context.broker.now()
    quotes = context.broker.quotes([o.symbol for o in orders])
    _mark_arrivals(context, wave, orders, {s: q.mid for s, q in quotes.items()})
    locked = _locked(context, owned_by_now(context, has))
    account = settled_account(context, watch, owned_by_now(context, has))
    working = [w for w in waves if w.kind is WaveKind.WORKING]
    seen = _seen(context, orders, wave, waves)
    decision = decide_wave(
        WaveInputs(
            wave=wave,
            last_working_wave=working[-1].number,
            window_end=working[-1].until,
            orders=orders,
            seen=seen,
            quotes=quotes,
            spendable_usd=spendable_usd(context, account, quotes),
            settings=context.book.execution,
            price_band_pct=context.book.approval.price_band_pct,
            capabilities=context.broker.capabilities,
            commission=context.book.orders.commission,
            locked=locked,
            fractional=context.book.orders.fractional,
            positions=account.positions,
            is_free=_is_free(context),
        )
    )
    passed, held_back = look_once_more(
        decision.children,
        context_now(context, account, quotes),
        totals_of_session(context),
        liquidates=context.cycle.kind == "liquidation",
    )
    intents, unsent = intents_of(context, wave, passed, account)
    ignored = _note_ignored_bars(context, orders, seen)
    feeds = [remark.words for remark in feed_remarks(context.broker)]
    notes = {"notes": [*feeds, *ignored, *decision.notes, *held_back, *unsent]}
    context.journal.orders.record_wave(context.cycle_id, wave.number, context.broker.now(), intents, notes)
    return AskedQuotes(asked_at, quotes)


def _is_free(context: StepContext) -> bool:
    """Whether an order may be handed over whole; asked only where the book wants that, as each slice is asked again."""
    return (
        context.book.execution.worked_by != "broker"
        or context.journal.halts.state(context.book.book) is HaltState.NORMAL
    )


def _locked(context: StepContext, has: Owned) -> dict[str, str]:
    """Symbols in which nothing is sent now, each with its reason."""
    words = {symbol: f"{symbol}: written off by {word.who}" for symbol, word in has.written_off.items()}
    return compare_between_waves(context, has) | in_doubt(context) | stood_down(context) | words


def _mark_arrivals(
    context: StepContext, wave: Wave, orders: Sequence[ParentOrder], mids: Mapping[str, Decimal]
) -> None:
    """An order arrives at the market in the first wave that could send it: its mid there is the arrival price."""
    if wave.kind is WaveKind.OPENING:
        arriving = [o for o in orders if o.schedule and o.schedule[0][0] == wave.number]
    else:
        arriving = list(orders)
    now, known = context.broker.now(), context.journal.orders.marks(context.cycle_id)
    new = [o for o in arriving if o.symbol in mids and (o.order_id, "arrival") not in known]
    context.journal.orders.record_marks([(o.order_id, "arrival", now, mids[o.symbol]) for o in new])


def _seen(
    context: StepContext, orders: Sequence[ParentOrder], wave: Wave, waves: Sequence[Wave]
) -> dict[str, OrderProgress]:
    filled = totals_by_order(context.journal.orders.fills(context.cycle_id), slices_of(context))
    handed = handed_over(context)
    return {
        o.order_id: seen_of(
            context, o, filled.get(o.order_id, NOTHING_FILLED).shares, handed.get(o.order_id), wave, waves
        )
        for o in orders
    }


def _note_ignored_bars(
    context: StepContext, orders: Sequence[ParentOrder], seen: Mapping[str, OrderProgress]
) -> list[str]:
    """For the log and the wave's notes, once a session and symbol."""
    before = context.journal.orders.wave_notes(context.cycle_id)
    ignored = notes_on_bars(orders, seen, before.values())
    for symbol, sentence in ignored.items():
        context.observer(StepEvent(f"bars {symbol}", "done", sentence))
    return list(ignored.values())


def finish_orders(context: StepContext, ends: Mapping[str, tuple[datetime, Decimal]]) -> None:
    """Mark every order's end by its id, with the price that values what was not filled."""
    context.journal.orders.record_marks([(order_id, "end", at, price) for order_id, (at, price) in ends.items()])
