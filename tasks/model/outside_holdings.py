"""How a person is told of what an account holds beside the book; pure."""

from collections.abc import Sequence
from typing import Any

from tasks.model.orders import OutsideHolding

REMEDY = (
    "nothing to do where that is meant; else close it at the broker by hand, or give the book an account of its own"
)


def summary_of_outside(holdings: Sequence[OutsideHolding]) -> str:
    """One sentence without its full stop, empty where there is nothing."""
    if not holdings:
        return ""
    named = ", ".join(holding.words for holding in holdings)
    return f"beside the book, in no weight and never traded: {named}"


def rows_of(holdings: Sequence[OutsideHolding]) -> list[dict[str, Any]]:
    """Rows for a table of positions."""
    return [
        {
            "symbol": f"{h.name} ({h.kind}, beside the book)",
            "shares": h.quantity,
            "price": "",
            "USD": f"{h.value:,.2f}" if h.value is not None and h.currency == "USD" else "",
        }
        for h in holdings
    ]
