"""The questions that show where everything stands: open, completed and executed orders, positions and cash."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tasks.brokers.ibkr.codes import is_over
from tasks.brokers.ibkr.connection import Connection
from tasks.brokers.ibkr.library import ExecutionFilter
from tasks.brokers.ibkr.parse_orders import found_order, with_legs
from tasks.brokers.ibkr.positions import cash_of
from tasks.brokers.ibkr.reported import ReportedOrder
from tasks.brokers.ibkr.throttle import LOOKING
from tasks.brokers.ibkr.wrapper import COMPLETED, DOWNLOAD, OPEN, POSITIONS, Cash, Position, Worth
from tasks.errors import ConfigError
from tasks.model.orders import BrokerOrder


async def look_at_everything(line: Connection, account: str) -> None:
    """Ask for all of it and believe none of it half.

    Raises: ConfigError when the login has no such account; BrokerError.
    """
    accounts = () if line.listener is None else line.listener.accounts
    if account not in accounts:
        told = ", ".join(accounts)
        raise ConfigError(f"broker.account: {account!r} is not among those of this login: {told}; name one of them")
    await working_orders(line, account)
    await executions_of_the_day(line)
    await completed_orders(line, account)
    await positions(line, account)
    cash_of(await account_rows(line, account), account)


async def working_orders(line: Connection, account: str) -> list[ReportedOrder]:
    """Of all clients of the account, and those that were placed by hand."""
    names = await line.request(OPEN, "the open orders", lambda client: client.reqAllOpenOrders(), LOOKING)
    assert line.listener is not None  # it has answered
    orders = [line.listener.records.orders[name] for name in dict.fromkeys(names)]
    return [order for order in orders if order.account == account and not is_over(order.status)]


async def completed_orders(line: Connection, account: str) -> list[ReportedOrder]:
    """Those of the day; asked for after the open ones, so that none can slip from the one list to the other unseen."""
    found: list[ReportedOrder] = await line.request(
        COMPLETED, "the completed orders", lambda client: client.reqCompletedOrders(False), LOOKING
    )
    return [order for order in found if order.account == account]


async def executions_of_the_day(line: Connection) -> None:
    """Into the records; TWS tells those since midnight, of all clients."""
    await line.request_numbered(
        "the executions", lambda client, number: client.reqExecutions(number, ExecutionFilter()), LOOKING
    )


async def find(line: Connection, account: str, key: str, oldest_word: datetime) -> BrokerOrder | None:
    """The order of a key by its `orderRef`, with its exits: open, executed or completed.

    None is said by three whole answers.

    Raises: BrokerError.
    """
    working = await working_orders(line, account)
    await executions_of_the_day(line)
    completed = await completed_orders(line, account)
    assert line.listener is not None  # it has answered
    records = line.listener.records

    def look_up(of: str) -> BrokerOrder | None:
        executions = [e for e in records.executions.values() if e.key == of and e.account == account]
        return found_order(_of(working, of), _of(completed, of), records.of_key(of), executions, oldest_word)

    found = look_up(key)
    return None if found is None else with_legs(found, look_up)


def _of(orders: Sequence[ReportedOrder], key: str) -> list[ReportedOrder]:
    return [order for order in orders if order.key == key]


async def positions(line: Connection, account: str) -> tuple[Position, ...]:
    """Of every kind of contract, none twice and none of nothing. The subscription is ended, so that the next question
    is answered from the start."""
    rows: list[Position] = await line.request(POSITIONS, "the positions", lambda client: client.reqPositions(), LOOKING)
    (await line.turn(LOOKING)).cancelPositions()
    found = {row.instrument.con_id: row for row in rows if row.account == account}
    return tuple(row for row in found.values() if row.quantity)


async def account_rows(line: Connection, account: str) -> list[Cash | Worth]:
    """Cash by currency, and what each position is worth. Raises: BrokerError."""

    def subscribe(client: Any) -> None:
        client.reqAccountUpdates(True, account)

    rows = await line.request((DOWNLOAD, account), "the account", subscribe, LOOKING)
    (await line.turn(LOOKING)).reqAccountUpdates(False, account)
    return rows
