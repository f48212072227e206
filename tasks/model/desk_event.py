"""What happens that somebody outside may want to hear: an order that moved, a fill, a break, a breaker. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.model import halts
from tasks.model.account import HaltState
from tasks.model.cycle import Cycle
from tasks.model.ledger_records import BreakRow
from tasks.model.order_records import OrderEvent
from tasks.model.order_states import WANTS_A_LOOK
from tasks.model.orders import Execution
from tasks.model.plan import Severity

BREAK_OPEN, BREAK_CLOSED = "break.open", "break.closed"
BREAKER_TRIPPED = "breaker.tripped"
BOOK_HALTED, BOOK_REDUCING, BOOK_RESUMED = "book.halted", "book.reducing", "book.resumed"
SESSION_RESUMED = "session.resumed"
LIQUIDATION_BEGUN = "liquidation.begun"
APPROVAL_WANTED = "approval.wanted"
SESSION_MISSED = "session.missed"
FILL = "fill.recorded"


@dataclass(frozen=True, slots=True)
class DeskEvent:
    """One thing that happened, as it is told to logs, automations and whoever else listens."""

    name: str
    """`order.rejected`, `break.open`: the subject, and what became of it."""
    sentence: str
    severity: Severity = Severity.INFO
    key: str = ""
    """Client order id, of what concerns one order."""
    figures: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Plain values beside the sentence."""


def order_moved(event: OrderEvent) -> DeskEvent:
    """A change of a slice's state."""
    severity = Severity.WARN if event.state in WANTS_A_LOOK else Severity.INFO
    words = f"{event.key} is {event.state}"
    figures: dict[str, Any] = {"broker_order_id": event.broker_order_id, "broker_clock": event.at.isoformat()}
    if event.filled_shares is not None:
        figures["filled_shares"] = str(event.filled_shares)
    if event.cause is not None:
        figures["cause"] = event.cause.value
    return DeskEvent(
        f"order.{event.state.value}",
        f"{words}: {event.reason}" if event.reason else words,
        severity,
        event.key,
        figures,
    )


def filled(execution: Execution) -> DeskEvent:
    """An execution that was not on record yet."""
    what = f"{execution.side} {execution.shares} {execution.symbol} at {execution.price}"
    figures = {
        "execution_id": execution.execution_id,
        "symbol": execution.symbol,
        "side": execution.side.value,
        "shares": str(execution.shares),
        "price": str(execution.price),
        "fee_usd": str(execution.fee),
        "broker_clock": execution.at.isoformat(),
    }
    return DeskEvent(FILL, what, Severity.INFO, execution.key, figures)


def break_found(row: BreakRow) -> DeskEvent:
    """A difference between ledger and broker that was not on record yet; its symbol is locked."""
    figures = {"break_id": row.break_id, "symbol": row.symbol or "cash", "kind": row.kind, "cause": row.cause}
    return DeskEvent(BREAK_OPEN, row.sentence, Severity.WARN, "", figures)


def break_over(row: BreakRow, because: str) -> DeskEvent:
    """A break that the broker's newest answer explains."""
    figures = {"break_id": row.break_id, "symbol": row.symbol or "cash", "kind": row.kind}
    return DeskEvent(BREAK_CLOSED, f"{row.sentence}: {because}", Severity.INFO, "", figures)


def halt_said(halt: halts.Halt) -> DeskEvent:
    """A person's word on what may be sent: nothing, only what reduces, or everything again."""
    name, severity = {
        HaltState.HALTED: (BOOK_HALTED, Severity.HALT),
        HaltState.REDUCING: (BOOK_REDUCING, Severity.WARN),
        HaltState.NORMAL: (BOOK_RESUMED, Severity.INFO),
    }[halt.state]
    scope = "every book" if halt.scope == halts.EVERY_BOOK else halt.scope
    words = "may trade again, says" if halt.state is HaltState.NORMAL else f"is {halt.state}, says"
    return DeskEvent(name, f"{scope} {words} {halt.who}: {halt.why}", severity, figures={"scope": halt.scope})


def liquidation_begun(cycle: Cycle, who: str, because: str) -> DeskEvent:
    """A book on its way to cash, told by each run that takes it up."""
    words = f"{who} liquidates {cycle.book} {cycle.session}: {because}"
    return DeskEvent(LIQUIDATION_BEGUN, words, Severity.WARN, figures={"cycle_id": cycle.cycle_id})


def by_name(events: Sequence[DeskEvent]) -> dict[str, list[DeskEvent]]:
    """Of one batch, those of each name together, in the order in which they happened."""
    found: dict[str, list[DeskEvent]] = {}
    for event in events:
        found.setdefault(event.name, []).append(event)
    return found
