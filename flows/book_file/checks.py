"""Whether what a book names exists and whether its settings agree: a list of small checks named like sentences."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath

from flows.book_file import checks_broker, checks_data, checks_limits, checks_spelling, checks_units
from flows.book_file.errors import Mistake, Path, judged, nearest, place
from flows.book_file.referenced_files import Companions
from tasks.book.model import Book
from tasks.market_data.spelling import in_the_spelling_of
from tasks.targets.given_weights import where_weights_stand

Check = Callable[[Book, Companions], Iterator[Mistake]]


def problems(book: Book, companions: Companions) -> list[Mistake]:
    """Everything that cannot be meant; each is a mistake with its remedy."""
    return [mistake for check in CHECKS for mistake in check(book, companions)]


def doubts(book: Book, companions: Companions) -> list[Mistake]:
    """What is allowed, but probably not meant."""
    return [mistake for check in DOUBTS for mistake in check(book, companions)]


def files_that_are_named_can_be_used(book: Book, companions: Companions) -> Iterator[Mistake]:
    for path, problem, remedy in companions.complaints:
        yield judged(path, _value(book, path), problem, remedy)


def symbols_belong_to_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    if not companions.sectors:
        return
    for path, symbol in _named_symbols(book, companions):
        if symbol not in companions.sectors and not _may_be_held_beside(book, path, symbol):
            spelled = in_the_spelling_of(companions.sectors, symbol)
            close = spelled if spelled != symbol else nearest(symbol, sorted(companions.sectors))
            remedy = f"did you mean {close}?" if close else "add it to the universe, or remove it here"
            yield judged(path, symbol, f"{symbol} is not in the universe", remedy, ("universe",))


def what_is_held_beside_the_universe_may_be_named(book: Book, companions: Companions) -> Iterator[Mistake]:
    """To sell it or to keep it; whether it is held is known at the broker only, so a slip of the pen is a doubt."""
    for path, symbol in _named_symbols(book, companions) if companions.sectors else ():
        if symbol not in companions.sectors and _may_be_held_beside(book, path, symbol):
            close = nearest(symbol, sorted(companions.sectors))
            remedy = f"did you mean {close}?" if close else "add it to the universe if the book may buy it"
            leaves = path[:2] == ("limits", "must_exit")
            then = "sold if the account holds it" if leaves else "kept if it is held"
            if leaves and (weights := where_weights_stand(book.objective)):
                then += f"; it must have no weight in {weights} any more"
            yield judged(path, symbol, f"{symbol} is not in the universe: it is {then}", remedy, ("universe",))


def _may_be_held_beside(book: Book, path: Path, symbol: str) -> bool:
    if path[:2] in (("limits", "must_exit"), ("limits", "no_sell")):
        return True
    held = {s for part in (book.broker, *book.broker.parts.values()) for s in part.simulated.opening_shares}
    return path[:2] == ("risk", "restricted") and symbol in held


def sectors_belong_to_the_universe(book: Book, companions: Companions) -> Iterator[Mistake]:
    known = sorted({sector for sector in companions.sectors.values() if sector})
    for name in book.limits.sectors if companions.sectors else ():
        path = ("limits", "sectors", name)
        if not known:
            remedy = "name them in a `sector` column of universe.file"
            yield judged(path, None, "the universe names no sectors", remedy, ("universe",))
        elif name not in known:
            close = nearest(name, known)
            remedy = f"did you mean {close}?" if close else f"sectors of the universe: {', '.join(known)}"
            yield judged(path, None, "no symbol of the universe is in this sector", remedy, ("universe",))


def scores_that_are_limited_are_known(book: Book, companions: Companions) -> Iterator[Mistake]:
    limited: dict[str, tuple[str, Mapping[str, float]]] = {
        "min_esg_score": ("esg_score", companions.esg_scores),
        "max_carbon_intensity": ("carbon_intensity", companions.carbon_intensities),
    }
    for field, (column, known) in limited.items():
        bound = getattr(book.limits, field)
        if bound is not None and companions.sectors and not known:
            remedy = f"add the column `{column}` to universe.file, or remove the limit"
            yield judged(("limits", field), bound, f"the universe has no {column}", remedy, ("universe",))


def a_view_is_given_where_it_is_asked_for(book: Book, _: Companions) -> Iterator[Mistake]:
    view, path = book.objective.expected_return, ("objective", "expected_return")
    if view.kind == "given" and not view.yearly_pct:
        remedy = "write e.g. yearly_pct: {AAPL: 6}"
        yield judged((*path, "yearly_pct"), None, "`kind: given` needs it", remedy, (*path, "kind"))
    if view.kind != "given" and view.yearly_pct:
        problem = f"`kind: {view.kind}` does not read it"
        yield judged((*path, "yearly_pct"), view.yearly_pct, problem, "set kind: given, or remove it", (*path, "kind"))


def a_symbol_is_not_told_two_things(book: Book, companions: Companions) -> Iterator[Mistake]:
    restricted = ("risk", "restricted")
    for index, symbol in enumerate(book.limits.must_exit):
        path = ("limits", "must_exit", place(index))
        if symbol in book.risk.restricted:
            problem = f"{symbol} is restricted, so it cannot be sold"
            yield judged(path, symbol, problem, "take it off risk.restricted, or take it off this list", restricted)
        if companions.weights.get(symbol):
            problem = f"{symbol} has a target weight, so it cannot be left"
            yield judged(path, symbol, problem, "give it no weight or take it off this list", ("objective",))


def a_book_can_trade_at_all(book: Book, _: Companions) -> Iterator[Mistake]:
    drift = book.drift
    bands = (drift.absolute_band_pct, drift.relative_band_pct)
    if bands == (None, None) and drift.calendar == "never" and drift.cash_flow_pct is None:
        remedy = "give absolute_band_pct, relative_band_pct, cash_flow_pct or a calendar"
        yield judged(("drift", "calendar"), "never", "nothing would ever make the book trade", remedy, ("drift",))
    if bands == (None, None) and drift.trade_to == "band_edge":
        problem, remedy = "there is no band to trade to", "give absolute_band_pct, or set trade_to: target"
        yield judged(("drift", "trade_to"), "band_edge", problem, remedy, ("drift",))


CHECKS: tuple[Check, ...] = (
    files_that_are_named_can_be_used,
    symbols_belong_to_the_universe,
    sectors_belong_to_the_universe,
    scores_that_are_limited_are_known,
    a_view_is_given_where_it_is_asked_for,
    a_symbol_is_not_told_two_things,
    a_book_can_trade_at_all,
    *checks_data.CHECKS,
    *checks_spelling.CHECKS,
    *checks_broker.CHECKS,
    *checks_limits.CHECKS,
    *checks_units.CHECKS,
)
DOUBTS: tuple[Check, ...] = (
    what_is_held_beside_the_universe_may_be_named,
    *checks_spelling.DOUBTS,
    *checks_broker.DOUBTS,
    *checks_limits.DOUBTS,
)


def _named_symbols(book: Book, companions: Companions) -> Iterator[tuple[Path, str]]:
    """Every symbol a book speaks of, with where."""
    lists: dict[Path, tuple[str, ...]] = {
        ("limits", "no_buy"): book.limits.no_buy,
        ("limits", "no_sell"): book.limits.no_sell,
        ("limits", "must_exit"): book.limits.must_exit,
        ("risk", "restricted"): book.risk.restricted,
    }
    for path, symbols in lists.items():
        yield from (((*path, place(index)), symbol) for index, symbol in enumerate(symbols))
    weights = ("objective", "weights_pct" if book.objective.weights_file is None else "weights_file")
    mappings: dict[Path, Mapping[str, object]] = {
        ("execution", "by_symbol"): book.execution.by_symbol,
        ("objective", "expected_return", "yearly_pct"): book.objective.expected_return.yearly_pct,
        weights: companions.weights,
    }
    for path, mapping in mappings.items():
        whole = path[-1] == "weights_file"
        yield from ((path if whole else (*path, symbol), symbol) for symbol in mapping)


def _value(book: Book, path: Path) -> object:
    found: object = book
    for key in path:
        found = getattr(found, key)
    return str(found) if isinstance(found, FilePath) else found
