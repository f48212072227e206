"""Whether what a book says of its prices agrees with itself and with its broker: small checks named like sentences."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from flows.book_file.errors import Mistake, Path, judged
from flows.book_file.referenced_files import Companions
from tasks.book.data import AlpacaDataSettings, IbkrDataSettings
from tasks.book.model import Book

DATA: Path = ("data",)
SOURCE: Path = (*DATA, "source")
PATHS = ("daily_path", "intraday_path", "actions_path")
SECTIONS: Mapping[str, AlpacaDataSettings | IbkrDataSettings] = MappingProxyType(
    {"alpaca": AlpacaDataSettings(), "ibkr": IbkrDataSettings()}
)
"""Settings of one source each, as they are when nobody gives them."""


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
    for name, usual in SECTIONS.items():
        if source != name and getattr(book.data, name) != usual:
            problem, remedy = f"only `source: {name}` reads it", f"remove it, or set source: {name}"
            yield judged((*DATA, name), None, problem, remedy, SOURCE)


def a_source_can_adjust_like_this(book: Book, _: Companions) -> Iterator[Mistake]:
    path, given = (*DATA, "adjustment"), book.data.adjustment
    if book.data.source == "sample" and given != "split_and_dividend":
        problem, remedy = "the sample is adjusted for splits and dividends", "remove the line"
        yield judged(path, given, problem, remedy, SOURCE)
    if book.data.source == "ibkr" and given == "raw":
        problem = "Interactive Brokers tells no prices without splits in them"
        yield judged(path, given, problem, "set adjustment: split, or set adjustment: split_and_dividend", SOURCE)


def prices_have_a_connection_of_their_own(book: Book, _: Companions) -> Iterator[Mistake]:
    """TWS refuses the second connection with the number of the first, and the broker's is the one that has orders."""
    if book.data.source != "ibkr":
        return
    prices = book.data.ibkr
    parts = {("broker", "parts", tag): part for tag, part in book.broker.parts.items()}
    for path, one in {("broker",): book.broker, **parts}.items():
        orders = one.ibkr
        same = (orders.host, orders.port, orders.client_id) == (prices.host, prices.port, prices.client_id)
        if one.name == "ibkr" and same:
            other = (*path, "ibkr", "client_id")
            problem = f"{'.'.join(other)} has the same number at the same TWS"
            remedy = "give each a number of its own"
            yield judged((*DATA, "ibkr", "client_id"), prices.client_id, problem, remedy, other)


Check = Callable[[Book, Companions], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (
    a_source_has_what_it_needs,
    a_source_reads_what_is_given,
    a_source_can_adjust_like_this,
    prices_have_a_connection_of_their_own,
)
