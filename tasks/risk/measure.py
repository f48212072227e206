"""Gathers what the breakers look at: value, costs, orders, quotes and messages of one session."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tasks.context import StepContext
from tasks.model.executions import totals_by_order
from tasks.model.ledger import Entry, drawdown
from tasks.model.market import Quote
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.order_states import CALLS, UNRESOLVED
from tasks.model.orders import Cause, OrderState
from tasks.reconciliation.owned import Owned, owned
from tasks.reconciliation.written_off import prices_named
from tasks.risk.breakers import Figures
from tasks.risk.measure_navs import comparable_navs
from tasks.risk.opening_prices import opening_prices

ZERO = Decimal(0)
MINUTE = timedelta(minutes=1)


def measured(context: StepContext, has: Owned | None = None) -> Figures:
    """Everything known at this moment; what is not known yet is left out, and trips nothing.

    `has` is what the book owns by its record, where the caller has read it.

    Before the session's holdings are read, its splits and dividends are not booked: then nothing is valued.
    """
    figures = _of_orders(context)
    taken = context.journal.cycles.checkpoint(context.cycle, "holdings")
    if taken is None:
        return figures
    unquoted = set(
        taken.output.get("facts", {}).get("unquoted", ())
    )  # known when the session began: no fault of a feed
    has = has or owned(context)
    entries = has.entries
    held = _held(entries)
    gone = prices_named({symbol: word for symbol, word in has.written_off.items() if symbol in held})
    ordered = {order.symbol for order in context.journal.orders.orders(context.cycle_id)}
    quotes = context.broker.quotes(sorted((held | ordered) - gone.keys()))
    wanted = (held | ordered) - unquoted - gone.keys()
    return _fresh(context, _valued(context, figures, entries, quotes, gone), wanted, quotes)


def _of_orders(context: StepContext) -> Figures:
    """What the journal alone knows: costs, answers and messages."""
    slices = context.journal.orders.slices(context.cycle_id)
    sent = [piece for piece in slices if piece.state is not OrderState.INTENDED and not _was_withheld(piece)]
    traded, cost, estimated = _trading(context, slices)
    return Figures(
        traded_usd=traded,
        cost_usd=cost,
        estimated_usd=estimated,
        sent=len(sent),
        rejected=sum(1 for piece in sent if _was_refused(piece)),
        unknown=sum(1 for piece in sent if _is_unknown(piece, context.journal.fence.token)),
        messages_per_minute=busiest_minute(message_times(context.journal.orders.events(context.cycle_id))),
    )


def message_times(events: Sequence[OrderEvent]) -> list[datetime]:
    """When orders were sent and cancelled; what the halt withheld never became a message."""
    withheld = {event.key for event in events if event.cause is Cause.WITHHELD}
    return sorted(event.at for event in events if event.state in CALLS and event.key not in withheld)


def busiest_minute(times: Sequence[datetime]) -> int:
    """Most of these instants, oldest first, within sixty seconds."""
    window: deque[datetime] = deque()
    most = 0
    for at in times:
        window.append(at)
        while at - window[0] >= MINUTE:
            window.popleft()
        most = max(most, len(window))
    return most


def _was_withheld(piece: Slice) -> bool:
    return piece.state is OrderState.CANCELLED and piece.cause is Cause.WITHHELD


def _was_refused(piece: Slice) -> bool:
    """By the broker: an order that never arrived, or that a person declared dead, was not refused."""
    return piece.state is OrderState.REJECTED and piece.cause not in (Cause.NEVER_ARRIVED, Cause.PERSON)


def _is_unknown(piece: Slice, token: int) -> bool:
    """What an earlier life of the program has sent without an answer counts too."""
    return piece.state is OrderState.UNKNOWN or (piece.state in UNRESOLVED and piece.token < token)


def _trading(context: StepContext, slices: Sequence[Slice]) -> tuple[Decimal, Decimal, Decimal]:
    """USD traded, its cost against arrival with fees, and what the plan expected it to cost."""
    orders = {order.order_id: order for order in context.journal.orders.orders(context.cycle_id)}
    marks = context.journal.orders.marks(context.cycle_id)
    traded = cost = estimated = ZERO
    for order_id, done in totals_by_order(context.journal.orders.fills(context.cycle_id), slices).items():
        order, arrival = orders.get(order_id), marks.get((order_id, "arrival"))
        if order is not None and arrival is not None:
            traded += done.notional_usd
            cost += order.side.sign * (done.notional_usd - done.shares * arrival[1]) + done.fees_usd
            estimated += _expected(order) * done.shares / order.shares
    return traded, cost, estimated


def _expected(order: ParentOrder) -> Decimal:
    return Decimal(str(order.estimate.total_usd)) if order.estimate else ZERO


def _held(entries: Sequence[Entry]) -> set[str]:
    shares: dict[str, Decimal] = {}
    for entry in entries:
        if entry.symbol is not None:
            shares[entry.symbol] = shares.get(entry.symbol, ZERO) + entry.shares
    return {symbol for symbol, count in shares.items() if count}


def _valued(
    context: StepContext,
    figures: Figures,
    entries: Sequence[Entry],
    quotes: Mapping[str, Quote],
    gone: Mapping[str, Decimal],
) -> Figures:
    """With the loss since the last valuation before this session, or the opening, and the drawdown from the highest.

    What is written off (`gone`, USD per share) counts the same on every day: a person's word trips no breaker.
    """
    known = context.journal.books.valuations(context.book.book)
    before = [(day, prices) for day, _, _, prices in known if day < context.session]
    began = opening_prices(context.journal, context.book.book)
    before = [began, *before] if began is not None and began[0] < context.session else before
    if not before:
        return figures
    taken = context.journal.cycles.checkpoint(context.cycle, "holdings")
    told: dict[str, str] = taken.output.get("facts", {}).get("split_factors", {}) if taken else {}
    now = {symbol: quote.last * Decimal(told.get(symbol, 1)) for symbol, quote in quotes.items()}
    before = [(day, {**prices, **gone}) for day, prices in before]
    navs = comparable_navs(entries, before, {**before[-1][1], **now})
    last, now = navs[-2], navs[-1]
    loss = (last - now) / last * 100 if last > 0 else None
    return replace(figures, loss_pct=loss, drawdown_pct=drawdown(navs).now * 100)


def _fresh(context: StepContext, figures: Figures, wanted: set[str], quotes: Mapping[str, Quote]) -> Figures:
    """With the age and the gaps of the quotes; nothing is asked of them while the market is closed."""
    opens, closes = context.broker.session_hours(context.session)
    now = context.broker.now()
    if not opens <= now < closes:
        return figures
    ages = [now - quotes[symbol].at for symbol in wanted if symbol in quotes]
    return replace(
        figures,
        quote_age_s=Decimal(str(min(ages).total_seconds())) if ages else None,
        wanted_quotes=len(wanted),
        missing_quotes=tuple(sorted(wanted - quotes.keys())),
    )
