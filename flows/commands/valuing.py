"""What a book owns and is worth, derived from its fills and the last prices on record."""

from decimal import Decimal
from typing import Any

from tasks.fills.ledger import LedgerState, Position
from tasks.fills.performance import drawdown, worth
from tasks.holdings.booking import ledger_of
from tasks.journal import Journal


def book_status(journal: Journal, book: str) -> dict[str, Any]:
    """Plain figures of one book: USD and percent; positions by symbol."""
    newest = max(journal.cycles.all(book), key=lambda cycle: (cycle.session, cycle.changed_at))
    state = ledger_of(journal, book, newest.account)
    valuations = journal.books.valuations(book)
    prices = valuations[-1][3] if valuations else {}
    value = worth(state, prices)
    fall = drawdown([nav for _, nav, _, _ in valuations] or [value.nav_usd])
    return {
        "book": book,
        "session": newest.session.isoformat(),
        "kind": newest.kind,
        "status": newest.status,
        "message": newest.message,
        "halt": _halt(journal, book),
        "nav_usd": _usd(value.nav_usd),
        "cash_usd": _usd(state.cash_usd),
        "realised_usd": _usd(value.realised_usd),
        "unrealised_usd": _usd(value.unrealised_usd),
        "fees_usd": _usd(state.fees_usd),
        "dividends_usd": _usd(state.dividends_usd),
        "gross_pct": float(value.gross * 100),
        "net_pct": float(value.net * 100),
        "high_water_usd": _usd(fall.high_water_usd),
        "drawdown_pct": float(fall.now * 100),
        "deepest_drawdown_pct": float(fall.deepest * 100),
        "unpriced": list(value.unpriced),
        "open_breaks": len(journal.books.breaks(book, open_only=True)),
        "positions": _positions(state, prices, value.nav_usd),
    }


def _halt(journal: Journal, book: str) -> dict[str, Any]:
    """What may be sent, and by whose word."""
    stands = journal.halts.standing(book)
    if stands is None:
        return {"state": "normal", "scope": book, "who": "", "why": "", "at": None}
    values = {name: getattr(stands, name) for name in ("scope", "who", "why")}
    return {"state": stands.state.value, **values, "at": stands.at.isoformat()}


def _positions(state: LedgerState, prices: dict[str, Decimal], nav: Decimal) -> list[dict[str, Any]]:
    held = sorted((s, p) for s, p in state.positions.items() if p.shares)
    return [_position(symbol, position, prices.get(symbol), nav) for symbol, position in held]


def _position(symbol: str, position: Position, price: Decimal | None, nav: Decimal) -> dict[str, Any]:
    average = position.average_cost
    value = position.shares * price if price is not None else None
    return {
        "symbol": symbol,
        "shares": str(position.shares),
        "average_cost": float(average) if average is not None else None,
        "price": float(price) if price is not None else None,
        "value_usd": _usd(value) if value is not None else None,
        "weight_pct": float(value / nav * 100) if value is not None and nav else None,
        "unrealised_usd": _usd(position.unrealised_usd(price)) if price is not None else None,
        "realised_usd": _usd(position.realised_usd),
    }


def _usd(amount: Decimal) -> float:
    return float(amount.quantize(Decimal("0.01")))
