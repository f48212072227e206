"""Whether the symbols of a book are written so that files and brokers understand them."""

from collections.abc import Callable, Iterator

from flows.book_file.errors import Mistake, judged
from flows.book_file.referenced_files import Companions
from tasks.book.model import Book
from tasks.brokers.registry import BROKERS
from tasks.market_data.spelling import share_key


def share_classes_of_the_weights_are_written_alike(_: Book, companions: Companions) -> Iterator[Mistake]:
    for name, symbol in companions.renamed.items():
        problem, remedy = f"{name} was taken for {symbol} of the universe", f"write {symbol} to be sure"
        yield judged(("objective", "weights_file"), name, problem, remedy, ("universe",))


def a_broker_can_be_asked_for_the_symbols(book: Book, companions: Companions) -> Iterator[Mistake]:
    """Real ones are asked, and answer, with a dot before the class."""
    named = {book.data.source, *(name for _, name, _ in book.broker.trading())}
    real = [name for name, broker in BROKERS.items() if name in named and not broker.is_simulated]
    field = ("universe", "symbols" if book.universe.file is None else "file")
    for symbol in companions.sectors if real else ():
        dotted = share_key(symbol)
        if dotted != symbol:
            problem = f"{' and '.join(real)} know this share as {dotted}, and nothing else as it"
            yield judged(field, symbol, problem, f"write {dotted}; files may spell it in another way")


Check = Callable[[Book, Companions], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (a_broker_can_be_asked_for_the_symbols,)
DOUBTS: tuple[Check, ...] = (share_classes_of_the_weights_are_written_alike,)
