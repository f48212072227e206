"""The exchange's own book, without lies: what every answer of the broker is measured against."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tasks.brokers.simulated.account import Order
from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution


def standing(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """Those that count: superseded by no other, and not busted to no shares; order kept, repetitions left out."""
    rows = tuple({execution.execution_id: execution for execution in executions}.values())
    superseded = {row.supersedes for row in rows}
    return tuple(row for row in rows if row.shares and row.execution_id not in superseded)


@dataclass(frozen=True, slots=True)
class ExchangeSnapshot:
    """One account, all of its sessions."""

    clock: datetime
    """Unskewed."""
    session: date | None
    cash: Decimal
    positions: Mapping[str, Decimal]
    """Signed shares; no zeros."""
    orders: tuple[Order, ...]
    """In order of arrival; `key` is the client order id, which may come more than once where keys are not unique."""
    executions: tuple[Execution, ...]
    """Every row, oldest first: corrections and busts follow what they supersede."""
    statement: tuple[StatementLine, ...]
    """Splits and dividends."""

    @property
    def standing(self) -> tuple[Execution, ...]:
        """The executions that count."""
        return standing(self.executions)

    def orders_with(self, key: str) -> tuple[Order, ...]:
        """All orders that were made of one client order id."""
        return tuple(order for order in self.orders if order.key == key)

    def filled(self, key: str) -> Decimal:
        """Unsigned shares of standing executions under one client order id."""
        return sum((row.shares for row in self.standing if row.key == key), Decimal(0))
