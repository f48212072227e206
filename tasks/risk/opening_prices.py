"""What a book's first day began at: without it, a loss of the first session is a loss from nowhere."""

from datetime import date, timedelta
from decimal import Decimal

from tasks.journal import Journal
from tasks.risk.measure_navs import Prices


def opening_prices(journal: Journal, book: str) -> tuple[date, Prices] | None:
    """(the day before the first session that took stock, the prices it did so at); None while nothing is on record."""
    for cycle in reversed(journal.cycles.all(book)):
        stock = journal.cycles.checkpoint(cycle, "holdings")
        told = stock.output.get("facts", {}).get("prices") if stock is not None else None
        if told:
            return cycle.session - timedelta(days=1), {symbol: Decimal(price) for symbol, price in told.items()}
    return None
