"""The step that holds our ledger against the broker's word when the trading is done."""

from collections.abc import Mapping
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import Artifact
from tasks.brokers.remarks import told_remarks
from tasks.desk import Desk
from tasks.fills.performance import worth
from tasks.holdings.booking import ledger_of
from tasks.reconciliation.everyone import everyones_account, must_have_answered, must_not_be_silent
from tasks.reconciliation.recording import Comparison, record_comparison
from tasks.steps import Done, facts_of, once, worth_retrying


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
    sentence = f"{len(found)} breaks" if found else "no breaks: ledger and broker agree to the share and the cent"
    sentence += told_remarks(desk.broker)
    rows = [
        {"what": b.sentence, "kind": b.kind, "ours": b.ours, "theirs": b.theirs, "USD": b.amount_usd or ""}
        for b in found
    ]
    facts = {"breaks": len(found), "nav_usd": str(value.nav_usd)}
    return Done(f"{sentence}; net asset value ${value.nav_usd:,.2f}", facts, Artifact("Reconciliation", sentence, rows))


def _compare(desk: Desk, prices: Mapping[str, Decimal]) -> Comparison:
    held = ledger_of(desk.journal, desk.book.book, desk.account).shares()
    compared = record_comparison(desk, everyones_account(desk.broker, held), prices)
    must_not_be_silent(compared.account)
    must_have_answered(desk)
    return compared


def _closing_prices(desk: Desk) -> dict[str, Decimal]:
    """The broker's last prices, and the decision's where it has none."""
    held = facts_of(desk, "holdings")
    known = {s: Decimal(p) for s, p in held["prices"].items()}
    ours = ledger_of(desk.journal, desk.book.book, desk.account).shares()
    symbols = sorted({*known, *ours, *desk.broker.account_state().positions})
    return known | {symbol: quote.last for symbol, quote in desk.broker.quotes(symbols).items()}
