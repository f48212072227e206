"""What has to be booked so that a break is closed and our ledger follows the broker. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256

from tasks.errors import ConfigError
from tasks.model.executions import booked_id
from tasks.model.ledger import COST_STEP, LedgerState
from tasks.model.ledger_entries import line_row
from tasks.model.ledger_ids import balance_id
from tasks.model.ledger_records import BreakRow, LedgerRow
from tasks.model.orders import Execution
from tasks.reconciliation.break_text import COMPARE_AGAIN, execution_of, line_of, summary_of
from tasks.reconciliation.breaks import FILL_KINDS, ORDER_KINDS, BreakKind
from tasks.reconciliation.cause import evidence_for
from tasks.reconciliation.compare import cash_differs
from tasks.reconciliation.effects import difference_of

ZERO = Decimal(0)
LONGEST_KEY = 40
"""What the journal keeps of a key that is not ours."""


@dataclass(frozen=True, slots=True)
class SharesMoney:
    """What a person knows of shares that left or came, USD, 0 or above; None where nobody said."""

    proceeds_usd: Decimal | None = None
    """What those brought that left: 0 for worthless ones."""
    cost_usd: Decimal | None = None
    """What those cost that came, as under another symbol before. Without it they come for nothing."""


NO_MONEY = SharesMoney()


@dataclass(frozen=True, slots=True)
class Closing:
    """Everything that one word of a person books."""

    explains: tuple[str, ...]
    """Ids of the breaks that this closes at once; what they explain closes with the next comparison."""
    entries: tuple[LedgerRow, ...] = ()
    executions: tuple[Execution, ...] = ()


def closing_of(
    row: BreakRow,
    still_open: Sequence[BreakRow],
    held: LedgerState,
    account: str,
    because: str,
    money: SharesMoney = NO_MONEY,
) -> Closing:
    """What to book for one break, given the other open ones and what the ledger holds now.

    Shares that left for money go at that price, and the cash comes with them: a break of just this cash is closed too.

    Shares or cash that a fill or a statement line explains are booked as that fill or line: never twice.
    Raises: ConfigError when there is nothing to book, when something else has to be booked first, or when the ledger
    has moved since the break was found.
    """
    _money_makes_sense(row, money)
    if row.kind in ORDER_KINDS:
        raise ConfigError(
            f"{row.break_id} is about an order: there is nothing to book. Cancel it or look it up at the broker and "
            f"{COMPARE_AGAIN}, or explain it without --book-it"
        )
    if row.kind in FILL_KINDS or row.kind == BreakKind.STATEMENT:
        return _of_evidence([row], account)
    touching, matches = evidence_for(row, still_open)
    evidence = [other for other in still_open if other in touching]
    if evidence and not matches:
        names = ", ".join(other.break_id for other in evidence)
        raise ConfigError(f"{row.break_id}: book {names} first, {COMPARE_AGAIN}, then explain what is left of it")
    if evidence:
        return _of_evidence(evidence, account)
    if _has_moved(row, held):
        raise ConfigError(f"{row.break_id}: our ledger has moved since it was found; {COMPARE_AGAIN} before booking it")
    paid = [other.break_id for other in still_open if is_cash_of(money.proceeds_usd, other)]
    return Closing((row.break_id, *paid), entries=(balance_entry(row, account, because, money),))


def is_cash_of(proceeds_usd: Decimal | None, row: BreakRow) -> bool:
    """Whether a break of cash is just what shares brought."""
    return bool(proceeds_usd) and row.kind == BreakKind.CASH and difference_of(row) == proceeds_usd


def _money_makes_sense(row: BreakRow, money: SharesMoney) -> None:
    """Raises: ConfigError unless proceeds are of shares that left, and a cost of shares that came."""
    moved = (difference_of(row) or ZERO) if row.kind == BreakKind.SHARES else ZERO
    what = f"{row.break_id} is {row.kind}, ours {row.ours}, theirs {row.theirs}"
    if money.proceeds_usd is not None and (moved >= 0 or money.proceeds_usd < 0):
        raise ConfigError(
            f"--proceeds-usd {money.proceeds_usd}: {what}; proceeds are what shares brought that our ledger has and "
            "the broker has no more, 0 or above. Leave it out"
        )
    if money.cost_usd is not None and (moved <= 0 or money.cost_usd < 0):
        raise ConfigError(
            f"--cost-usd {money.cost_usd}: {what}; it is what shares cost that the broker has and our ledger lacks, 0 "
            "or above. Leave it out"
        )


def balance_entry(row: BreakRow, account: str, because: str, money: SharesMoney = NO_MONEY) -> LedgerRow:
    """The ledger entry that moves our figure to the broker's; shares go or come at what they brought or cost."""
    difference = difference_of(row)
    assert difference is not None, "only shares and cash have a figure"
    worth = money.proceeds_usd if money.cost_usd is None else money.cost_usd
    return LedgerRow(
        entry_id=balance_id(row.break_id),
        book=row.book,
        account=account,
        kind="balance",
        at=row.found_at,
        symbol=row.symbol,
        shares=difference if row.symbol else None,
        amount_usd=money.proceeds_usd if row.symbol else difference,
        price=None if worth is None else (worth / abs(difference)).quantize(COST_STEP),
        because=because,
    )


def _of_evidence(rows: Sequence[BreakRow], account: str) -> Closing:
    lines = [row for row in rows if row.kind == BreakKind.STATEMENT]
    fills = [row for row in rows if row.kind != BreakKind.STATEMENT]
    return Closing(
        explains=tuple(row.break_id for row in rows),
        entries=tuple(line_row(row.book, account, line_of(row.theirs)) for row in lines),
        executions=tuple(_execution(row) for row in fills),
    )


def _execution(row: BreakRow) -> Execution:
    """The broker's report as it is, or a correction of ours under an id of its own."""
    real, mine = execution_of(row.theirs), execution_of(row.ours)
    if row.kind == BreakKind.MISSING_FILL:
        assert real is not None, "it is the broker's execution that is missing"
        return replace(real, key=real.key[:LONGEST_KEY])
    assert mine is not None, "we have it, in other words"
    terms = real if real is not None else replace(mine, shares=ZERO, fee=ZERO)
    digest = sha256(f"{mine.execution_id}|{summary_of(terms)}".encode()).hexdigest()[:6]
    return replace(
        terms,
        execution_id=booked_id(mine.execution_id, digest),
        key=mine.key,
        account=mine.account,
        supersedes=mine.execution_id,
    )


def _has_moved(row: BreakRow, held: LedgerState) -> bool:
    if row.symbol is None:
        return cash_differs(held.cash_usd, Decimal(row.ours))
    return held.shares().get(row.symbol, ZERO) != Decimal(row.ours)
