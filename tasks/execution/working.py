"""One wave from waiting for its time to the last answer, and the preparation before the first."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from tasks.artifacts import Artifact
from tasks.desk import Desk
from tasks.execution.deciding import Child, Seen, WaveInputs, decide_wave
from tasks.execution.keys import order_id, slice_key
from tasks.execution.scheduling import DayShape, schedule, volume_shares
from tasks.execution.sending import UNANSWERED, look_up, send_all, settle_working
from tasks.execution.waves import Wave, WaveKind, waves_of
from tasks.journal.orders import Order, Slice
from tasks.steps import Done
from tasks.terms import MarketBar, OrderRequest, OrderState, Plan, PlanLine

ZERO = Decimal(0)
GENERATION = 0
"""A second generation of a key needs proof that the first is dead; waves never need one, their number is in the key."""


def prepare_orders(desk: Desk, plan: Plan, plan_hash: str, volatility: Mapping[str, float]) -> Done:
    """Record one block order a trade, each with its schedule; nothing is sent."""
    waves = waves_of(desk.broker.session_hours(desk.session), desk.book.execution)
    orders = [_order(desk, plan, plan_hash, line, waves, volatility) for line in plan.trades]
    desk.journal.orders.record_orders(orders)
    rows = [
        {"symbol": o.symbol, "side": o.side, "shares": o.shares, "algorithm": o.algorithm, "waves": len(o.schedule)}
        for o in orders
    ]
    sentence = f"{len(orders)} orders scheduled over {len(waves) - 3} waves"
    return Done(sentence, {"waves": [w.number for w in waves]}, Artifact("Schedule", sentence, rows))


def work_wave(desk: Desk, wave: Wave, waves: Sequence[Wave]) -> Done:
    """Wait for the wave's time, settle the earlier slices, decide, commit the intents, send."""
    desk.broker.wait_until(wave.at)
    collect(desk)
    if not desk.journal.orders.wave_decided(desk.cycle_id, wave.number):
        settle_working(desk.broker, desk.journal, desk.journal.orders.slices(desk.cycle_id))
        collect(desk)
        _decide_and_commit(desk, wave, waves)
    intents = [s for s in desk.journal.orders.slices(desk.cycle_id) if s.wave == wave.number]
    refusals = send_all(desk.broker, desk.journal, intents)
    return _told(desk, wave, intents, refusals)


def collect(desk: Desk) -> int:
    """Copy the broker's executions of the session into the journal, and the newest state of each slice."""
    look_up(desk.broker, desk.journal, _unfinished(desk))
    return desk.journal.orders.record_fills(desk.broker.name, desk.cycle_id, desk.broker.executions(desk.session))


def _unfinished(desk: Desk) -> list[Slice]:
    """Slices that were answered and still work; the unanswered are for the wave that sends them."""
    return [s for s in desk.journal.orders.slices(desk.cycle_id) if s.state not in UNANSWERED]


def _order(
    desk: Desk, plan: Plan, plan_hash: str, line: PlanLine, waves: Sequence[Wave], volatility: Mapping[str, float]
) -> Order:
    assert line.side is not None, "only trades become orders"
    assert line.algorithm is not None, "every trade has its algorithm"
    shape = DayShape(
        hours=desk.broker.session_hours(desk.session),
        waves=tuple(waves),
        daily_volatility=volatility.get(line.symbol, 0.02),
        half_spread_bps=desk.book.costs.half_spread_bps,
    )
    return Order(
        order_id=order_id(desk.cycle_id, plan.revision, line.symbol, line.side),
        cycle_id=desk.cycle_id,
        plan_hash=plan_hash,
        symbol=line.symbol,
        side=line.side,
        shares=line.shares,
        algorithm=line.algorithm,
        reason=line.reason,
        decision_price=line.decision_price,
        decided_at=plan.decided_at,
        adv_shares=line.adv_shares,
        estimate=line.estimate,
        schedule=schedule(line, shape, desk.book.execution, desk.broker.capabilities.share_step),
        allocations={plan.account: line.shares},
    )


def _decide_and_commit(desk: Desk, wave: Wave, waves: Sequence[Wave]) -> None:
    orders = desk.journal.orders.orders(desk.cycle_id)
    quotes = desk.broker.quotes([o.symbol for o in orders])
    _mark_arrivals(desk, wave, orders, {s: q.mid for s, q in quotes.items()})
    account = desk.broker.account_state()
    prices = {s: q.mid for s, q in quotes.items()}
    reserve = _reserve_usd(desk, account.cash, account.positions, prices)
    decision = decide_wave(
        WaveInputs(
            wave=wave,
            last_working_wave=max(w.number for w in waves if w.kind is WaveKind.WORKING),
            orders=orders,
            seen=_seen(desk, orders, wave, waves),
            quotes=quotes,
            spendable_usd=account.cash - reserve,
            settings=desk.book.execution,
            price_band_pct=desk.book.approval.price_band_pct,
            share_step=desk.broker.capabilities.share_step,
            price_step=desk.broker.capabilities.price_step,
            fee_per_share_usd=desk.book.orders.fee_per_share_usd,
            fee_minimum_usd=desk.book.orders.fee_minimum_usd,
        )
    )
    intents = [_intent(desk, wave, child) for child in decision.children]
    notes = {"notes": list(decision.notes)}
    desk.journal.orders.record_wave(desk.cycle_id, wave.number, desk.broker.now(), intents, notes)


def _mark_arrivals(desk: Desk, wave: Wave, orders: Sequence[Order], mids: Mapping[str, Decimal]) -> None:
    """An order arrives at the market in the first wave that could send it: its mid there is the arrival price."""
    if wave.kind is WaveKind.OPENING:
        arriving = [o for o in orders if o.schedule and o.schedule[0][0] == wave.number]
    else:
        arriving = list(orders)
    now = desk.broker.now()
    desk.journal.orders.record_marks(
        [(o.order_id, "arrival", now, mids[o.symbol]) for o in arriving if o.symbol in mids]
    )


def _reserve_usd(desk: Desk, cash: Decimal, positions: Mapping[str, Decimal], prices: Mapping[str, Decimal]) -> Decimal:
    worth = cash + sum((shares * prices[s] for s, shares in positions.items() if s in prices), ZERO)
    return max(worth, ZERO) * Decimal(str(desk.book.limits.cash_reserve_pct)) / 100


def _seen(desk: Desk, orders: Sequence[Order], wave: Wave, waves: Sequence[Wave]) -> dict[str, Seen]:
    filled: dict[str, Decimal] = {}
    order_of = {s.request.key: s.order_id for s in desk.journal.orders.slices(desk.cycle_id)}
    for fill in desk.journal.orders.fills(desk.cycle_id):
        if fill.key in order_of:
            filled[order_of[fill.key]] = filled.get(order_of[fill.key], ZERO) + fill.shares
    return {o.order_id: _seen_of(desk, o, filled.get(o.order_id, ZERO), wave, waves) for o in orders}


def _seen_of(desk: Desk, order: Order, filled: Decimal, wave: Wave, waves: Sequence[Wave]) -> Seen:
    if filled >= order.shares:
        return Seen(filled, ZERO, None)
    working = [w for w in waves if w.kind is WaveKind.WORKING]
    if wave.kind in (WaveKind.OPENING, WaveKind.SETTLING):
        return Seen(filled, ZERO, None)
    bars = desk.broker.market_bars(order.symbol, working[0].at, wave.at)
    since = sum((bar.volume for bar in bars if bar.auction is None), 0)
    return Seen(filled, Decimal(since), _expected_volume(desk, order, bars, wave, working))


def _expected_volume(
    desk: Desk, order: Order, bars: Sequence[MarketBar], wave: Wave, working: Sequence[Wave]
) -> float | None:
    """What the market did in the bucket before; in the first wave, the bucket's usual share of the average day."""
    length = (wave.until - wave.at).total_seconds()
    before = [w for w in working if w.number < wave.number]
    if before:
        last = before[-1]
        done = sum(bar.volume for bar in bars if bar.start >= last.at and bar.auction is None)
        return done * length / (last.until - last.at).total_seconds()
    if order.adv_shares is None:
        return None
    hours = desk.broker.session_hours(desk.session)
    return order.adv_shares * volume_shares(hours, working)[0]


def _intent(desk: Desk, wave: Wave, child: Child) -> Slice:
    order = child.order
    key = slice_key(desk.book.book, desk.session, desk.revision, order.symbol, order.side, wave.number, GENERATION)
    request = OrderRequest(
        key=key,
        account=desk.account,
        symbol=order.symbol,
        side=order.side,
        shares=child.shares,
        order_type=child.order_type,
        time_in_force=child.time_in_force,
        limit_price=child.limit_price,
    )
    return Slice(request, order.order_id, wave.number, GENERATION, wave.at, OrderState.INTENDED)


def finish_orders(desk: Desk, ended_at: datetime, end_prices: Mapping[str, Decimal]) -> None:
    """Mark every order's end, at the price that values what was not filled."""
    orders = desk.journal.orders.orders(desk.cycle_id)
    desk.journal.orders.record_marks(
        [(o.order_id, "end", ended_at, end_prices[o.symbol]) for o in orders if o.symbol in end_prices]
    )


def _told(desk: Desk, wave: Wave, intents: Sequence[Slice], refusals: Sequence[str]) -> Done:
    orders = desk.journal.orders.orders(desk.cycle_id)
    wanted = sum((o.shares * o.decision_price for o in orders), ZERO)
    fills = desk.journal.orders.fills(desk.cycle_id)
    traded = sum((f.shares * f.price for f in fills), ZERO)
    percent = float(min(traded / wanted, Decimal(1)) * 100) if wanted else 100.0
    sentence = (
        f"{wave.kind} wave {wave.number} at {wave.at:%H:%M} UTC: {len(intents)} slices sent, {percent:.0f} % done"
    )
    rows = [
        {
            "symbol": s.request.symbol,
            "side": s.request.side,
            "shares": s.request.shares,
            "limit": s.request.limit_price or "market",
            "state": s.state,
            "key": s.request.key,
        }
        for s in desk.journal.orders.slices(desk.cycle_id)
        if s.wave == wave.number
    ]
    words = "\n".join(f"- {line}" for line in (sentence, *refusals))
    facts = {"slices": len(intents), "percent": round(percent, 1), "refusals": list(refusals)}
    return Done(sentence, facts, Artifact(f"Wave {wave.number}", words, rows))
