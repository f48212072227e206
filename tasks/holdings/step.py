"""The step that asks the broker what is really there, and holds it against our own record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.checkpoints import StepResult, run_once, worth_retrying
from tasks.context import StepContext
from tasks.errors import BadDataError, BrokerError
from tasks.holdings.actions_check import book_missed_splits, split_like, stopped_by_company_events
from tasks.holdings.cash_flows import cash_flow_facts
from tasks.holdings.missed_splits import VALUATIONS
from tasks.holdings.outside_universe import Beside, beside_the_universe
from tasks.journal.book_ledger import ledger_of
from tasks.market_data.decision_prices import PRICE_PLACES, decision_prices, prices_of
from tasks.market_data.frames import first_session, symbols_in
from tasks.model.account import AccountState
from tasks.model.artifact import Artifact
from tasks.model.ledger import worth
from tasks.model.ledger_ids import entry_id, opening_name
from tasks.model.ledger_records import LedgerRow
from tasks.model.locks import Lock, merged
from tasks.model.outside_holdings import rows_of, summary_of_outside
from tasks.orders.all_brokers import everyones_account
from tasks.quality.rules.news import quiet_symbols
from tasks.reconciliation.another_memory import must_be_the_only_memory
from tasks.reconciliation.broker_statement import book_statement, known_lines
from tasks.reconciliation.record import locked_symbols, record_comparison
from tasks.reconciliation.written_off import note_written_off, prices_named, written_off
from tasks.retry import READING_STEP_S
from tasks.wording import counted, dollars

ZERO = Decimal(0)
A_MOMENT = timedelta(seconds=1)
"""An opening is dated before whatever happens at the time it is taken."""


@task(
    name="holdings",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(READING_STEP_S),
    retry_delay_seconds=list(READING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def holdings(context: StepContext) -> dict[str, object]:
    """Positions and cash; a difference to our ledger is a break, and locks its symbol."""
    return run_once(context, "holdings", _holdings)


def _holdings(context: StepContext) -> StepResult:
    context.broker.open_session(context.session)
    must_be_the_only_memory(context)
    account = everyones_account(context.broker, _shares(context))
    bars = prices_of(context)
    known = decision_prices(bars, symbols_in(bars))
    words = written_off(context, {*_shares(context), *account.positions})
    beside = beside_the_universe(context, {s: n for s, n in account.positions.items() if s not in words}, known)
    prices = known | dict(beside.prices)
    context.journal.cycles.record_findings(context.cycle, "holdings", beside.findings)
    take_over(context, account, prices)
    booked = book_actions(context)
    missed = book_missed_splits(context, account)
    prices |= {s: (prices[s] * f).quantize(PRICE_PLACES) for s, f in missed.factors.items() if s in prices}
    prices |= prices_named(words)
    account = record_comparison(context, account, prices).account
    _believe_no_empty_account(context, account, words)
    gone = note_written_off(context, words, account.positions)
    since, quiet = first_session(bars), quiet_symbols(bars, VALUATIONS)
    locks = merged(
        (Lock.SPLIT, {**missed.locked, **split_like(context, account, prices, missed, but=words, quiet=quiet)}),
        (Lock.COMPANY_EVENT, stopped_by_company_events(context, known, decided=words, since=since)),
        (Lock.BREAK, locked_symbols(context)),
        (Lock.WRITTEN_OFF, gone),
    )
    value = worth(ledger_of(context.journal, context.book.book, context.account), prices)
    if value.nav_usd <= 0:
        raise BadDataError(f"net asset value is {dollars(value.nav_usd)}; fund the account before rebalancing it")
    sentence = (
        f"net asset value {dollars(value.nav_usd)}, cash {dollars(account.cash)}, "
        f"{counted(len(account.positions), 'position')}"
        + (f"; beside the universe: {_summary_of_beside(beside)}" if beside.findings else "")
        + (f"; booked from the statement: {_summary_of(booked)}" if booked else "")
        + (f"; locked: {', '.join(held_still)}" if (held_still := sorted(locks.keys() - gone.keys())) else "")
        + (f"; written off: {', '.join(gone)}" if gone else "")
        + (f"; {summary_of_outside(account.outside)}" if account.outside else "")
    )
    facts = {
        "nav_usd": str(value.nav_usd),
        "cash_usd": str(account.cash),
        **cash_flow_facts(context),
        "positions": {s: str(n) for s, n in account.positions.items()},
        "prices": {s: str(p) for s, p in prices.items()},
        "split_factors": {s: str(f) for s, f in missed.factors.items()},
        "unquoted": sorted({*beside.unquoted, *words}),
        "locked": {symbol: why for symbol, (_, why) in locks.items()},
        "locked_by": {symbol: kind.value for symbol, (kind, _) in locks.items()},
        "written_off": gone,
        "outside": [holding.words for holding in account.outside],
    }
    rows = [
        {"symbol": s, "shares": n, "price": prices.get(s, ""), "USD": f"{n * prices[s]:,.2f}" if s in prices else ""}
        for s, n in sorted(account.positions.items())
    ] + rows_of(account.outside)
    return StepResult(sentence, facts, Artifact("Holdings", sentence, rows))


def _shares(context: StepContext) -> dict[str, Decimal]:
    """Signed shares by our ledger."""
    return ledger_of(context.journal, context.book.book, context.account).shares()


def _believe_no_empty_account(context: StepContext, account: AccountState, but: Collection[str]) -> None:
    """An account without positions looks like a request that timed out: nobody plans to buy everything again on it.

    What is written off (`but`) may leave at any time: its leaving is a break of its own symbol and no more.
    """
    ours = _shares(context).keys() - but
    if ours and not account.positions:
        held = ", ".join(sorted(ours))
        raise BrokerError(
            f"{context.broker.name} says that account {context.account} is empty; our ledger holds {held}. Nothing is "
            f"planned on that. Look at the account; if it is true, explain each break that `steelyard breaks "
            f'{context.book.book}` shows: `steelyard explain {context.book.book} BREAK --book-it --who "your name" '
            '--because "..."`, then run the session again'
        )


def take_over(context: StepContext, account: AccountState, prices: Mapping[str, Decimal]) -> None:
    """A book on its first session takes over its account, with all that the broker's statement lists until then."""
    if not context.journal.books.entries(context.book.book, context.account):  # else the statement is not asked
        open_book(context, account, prices, known_lines(context, account.at - A_MOMENT))


def open_book(
    context: StepContext, account: AccountState, prices: Mapping[str, Decimal], known: Sequence[LedgerRow] = ()
) -> None:
    """What the account holds at the prices of the day, as the book's first entries, and the lines `known` by then."""
    if context.journal.books.entries(context.book.book, context.account):
        return
    at = account.at - A_MOMENT
    parts = account.parts or {"": account}
    rows = [row for tag, part in parts.items() for row in _opening_rows(context, tag, replace(part, at=at), prices)]
    context.journal.books.record_entries([*rows, *known])


def _opening_rows(context: StepContext, tag: str, part: AccountState, prices: Mapping[str, Decimal]) -> list[LedgerRow]:
    """Cash and positions of one account; where a book has several brokers, each row's id names its broker's tag."""
    book, account = context.book.book, context.account
    why = f"taken over from {context.broker.name} account {account}" + (
        f", at {tag} account {part.account}" if tag else ""
    )
    cash = LedgerRow(
        entry_id(book, opening_name(tag, "cash")), book, account, "opening", part.at, None, None, part.cash, None, why
    )
    return [
        cash,
        *(
            LedgerRow(
                entry_id(book, opening_name(tag, s)), book, account, "opening", part.at, s, n, None, prices.get(s), why
            )
            for s, n in part.positions.items()
        ),
    ]


def book_actions(context: StepContext) -> tuple[LedgerRow, ...]:
    """Everything that the broker's statement lists and the ledger lacks; returns what was new."""
    return book_statement(context)


def _summary_of_beside(beside: Beside) -> str:
    """`GE, DEAD (no price)`."""
    names = sorted({f.symbol for f in beside.findings if f.symbol})
    return ", ".join(f"{name} (no price today)" if name in beside.unquoted else name for name in names)


def _summary_of(rows: Sequence[LedgerRow]) -> str:
    """`dividend of KO $1,400.00 of 2017-06-28`: the first three lines, and how many more."""
    lines = [
        f"{row.kind.replace('_', ' ')}{f' of {row.symbol}' if row.symbol else ''} "
        + (f"{row.shares:+} shares " if row.shares else "")
        + (f"{dollars(row.amount_usd)} " if row.amount_usd else "")
        + f"of {row.at.date()}"
        for row in rows
    ]
    return ", ".join(lines[:3]) + (f" and {len(lines) - 3} more" if lines[3:] else "")
