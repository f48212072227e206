"""Whether what a book says of its broker agrees with itself: small checks named like sentences."""

from collections.abc import Callable, Iterator

from flows.book_file.errors import Mistake, Path, judged, place
from flows.book_file.referenced_files import Companions
from tasks.book.broker import AlpacaSettings, IbkrSettings, OneBroker
from tasks.book.model import Book

BROKER: Path = ("broker",)
NAME: Path = (*BROKER, "name")
PARTS: Path = (*BROKER, "parts")
PAPER_PORTS, LIVE_PORTS = (4002, 7497), (4001, 7496)


def a_section_belongs_to_the_broker_that_is_named(book: Book, _: Companions) -> Iterator[Mistake]:
    """`simulated` may stand anywhere: it is also how a local venue of the broker behaves."""
    for path, name, one in _brokers(book):
        for section, default in (("alpaca", AlpacaSettings()), ("ibkr", IbkrSettings())):
            if name != section and getattr(one, section) != default:
                remedy = f"remove it, or set name: {section}"
                if name == "several":
                    remedy = "write it below the part of broker.parts that it is for"
                problem = f"the broker is {name}, which does not read it"
                yield judged((*path, section), None, problem, remedy, (*path, "name"))
        if one.credentials_block and name != "alpaca":
            problem = f"the broker is {name}, which needs no key from here"
            remedy = "name the block below its part" if name == "several" else "remove it, or set name: alpaca"
            yield judged((*path, "credentials_block"), one.credentials_block, problem, remedy, (*path, "name"))


def a_connection_of_tws_is_used_by_one_part(book: Book, _: Companions) -> Iterator[Mistake]:
    seen: dict[tuple[str, int, int], str] = {}
    for tag, part in book.broker.parts.items():
        if part.name != "ibkr":
            continue
        one = (part.ibkr.host, part.ibkr.port, part.ibkr.client_id)
        if one in seen:
            path, problem = (*PARTS, tag, "ibkr"), f"part {seen[one]} has the same host, port and client_id"
            yield judged(path, None, problem, "give each a client_id of its own", (*PARTS, seen[one]))
        seen.setdefault(one, tag)


def routes_speak_of_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    for index, route in enumerate(book.broker.routes if companions.sectors else ()):
        for symbol in route.symbols:
            if symbol not in companions.sectors:
                path = (*BROKER, "routes", place(index), "symbols")
                remedy = "add it to the universe, or remove it here"
                yield judged(path, symbol, f"{symbol} is not in the universe", remedy, ("universe",))


def real_money_is_traded_by_real_brokers_only(book: Book, _: Companions) -> Iterator[Mistake]:
    live = (*BROKER, "live")
    for path, name, one in _brokers(book):
        if name == "simulated" and book.broker.live:
            remedy = "set live: false" if path == BROKER else "set live: false, or take this part out"
            yield judged(live, True, "the simulated broker trades no real money", remedy, (*path, "name"))
        wrong, kind = (PAPER_PORTS, "paper") if book.broker.live else (LIVE_PORTS, "live")
        if name == "ibkr" and one.ibkr.port in wrong:
            problem = f"that is TWS's port for {kind} trading, and broker.live is {str(book.broker.live).lower()}"
            ports = ", ".join(map(str, LIVE_PORTS if book.broker.live else PAPER_PORTS))
            remedy = f"write one of {ports}, or set broker.live: {str(not book.broker.live).lower()}"
            yield judged((*path, "ibkr", "port"), one.ibkr.port, problem, remedy, live)


def the_broker_can_do_it(book: Book, _: Companions) -> Iterator[Mistake]:
    brokers = list(_parts(book))
    takes = (*brokers[0][0], *_fractions_of(brokers[0][1])) if brokers else BROKER
    if book.orders.fractional and brokers and not any(_takes_fractions(name, one) for _, name, one in brokers):
        remedy = f"set {'.'.join(takes)}, or fractional: false here"
        yield judged(("orders", "fractional"), True, "this broker takes whole shares only", remedy, takes[:-1])
    for path, name, one in brokers:
        account = one.simulated
        if name != "simulated":
            continue
        if not account.opening_cash_usd and not account.opening_shares:
            problem, remedy = "a new account would hold nothing at all", "give it cash, or give it opening_shares"
            field = (*path, "simulated", "opening_cash_usd")
            yield judged(field, account.opening_cash_usd, problem, remedy, (*path, "simulated", "opening_shares"))
        for symbol, shares in account.opening_shares.items():
            if shares % 1 and not account.fractional:
                field, remedy = (*path, "simulated", "opening_shares", symbol), "round it, or set"
                problem = "this broker holds whole shares only"
                takes = (*path, "simulated", "fractional")
                yield judged(field, shares, problem, f"{remedy} {'.'.join(takes)}: true", takes)


def opening_shares_are_of_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    for above, _, one in _parts(book):
        path = (*above, "simulated", "opening_shares")
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
    a_connection_of_tws_is_used_by_one_part,
    routes_speak_of_the_universe,
    real_money_is_traded_by_real_brokers_only,
    the_broker_can_do_it,
)
DOUBTS: tuple[Check, ...] = (opening_shares_are_of_the_universe,)


def _brokers(book: Book) -> Iterator[tuple[Path, str, OneBroker]]:
    """Path, name and settings of the broker; of several, theirs too."""
    yield BROKER, book.broker.name, book.broker
    yield from ((path, name, one) for path, name, one in _parts(book) if path != BROKER)


def _parts(book: Book) -> Iterator[tuple[Path, str, OneBroker]]:
    """Those that trade."""
    if book.broker.name == "several":
        yield from (((*PARTS, tag), part.name, part) for tag, part in book.broker.parts.items())
    else:
        yield BROKER, book.broker.name, book.broker


def _takes_fractions(name: str, one: OneBroker) -> bool:
    return {"simulated": one.simulated.fractional, "ibkr": one.ibkr.share_step < 1}.get(name, True)


def _fractions_of(name: str) -> tuple[str, ...]:
    return ("ibkr", "share_step: 0.0001") if name == "ibkr" else ("simulated", "fractional: true")
