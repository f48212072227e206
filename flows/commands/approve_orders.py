"""What an answer by command says of single orders, and which of them do not go by all that was said."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from tasks.approval.single_orders import (
    needs_names,
    order_lines,
    single_orders,
    understood,
    unsent_orders,
    wants_each,
)
from tasks.book.approval import ApprovalSettings
from tasks.errors import ConfigError
from tasks.model.cycle import Cycle
from tasks.model.plan_json import plan_from_json
from tasks.model.plan_records import Approval, PlanRecord
from tasks.model.typed_commands import approves_singly
from tasks.wording import short_hash


def orders_named(
    cycle: Cycle, record: PlanRecord, settings: ApprovalSettings, single: str, strike: str, note: str
) -> Mapping[str, str]:
    """Raises: ConfigError for words that are no answer, with the orders in question; nothing is recorded then."""
    if not (single.strip() or strike.strip()) and not needs_names(cycle):
        return {}
    plan = plan_from_json(json.dumps(record.body))
    singles = single_orders(cycle, plan, settings)
    symbols = [line.symbol for line in plan.trades]
    words = understood(single, strike, note, symbols=symbols, singles=singles, is_manual=wants_each(cycle))
    if words.problem:
        listed = order_lines(plan, singles or dict.fromkeys(symbols, ""))
        raise ConfigError(
            f"plan {short_hash(record.plan_hash)}: {words.problem}. Orders: {listed}. "
            f"All of them: `{approves_singly(cycle)}`; --strike SYMBOLS with --because keeps some back"
        )
    return words.orders


def orders_left(
    cycle: Cycle, record: PlanRecord, answers: Sequence[Approval], settings: ApprovalSettings, now: datetime
) -> dict[str, str]:
    """The orders that do not go, by all that was said."""
    if not needs_names(cycle) and not any(said.orders for said in answers):
        return {}
    plan = plan_from_json(json.dumps(record.body))
    return unsent_orders(plan, answers, single_orders(cycle, plan, settings), settings, now)
