"""What corporate actions do to an account: each once, for the shares held before its ex-date, however late it is told.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from tasks.brokers.simulated.account import CENT, NEW_YORK, ZERO, Account
from tasks.brokers.simulated.exchange_ids import action_name, action_of, line_id
from tasks.brokers.simulated.market.synthetic import Action
from tasks.brokers.simulated.snapshot import standing
from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution


def still_due(actions: Iterable[Action], known: Iterable[StatementLine]) -> list[Action]:
    """Those that no line is of, in their order; a company may pay twice on one day."""
    told = [action_of(line.line_id) for line in known]
    due: list[Action] = []
    for action in actions:
        if (name := _name(action)) in told:
            told.remove(name)
        else:
            due.append(action)
    return due


def held_before(
    account: Account, symbol: str, ex_date: date, executions: Iterable[Execution], lines: Iterable[StatementLine]
) -> Decimal:
    """Signed shares as the ex-date began: those of now without what was traded, or split, from then on."""
    traded = [e for e in standing(executions) if e.symbol == symbol and _day(e.at) >= ex_date]
    moved = [line.shares for line in lines if line.symbol == symbol and _day(line.at) >= ex_date]
    shares = sum((e.side.sign * e.shares for e in traded), ZERO) + sum(moved, ZERO)
    return account.positions.get(symbol, ZERO) - shares


def apply_actions(
    account: Account,
    actions: Iterable[Action],
    previous_closes: Mapping[str, Decimal],
    step: Decimal,
    executions: Sequence[Execution] = (),
    known: Sequence[StatementLine] = (),
) -> list[StatementLine]:
    """Bring corporate actions, in order of their ex-dates, into the positions and cash; returns what each one did.

    `executions` and the lines `known` reach back to the first of these dates.
    """
    lines: list[StatementLine] = []
    for action in actions:
        before = [*known, *lines]
        held = held_before(account, action.symbol, action.ex_date, executions, _of_later(action, before))
        if not held:
            continue
        line = _split(held, action, step, previous_closes) if action.kind == "split" else _dividend(held, action)
        earlier = sum(action_of(one.line_id) == line.line_id for one in before)
        account.move(action.symbol, line.shares, line.amount_usd)
        lines.append(replace(line, line_id=line_id(line.line_id, earlier + 1)))
    return lines


def _of_later(action: Action, lines: Iterable[StatementLine]) -> list[StatementLine]:
    """Without the split of a dividend's own day: that one is paid per new share."""
    own = action_name(action.symbol, action.ex_date, "split")
    return [line for line in lines if action_of(line.line_id) != own]


def _split(held: Decimal, split: Action, step: Decimal, previous_closes: Mapping[str, Decimal]) -> StatementLine:
    """Shares times the ratio; a fraction of a step is paid out at the previous close, or kept where none is known."""
    exact, price = held * split.value, previous_closes.get(split.symbol)
    # Decimal's % has the sign of its left side: a short position is rounded toward zero too
    whole = exact if price is None else exact - exact % step
    paid = ZERO if price is None else ((exact - whole) * price).quantize(CENT, ROUND_HALF_UP)
    in_lieu = f", {paid} USD in lieu of the fraction" if paid else ""
    ratio = f"{split.value.normalize():f}"
    words = f"{split.symbol} split {ratio} for 1: {held} shares become {whole.normalize():f}{in_lieu}"
    return _line(split, whole - held, paid, words)


def _dividend(held: Decimal, dividend: Action) -> StatementLine:
    """USD per share, credited (or, short, charged) on the ex-date."""
    paid = (held * dividend.value).quantize(CENT, ROUND_HALF_UP)
    words = f"{dividend.symbol} dividend {dividend.value} USD on {held} shares: {paid} USD"
    return _line(dividend, ZERO, paid, words)


def _line(action: Action, shares: Decimal, amount_usd: Decimal, words: str) -> StatementLine:
    """Booked as the ex-date begins in New York, before any trade of it."""
    at = datetime.combine(action.ex_date, time(), NEW_YORK).astimezone(UTC)
    return StatementLine(_name(action), at, action.kind, action.symbol, shares, amount_usd, words)


def _name(action: Action) -> str:
    return action_name(action.symbol, action.ex_date, action.kind)


def _day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()
