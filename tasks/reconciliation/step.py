"""The step that holds our ledger against the broker's word when the trading is done."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.brokers.remarks import summary_of_remarks
from tasks.checkpoints import StepResult, facts_of, run_again, run_once, worth_retrying
from tasks.context import StepContext
from tasks.journal.book_ledger import ledger_of
from tasks.model.artifact import Artifact
from tasks.model.ledger import worth
from tasks.model.order_states import UNANSWERED, WORKING
from tasks.orders.all_brokers import everyones_account, must_have_answered, must_not_be_silent
from tasks.reconciliation.breaks import Break
from tasks.reconciliation.broker_statement import book_statement
from tasks.reconciliation.open_breaks import from_earlier
from tasks.reconciliation.record import Comparison, record_comparison
from tasks.reconciliation.written_off import prices_named, written_off
from tasks.retry import READING_STEP_S
from tasks.wording import counted, dollars


@task(
    name="reconcile",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(READING_STEP_S),
    retry_delay_seconds=list(READING_STEP_S),
    retry_condition_fn=worth_retrying,
)
def reconcile(context: StepContext) -> dict[str, object]:
    """Breaks are recorded with their amounts; their symbols are locked from the next session on.

    Raises: BrokerError when a broker of the book does not answer: the comparison is never made with an old answer.
    """
    return run_once(context, "reconcile", _reconcile)


@task(name="reconcile again", cache_policy=NO_CACHE, persist_result=False)
def reconcile_again(context: StepContext) -> dict[str, object]:
    """The same comparison at another time, beside the chain."""
    return run_again(context, "reconcile", _compared_again)


def _reconcile(context: StepContext) -> StepResult:
    prices = _closing_prices(context)
    compared = _compare(context, prices)
    value = worth(ledger_of(context.journal, context.book.book, context.account), prices)
    context.journal.books.record_valuation(
        context.book.book, context.session, value.nav_usd, compared.account.cash, prices
    )
    said = _said(context, len(compared.breaks)) + summary_of_remarks(context.broker)
    # The broker's word on the session's prices: asked again later, it speaks of the session that it is at by then.
    note = context.broker.capabilities.market_data_note
    facts = {"breaks": len(compared.breaks), "nav_usd": str(value.nav_usd), "market_note": note}
    return StepResult(f"{said}; net asset value {dollars(value.nav_usd)}", facts, _artifact(said, compared.breaks))


def _compared_again(context: StepContext) -> StepResult:
    found = _compare(context, _closing_prices(context)).breaks
    said = _said(context, len(found)) + summary_of_remarks(context.broker)
    return StepResult(said, {"breaks": [item.sentence for item in found]}, _artifact(said, found))


def _artifact(said: str, found: Sequence[Break]) -> Artifact:
    rows = [
        {"what": b.sentence, "kind": b.kind, "ours": b.ours, "theirs": b.theirs, "USD": b.amount_usd or ""}
        for b in found
    ]
    return Artifact("Reconciliation", said, rows)


def _said(context: StepContext, found: int) -> str:
    """What differs now, and what earlier sessions left open and this comparison could not close."""
    standing = context.journal.books.breaks(context.book.book, open_only=True)
    earlier = len(from_earlier(standing, context.cycle))
    since = f"; {earlier} open since an earlier session" if earlier else ""
    if found:
        return f"{counted(found, 'break')}{since}"
    return f"no new breaks{since}" if since else "no breaks: ledger and broker agree to the share and the cent"


def _compare(context: StepContext, prices: Mapping[str, Decimal]) -> Comparison:
    book_statement(context, but_shares_of=_in_flight(context))
    held = ledger_of(context.journal, context.book.book, context.account).shares()
    compared = record_comparison(context, everyones_account(context.broker, held), prices)
    must_not_be_silent(compared.account)
    must_have_answered(context)
    return compared


def _in_flight(context: StepContext) -> frozenset[str]:
    """Symbols of orders that may still fill: while they do, a split booked under them would double what they mean."""
    pieces = context.journal.orders.slices(context.cycle_id)
    return frozenset(piece.request.symbol for piece in pieces if piece.state in UNANSWERED | WORKING)


def _closing_prices(context: StepContext) -> dict[str, Decimal]:
    """The broker's last prices, the decision's where it has none, and a person's for what is written off."""
    held = facts_of(context, "holdings")
    known = {s: Decimal(p) for s, p in held["prices"].items()}
    ours = ledger_of(context.journal, context.book.book, context.account).shares()
    held_now = {*ours, *context.broker.account_state().positions}
    gone = written_off(context, held_now)
    quoted = {s: quote.last for s, quote in context.broker.quotes(sorted({*known, *held_now} - gone.keys())).items()}
    factors = {s: Decimal(f) for s, f in held.get("split_factors", {}).items()}  # a quote is of new shares already
    closes = known | {symbol: price * factors.get(symbol, Decimal(1)) for symbol, price in quoted.items()}
    return closes | prices_named(gone)
