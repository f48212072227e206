"""What a report is made from: read from the journal, the market and the checkpoints, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tasks.approval.cost_model import costs_in_use
from tasks.approval.refused import refused_orders
from tasks.approval.step import plan_of
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.market_data.market_figures import MarketFigures
from tasks.market_data.universe import by_symbol, load_universe
from tasks.model.executions import standing_by_order, totals_by_key, totals_of
from tasks.model.fill_totals import NOTHING_FILLED, FillTotals
from tasks.model.latency import SUBMIT
from tasks.model.market import MarketBar
from tasks.model.order_records import ParentOrder, Slice
from tasks.model.orders import Cause, Execution, OrderState
from tasks.model.quotes_seen import QuoteSeen
from tasks.orders.waves import Wave, WaveKind, waves_of
from tasks.reconciliation.open_breaks import breaks_at_end, found_on, from_earlier
from tasks.tca.figures import figures_as_kept
from tasks.tca.gather_record import exceptions_of, provenance_of, trails_of
from tasks.tca.inputs import (
    FIRST,
    ApprovalRecord,
    Break,
    OrderRecord,
    ReportInputs,
    SliceRecord,
    StepRecord,
    TargetsSummary,
    Version,
    WaveRecord,
)
from tasks.tca.markets import market_note, markets_of
from tasks.tca.session_record import OrderTrail, Preparer
from tasks.tca.under_review import REVIEW

ZERO = Decimal(0)


def gather(context: StepContext, generated_at: datetime, preparer: Preparer, version: Version = FIRST) -> ReportInputs:
    """All that stands on record of the session now; `generated_at` is the report's own time."""
    plan_hash, plan = plan_of(context)
    decided = context.cycle.kind == "rebalance"  # a liquidation follows no targets
    figures = figures_as_kept(context)
    ended = context.journal.cycles.checkpoint(context.cycle, "reconcile")
    assert ended is not None, "the report follows the reconciliation"
    markets, unusable = markets_of(context)
    rows = context.journal.audit.session_rows(context.cycle)
    return ReportInputs(
        book=context.book.book,
        session=context.session,
        account=context.account,
        plan_hash=plan_hash,
        snapshot_sha256=facts_of(context, "download")["sha256"] if decided else "",
        findings=context.journal.cycles.findings(context.cycle),
        plan=plan,
        orders=_orders(context, figures, markets, trails_of(context, rows)),
        breaks=_breaks(context),
        waves=_waves(context),
        steps=_steps(context),
        generated_at=generated_at,
        reconciled_at=ended.finished_at,
        market_note=" ".join([market_note(context, ended), *unusable]),
        approval=_approval(context, plan_hash),
        targets=_targets(context) if decided else None,
        drift_sentence=facts_of(context, "drift")["sentence"] if decided else plan.findings[0].message,
        links=_links(context.data_docs, version),
        refused_orders=refused_orders(context.journal, context.cycle),
        submit_seconds=_submit_seconds(context),
        closing_prices=_closing_prices(context),
        trading_windows=tuple((w.at, w.until) for w in _all_waves(context) if w.kind is WaveKind.WORKING),
        max_participation=context.book.execution.max_participation_pct / 100,
        asked=context.book.tca,
        version=version,
        provenance=provenance_of(context, rows, preparer),
        exceptions=exceptions_of(context, rows, plan),
        cost_model=costs_in_use(context).words,
    )


def _orders(
    context: StepContext,
    figures: MarketFigures,
    markets: Mapping[str, tuple[MarketBar, ...]],
    trails: Mapping[str, OrderTrail],
) -> tuple[OrderRecord, ...]:
    sectors = by_symbol(load_universe(context.book.universe, context.base), "sector")
    slices = context.journal.orders.slices(context.cycle_id)
    fills = standing_by_order(context.journal.orders.fills(context.cycle_id), slices)
    marks = context.journal.orders.marks(context.cycle_id)
    due = {wave.number: wave.at for wave in _all_waves(context)}
    sent, quotes = _first_sent(context), context.journal.quotes.by_key(context.cycle_id)
    return tuple(
        _order(
            context,
            figures,
            markets[order.symbol],
            order,
            sectors.get(order.symbol) or "unclassified",
            slices,
            tuple(fills.get(order.order_id, ())),
            marks,
            due,
            sent,
            trails[order.order_id],
            quotes,
        )
        for order in context.journal.orders.orders(context.cycle_id)
    )


def _order(
    context: StepContext,
    figures: MarketFigures,
    bars: tuple[MarketBar, ...],
    order: ParentOrder,
    sector: str,
    slices: tuple[Slice, ...],
    fills: tuple[Execution, ...],
    marks: Mapping[tuple[str, str], tuple[datetime, Decimal]],
    due: Mapping[int, datetime],
    sent: Mapping[str, datetime],
    trail: OrderTrail,
    quotes: Mapping[str, Sequence[QuoteSeen]],
) -> OrderRecord:
    _, closes = context.broker.session_hours(context.session)
    own = [piece for piece in slices if piece.order_id == order.order_id]
    filled, by_key = totals_of(fills), totals_by_key(fills)
    arrival, end = marks.get((order.order_id, "arrival")), marks.get((order.order_id, "end"))
    return OrderRecord(
        order_id=order.order_id,
        symbol=order.symbol,
        sector=sector,
        side=order.side,
        shares=order.shares,
        algorithm=order.algorithm,
        account=context.account,
        decided_at=order.decided_at,
        decision_price=order.decision_price,
        arrival_at=arrival[0] if arrival else None,
        arrival_price=arrival[1] if arrival else None,
        ended_at=_filled_at(order, filled) or (end[0] if end else closes),
        end_price=end[1] if end else None,
        fills=fills,
        adv_shares=order.adv_shares,
        estimate=order.estimate,
        reason=order.reason,
        schedule=tuple((due[number], shares) for number, shares in order.schedule if number in due),
        market=bars,
        previous_close=figures.prices.get(order.symbol),
        session_close=_auction(bars, "close"),
        session_open=_auction(bars, "open"),
        half_spread_bps=costs_in_use(context).settings.half_spread_bps,
        slices=tuple(_slice(piece, by_key, sent) for piece in own),
        quotes=tuple(one for piece in own for one in quotes.get(piece.request.key, ())),
        daily_volatility=figures.daily_volatility.get(order.symbol),
        trail=trail,
    )


def _filled_at(order: ParentOrder, filled: FillTotals) -> datetime | None:
    """When the last share of it was filled; None as long as one is missing."""
    return filled.last_at if filled.shares >= order.shares else None


def _first_sent(context: StepContext) -> dict[str, datetime]:
    """When each child order went out first; one that the halt withheld has no such time."""
    events = context.journal.orders.events(context.cycle_id)
    withheld = {event.key for event in events if event.cause is Cause.WITHHELD}
    times: dict[str, datetime] = {}
    for event in events:
        if event.state is OrderState.SENT and event.key not in withheld:
            times.setdefault(event.key, event.at)
    return times


def _slice(piece: Slice, filled: Mapping[str, FillTotals], sent: Mapping[str, datetime]) -> SliceRecord:
    return SliceRecord(
        key=piece.request.key,
        due_at=piece.due_at,
        shares=piece.request.shares,
        state=piece.state,
        sent_at=sent.get(piece.request.key),
        filled_shares=filled.get(piece.request.key, NOTHING_FILLED).shares,
        limit_price=piece.request.limit_price,
        reason=piece.reason,
        native=piece.request.native.algorithm if piece.request.native else "",
        order_type=piece.request.order_type.value,
        time_in_force=piece.request.time_in_force.value,
        generation=piece.generation,
    )


def _auction(bars: tuple[MarketBar, ...], which: str) -> Decimal | None:
    """The official print; a day replayed without its auctions has the first open and the last close instead."""
    prints = [bar.vwap for bar in bars if bar.auction == which]
    if prints:
        return prints[0]
    if not bars:
        return None
    return bars[0].open if which == "open" else bars[-1].close


def _breaks(context: StepContext) -> tuple[Break, ...]:
    """All that this session found, and what earlier ones found and nobody had closed by its end."""
    own = context.journal.books.breaks(context.book.book, cycle_id=context.cycle_id)
    stood = breaks_at_end(context.journal, context.cycle)
    sessions = found_on(context.journal, context.book.book)
    standing = {row.break_id for row in stood}
    return tuple(
        Break(
            row.symbol or "cash",
            row.kind,
            _figure(row.ours),
            _figure(row.theirs),
            row.amount_usd or ZERO,
            row.because or "",
            sessions.get(row.break_id),
            row.sentence,
            row.break_id not in standing,
        )
        for row in (*from_earlier(stood, context.cycle), *own)
    )


def _figure(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        return ZERO


def _all_waves(context: StepContext) -> tuple[Wave, ...]:
    return waves_of(context.broker.session_hours(context.session), context.book.execution)


def _waves(context: StepContext) -> tuple[WaveRecord, ...]:
    slices = context.journal.orders.slices(context.cycle_id)
    filled = totals_by_key(context.journal.orders.fills(context.cycle_id))
    notes = context.journal.orders.wave_notes(context.cycle_id)
    records: list[WaveRecord] = []
    for wave in _all_waves(context):
        own = [piece for piece in slices if piece.wave == wave.number]
        if own or notes.get(wave.number):
            planned = sum((piece.request.shares for piece in own), ZERO)
            done = sum((filled.get(piece.request.key, NOTHING_FILLED).shares for piece in own), ZERO)
            records.append(
                WaveRecord(wave.number, wave.at, len(own), planned, done, "; ".join(notes.get(wave.number, ())))
            )
    return tuple(records)


def _steps(context: StepContext) -> tuple[StepRecord, ...]:
    done = context.journal.cycles.checkpoints(context.cycle)
    return tuple(
        StepRecord(c.step, c.finished_at - timedelta(seconds=c.seconds), c.seconds) for c in done if c.step != "report"
    )


def _approval(context: StepContext, plan_hash: str) -> ApprovalRecord | None:
    said = context.journal.decisions.newest_answer(plan_hash)
    return said and ApprovalRecord(said.who, said.decided_at, said.plan_hash, said.decision, said.note)


def _targets(context: StepContext) -> TargetsSummary:
    facts = facts_of(context, "optimize")
    return TargetsSummary(
        facts["objective_terms"], tuple(facts["binding"]), facts["solver"], tuple(facts["attempts"][:-1])
    )


def _submit_seconds(context: StepContext) -> dict[str, list[float]]:
    """Of this cycle's own orders, by broker."""
    keys = {piece.request.key for piece in context.journal.orders.slices(context.cycle_id)}
    found: dict[str, list[float]] = {}
    for one in context.journal.latencies.all():
        if one.call == SUBMIT and one.key in keys:
            found.setdefault(one.broker, []).append(one.seconds)
    return found


def _closing_prices(context: StepContext) -> dict[str, Decimal]:
    """As the session's own valuation has them."""
    for session, _, _, prices in context.journal.books.valuations(context.book.book):
        if session == context.session:
            return prices
    return {}


def _links(docs: Path, version: Version) -> dict[str, str]:
    """From the report's own folder; a later version lies inside of the first one's."""
    index, above = docs / "index.html", "" if version.number == 1 else "../"
    found = {"Data quality (Data Docs)": f"{above}{docs.name}/{index.name}"} if index.is_file() else {}
    return {**found, "Review and signature": REVIEW}
