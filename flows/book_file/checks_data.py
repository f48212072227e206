"""Whether what a book says of its prices agrees with itself and with its broker: small checks named like sentences."""

from collections.abc import Callable, Iterator

from flows.book_file.errors import Mistake, Path, judged
from flows.book_file.referenced_files import Companions
from flows.book_file.schema import allowed_values
from tasks.book.data import DataSettings
from tasks.book.model import Book
from tasks.brokers.registry import BROKERS, prices_at, unread_sections

DATA: Path = ("data",)
SOURCE: Path = (*DATA, "source")
PATHS = ("daily_path", "intraday_path", "actions_path")


def a_source_has_what_it_needs(book: Book, _: Companions) -> Iterator[Mistake]:
    if book.data.source == "files" and book.data.daily_path is None:
        remedy = "write e.g. daily_path: prices.csv, or set source: sample"
        yield judged((*DATA, "daily_path"), None, "`source: files` needs it", remedy, SOURCE)


def a_source_reads_what_is_given(book: Book, _: Companions) -> Iterator[Mistake]:
    source = book.data.source
    for name in PATHS if source != "files" else ():
        value = getattr(book.data, name)
        if value is not None:
            problem, remedy = "only `source: files` reads it", "remove it, or set source: files"
            yield judged((*DATA, name), str(value), problem, remedy, SOURCE)
    for name in unread_sections(book.data):
        problem, remedy = f"only `source: {name}` reads it", f"remove it, or set source: {name}"
        yield judged((*DATA, name), None, problem, remedy, SOURCE)


def a_source_can_adjust_like_this(book: Book, _: Companions) -> Iterator[Mistake]:
    path, given = (*DATA, "adjustment"), book.data.adjustment
    if book.data.source == "sample" and given != "split_and_dividend":
        problem, remedy = "the sample is adjusted for splits and dividends", "remove the line"
        yield judged(path, given, problem, remedy, SOURCE)
    prices = prices_at(book.data.source)
    if prices is not None and given in prices.never:
        words = allowed_values(DataSettings.model_fields["adjustment"].annotation)
        remedy = ", or ".join(f"set adjustment: {word}" for word in words if word not in prices.never)
        yield judged(path, given, prices.never[given][0], remedy, SOURCE)


def prices_have_a_connection_of_their_own(book: Book, _: Companions) -> Iterator[Mistake]:
    """A second connection with the number of the first is refused, and the broker's is the one that has orders."""
    house = BROKERS.get(book.data.source)
    if house is None or not house.connection:
        return
    name, number = house.name, house.connection[-1]
    prices = getattr(book.data, name)
    for tag, broker, one in book.broker.trading():
        if broker == name and house.connection_of(getattr(one, name)) == house.connection_of(prices):
            other = ("broker", *(("parts", tag) if tag else ()), name, number)
            problem = f"{'.'.join(other)} has the same number at the same place"
            remedy = "give each a number of its own"
            yield judged((*DATA, name, number), getattr(prices, number), problem, remedy, other)


Check = Callable[[Book, Companions], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (
    a_source_has_what_it_needs,
    a_source_reads_what_is_given,
    a_source_can_adjust_like_this,
    prices_have_a_connection_of_their_own,
)
