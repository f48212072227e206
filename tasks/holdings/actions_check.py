"""Holds the splits and company events that the book's data has against its ledger and broker, before any decision."""

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

import pandas as pd

from tasks.context import Desk
from tasks.holdings.company_events import Standing, company_events_noted
from tasks.holdings.missed_splits import NEAR, VALUATIONS, Missed, Split, looks_like_a_split, missed_splits
from tasks.journal.book_ledger import ledger_of
from tasks.model.account import AccountState
from tasks.model.ledger_records import LedgerRow
from tasks.ports.prices import TellsOfCompanies
from tasks.targets.given_weights import where_weights_stand

WHERE = "data.actions_path"


def book_missed_splits(desk: Desk, account: AccountState) -> Missed:
    """Book what the broker has already; what it lacks is held still. Prices that hold splits need none of it."""
    if not _positions_split(desk):
        return Missed()
    books, book = desk.journal.books, desk.book.book
    entries = books.entries(book, desk.account)
    ours = ledger_of(desk.journal, book, desk.account).shares()
    first = min(entry.at.date() for entry in entries)
    table = desk.source.corporate_actions(sorted(ours), first, desk.session)
    rows = zip(pd.to_datetime(table["ex_date"]), table["symbol"], table["kind"], table["value"], strict=True)
    splits = [Split(ex.date(), str(s), Decimal(str(v)).normalize()) for ex, s, kind, v in rows if kind == "split"]
    fills = desk.journal.orders.all_fills(desk.account, book)
    missed = missed_splits(splits, entries, fills, ours, account.positions, where(desk))
    books.record_entries(missed.rows)
    desk.journal.cycles.record_findings(desk.cycle, "holdings", missed.findings)
    return missed


def split_like(
    desk: Desk,
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
    if not _positions_split(desk):
        return {}
    valued = [p for day, _, _, p in desk.journal.books.valuations(desk.book.book) if day < desk.session]
    known = {e.symbol for e in desk.journal.books.entries(desk.book.book, desk.account) if _is_recent(desk, e)}
    found = [
        looks_like_a_split(
            symbol,
            shares,
            account.positions.get(symbol, Decimal(0)),
            [prices[symbol] for prices in valued[-VALUATIONS:] if symbol in prices],
            prices.get(symbol),
            where(desk),
            quiet=symbol in quiet,
        )
        for symbol, shares in ledger_of(desk.journal, desk.book.book, desk.account).shares().items()
        if symbol not in known and symbol not in missed.locked and symbol not in but
    ]
    told = [finding for finding in found if finding is not None]
    desk.journal.cycles.record_findings(desk.cycle, "holdings", told)
    return {finding.subject: finding.message for finding in told}


def stopped_by_company_events(
    desk: Desk, universe: Collection[str], *, decided: Collection[str] = (), since: date = date.max
) -> dict[str, str]:
    """Symbols that a merger, rename, spin-off or delisting stops, each with its sentence; recorded as findings.

    `decided` are those that a person wrote off: told, and not stopped by the event. `since` is the first session of the
    look-back: what distorts the prices counts from there.
    """
    if not isinstance(desk.source, TellsOfCompanies):
        return {}
    book, limits = desk.book.book, desk.book.limits
    entries = desk.journal.books.entries(book, desk.account)
    ours = ledger_of(desk.journal, book, desk.account).shares()
    first = min(since, *(entry.at.date() for entry in entries))
    events = desk.source.company_events(sorted({*ours, *universe}), first, desk.session)
    weights = where_weights_stand(desk.book.objective)
    standing = Standing(book, entries, ours, universe, {*limits.no_buy, *limits.must_exit, *decided}, weights)
    noted = company_events_noted(events, standing)
    desk.journal.cycles.record_findings(desk.cycle, "holdings", noted.findings)
    return dict(noted.locked)


def _is_recent(desk: Desk, entry: LedgerRow) -> bool:
    """A split that is booked explains the prices around it."""
    return entry.kind == "split" and abs(desk.session - entry.at.date()) <= 2 * NEAR


def where(desk: Desk) -> str:
    """The setting, with the file that it names."""
    path = desk.book.data.actions_path
    return f"{WHERE} ({path})" if path else f"{WHERE} (a file that the book does not name yet)"


def _positions_split(desk: Desk) -> bool:
    """Not where a simulated broker replays prices that hold every split already: its positions never split."""
    return desk.source.adjustment == "raw" or desk.broker.capabilities.environment != "simulated"
