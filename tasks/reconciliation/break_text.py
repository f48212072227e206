"""Executions and statement lines as one line of text that a person can read and a program can read back. Pure.

A break keeps both sides as text; what is booked later is exactly what was on record when the break was found.
"""

import shlex
from datetime import datetime
from decimal import Decimal

from tasks.model.capabilities import StatementLine
from tasks.model.orders import Execution, Side

COMPARE_AGAIN = "compare again (the deployment `reconcile` does, and the next session)"
NONE = "none"
"""What a side says that does not have it."""


def summary_of(fill: Execution) -> str:
    """`BUY 10 XOM at 99 fee=0.35 on=2024-01-02T21:00:00+00:00 id=x1 key=k1 account=main venue=XNYS corrects=x0`."""
    named = {
        "fee": format(fill.fee, "f"),
        "on": fill.at.isoformat(),
        "id": fill.execution_id,
        "key": fill.key,
        "account": fill.account,
        "venue": fill.venue,
        "corrects": fill.supersedes,
    }
    words = [fill.side.value, format(fill.shares, "f"), fill.symbol, "at", format(fill.price, "f")]
    return shlex.join([*words, *(f"{name}={value}" for name, value in named.items() if value)])


def execution_of(text: str) -> Execution | None:
    """What `told` said; None for `none`. Raises: ValueError for any other text."""
    if text == NONE:
        return None
    side, shares, symbol, at, price, *rest = shlex.split(text)
    if at != "at":
        raise ValueError(f"not an execution: {text}")
    named = _named(rest)
    return Execution(
        execution_id=named["id"],
        key=named.get("key", ""),
        symbol=symbol,
        side=Side(side),
        shares=Decimal(shares),
        price=Decimal(price),
        fee=Decimal(named["fee"]),
        at=datetime.fromisoformat(named["on"]),
        account=named.get("account", ""),
        venue=named.get("venue", ""),
        supersedes=named.get("corrects", ""),
    )


def summary_of_line(line: StatementLine) -> str:
    """`dividend XOM shares=0 cash=12.50 on=2024-01-02T05:00:00+00:00 id=L1 words='XOM dividend ...'`."""
    named = {
        "shares": format(line.shares, "f"),
        "cash": format(line.amount_usd, "f"),
        "on": line.at.isoformat(),
        "id": line.line_id,
        "words": line.words,
    }
    return shlex.join([line.kind, line.symbol, *(f"{name}={value}" for name, value in named.items() if value)])


def line_of(text: str) -> StatementLine:
    """What `summary_of_line` said. Raises: ValueError for any other text."""
    kind, symbol, *rest = shlex.split(text)
    named = _named(rest)
    return StatementLine(
        line_id=named["id"],
        at=datetime.fromisoformat(named["on"]),
        kind=kind,
        symbol=symbol,
        shares=Decimal(named["shares"]),
        amount_usd=Decimal(named["cash"]),
        words=named.get("words", ""),
    )


def _named(words: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in words)}
