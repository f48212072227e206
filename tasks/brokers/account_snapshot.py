"""Asks for the account until the answers agree: one answer alone is never believed."""

from collections.abc import Collection

from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.ports.broker import Broker
from tasks.retry import ACCOUNT_AGREES

AGREEING = 2
"""Answers in a row that must be the same."""
AGREEING_EMPTY = 3
"""The same, where the account is said to be empty although our ledger holds something."""


def steady_account(broker: Broker, expected: Collection[str] = ()) -> AccountState:
    """What two complete answers in a row agree on, in cash and in positions.

    `expected` are the symbols that our ledger holds: while there are any, an account without positions (a request that
    timed out looks just like it) must say so three times with pauses between; so must one of several brokers, while
    some of the symbols are missing. Even then it is only the broker's word: the comparison makes a break of it.
    Raises: BrokerError when the answers do not settle down.
    """
    last: AccountState | None = None
    trouble: BrokerError | None = None
    agreeing = 0
    for _ in range(ACCOUNT_AGREES.most):
        try:
            answer = broker.account_state()
        except BrokerError as error:
            trouble, last, agreeing = error, None, 0
            _pause(broker)
            continue
        agreeing = agreeing + 1 if last is not None and _same(last, answer) else 1
        is_doubtful = bool(expected) and _lacks_an_account(answer, expected)
        if agreeing >= (AGREEING_EMPTY if is_doubtful else AGREEING):
            return answer
        if is_doubtful or last is not None:
            _pause(broker)
        last = answer
    raise BrokerError(
        f"{broker.name}: {ACCOUNT_AGREES.most} questions about the account brought no answers that agree"
        f"{f' (the last fault: {trouble})' if trouble else ''}; nothing is decided on them. Look at the account, then "
        "run the session again"
    ) from trouble


def _same(one: AccountState, other: AccountState) -> bool:
    return (one.account, one.cash, _held(one)) == (other.account, other.cash, _held(other))


def _lacks_an_account(answer: AccountState, expected: Collection[str]) -> bool:
    """Whether the account, or one of several that make it up, is empty although something is missing."""
    held = _held(answer)
    is_part_empty = any(not _held(part) for tag, part in answer.parts.items() if tag not in answer.silent)
    return not held or (is_part_empty and any(symbol not in held for symbol in expected))


def _held(answer: AccountState) -> dict[str, object]:
    return {symbol: shares for symbol, shares in answer.positions.items() if shares}


def _pause(broker: Broker) -> None:
    broker.wait_until(broker.now() + ACCOUNT_AGREES.pause)
