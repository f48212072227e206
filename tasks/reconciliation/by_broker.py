"""Our ledger broker by broker, where a book trades at several: for the words of a break, and for who is silent. Pure.

Fills belong to the broker that their key names, or their id; opening positions and statement lines to the one that
their id names. What a person booked to close a break names none: it is filed under no tag.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.brokers.multi.capabilities import summed
from tasks.model.account import AccountState
from tasks.model.broker_tags import tag_of, tag_of_id
from tasks.model.ledger import LedgerState, ledger
from tasks.model.ledger_entries import entries_of
from tasks.model.ledger_ids import tag_of_entry
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import BrokerOrder, Execution
from tasks.wording import dollars

ZERO = Decimal(0)
NO_PART = ""


def ledgers_by_part(rows: Sequence[LedgerRow], fills: Sequence[Execution]) -> dict[str, LedgerState]:
    """One ledger for each tag, and one under `NO_PART`; together they are the book's."""
    rows_of: dict[str, list[LedgerRow]] = {}
    fills_of: dict[str, list[Execution]] = {}
    for row in rows:
        rows_of.setdefault(part_of_row(row), []).append(row)
    for fill in fills:
        fills_of.setdefault(part_of(fill), []).append(fill)
    tags = {*rows_of, *fills_of}
    return {tag: ledger(entries_of(rows_of.get(tag, []), fills_of.get(tag, []))) for tag in sorted(tags)}


def part_of(item: Execution | BrokerOrder) -> str:
    """The tag of an execution or order: by its key, or where the key is not ours by the broker's number."""
    number = item.execution_id if isinstance(item, Execution) else item.broker_order_id
    return tag_of(item.key) or tag_of_id(number)


def part_of_row(row: LedgerRow) -> str:
    """The tag of a ledger row."""
    return tag_of_entry(row.entry_id, row.book)


def as_believed(account: AccountState, ledgers: Mapping[str, LedgerState]) -> AccountState:
    """The account with every silent broker as our ledger has it: its old word knows nothing of what came after it.

    Its old word stands where the ledger cannot tell the brokers apart: in a symbol, or in cash, that was booked under
    no tag.
    """
    if not account.silent:
        return account
    unfiled = ledgers.get(NO_PART, LedgerState())
    parts = {
        tag: _by_our_ledger(word, ledgers.get(tag, LedgerState()), unfiled) if tag in account.silent else word
        for tag, word in account.parts.items()
    }
    return replace(summed(account.account, parts, account.silent), at=account.at)


def _by_our_ledger(word: AccountState, ours: LedgerState, unfiled: LedgerState) -> AccountState:
    kept = unfiled.shares()
    positions = {symbol: shares for symbol, shares in ours.shares().items() if symbol not in kept}
    positions |= {symbol: shares for symbol, shares in word.positions.items() if symbol in kept}
    return replace(word, cash=word.cash if unfiled.cash_usd else ours.cash_usd, positions=positions)


def summary_by_broker(symbol: str | None, account: AccountState, ledgers: Mapping[str, LedgerState]) -> str:
    """`; at a 12, our ledger 10; at b 5, our ledger 5`: shares of a symbol, or USD for None; empty for one broker."""
    told: list[str] = []
    for tag, word in account.parts.items():
        ours = ledgers.get(tag, LedgerState())
        if symbol is None:
            told.append(f"; at {tag} {dollars(word.cash)}, our ledger {dollars(ours.cash_usd)}")
        elif (theirs := word.positions.get(symbol, ZERO)) or ours.shares().get(symbol, ZERO):
            told.append(f"; at {tag} {theirs}, our ledger {ours.shares().get(symbol, ZERO)}")
    return "".join(told)
