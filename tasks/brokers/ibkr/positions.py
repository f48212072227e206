"""What of an account is the book's, and what stands beside it: by contract, never by ticker. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from tasks.brokers.ibkr.instruments import CURRENCY
from tasks.brokers.ibkr.wrapper import CASH_TAG, Cash, Position, Worth
from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.model.orders import OutsideHolding

ALL_CURRENCIES = "BASE"
Rows = Iterable[Cash | Worth]


def account_of(
    account: str, at: datetime, held: Sequence[Position], books: Collection[int], rows: Sequence[Cash | Worth]
) -> AccountState:
    """One account as a book sees it.

    held: positions of every kind; books: numbers of those contracts that are stocks of the book; rows: cash and worths.
    Of two stocks that claim one symbol neither is the book's: shares of different contracts are never added up.
    Raises: BrokerError without a figure for the book's cash.
    """
    claims = Counter(row.instrument.symbol for row in held if row.instrument.con_id in books)
    ours = [row for row in held if row.instrument.con_id in books and claims[row.instrument.symbol] == 1]
    worths = {row.con_id: row.value for row in rows if isinstance(row, Worth)}
    beside = [_outside(row, worths.get(row.instrument.con_id)) for row in held if row not in ours]
    return AccountState(
        account=account,
        at=at,
        cash=cash_of(rows, account),
        positions={row.instrument.symbol: row.quantity for row in ours},
        outside=(*sorted(beside, key=lambda holding: holding.name), *_other_money(rows)),
    )


def cash_of(rows: Rows, account: str) -> Decimal:
    """USD, the book's only currency. Raises: BrokerError, also when a complete answer has no such figure."""
    told = {row.currency: row.amount for row in rows if isinstance(row, Cash)}
    try:
        return Decimal(told[CURRENCY])
    except (KeyError, InvalidOperation) as missing:
        raise BrokerError(
            f"the account {account}: TWS told no {CASH_TAG} in {CURRENCY}, so nothing can be sized; "
            "look at the account window of TWS"
        ) from missing


def _outside(row: Position, worth: Decimal | None) -> OutsideHolding:
    what = row.instrument
    return OutsideHolding(what.name, what.kind, row.quantity, what.currency, worth)


def _other_money(rows: Rows) -> list[OutsideHolding]:
    """Cash in every other currency of which there is any."""
    told = {row.currency: row.amount for row in rows if isinstance(row, Cash)}
    amounts = {currency: _amount(said) for currency, said in told.items() if currency not in (CURRENCY, ALL_CURRENCIES)}
    return [OutsideHolding(c, "cash", amount, c, amount) for c, amount in sorted(amounts.items()) if amount]


def _amount(said: str) -> Decimal:
    try:
        return Decimal(said)
    except InvalidOperation:
        return Decimal(0)
