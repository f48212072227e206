"""What a book would have been worth on earlier days had all money moved then: so that only the market counts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from tasks.model.ledger import ZERO, Entry, EntryKind, standing

MARKET = frozenset({EntryKind.FILL, EntryKind.DIVIDEND, EntryKind.SPLIT, EntryKind.FEE})
"""Everything else is what a person put in, took out or booked; it counts on every day alike, and so never as a loss."""

Prices = Mapping[str, Decimal]
"""USD per share by symbol."""


def comparable_navs(
    entries: Iterable[Entry], valuations: Sequence[tuple[date, Prices]], prices: Prices
) -> tuple[Decimal, ...]:
    """Net asset value at each valuation, oldest first, and now, in USD: all with the deposits of today.

    A symbol without a price on a day takes today's, and one without any counts nowhere: neither makes a profit.
    """
    known = standing(entries)
    market = sorted((e for e in known if e.kind in MARKET), key=lambda e: e.at)
    cash, shares = ZERO, dict[str, Decimal]()
    for entry in (e for e in known if e.kind not in MARKET):
        cash = _booked(cash, shares, entry)
    navs: list[Decimal] = []
    done = 0
    for day, then in (*valuations, (date.max, prices)):
        while done < len(market) and market[done].at.date() <= day:
            cash = _booked(cash, shares, market[done])
            done += 1
        navs.append(cash + _value(shares, {**prices, **then}, prices))
    return tuple(navs)


def _booked(cash: Decimal, shares: dict[str, Decimal], entry: Entry) -> Decimal:
    """Cash after the entry; its shares are added to `shares`."""
    if entry.symbol is not None:
        shares[entry.symbol] = shares.get(entry.symbol, ZERO) + entry.shares
    paid = entry.shares * (entry.price or ZERO) if entry.kind is EntryKind.FILL else ZERO
    return cash + entry.amount_usd - paid - entry.fee_usd


def _value(shares: Mapping[str, Decimal], then: Prices, now: Prices) -> Decimal:
    """Symbols that cannot be priced today are left out on every day."""
    return sum((held * then[symbol] for symbol, held in shares.items() if held and symbol in now), ZERO)
