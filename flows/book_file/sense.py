"""Whether the settings of a book make sense together: a list of small checks named like sentences."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from flows.book import Book
from flows.book_file.companions import Companions
from flows.book_file.mistakes import Mistake, nearest, shown

Check = Callable[[Book, Companions, Path], Iterator[Mistake]]


def problems(book: Book, companions: Companions, folder: Path) -> list[Mistake]:
    """Everything that cannot be meant; each is a mistake with its remedy."""
    return [mistake for check in CHECKS for mistake in check(book, companions, folder)]


def doubts(book: Book, companions: Companions) -> list[Mistake]:
    """What is allowed, but probably not meant."""
    held = book.broker.simulated.opening_shares
    known = companions.symbols or frozenset()
    strange = sorted(set(held) - known) if companions.symbols is not None else []
    return [
        _mistake(
            ("broker", "simulated", "opening_shares", s), held[s], "is not in the universe", "it will be left alone"
        )
        for s in strange
    ]


def files_that_are_named_can_be_used(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    for path, why in companions.complaints:
        yield _mistake(path, _value(book, path), "the file cannot be used", why)
    named = {"daily_path": book.data.daily_path, "intraday_path": book.data.intraday_path}
    for name, file in (named | {"actions_path": book.data.actions_path}).items():
        if file is not None and not (folder / file).exists():
            yield _mistake(("data", name), file, "there is no such file", "give a path relative to the book file")


def a_source_has_what_it_needs(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del companions, folder
    if book.data.source == "files" and book.data.daily_path is None:
        yield _mistake(
            ("data", "daily_path"), None, "`source: files` needs it", "name a CSV or Parquet file of daily bars"
        )
    if book.data.source == "sample":
        for name in ("daily_path", "intraday_path", "actions_path"):
            if getattr(book.data, name) is not None:
                yield _mistake(
                    ("data", name),
                    getattr(book.data, name),
                    "only `source: files` reads it",
                    "remove it, or set source: files",
                )
        if book.data.adjustment != "split_and_dividend":
            yield _mistake(
                ("data", "adjustment"), book.data.adjustment, "the sample is adjusted for both", "remove the line"
            )


def symbols_belong_to_the_universe(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del folder
    if companions.symbols is None:
        return
    for path, symbols in _named_symbols(book, companions):
        for symbol in sorted(set(symbols) - companions.symbols):
            close = nearest(symbol, sorted(companions.symbols))
            hint = f"did you mean {close}?" if close else "add it to the universe or remove it here"
            yield _mistake(path, symbol, "is not in the universe", hint)


def sectors_belong_to_the_universe(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del folder
    for name in sorted(set(book.limits.sectors) - companions.sectors):
        if companions.symbols is not None:
            known = ", ".join(sorted(companions.sectors)) or "none: the universe names no sectors"
            yield _mistake(("limits", "sectors", name), name, "no symbol is in this sector", f"known sectors: {known}")


def scores_that_are_limited_are_known(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del folder
    for field, column in (("min_esg_score", "esg_score"), ("max_carbon_intensity", "carbon_intensity")):
        bound = getattr(book.limits, field)
        if bound is not None and companions.symbols is not None and column not in companions.scored:
            yield _mistake(
                ("limits", field), bound, f"the universe has no {column}", f"add the column {column} to universe.file"
            )


def target_weights_fit_the_book(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del folder
    total = 100 * sum(companions.weights.values())
    room = 100 - book.limits.cash_reserve_pct
    if book.objective.kind == "track" and book.limits.long_only and total > room + 1e-9:
        yield _mistake(
            ("objective", "weights_pct"),
            f"{total:g} in all",
            f"with the cash reserve there is room for {room:g} %",
            "lower the weights or limits.cash_reserve_pct",
        )
    for symbol, weight in sorted(companions.weights.items()):
        if weight < 0 and book.limits.long_only:
            yield _mistake(
                ("objective", "weights_pct", symbol),
                100 * weight,
                "is negative but long_only is true",
                "set long_only: false",
            )


def the_invested_part_has_room(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del folder
    limits = book.limits
    room = 100 - limits.cash_reserve_pct
    if limits.min_net_pct > room:
        yield _mistake(
            ("limits", "min_net_pct"),
            limits.min_net_pct,
            f"the cash reserve leaves {room:g} %",
            "lower it or the reserve",
        )
    if companions.symbols is not None and limits.min_net_pct > limits.max_weight_pct * len(companions.symbols):
        most = limits.max_weight_pct * len(companions.symbols)
        yield _mistake(
            ("limits", "max_weight_pct"),
            limits.max_weight_pct,
            f"{len(companions.symbols)} symbols hold at most {most:g} %",
            f"raise it, or lower min_net_pct {limits.min_net_pct:g}",
        )


def an_objective_can_be_reached(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del companions, folder
    kind, view = book.objective.kind, book.objective.expected_return.kind
    if kind == "minimum_variance" and book.limits.long_only and book.limits.min_net_pct <= 0:
        yield _mistake(
            ("limits", "min_net_pct"),
            book.limits.min_net_pct,
            "the least risky portfolio is cash alone",
            "say how much must be invested, e.g. min_net_pct: 95",
        )
    if kind == "mean_variance" and view == "zero" and book.limits.min_net_pct <= 0:
        yield _mistake(
            ("objective", "expected_return"),
            "zero",
            "without a view on returns the best portfolio is cash",
            "set kind: historical or given, or limits.min_net_pct",
        )
    if view == "given" and not book.objective.expected_return.yearly_pct:
        yield _mistake(
            ("objective", "expected_return", "yearly_pct"),
            None,
            "`kind: given` needs it",
            "give e.g. yearly_pct: {AAPL: 6}",
        )


def the_broker_can_do_it(book: Book, companions: Companions, folder: Path) -> Iterator[Mistake]:
    del companions, folder
    if book.broker.live:
        yield _mistake(("broker", "live"), "true", "the simulated broker trades no real money", "set live: false")
    if book.orders.fractional and not book.broker.simulated.fractional:
        yield _mistake(
            ("orders", "fractional"),
            "true",
            "this broker takes whole shares only",
            "set broker.simulated.fractional: true, or fractional: false",
        )


CHECKS: tuple[Check, ...] = (
    files_that_are_named_can_be_used,
    a_source_has_what_it_needs,
    symbols_belong_to_the_universe,
    sectors_belong_to_the_universe,
    scores_that_are_limited_are_known,
    target_weights_fit_the_book,
    the_invested_part_has_room,
    an_objective_can_be_reached,
    the_broker_can_do_it,
)


def _named_symbols(book: Book, companions: Companions) -> Iterable[tuple[tuple[str, ...], Sequence[str]]]:
    limits = book.limits
    yield ("limits", "no_buy"), limits.no_buy
    yield ("limits", "no_sell"), limits.no_sell
    yield ("limits", "must_exit"), limits.must_exit
    yield ("risk", "restricted"), book.risk.restricted
    yield ("execution", "by_symbol"), tuple(book.execution.by_symbol)
    yield ("objective", "weights_pct"), tuple(companions.weights)
    yield ("objective", "expected_return", "yearly_pct"), tuple(book.objective.expected_return.yearly_pct)


def _value(book: Book, path: tuple[str, ...]) -> object:
    found: object = book
    for key in path:
        found = getattr(found, key, None)
    return found


def _mistake(path: tuple[str, ...], value: object, problem: str, remedy: str) -> Mistake:
    text = None if value is None else shown(str(value) if isinstance(value, Path) else value)
    return Mistake(path, 0, text, problem, remedy)
