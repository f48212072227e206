"""`steelyard write-off`: a person says that a position nobody prices counts nothing, or that it counts again."""

from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.bootstrap import wall_clock
from flows.commands.halt import said, signed
from flows.commands.lookup import cycle_of, journal_here
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.journal.book_ledger import ledger_of
from tasks.journal.write_offs import WriteOff
from tasks.model.cycle import Cycle
from tasks.model.plan import of_shares
from tasks.model.typed_commands import shell_word
from tasks.reconciliation.written_off import said_of, words_on

NO_PRICE = ("stale_last_price", "no_prices")
"""Checks that freeze a symbol of the universe because its prices ended."""


def write_off(
    book: str, symbol: str, who: str, because: str, price: Decimal, *, take_back: bool, as_json: bool
) -> dict[str, Any]:
    """Record the word. Raises: ConfigError, and nothing is recorded, unless it is of a held symbol without a price."""
    who, because = signed(who), said(because, "--because")
    if not price.is_finite() or price < 0:
        raise ConfigError(f"--price {price}: give USD per share, 0 or above; 0 is worth nothing")
    with journal_here() as journal:
        cycle = cycle_of(journal, book, None)
        standing = journal.write_offs.standing(cycle.book, cycle.account).get(symbol)
        shares = ledger_of(journal, cycle.book, cycle.account).shares()
        if take_back:
            _must_stand(standing, cycle, symbol)
            word = WriteOff(cycle.book, cycle.account, symbol, "taken_back", None, who, because, wall_clock())
        else:
            _must_be_held(shares, cycle, symbol)
            _must_say_something_new(standing, price)
            _must_have_no_price(journal, cycle, symbol)
            word = WriteOff(cycle.book, cycle.account, symbol, "written_off", price, who, because, wall_clock())
        journal.write_offs.record(word)
    if not as_json:
        Console().print(
            _summary_of(word, shares.get(symbol, Decimal(0))), soft_wrap=True, markup=False, highlight=False
        )
    return {**_as_plain(word), "shares": str(shares.get(symbol, Decimal(0)))}


def show_write_offs(book: str, *, as_json: bool) -> dict[str, Any]:
    """What stands written off and is held, and every word so far, oldest first."""
    with journal_here() as journal:
        cycle = cycle_of(journal, book, None)
        shares = ledger_of(journal, cycle.book, cycle.account).shares()
        standing = words_on(journal, cycle.book, cycle.account, shares)
        history = journal.write_offs.history(cycle.book)
    if not as_json:
        for symbol, word in standing.items():
            Console().print(said_of(word, shares[symbol]), soft_wrap=True, markup=False, highlight=False)
        Console().print(_table(history) if history else "nothing was ever written off")
    return {
        "book": cycle.book,
        "standing": {symbol: _as_plain(word) for symbol, word in standing.items()},
        "history": [_as_plain(word) for word in history],
    }


def _must_stand(standing: WriteOff | None, cycle: Cycle, symbol: str) -> None:
    if standing is None:
        raise ConfigError(f"{symbol} is not written off in book {cycle.book}; see `steelyard write-offs {cycle.book}`")


def _must_be_held(shares: dict[str, Decimal], cycle: Cycle, symbol: str) -> None:
    if symbol not in shares:
        raise ConfigError(
            f"{symbol} is not held by book {cycle.book}, by our ledger; it holds "
            f"{', '.join(sorted(shares)) or 'nothing'}. Shares that only the broker has are a break: see "
            f"`steelyard breaks {cycle.book}`"
        )


def _must_say_something_new(standing: WriteOff | None, price: Decimal) -> None:
    if standing is not None and standing.price == price:
        raise ConfigError(
            f"{standing.symbol} is written off at {price:f} USD a share already, by {standing.who} on "
            f"{standing.at:%Y-%m-%d}: {standing.because}"
        )


def _must_have_no_price(journal: Journal, cycle: Cycle, symbol: str) -> None:
    """By the newest session that took stock: it asked the book's data and the broker."""
    looked = next(
        (one for one in journal.cycles.all(cycle.book) if "unquoted" in _facts(journal, one, "holdings")), cycle
    )
    facts = _facts(journal, looked, "holdings")
    if (
        symbol in facts.get("unquoted", ())
        or _facts(journal, looked, "check").get("frozen", {}).get(symbol) in NO_PRICE
    ):
        return
    price = facts.get("prices", {}).get(symbol)
    found = (
        f"session {looked.session} found a price of {price} for it" if price else "no session has looked for its price"
    )
    raise ConfigError(
        f"{symbol} is not written off: {found}. What trades is sold: name it in limits.must_exit. If nobody prices it "
        f"any more, take it out of the universe (and out of the weights that the book follows) if it is there, and run "
        f"`steelyard plan {shell_word(looked.book_file)}`: that asks the data and the broker again"
    )


def _facts(journal: Journal, cycle: Cycle, step: str) -> dict[str, Any]:
    done = journal.cycles.checkpoint(cycle, step)
    return dict(done.output.get("facts", {})) if done else {}


def _summary_of(word: WriteOff, shares: Decimal) -> str:
    if word.price is not None:
        return said_of(word, shares)
    return (
        f"{word.symbol}: {of_shares(shares, 'counts', 'count')} again from the next session on, at the price of data "
        f"or broker, or the last one known; says {word.who}: {word.because}"
    )


def _table(history: tuple[WriteOff, ...]) -> Table:
    table = Table(title="Every word")
    for column in ("at, UTC", "symbol", "said", "USD a share", "who", "why"):
        table.add_column(column)
    for word in history:
        price = "" if word.price is None else f"{word.price:f}"
        said_so = word.said.replace("_", " ")
        table.add_row(f"{word.at:%Y-%m-%d %H:%M:%S}", word.symbol, said_so, price, word.who, word.because)
    return table


def _as_plain(word: WriteOff) -> dict[str, Any]:
    values = {name: getattr(word, name) for name in WriteOff.__slots__}
    return {**values, "price": None if word.price is None else f"{word.price:f}", "at": word.at.isoformat()}
