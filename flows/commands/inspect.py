"""Commands that only look: status, orders, report, sessions; and the one that writes a new book file."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from flows.commands.lookup import cycle_of, journal_here, name_of
from flows.outcome import cycle_summary
from tasks.errors import ConfigError
from tasks.model.executions import totals_by_order
from tasks.model.fill_totals import NOTHING_FILLED
from tasks.model.order_words import broker_words
from tasks.model.typed_commands import shell_word, works_session
from tasks.wording import counted, dollars

SESSION_COLUMNS = ("session", "kind", "status", "orders", "fills", "USD traded", "bps", "breaks")
ORDER_COLUMNS = ("symbol", "side", "shares", "filled", "decided", "average", "algorithm", "fills")
POSITION_COLUMNS = ("symbol", "shares", "cost", "price", "USD", "%", "gain", "realised")
"""What fits 80 columns; --json has everything."""


def show_sessions(book: str, *, as_json: bool) -> dict[str, Any]:
    """Every session; of one that is said to run also whether anybody works it."""
    from flows.bootstrap import wall_clock
    from flows.commands.at_work import at_work

    with journal_here() as journal:
        cycle_of(journal, book, None)
        cycles = journal.cycles.all(name_of(book))
        rows = [cycle_summary(journal, cycle) for cycle in cycles]
        running = [row for row in rows if row["status"] == "running"]
        for row, cycle in zip(running, (c for c in cycles if c.status == "running"), strict=True):
            row["message"] = at_work(journal, cycle, wall_clock()).message
    if not as_json:
        console = Console()
        console.print(_table(f"Sessions of {name_of(book)}", [_in_short(row) for row in rows], SESSION_COLUMNS))
        for row in rows:
            if row["message"]:
                console.print(f"{row['session']} {row['kind']}: {row['message']}", soft_wrap=True, highlight=False)
    return {"book": name_of(book), "sessions": rows}


def show_report(book: str, session: date | None, *, as_json: bool, kind: str = "rebalance") -> dict[str, Any]:
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        told = cycle_summary(journal, cycle)
    if told["report"] is None:
        why = f" ({cycle.message})" if cycle.message else ""
        raise ConfigError(
            f"session {cycle.session} of {cycle.book} has no report yet: it is {cycle.status}{why}; "
            f"`{works_session(cycle)}` goes on with it"
        )
    if not as_json:
        Console().print(
            f"{told['book']} {told['session']}: shortfall {dollars(told['shortfall_usd'] or 0)} "
            f"({told['shortfall_bps'] or 0:.1f} bps), {counted(told['breaks'], 'break')}\n{told['report']}",
            soft_wrap=True,
        )
    return told


def show_orders(book: str, session: date | None, *, as_json: bool, kind: str = "rebalance") -> dict[str, Any]:
    """Orders with what was filled of them and at which average price."""
    with journal_here() as journal:
        cycle = cycle_of(journal, book, session, kind)
        slices = journal.orders.slices(cycle.cycle_id)
        by_order = totals_by_order(journal.orders.fills(cycle.cycle_id), slices)
        orders = journal.orders.orders(cycle.cycle_id)
    rows = []
    for order in orders:
        own = by_order.get(order.order_id, NOTHING_FILLED)
        rows.append(
            {
                "symbol": order.symbol,
                "side": order.side.value,
                "shares": str(order.shares),
                "filled": str(own.shares),
                "average_price": "" if own.average_price is None else f"{own.average_price:.4f}",
                "decision_price": str(order.decision_price),
                "algorithm": order.algorithm.value,
                "slices": sum(1 for piece in slices if piece.order_id == order.order_id),
                "fills": own.fills,
                "reason": order.reason,
            }
        )
    said = broker_words(slices)
    if not as_json:
        Console().print(_table(f"Orders of {cycle.cycle_id}", [_order_in_short(row) for row in rows], ORDER_COLUMNS))
        for line in said:
            Console().print(f"the broker says of {line}", soft_wrap=True, highlight=False, markup=False)
    told = {"book": cycle.book, "session": cycle.session.isoformat(), "status": cycle.status}
    return {**told, "orders": rows, "broker_says": said}


def show_summary(book: str, session: date | None, *, as_json: bool, kind: str = "rebalance") -> dict[str, Any]:
    """What became of a session's orders, in one piece."""
    from flows.order_summary import order_summary

    with journal_here() as journal:
        told = order_summary(journal, cycle_of(journal, book, session, kind))
    if not as_json:
        for line in (told["sentence"], *told["want_a_look"]):
            Console().print(line, soft_wrap=True, highlight=False, markup=False)
    return told


def _in_short(row: dict[str, Any]) -> dict[str, Any]:
    """A session as a terminal of 80 columns takes it; its message follows below the table."""
    traded = row["traded_notional_usd"]
    return {
        **row,
        "USD traded": f"{traded:,.0f}",
        "bps": row["shortfall_bps"],
    }


def _position_in_short(row: dict[str, Any]) -> dict[str, Any]:
    names = {"USD": "value_usd", "%": "weight_pct", "cost": "average_cost", "gain": "unrealised_usd"}
    return {**row, **{short: row[name] for short, name in names.items()}, "realised": row["realised_usd"]}


def _order_in_short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "algorithm": row["algorithm"].replace("implementation", "impl"),
        "decided": f"{Decimal(row['decision_price']):.2f}",
        "average": f"{Decimal(row['average_price']):.4f}" if row["average_price"] else "",
    }


def show_status(book: str | None, *, as_json: bool) -> dict[str, Any]:
    from flows.bootstrap import wall_clock
    from flows.commands.book_status import book_status
    from flows.commands.desk_status import as_plain, desk_status, summary_of

    with journal_here() as journal:
        known = sorted({cycle.book for cycle in journal.cycles.all()})
        names = [cycle_of(journal, book, None).book] if book else known
        books = [book_status(journal, name, wall_clock()) for name in names]
    desk = desk_status()
    if not as_json:
        console = Console()
        if desk is not None:
            console.print("; ".join([f"desk {summary_of(desk)}", *desk.events]), soft_wrap=True, highlight=False)
        if not books:
            console.print("no book is on record yet; run `steelyard run books/demo.yaml` first")
        for told in books:
            _print_status(console, told)
    return {"books": books, "desk": as_plain(desk) if desk is not None else None}


def write_template(path: Path, *, as_json: bool) -> dict[str, Any]:
    """Write a commented book file. Raises: ConfigError rather than overwrite one."""
    from flows.book_file.template import book_template

    if path.exists():
        raise ConfigError(f"{path} exists already; choose another name, a book file is never overwritten")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(book_template(), encoding="utf-8")
    if not as_json:
        Console().print(f"wrote {path}: edit it, then try `steelyard plan {shell_word(path)}`")
    return {"path": str(path)}


def _print_status(console: Console, told: dict[str, Any]) -> None:
    console.print(f"[bold]{told['book']}[/bold] {told['session']} ({told['status']}) {told['message']}", soft_wrap=True)
    if told["halt"]["state"] != "normal":
        stop = told["halt"]
        console.print(f"  [red]{stop['state']}[/red] by {stop['who']}: {stop['why']}", soft_wrap=True)
    figures = ("nav_usd", "cash_usd", "realised_usd", "unrealised_usd", "fees_usd", "gross_pct", "net_pct")
    figures += ("high_water_usd", "drawdown_pct")
    for line in _packed([f"{name.replace('_', ' ')} {_known(told[name])}" for name in figures], console.width - 2):
        console.print(f"  {line}", soft_wrap=True)
    console.print(f"  {told['as_of']}", soft_wrap=True, highlight=False)
    for sentence in told["written_off"]:
        console.print(f"  {sentence}", soft_wrap=True, markup=False, highlight=False)
    for sentence in told["stands_over"]:
        console.print(f"  left: {sentence}", soft_wrap=True, markup=False, highlight=False)
    if told["unpriced"]:
        console.print(f"  [yellow]no price is on record for {', '.join(told['unpriced'])}[/yellow]", soft_wrap=True)
    console.print(_table("Positions", [_position_in_short(row) for row in told["positions"]], POSITION_COLUMNS))
    if told["open_breaks"]:
        console.print(f"[red]{told['open_breaks']} open breaks: see steelyard breaks {told['book']}[/red]")
        for sentence in told["breaks"]:
            console.print(f"  {sentence}", soft_wrap=True, markup=False)


def _packed(figures: Sequence[str], width: int) -> list[str]:
    """As many a line as fit; a name and its value stay together."""
    lines: list[str] = []
    for figure in figures:
        if lines and len(lines[-1]) + len(figure) + 2 <= width:
            lines[-1] += f", {figure}"
        else:
            lines.append(figure)
    return lines


def _known(value: float | None) -> str:
    return "not known" if value is None else f"{value:,.2f}"


WORDS = ("session", "kind", "status", "symbol", "side", "algorithm")


def _table(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> Table:
    table = Table(title=title, box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        figures = column not in WORDS
        table.add_column(column.replace("_", " "), no_wrap=True, justify="right" if figures else "left")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    return table


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
