"""Whether what a book says of its broker agrees with itself: small checks named like sentences."""

from collections.abc import Callable, Iterator

from flows.book_file.errors import Mistake, Path, judged, place
from flows.book_file.referenced_files import Companions
from tasks.book.broker import SEVERAL, OneBroker
from tasks.book.model import Book
from tasks.brokers.registration import Flaw
from tasks.brokers.registry import BROKERS

BROKER: Path = ("broker",)
NAME: Path = (*BROKER, "name")
PARTS: Path = (*BROKER, "parts")
LIVE: Path = (*BROKER, "live")
USUAL = OneBroker()
SIMULATED = next(name for name, one in BROKERS.items() if one.is_simulated)


def a_section_belongs_to_the_broker_that_is_named(book: Book, _: Companions) -> Iterator[Mistake]:
    """That of the simulated broker may stand anywhere: it is also how a local venue of another one behaves."""
    own = [name for name, broker in BROKERS.items() if not broker.is_simulated]
    with_key = [name for name, broker in BROKERS.items() if broker.needs_key]
    for path, name, one in _brokers(book):
        for section in own:
            if name != section and getattr(one, section) != getattr(USUAL, section):
                remedy = f"remove it, or set name: {section}"
                if name == SEVERAL:
                    remedy = "write it below the part of broker.parts that it is for"
                problem = f"the broker is {name}, which does not read it"
                yield judged((*path, section), None, problem, remedy, (*path, "name"))
        if one.credentials_block and name not in with_key:
            problem = f"the broker is {name}, which needs no key from here"
            remedy = "name the block below its part" if name == SEVERAL else f"remove it, or set name: {with_key[0]}"
            yield judged((*path, "credentials_block"), one.credentials_block, problem, remedy, (*path, "name"))


def a_connection_is_used_by_one_part(book: Book, _: Companions) -> Iterator[Mistake]:
    seen: dict[tuple[object, ...], str] = {}
    for tag, part in book.broker.parts.items():
        broker = BROKERS[part.name]
        if not broker.connection:
            continue
        *others, number = broker.connection
        one = (part.name, *broker.connection_of(getattr(part, part.name)))
        if one in seen:
            path, problem = (*PARTS, tag, part.name), f"part {seen[one]} has the same {', '.join(others)} and {number}"
            yield judged(path, None, problem, f"give each a {number} of its own", (*PARTS, seen[one]))
        seen.setdefault(one, tag)


def routes_speak_of_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    for index, route in enumerate(book.broker.routes if companions.sectors else ()):
        for symbol in route.symbols:
            if symbol not in companions.sectors:
                path = (*BROKER, "routes", place(index), "symbols")
                remedy = "add it to the universe, or remove it here"
                yield judged(path, symbol, f"{symbol} is not in the universe", remedy, ("universe",))


def real_money_is_traded_by_real_brokers_only(book: Book, _: Companions) -> Iterator[Mistake]:
    for path, name, _account in _parts(book):
        if BROKERS[name].is_simulated and book.broker.live:
            remedy = "set live: false" if path == BROKER else "set live: false, or take this part out"
            yield judged(LIVE, True, f"{BROKERS[name].title} trades no real money", remedy, (*path, "name"))


def settings_of_an_account_agree(book: Book, _: Companions) -> Iterator[Mistake]:
    """What each broker says of its own."""
    for path, name, one in _parts(book):
        yield from (_mistake_of(flaw) for flaw in BROKERS[name].flaws(path, one, book.broker.live))


def some_broker_takes_fractions_where_the_book_trades_them(book: Book, _: Companions) -> Iterator[Mistake]:
    brokers = list(_parts(book))
    if book.orders.fractional and brokers and not any(BROKERS[name].takes_fractions(one) for _, name, one in brokers):
        path, name, _first = brokers[0]
        remedy = f"set {'.'.join((*path, name, BROKERS[name].fractions))}, or fractional: false here"
        yield judged(("orders", "fractional"), True, "this broker takes whole shares only", remedy, (*path, name))


def opening_shares_are_of_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    for above, _, one in _parts(book):
        path = (*above, SIMULATED, "opening_shares")
        for symbol, shares in one.simulated.opening_shares.items():
            if companions.sectors and symbol not in companions.sectors:
                if symbol in book.limits.must_exit:
                    continue  # it is sold, and told there
                remedy = "add it to the universe if the book may buy it, or to limits.must_exit if it is to be sold"
                problem = f"{symbol} is not in the universe and will be left alone"
                yield judged((*path, symbol), shares, problem, remedy)
            elif shares < 0 and book.limits.long_only:
                yield judged((*path, symbol), shares, "a long-only book begins short", "it will be bought back")


Check = Callable[[Book, Companions], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (
    a_section_belongs_to_the_broker_that_is_named,
    a_connection_is_used_by_one_part,
    routes_speak_of_the_universe,
    real_money_is_traded_by_real_brokers_only,
    settings_of_an_account_agree,
    some_broker_takes_fractions_where_the_book_trades_them,
)
DOUBTS: tuple[Check, ...] = (opening_shares_are_of_the_universe,)


def _brokers(book: Book) -> Iterator[tuple[Path, str, OneBroker]]:
    """Path, name and settings of the broker; of several, theirs too."""
    yield BROKER, book.broker.name, book.broker
    yield from ((path, name, one) for path, name, one in _parts(book) if path != BROKER)


def _parts(book: Book) -> Iterator[tuple[Path, str, OneBroker]]:
    """Those that trade."""
    yield from (((*PARTS, tag) if tag else BROKER, name, one) for tag, name, one in book.broker.trading())


def _mistake_of(flaw: Flaw) -> Mistake:
    return judged(flaw.place, flaw.value, flaw.problem, flaw.remedy, *flaw.compared)
