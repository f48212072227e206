"""What a book owns and is worth as far as it is on record: the ledger, at the newest prices that are known."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flows.commands.at_work import AtWork, at_work
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.ledger import Drawdown, Entry, LedgerState, Position, Worth, drawdown, ledger, worth
from tasks.model.ledger_entries import entries_of
from tasks.model.money import exact_sum, rounded
from tasks.reconciliation.written_off import prices_named, said_of, words_on
from tasks.risk.measure_navs import Prices, comparable_navs
from tasks.risk.opening_prices import opening_prices
from tasks.wording import counted

LEFT_BY = (("orders", "standing_over"), ("schedule", "refused_orders"), ("confirm", "not_filled"))
"""Steps, and the fact of each that says what it left."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The newest prices on record, USD, and what they are."""

    prices: Prices
    words: str


def book_status(journal: Journal, book: str, now: datetime) -> dict[str, Any]:
    """Plain figures of one book, USD and percent, positions by symbol; None is not known.

    `as_of` says of which moment they are, `orders_working` how many orders may have filled since.
    """
    newest = max(journal.cycles.all(book), key=lambda cycle: (cycle.session, cycle.changed_at))
    entries = entries_of(journal.books.entries(book, newest.account), journal.orders.all_fills(newest.account, book))
    state, priced = ledger(entries), newest_prices(journal, newest)
    words = words_on(journal, book, newest.account, state.shares())
    priced = replace(priced, prices={**priced.prices, **prices_named(words)})
    value = worth(state, priced.prices)
    known = bool(entries) and not value.unpriced
    working = at_work(journal, newest, now)
    standing = journal.books.breaks(book, open_only=True)
    return {
        "book": book,
        "session": newest.session.isoformat(),
        "kind": newest.kind,
        "status": newest.status,
        "message": working.message,
        "as_of": _as_of(entries, priced, working),
        "orders_working": working.orders,
        "worked_by": working.holder,
        "halt": _halt(journal, book),
        **_figures(state, value, priced.prices, known=known, opened=bool(entries)),
        **_falls(journal, book, entries, priced.prices, prices_named(words), known=known),
        "written_off": [said_of(word, state.shares()[symbol]) for symbol, word in words.items()],
        "stands_over": _stands_over(journal, newest),
        "unpriced": list(value.unpriced),
        "open_breaks": len(standing),
        "breaks": [row.sentence for row in standing],
        "positions": _positions(state, priced.prices, value.nav_usd if known else None),
    }


def newest_prices(journal: Journal, newest: Cycle) -> Priced:
    """The broker's last prices at the last valuation, or, where a later session took stock, those it decided on.

    The data may have another close than the broker's last; the simulated one's are the same.
    """
    valuations = journal.books.valuations(newest.book)
    day, closes = (valuations[-1][0], valuations[-1][3]) if valuations else (date.min, {})
    stock = journal.cycles.checkpoint(newest, "holdings")
    told = stock.output.get("facts", {}).get("prices", {}) if stock else {}
    decided = {symbol: Decimal(price) for symbol, price in told.items()}
    if valuations and (day >= newest.session or not decided):
        return Priced({**decided, **closes}, f"the broker's last prices of {day}")
    if decided:
        return Priced({**closes, **decided}, f"the prices that {newest.session} was decided on")
    return Priced({}, "no prices: none are on record yet")


def _stands_over(journal: Journal, newest: Cycle) -> list[str]:
    """What the newest session planned and did not trade: held back by the gate, then left by market, cash or broker."""
    told = ((journal.cycles.checkpoint(newest, step), name) for step, name in LEFT_BY)
    return [sentence for done, name in told if done for sentence in done.output["facts"].get(name, {}).values()]


def _as_of(entries: list[Entry], priced: Priced, working: AtWork) -> str:
    if not entries:
        return "nothing is known of the account yet: no session has read it"
    last = max(entry.at for entry in entries)
    words = f"at {priced.words}, with everything booked up to {last:%Y-%m-%d %H:%M} UTC"
    if not working.orders:
        return words
    return (
        f"{words}; {counted(working.orders, 'order is', 'orders are')} at the broker, and what was "
        f"filled since is not in it"
    )


def _figures(state: LedgerState, value: Worth, prices: Prices, *, known: bool, opened: bool) -> dict[str, float | None]:
    """Gains, made and open, are the sums of the positions' cents: what stands below them adds up to them."""
    positions = state.positions.items()
    gains = (held.unrealised_usd(prices[symbol]) for symbol, held in positions if held.shares and symbol in prices)
    return {
        "nav_usd": _usd(value.nav_usd) if known else None,
        "cash_usd": _usd(state.cash_usd) if opened else None,
        "realised_usd": _usd(exact_sum(rounded(held.realised_usd) for _, held in positions)) if opened else None,
        "unrealised_usd": _usd(exact_sum(rounded(gain) for gain in gains)) if known else None,
        "fees_usd": _usd(state.fees_usd) if opened else None,
        "dividends_usd": _usd(state.dividends_usd) if opened else None,
        "gross_pct": float(value.gross * 100) if known else None,
        "net_pct": float(value.net * 100) if known else None,
    }


def _falls(
    journal: Journal, book: str, entries: list[Entry], prices: Prices, gone: Prices, *, known: bool
) -> dict[str, float | None]:
    """From the opening on; only the market is a fall: money in or out, and what is written off (`gone`), are not."""
    began = opening_prices(journal, book)
    valued = [(day, then) for day, _, _, then in journal.books.valuations(book)]
    days = [(day, {**then, **gone}) for day, then in [*([began] if began else []), *valued]]
    fall: Drawdown | None = None
    if known:
        fall = drawdown(comparable_navs(entries, days, prices))
    return {
        "high_water_usd": _usd(fall.high_water_usd) if fall else None,
        "drawdown_pct": float(fall.now * 100) if fall else None,
        "deepest_drawdown_pct": float(fall.deepest * 100) if fall else None,
    }


def _halt(journal: Journal, book: str) -> dict[str, Any]:
    """What may be sent, and by whose word."""
    stands = journal.halts.standing(book)
    if stands is None:
        return {"state": "normal", "scope": book, "who": "", "why": "", "at": None}
    values = {name: getattr(stands, name) for name in ("scope", "who", "why")}
    return {"state": stands.state.value, **values, "at": stands.at.isoformat()}


def _positions(state: LedgerState, prices: Prices, nav: Decimal | None) -> list[dict[str, Any]]:
    held = sorted((s, p) for s, p in state.positions.items() if p.shares)
    return [_position(symbol, position, prices.get(symbol), nav) for symbol, position in held]


def _position(symbol: str, position: Position, price: Decimal | None, nav: Decimal | None) -> dict[str, Any]:
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
    return float(rounded(amount))
