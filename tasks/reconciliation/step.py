"""The step that holds our ledger against the broker's word when the trading is done."""

from collections.abc import Mapping
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.brokers.remarks import told_remarks
from tasks.checkpoints import Done, facts_of, once, worth_retrying
from tasks.context import Desk
from tasks.journal.book_ledger import ledger_of
from tasks.model.artifact import Artifact
from tasks.model.ledger import worth
from tasks.orders.all_brokers import everyones_account, must_have_answered, must_not_be_silent
from tasks.orders.record import UNANSWERED, WORKING
from tasks.reconciliation.broker_statement import book_statement
from tasks.reconciliation.open_breaks import from_earlier
from tasks.reconciliation.record import Comparison, record_comparison
from tasks.reconciliation.written_off import prices_named, written_off
from tasks.wording import counted, dollars


@task(
    name="reconcile",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=2,
    retry_delay_seconds=[2, 10],
    retry_condition_fn=worth_retrying,
)
def reconcile(desk: Desk) -> dict[str, object]:
    """Breaks are recorded with their amounts; their symbols are locked from the next session on.

    Raises: BrokerError when a broker of the book does not answer: the comparison is never made with an old answer.
    """
    return once(desk, "reconcile", _reconcile)


@task(name="reconcile again", cache_policy=NO_CACHE, persist_result=False)
def reconcile_again(desk: Desk) -> dict[str, object]:
    """The same comparison at another time, outside the chain."""
    found = _compare(desk, _closing_prices(desk)).breaks
    return {"breaks": [item.sentence for item in found]}


def _reconcile(desk: Desk) -> Done:
    prices = _closing_prices(desk)
    compared = _compare(desk, prices)
    found, cash = compared.breaks, compared.account.cash
    value = worth(ledger_of(desk.journal, desk.book.book, desk.account), prices)
    desk.journal.books.record_valuation(desk.book.book, desk.session, value.nav_usd, cash, prices)
    sentence = _said(desk, len(found)) + told_remarks(desk.broker)
    rows = [
        {"what": b.sentence, "kind": b.kind, "ours": b.ours, "theirs": b.theirs, "USD": b.amount_usd or ""}
        for b in found
    ]
    facts = {"breaks": len(found), "nav_usd": str(value.nav_usd)}
    return Done(
        f"{sentence}; net asset value {dollars(value.nav_usd)}", facts, Artifact("Reconciliation", sentence, rows)
    )


def _said(desk: Desk, found: int) -> str:
    """What differs now, and what earlier sessions left open and this comparison could not close."""
    standing = desk.journal.books.breaks(desk.book.book, open_only=True)
    earlier = len(from_earlier(standing, desk.cycle))
    since = f"; {earlier} open since an earlier session" if earlier else ""
    if found:
        return f"{counted(found, 'break')}{since}"
    return f"no new breaks{since}" if since else "no breaks: ledger and broker agree to the share and the cent"


def _compare(desk: Desk, prices: Mapping[str, Decimal]) -> Comparison:
    book_statement(desk, but_shares_of=_in_flight(desk))
    held = ledger_of(desk.journal, desk.book.book, desk.account).shares()
    compared = record_comparison(desk, everyones_account(desk.broker, held), prices)
    must_not_be_silent(compared.account)
    must_have_answered(desk)
    return compared


def _in_flight(desk: Desk) -> frozenset[str]:
    """Symbols of orders that may still fill: while they do, a split booked under them would double what they mean."""
    pieces = desk.journal.orders.slices(desk.cycle_id)
    return frozenset(piece.request.symbol for piece in pieces if piece.state in UNANSWERED | WORKING)


def _closing_prices(desk: Desk) -> dict[str, Decimal]:
    """The broker's last prices, the decision's where it has none, and a person's for what is written off."""
    held = facts_of(desk, "holdings")
    known = {s: Decimal(p) for s, p in held["prices"].items()}
    ours = ledger_of(desk.journal, desk.book.book, desk.account).shares()
    held_now = {*ours, *desk.broker.account_state().positions}
    gone = written_off(desk, held_now)
    quoted = {s: quote.last for s, quote in desk.broker.quotes(sorted({*known, *held_now} - gone.keys())).items()}
    factors = {s: Decimal(f) for s, f in held.get("split_factors", {}).items()}  # a quote is of new shares already
    closes = known | {symbol: price * factors.get(symbol, Decimal(1)) for symbol, price in quoted.items()}
    return closes | prices_named(gone)
