"""In these tests the docstring is the ledger: one entry a line, as a person would write it down.

01-02 opening   cash 10000
01-02 opening   100 XOM @ 60
01-03 buy       50 XOM @ 66 fee 0.35 #a1
01-04 buy       40 XOM @ 66 #a2 corrects a1
01-05 dividend  cash 30 XOM
01-08 split     +150 XOM cash 12.50
01-09 cash_flow cash -500
01-10 balance   -3 XOM
"""

import functools
import inspect
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from tasks.model.ledger import Entry, EntryKind, LedgerState, ledger

_LINE = re.compile(
    r"(?P<month>\d\d)-(?P<day>\d\d) (?P<kind>\w+)\s*"
    r"(?:(?P<shares>[+-]?[\d.]+) (?P<held>[A-Z]+))?(?: @ (?P<price>[\d.]+))?"
    r"\s*(?:cash (?P<cash>-?[\d.]+)(?: (?P<payer>[A-Z]+))?)?"
    r"(?: fee (?P<fee>[\d.]+))?(?: #(?P<id>\w+))?(?: corrects (?P<gone>\w+))?"
)


def entry(line: str) -> Entry:
    """One line of such a ledger."""
    match = _LINE.fullmatch(line.strip())
    assert match, f"not a ledger line: {line!r}"
    said = match.groupdict()
    kind = EntryKind.FILL if said["kind"] in ("buy", "sell") else EntryKind(said["kind"])
    sign = -1 if said["kind"] == "sell" else 1
    return Entry(
        kind=kind,
        at=datetime(2024, int(said["month"]), int(said["day"]), 15, tzinfo=UTC),
        symbol=said["held"] or said["payer"],
        shares=sign * Decimal(said["shares"] or 0),
        price=Decimal(said["price"]) if said["price"] else None,
        amount_usd=Decimal(said["cash"] or 0),
        fee_usd=Decimal(said["fee"] or 0),
        entry_id=said["id"] or "",
        supersedes=said["gone"] or "",
    )


def entries(text: str) -> list[Entry]:
    return [entry(line) for line in inspect.cleandoc(text).splitlines() if re.match(r"\d\d-\d\d ", line)]


def booked(test: Callable[[LedgerState], None]) -> Callable[[], None]:
    """The test is handed the state after the entries of its docstring."""

    @functools.wraps(test)
    def run() -> None:
        test(ledger(entries(test.__doc__ or "")))

    del run.__wrapped__  # pytest would look for a fixture called `state`
    return run
