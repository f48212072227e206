"""What is held beside the universe: valued by the broker's own price, or the last one known, and named either way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tasks.context import StepContext
from tasks.journal.book_ledger import ledger_of
from tasks.model.plan import Finding, Severity, of_shares
from tasks.wording import dollars


@dataclass(frozen=True, slots=True)
class Beside:
    """Prices in USD per share; findings for whoever reads the run."""

    prices: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    unquoted: tuple[str, ...] = ()
    """Held, and the broker names no price today: halted or delisted. Valued at an older price, traded at none."""
    findings: Sequence[Finding] = ()


def beside_the_universe(
    context: StepContext, positions: Mapping[str, Decimal], priced: Mapping[str, Decimal]
) -> Beside:
    """Of the broker's positions that the book's own data has no price for."""
    other = sorted(symbol for symbol, shares in positions.items() if shares and symbol not in priced)
    if not other:
        return Beside()
    quotes = context.broker.quotes(other)
    older = _older_prices(context)
    prices = {s: quotes[s].last for s in other if s in quotes}
    unquoted = tuple(s for s in other if s not in quotes)
    fallback = {s: older[s] for s in unquoted if s in older}
    findings = [
        *(_valued(context, s, positions[s], price) for s, price in prices.items()),
        *(_unquoted(context.book.book, s, positions[s], fallback.get(s)) for s in unquoted),
    ]
    return Beside(prices | {s: price for s, (price, _) in fallback.items()}, unquoted, findings)


def _older_prices(context: StepContext) -> dict[str, tuple[Decimal, str]]:
    """The price of the newest valuation that has one, else what the shares cost; with the words for it."""
    held = ledger_of(context.journal, context.book.book, context.account).positions
    known = {s: (p.average_cost, "what they cost") for s, p in held.items() if p.average_cost}
    for day, _, _, prices in context.journal.books.valuations(context.book.book):
        known |= {symbol: (price, f"the price of the valuation of {day}") for symbol, price in prices.items()}
    return known


def _valued(context: StepContext, symbol: str, shares: Decimal, price: Decimal) -> Finding:
    then = "sold, as limits.must_exit says" if symbol in context.book.limits.must_exit else "left alone"
    return Finding(
        Severity.INFO,
        "outside_universe",
        symbol,
        f"{symbol}: {of_shares(shares, 'is', 'are')} held and not in the universe: valued at the broker's last price "
        f"of {price}, {dollars(shares * price)} of net asset value, and {then}",
        symbol,
    )


def _unquoted(book: str, symbol: str, shares: Decimal, fallback: tuple[Decimal, str] | None) -> Finding:
    explain = f'`steelyard explain {book} BREAK --book-it --proceeds-usd 0 --who "your name" --because "..."`'
    valued = f"valued at {fallback[0]:f}, {fallback[1]}" if fallback else "not in net asset value"
    return Finding(
        Severity.WARN,
        "no_price",
        symbol,
        f"{symbol}: {of_shares(shares, 'is', 'are')} held, and neither the book's data nor the broker has a price "
        f"(halted or delisted?): {valued}, and not traded. If they are worth nothing any more, say so: "
        f'`steelyard write-off {book} {symbol} --who "your name" --because "..."`. When they leave the account, '
        f"explain the break that `steelyard breaks {book}` shows: {explain}, with what they brought in place of 0",
        symbol,
    )
