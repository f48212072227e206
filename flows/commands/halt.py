"""Commands of the halt: stop a book or all of them, let them go on, and see what stands and why."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.alerts.halt_events import announce_to_books
from flows.bootstrap import wall_clock
from flows.commands.lookup import journal_here, name_of
from flows.home import home
from tasks.errors import ConfigError
from tasks.heartbeats import Giver, beat
from tasks.journal import Journal
from tasks.journal.halts import resumed_by
from tasks.model.account import HaltState
from tasks.model.cycle import Cycle
from tasks.model.desk_event import halt_said
from tasks.model.halts import BREAKER, EVERY_BOOK, Halt
from tasks.model.order_states import WORKING
from tasks.wording import spoken

COLOURS = {HaltState.NORMAL: "green", HaltState.REDUCING: "yellow", HaltState.HALTED: "red"}


def halt_book(book: str | None, who: str, why: str, *, reducing: bool, every: bool, as_json: bool) -> dict[str, Any]:
    """Set a book, or all, to halted or reducing: first on record, then the orders that nobody minds are cancelled.

    Then whoever listens is told.
    """
    state = HaltState.REDUCING if reducing else HaltState.HALTED
    who, why = signed(who), said(why, "--why")
    with journal_here() as journal:
        scope = _scope(journal, book, every)
        before = journal.halts.of_scope(scope)
        halt = Halt(scope, state, who, why, {}, wall_clock())
        journal.halts.record(halt)
        books = _books(journal) if every else [scope]
        stands = {name: journal.halts.state(name) for name in books}
        left = _cycles_left_working(journal, books)
    orders = _cancel(left)
    announce_to_books(books or [scope], "", halt_said(halt), home())
    told = {
        "scope": scope,
        "state": state.value,
        "was": (before.state if before else HaltState.NORMAL).value,
        "who": who,
        "why": why,
        "books": {name: of.value for name, of in stands.items()},
        "orders": orders,
    }
    if not as_json:
        _print_halted(told, state)
    return told


def resume_book(book: str | None, who: str, because: str, *, every: bool, as_json: bool) -> dict[str, Any]:
    """Let a book, or all, trade again; who says it has given a sign of life, and whoever listens hears it.

    Raises: ConfigError without a name or a reason, or when nothing is halted.
    """
    who, because = signed(who), said(because, "--because")
    with journal_here() as journal:
        scope = _scope(journal, book, every)
        before = journal.halts.of_scope(scope)
        if before is None or before.state is HaltState.NORMAL:
            raise ConfigError(_nothing_to_resume(journal, scope))
        causes = standing_causes(journal.halts.history(), scope)
        figures = {"was": before.state.value, "causes": [_as_plain(cause) for cause in causes]}
        halt = Halt(scope, HaltState.NORMAL, who, because, figures, wall_clock())
        journal.halts.record(halt)
        beat(home(), Giver.OPERATOR, who, wall_clock())
        books = _concerned(journal, scope)
        still = {name: of.value for name in books if (of := journal.halts.state(name)) != "normal"}
    announce_to_books(books or [scope], "", halt_said(halt), home())
    told = {"scope": scope, "state": "normal", "who": who, "because": because, **figures, "still_stopped": still}
    if not as_json:
        console = Console()
        for cause in causes:
            console.print(f"was {cause.state} by {cause.who}: {cause.why}", soft_wrap=True)
        console.print(f"[green]{_named(scope)} may trade again[/green], says {who}: {because}", soft_wrap=True)
        for name, of in still.items():
            console.print(f"[yellow]{name} is still {of}[/yellow]: see steelyard halts {name}")
    return told


def show_halts(book: str | None, *, as_json: bool) -> dict[str, Any]:
    """What stands for each book and for all, and every change so far, newest last."""
    with journal_here() as journal:
        name = _scope(journal, book, False) if book else None
        history = journal.halts.history(name)
        scopes = [EVERY_BOOK, *([name] if name else _books(journal))]
        standing = [(scope, journal.halts.of_scope(scope)) for scope in scopes]
    if not as_json:
        console = Console()
        for scope, halt in standing:
            console.print(f"{_named(scope)}: {_sentence(halt)}", soft_wrap=True)
        if history:
            console.print(_table(history))
    return {
        "standing": {scope: halt and _as_plain(halt) for scope, halt in standing},
        "history": [_as_plain(halt) for halt in history],
    }


def standing_causes(history: Sequence[Halt], scope: str) -> list[Halt]:
    """What brought the present state about, oldest first: a person's last word and the breakers since then."""
    causes: list[Halt] = []
    for halt in reversed([halt for halt in history if halt.scope == scope]):
        if halt.state is not HaltState.NORMAL:
            causes.append(halt)
        if not halt.who.startswith(BREAKER):
            break
    return causes[::-1]


def signed(who: str) -> str:
    who = spoken(who)
    if not who:
        raise ConfigError('--who is empty; say who it is, e.g. --who "Ada Byron"')
    if who.lower().startswith(BREAKER.strip()):
        raise ConfigError(f"--who {who}: that is how the program signs its own breakers; give a person's name")
    return who


def said(words: str, option: str) -> str:
    words = spoken(words)
    if not words:
        raise ConfigError(f"{option} is empty; whoever reads the record must learn the reason")
    return words


def _scope(journal: Journal, book: str | None, every: bool) -> str:
    if (book is None) != every:
        raise ConfigError("name one book, or say --all for every book; not both and not neither")
    if book is None:
        return EVERY_BOOK
    name = name_of(book)
    known = _books(journal)
    if name == book and name not in known:
        raise ConfigError(
            f"no book `{name}` is on record; on record: {', '.join(known) or 'none'}. "
            "Name its file for a book that has not run yet, or say --all"
        )
    return name


def _books(journal: Journal) -> list[str]:
    named = {halt.scope for halt in journal.halts.history()} - {EVERY_BOOK}
    return sorted({cycle.book for cycle in journal.cycles.all()} | named)


def _concerned(journal: Journal, scope: str) -> list[str]:
    return _books(journal) if scope == EVERY_BOOK else [scope]


def _nothing_to_resume(journal: Journal, scope: str) -> str:
    if scope == EVERY_BOOK:
        stopped = [name for name in _books(journal) if journal.halts.state(name) is not HaltState.NORMAL]
        return "nothing stands for all books; " + (
            f"halted by name: {', '.join(stopped)}. Resume each by its name" if stopped else "nothing is halted"
        )
    every = journal.halts.of_scope(EVERY_BOOK)
    if every is not None and every.state is not HaltState.NORMAL:
        return f"{scope} itself is not halted, but all books are {every.state} by {every.who}: {resumed_by(EVERY_BOOK)}"
    return f"{scope} is not halted; there is nothing to resume"


def _cycles_left_working(journal: Journal, books: Sequence[str]) -> list[Cycle]:
    """Cycles with an order that, by our record, still works at the broker."""
    unfinished = [c for name in books for c in journal.cycles.all(name) if c.status != "done"]
    return [c for c in unfinished if any(p.state in WORKING for p in journal.orders.slices(c.cycle_id))]


def _cancel(cycles: Sequence[Cycle]) -> list[str]:
    """What became of their working orders, a sentence a cycle; the halt is on record whatever comes of it."""
    if not cycles:
        return []
    from flows.liquidate import cancel_left_working
    from flows.prefect_home import prepare_environment

    prepare_environment(quiet=True)
    return [cancel_left_working(cycle) for cycle in cycles]


def _named(scope: str) -> str:
    return "all books" if scope == EVERY_BOOK else scope


def _sentence(halt: Halt | None) -> str:
    if halt is None:
        return "[green]normal[/green], nothing was ever said"
    colour = COLOURS[halt.state]
    return f"[{colour}]{halt.state}[/{colour}] since {halt.at:%Y-%m-%d %H:%M} UTC by {halt.who}: {halt.why}"


def _print_halted(told: dict[str, Any], state: HaltState) -> None:
    console = Console()
    means = "nothing is sent" if state is HaltState.HALTED else "only orders nearer to zero are sent"
    colour, name = COLOURS[state], _named(told["scope"])
    console.print(f"[{colour}]{name}: {state}[/{colour}], {means} (was {told['was']})", soft_wrap=True)
    for line in told["orders"]:
        console.print(f"  {line}", soft_wrap=True)
    console.print(f"go on with: {resumed_by(told['scope'])}", soft_wrap=True)


def _table(history: Sequence[Halt]) -> Table:
    table = Table(title="Every change")
    for column in ("at, UTC", "for", "state", "who", "why", "measured", "limit"):
        table.add_column(column)
    for halt in history:
        measured, limit = halt.figures.get("measured"), halt.figures.get("limit")
        row = (f"{halt.at:%Y-%m-%d %H:%M:%S}", _named(halt.scope), halt.state, halt.who, halt.why)
        table.add_row(*row, "" if measured is None else f"{measured:g}", "" if limit is None else f"{limit:g}")
    return table


def _as_plain(halt: Halt) -> dict[str, Any]:
    values = {name: getattr(halt, name) for name in Halt.__slots__}
    return {**values, "state": halt.state.value, "figures": dict(halt.figures), "at": halt.at.isoformat()}
