"""Between the words of the book and those of one of its brokers: accounts and ids; pure."""

from dataclasses import replace

from tasks.brokers.protocol import StatementLine
from tasks.brokers.several.tags import prefixed
from tasks.terms import BrokerOrder, Execution


def own_order(tag: str, order: BrokerOrder) -> BrokerOrder:
    """The key is ours already; the broker's number gets the tag, and so do its legs'."""
    legs = tuple(own_order(tag, leg) for leg in order.legs)
    return replace(order, broker_order_id=prefixed(tag, order.broker_order_id), legs=legs)


def own_execution(tag: str, account: str, execution: Execution) -> Execution:
    """In the book's account, under an id that no other of its brokers can have."""
    return replace(
        execution,
        execution_id=prefixed(tag, execution.execution_id),
        supersedes=prefixed(tag, execution.supersedes),
        account=account,
    )


def own_line(tag: str, line: StatementLine) -> StatementLine:
    return replace(line, line_id=prefixed(tag, line.line_id))
