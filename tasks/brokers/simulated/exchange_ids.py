"""What the simulated exchange calls its orders, executions and statement lines, as it is written and read; pure."""

from datetime import date

VENUE = "SIM"
REPEAT = "\x1f"
"""Between a client order id that came again and the number that tells the orders of it apart."""


def order_id(account: str, number: int) -> str:
    """With the account: orders and executions are told apart over all accounts of a broker."""
    return f"{VENUE}-{account}-{number:08d}"


def execution_id(broker_order_id: str, fill: int) -> str:
    """Of an order's first fill (1), second, ..."""
    return f"{broker_order_id}-{fill:04d}"


def numbers_of(execution: str) -> tuple[int, int]:
    """(the order's number within its account, the fill's within its order)."""
    _, order, fill = execution.rsplit("-", 2)
    return int(order), int(fill)


def is_of_order(execution: str, broker_order_id: str) -> bool:
    """Whether an execution id is one of this order's."""
    return execution.startswith(f"{broker_order_id}-")


def executions_between(broker_order_id: str) -> tuple[str, str]:
    """First and last text between which the ids of an order's executions stand in order."""
    return f"{broker_order_id}-", f"{broker_order_id}-:"  # a colon comes after all digits


def repeated(key: str, number: int) -> str:
    """What tells an order from an earlier one of the same client order id."""
    return f"{key}{REPEAT}{number}"


def sent_key(key: str) -> str:
    """The client order id as it was sent, whether it came once or again."""
    return key.partition(REPEAT)[0]


def repeats_between(key: str) -> tuple[str, str]:
    """First and last text between which the repetitions of a client order id stand in order."""
    return key + REPEAT, f"{key}{REPEAT}:"  # a colon comes after all digits


def action_name(symbol: str, ex_date: date, kind: str) -> str:
    """Of a corporate action; a company may pay twice on one day, which the number of the line tells apart."""
    return f"{VENUE}-{ex_date.isoformat()}-{symbol}-{kind}"


def line_id(action: str, number: int) -> str:
    """Of the statement line about an action, 1 for the first of its name."""
    return f"{action}-{number}"


def action_of(line: str) -> str:
    """The name of the action that a line is about."""
    return line.rpartition("-")[0]
