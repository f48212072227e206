"""What a person wrote off by name: counted at the named price, never traded, and told in every session it is held."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from tasks.context import StepContext
from tasks.journal import Journal
from tasks.journal.write_offs import WriteOff
from tasks.model.plan import Finding, Severity, of_shares
from tasks.wording import dollars

CHECK = "written_off"
"""The name of the finding, and the reason code of the plan's line."""


def written_off(context: StepContext, held: Collection[str]) -> dict[str, WriteOff]:
    """The words that stand now, of the symbols that are held by our ledger or the broker."""
    return words_on(context.journal, context.book.book, context.account, held)


def words_on(journal: Journal, book: str, account: str, held: Collection[str]) -> dict[str, WriteOff]:
    """The same for whoever has no context."""
    return {s: word for s, word in journal.write_offs.standing(book, account).items() if s in held}


def prices_named(words: Mapping[str, WriteOff]) -> dict[str, Decimal]:
    """USD per share that each of them counts, on every day alike: a person's word is no loss of the market."""
    return {symbol: word.price or Decimal(0) for symbol, word in words.items()}


def note_written_off(
    context: StepContext, words: Mapping[str, WriteOff], shares: Mapping[str, Decimal]
) -> dict[str, str]:
    """A sentence for each, recorded as findings; one that the broker quotes again is a warning."""
    quotes = context.broker.quotes(sorted(words)) if words else {}
    told = {s: said_of(word, shares.get(s, Decimal(0))) for s, word in words.items()}
    again = {s: f"{told[s]}. The broker has a price of {quotes[s].last} for it again" for s in told if s in quotes}
    findings = [
        Finding(Severity.WARN if s in again else Severity.INFO, CHECK, s, m, s) for s, m in (told | again).items()
    ]
    context.journal.cycles.record_findings(context.cycle, "holdings", findings)
    return told | again


def said_of(word: WriteOff, shares: Decimal) -> str:
    """Who, when and why, what it counts, and the way back."""
    price = word.price or Decimal(0)
    return (
        f"{word.symbol}: {of_shares(shares, 'is', 'are')} written off by {word.who} on {word.at:%Y-%m-%d}: "
        f"{word.because}. They count {price:f} USD a share, {dollars(shares * price)} of net asset value, and are "
        f"neither bought nor sold. `steelyard write-off {word.book} {word.symbol} --take-back --who "
        '"your name" --because "..."` takes it back'
    )
