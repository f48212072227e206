"""Orders and executions in our words, from what the wire has said. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tasks.brokers.ibkr.codes import is_over, state_of
from tasks.brokers.ibkr.reported import ReportedExecution, ReportedOrder, Reports, is_of
from tasks.model.client_order_ids import leg_key
from tasks.model.executions import totals_of
from tasks.model.orders import BrokerOrder, Execution, LegRole, OrderState

ZERO = Decimal(0)
NEW_YORK = ZoneInfo("America/New_York")
PAID_LATER = "/fee"
"""Ends the id of the row that adds a commission to an execution that was told without one."""


def parse_order(order: ReportedOrder, executions: Iterable[ReportedExecution]) -> BrokerOrder:
    """Executions outrank a count that is behind them; a correction outranks every count."""
    ours = [e for e in executions if is_of(e, order)]
    counted = totals_of(parse_execution(e, ZERO) for e in ours).shares
    corrected = any(corrects(e.execution_id) for e in ours)
    filled = counted if corrected else max(order.filled, counted)
    shares = order.shares or filled
    state = state_of(order.status, filled, shares, order.completed)
    if not filled and order.is_refused:
        state = OrderState.REJECTED
    elif not filled and order.is_in_doubt:
        state = OrderState.UNKNOWN
    return BrokerOrder(
        key=order.key,
        broker_order_id=order.broker_order_id,
        symbol=order.symbol,
        side=order.side,
        shares=shares,
        filled_shares=filled,
        state=state,
        reason=order.reason,
        cause=order.cause,
    )


def parse_family(family: Sequence[ReportedOrder], executions: Collection[ReportedExecution]) -> BrokerOrder:
    """An order with its exits, which follow it."""
    told = [parse_order(order, executions) for order in family]
    return replace(told[0], legs=tuple(told[1:]))


def with_legs(order: BrokerOrder, told_of: Callable[[str], BrokerOrder | None]) -> BrokerOrder:
    """The order with those exits that `told_of` knows by their keys."""
    if not order.key:
        return order
    legs = (told_of(leg_key(order.key, role)) for role in LegRole)
    return replace(order, legs=tuple(leg for leg in legs if leg is not None))


def heard_of(records: Reports, key: str) -> BrokerOrder | None:
    """What the newest word on the newest order of a key says, without a question."""
    heard = [o for o in records.of_key(key) if o.status or o.is_refused or o.is_in_doubt or records.has_filled(o)]
    return parse_order(heard[-1], records.executions.values()) if heard else None


def found_order(
    working: Sequence[ReportedOrder],
    completed: Sequence[ReportedOrder],
    heard: Sequence[ReportedOrder],
    executions: Sequence[ReportedExecution],
    oldest_word: datetime,
) -> BrokerOrder | None:
    """The order of one key; each argument holds only what carries that key.

    Of several the oldest that works, or else the newest. What this connection has heard itself counts where the
    answers lack the order, unless it was said to work before `oldest_word`.
    """
    if working:
        return parse_order(min(working, key=lambda o: o.perm_id), executions)
    if completed:
        newest = max(completed, key=lambda o: o.perm_id)
        return parse_order(_with_shares(newest, heard), executions)
    fresh = [o for o in heard if _still_counts(o, oldest_word)]
    if fresh:
        return parse_order(fresh[-1], executions)
    if executions:
        return _from_executions(executions, heard)
    puzzles = [o for o in heard if o.is_in_doubt]
    return parse_order(puzzles[-1], executions) if puzzles else None


def _still_counts(order: ReportedOrder, oldest_word: datetime) -> bool:
    if order.is_refused or is_over(order.status):
        return True
    return bool(order.status) and order.heard_at is not None and order.heard_at >= oldest_word


def _with_shares(order: ReportedOrder, heard: Sequence[ReportedOrder]) -> ReportedOrder:
    """A filled order among the completed ones does not tell its size; we may know it."""
    same = [o for o in heard if o.perm_id == order.perm_id and o.shares]
    if not same:
        return order
    if order.shares:
        return replace(order, words=same[0].words, refused=same[0].refused, lasts=same[0].lasts)
    return same[0].with_status(order.status, max(order.filled, same[0].filled), order.perm_id, "", None)


def _from_executions(executions: Sequence[ReportedExecution], heard: Sequence[ReportedOrder]) -> BrokerOrder:
    first = executions[0]
    asked = next((o.shares for o in heard if o.shares), ZERO)
    counted = totals_of(parse_execution(e, ZERO) for e in executions).shares
    done = bool(asked) and counted >= asked
    state = OrderState.FILLED if done else OrderState.PARTIALLY_FILLED
    words = "known by its executions"
    return BrokerOrder(first.key, str(first.perm_id), first.symbol, first.side, asked or counted, counted, state, words)


# ---- executions --------------------------------------------------------------------------------------------------


def parse_executions(
    rows: Iterable[ReportedExecution],
    fees: Mapping[str, Decimal],
    told_without: Collection[str],
    free_before: datetime,
) -> tuple[Execution, ...]:
    """Oldest first, each once. One without its commission is left out, until it is older than `free_before`.

    Those in `told_without` were told with a fee of 0 before: their commission comes as a correction of that row.
    """
    told: list[Execution] = []
    for row in sorted(rows, key=lambda e: (e.at, e.execution_id)):
        fee = fees.get(row.execution_id)
        if row.execution_id in told_without:
            told.append(parse_execution(row, ZERO))
            if fee:
                told.append(_paid_later(row, fee))
        elif fee is not None or row.at <= free_before:
            told.append(parse_execution(row, fee or ZERO))
    return tuple(told)


def parse_execution(row: ReportedExecution, fee: Decimal) -> Execution:
    """`fee` in USD, as TWS reports it apart from the execution."""
    return Execution(
        execution_id=row.execution_id,
        key=row.key,
        symbol=row.symbol,
        side=row.side,
        shares=row.shares,
        price=row.price,
        fee=fee,
        at=row.at,
        account=row.account,
        venue=row.venue,
        supersedes=corrects(row.execution_id),
    )


def _paid_later(row: ReportedExecution, fee: Decimal) -> Execution:
    return Execution(
        execution_id=row.execution_id + PAID_LATER,
        key=row.key,
        symbol=row.symbol,
        side=row.side,
        shares=row.shares,
        price=row.price,
        fee=fee,
        at=row.at,
        account=row.account,
        venue=row.venue,
        supersedes=row.execution_id,
    )


def corrects(execution_id: str) -> str:
    """The id of the first report that this one corrects: `X.02` and `X.03` correct `X.01`; empty for a first report.

    Always the first one: reports in between need not have been seen, and all corrections of one report are a family
    of which the newest stands.
    """
    stem, dot, count = execution_id.rpartition(".")
    if not dot or not count.isdigit() or int(count) <= 1:
        return ""
    return f"{stem}.{1:0{len(count)}d}"


def is_of_session(row: ReportedExecution, session: date) -> bool:
    """By the date in New York: after 20:00 there UTC is a day ahead."""
    return row.at.astimezone(NEW_YORK).date() == session
