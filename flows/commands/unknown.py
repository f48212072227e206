"""Orders whose fate no broker would tell: what they are, and a person's word on one of them."""

from typing import Any

from rich.console import Console
from rich.table import Table

from flows.bootstrap import wall_clock
from flows.commands.lookup import cycle_of, journal_here
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.model.order_records import Resolution, Ticket
from tasks.model.orders import OrderState
from tasks.wording import spoken

WORDS = ("dead", "alive")


def show_unknown(book: str, *, as_json: bool) -> dict[str, Any]:
    """Every ticket of a book, those without an answer first."""
    with journal_here() as journal:
        name = cycle_of(journal, book, None).book
        rows = sorted(journal.orders.tickets(name), key=lambda t: (t.resolution is not None, t.opened_at))
        states = _states(journal, rows)
    if not as_json:
        Console().print(_table(rows, states) if rows else "no order is without an answer")
    return {"book": name, "tickets": [_plain(ticket, states[ticket.key]) for ticket in rows]}


def resolve_order(key: str, said: str, who: str, because: str, *, as_json: bool) -> dict[str, Any]:
    """Record a person's word; the next run of the session acts on it, unless the broker proves it wrong."""
    if said not in WORDS:
        raise ConfigError(f"--as {said}: an order is `dead` or `alive`; say which")
    who, because = spoken(who), spoken(because)
    if not who or not because:
        raise ConfigError("--who and --because are both needed: a word without either is no evidence")
    with journal_here() as journal:
        ticket = _ticket(journal, key)
        journal.orders.record_resolution(Resolution(key, said, who, because, wall_clock()))
    if not as_json:
        Console().print(
            f"{key}: {said}, says {who}. Run the session of {ticket.cycle_id} again: it asks the broker once "
            "more, and takes your word where the broker has none",
            soft_wrap=True,
        )
    return {"key": key, "as": said, "who": who, "because": because, "cycle_id": ticket.cycle_id}


def _ticket(journal: Journal, key: str) -> Ticket:
    books = sorted({cycle.book for cycle in journal.cycles.all()})
    known = {ticket.key: ticket for book in books for ticket in journal.orders.tickets(book)}
    if key not in known:
        raise ConfigError(f"no ticket for {key}; open tickets: {', '.join(known) or 'none'}")
    return known[key]


def _states(journal: Journal, rows: list[Ticket]) -> dict[str, OrderState]:
    cycles = {ticket.cycle_id for ticket in rows}
    return {s.request.key: s.state for cycle_id in cycles for s in journal.orders.slices(cycle_id)}


def _table(rows: list[Ticket], states: dict[str, OrderState]) -> Table:
    table = Table(title="Orders without an answer")
    for column in ("key", "since", "what to do", "state", "a person's word"):
        table.add_column(column)
    for ticket in rows:
        said = ticket.resolution
        word = f"{said.said}, {said.who}: {said.because}" if said else "[red]open[/red]"
        table.add_row(ticket.key, f"{ticket.opened_at:%Y-%m-%d %H:%M}", ticket.sentence, states[ticket.key], word)
    return table


def _plain(ticket: Ticket, state: OrderState) -> dict[str, Any]:
    said = ticket.resolution
    return {
        "key": ticket.key,
        "cycle_id": ticket.cycle_id,
        "symbol": ticket.symbol,
        "side": ticket.side.value,
        "shares": str(ticket.shares),
        "opened_at": ticket.opened_at.isoformat(),
        "sentence": ticket.sentence,
        "state": state.value,
        "resolution": {"as": said.said, "who": said.who, "because": said.because} if said else None,
    }
