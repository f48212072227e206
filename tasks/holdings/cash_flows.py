"""Money that a person moved in or out, as news: what no finished session has decided on yet."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tasks.context import StepContext
from tasks.model.ledger import ZERO
from tasks.model.ledger_records import LedgerRow

SEEN = "cash_flows_seen"
"""Fact of the step `holdings`: ids of the flows that were on record when the session decided."""


def cash_flow_facts(context: StepContext) -> dict[str, object]:
    """`cash_flow_usd`, signed: what came or went since the last finished session decided; and what is known by now.

    A flow is news in the session that finds it on record first, whenever it is dated: the broker may post it days
    later, and neither its date nor the wall clock says when the book learnt of it. Who stopped before the end has
    not acted on it, so that it is still news for the next one.
    """
    known = context.journal.books.entries(context.book.book, context.account)
    flows = [entry for entry in known if entry.kind == "cash_flow"]
    decided = _last_decision(context)
    new = [flow for flow in flows if decided is None or not _was_seen(flow, *decided)]
    amount = sum((flow.amount_usd or ZERO for flow in new), Decimal(0))
    return {"cash_flow_usd": str(amount), SEEN: [flow.entry_id for flow in flows]}


def _last_decision(context: StepContext) -> tuple[Mapping[str, Any], date] | None:
    """Facts and session of the last earlier session that was worked to its end."""
    for cycle in context.journal.cycles.all(context.book.book):
        if cycle.session < context.session and cycle.status == "done" and cycle.kind == "rebalance":
            found = context.journal.cycles.checkpoint(cycle, "holdings")
            if found is not None:
                return found.output["facts"], cycle.session
    return None


def _was_seen(flow: LedgerRow, facts: Mapping[str, Any], session: date) -> bool:
    """Sessions from before this was noted knew what is dated until then."""
    return flow.entry_id in facts[SEEN] if SEEN in facts else flow.at.date() <= session
