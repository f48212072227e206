"""What only a person can answer, in the Prefect UI: the same words, and the same record, as the commands."""

from decimal import Decimal
from typing import Any, Literal

from prefect import flow
from prefect.runtime import flow_run

from flows.commands.approve import explain_break
from flows.commands.unknown import resolve_order
from flows.named_end import named_end
from flows.prefect_run import run_log
from tasks.reconciliation.close import SharesMoney


def _explains() -> str:
    given = flow_run.parameters
    return f"explain {given.get('break_id')} by {given.get('who')}"


def _resolves() -> str:
    given = flow_run.parameters
    return f"{given.get('key')} is {given.get('said')}, says {given.get('who')}"


@flow(name="explain", flow_run_name=_explains, persist_result=False)
@named_end
def explain(
    who: str,
    because: str,
    book: str,
    break_id: str,
    book_it: bool = False,
    proceeds_usd: float | None = None,
    cost_usd: float | None = None,
) -> dict[str, Any]:
    """Explain a break, which unlocks its symbol.

    Args:
        who: your name, as it stands in the record
        because: what happened
        book: the book's file or name
        break_id: id of the break, as the card of open breaks of a reconciliation shows it
        book_it: also book the difference, so that the ledger agrees
        proceeds_usd: with `book_it`, USD that shares brought which left, e.g. delisted; 0 for none, empty for unknown
        cost_usd: with `book_it`, USD that shares cost which came, e.g. under their old name; empty for nothing
    """
    brought, cost = (None if usd is None else Decimal(str(usd)) for usd in (proceeds_usd, cost_usd))
    money = SharesMoney(brought, cost)
    told = explain_break(book, break_id, who, because, book_it=book_it, as_json=True, money=money)
    then = ", and the difference is booked" if told["booked"] else ""
    run_log().warning("%s: explained by %s: %s%s", break_id, told["explained_by"] or who, because, then)
    return told


@flow(name="resolve", flow_run_name=_resolves, persist_result=False)
@named_end
def resolve(who: str, because: str, key: str, said: Literal["dead", "alive"]) -> dict[str, Any]:
    """Say what became of an order without an answer; used where the broker is silent, and never against its word.

    Args:
        who: your name, as it stands in the record
        because: what you saw, and where
        key: client order id of a ticket; whatever is none is refused with those that are open
        said: `dead` if it never reached the market, `alive` if it did
    """
    told = resolve_order(key, said, who, because, as_json=True)
    run_log().warning("%s: %s, says %s: %s. Run its session again", key, said, told["who"], because)
    return told
