"""Holds the splits and company events that the book's data has against its ledger and broker, before any decision."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from tasks.context import StepContext
from tasks.holdings.company_events import Standing, company_events_noted
from tasks.holdings.missed_splits import NEAR, VALUATIONS, Missed, Split, looks_like_a_split, missed_splits
from tasks.journal.book_ledger import ledger_of
from tasks.market_data.frames import splits_in
from tasks.model.account import AccountState
from tasks.model.ledger_records import LedgerRow
from tasks.ports.prices import KnowsCompanyEvents
from tasks.targets.given_weights import where_weights_stand

WHERE = "data.actions_path"


def book_missed_splits(context: StepContext, account: AccountState) -> Missed:
    """Book what the broker has already; what it lacks is held still. Prices that hold splits need none of it."""
    if not _positions_split(context):
        return Missed()
    books, book = context.journal.books, context.book.book
    entries = books.entries(book, context.account)
    ours = ledger_of(context.journal, book, context.account).shares()
    first = min(entry.at.date() for entry in entries)
    table = context.source.corporate_actions(sorted(ours), first, context.session)
    splits = [Split(*row) for row in splits_in(table)]
    fills = context.journal.orders.all_fills(context.account, book)
    missed = missed_splits(splits, entries, fills, ours, account.positions, where(context))
    books.record_entries(missed.rows)
    context.journal.cycles.record_findings(context.cycle, "holdings", missed.findings)
    return missed


def split_like(
    context: StepContext,
    account: AccountState,
    prices: Mapping[str, Decimal],
    missed: Missed,
    *,
    but: Collection[str] = (),
    quiet: Collection[str] = (),
) -> dict[str, str]:
    """Symbols that look split without an action on file, each with its sentence; recorded as findings.

    Not those in `but`: a person named their price. `quiet` are those whose volume was not that of news.
    """
    if not _positions_split(context):
        return {}
    valued = [p for day, _, _, p in context.journal.books.valuations(context.book.book) if day < context.session]
    known = {
        e.symbol for e in context.journal.books.entries(context.book.book, context.account) if _is_recent(context, e)
    }
    found = [
        looks_like_a_split(
            symbol,
            shares,
            account.positions.get(symbol, Decimal(0)),
            [prices[symbol] for prices in valued[-VALUATIONS:] if symbol in prices],
            prices.get(symbol),
            where(context),
            quiet=symbol in quiet,
        )
        for symbol, shares in ledger_of(context.journal, context.book.book, context.account).shares().items()
        if symbol not in known and symbol not in missed.locked and symbol not in but
    ]
    told = [finding for finding in found if finding is not None]
    context.journal.cycles.record_findings(context.cycle, "holdings", told)
    return {finding.subject: finding.message for finding in told}


def stopped_by_company_events(
    context: StepContext, universe: Collection[str], *, decided: Collection[str] = (), since: date = date.max
) -> dict[str, str]:
    """Symbols that a merger, rename, spin-off or delisting stops, each with its sentence; recorded as findings.

    `decided` are those that a person wrote off: told, and not stopped by the event. `since` is the first session of the
    look-back: what distorts the prices counts from there.
    """
    if not isinstance(context.source, KnowsCompanyEvents):
        return {}
    book, limits = context.book.book, context.book.limits
    entries = context.journal.books.entries(book, context.account)
    state = ledger_of(context.journal, book, context.account)
    ours, costs = state.shares(), {symbol: held.cost_usd for symbol, held in state.positions.items()}
    first = min(since, *(entry.at.date() for entry in entries))
    events = context.source.company_events(sorted({*ours, *universe}), first, context.session)
    weights = where_weights_stand(context.book.objective)
    standing = Standing(book, entries, ours, universe, {*limits.no_buy, *limits.must_exit, *decided}, weights, costs)
    noted = company_events_noted(events, standing)
    context.journal.cycles.record_findings(context.cycle, "holdings", noted.findings)
    return dict(noted.locked)


def _is_recent(context: StepContext, entry: LedgerRow) -> bool:
    """A split that is booked explains the prices around it."""
    return entry.kind == "split" and abs(context.session - entry.at.date()) <= 2 * NEAR


def where(context: StepContext) -> str:
    """The setting, with the file that it names."""
    path = context.book.data.actions_path
    return f"{WHERE} ({path})" if path else f"{WHERE} (a file that the book does not name yet)"


def _positions_split(context: StepContext) -> bool:
    """Not where a simulated broker replays prices that hold every split already: its positions never split."""
    return context.source.adjustment == "raw" or not context.broker.capabilities.is_simulated
