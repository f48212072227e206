"""Shows a plan's list on a terminal: eight columns fit 80 characters, a wider one gets more."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tasks.plan.plan_list import PlanList
from tasks.plan.plan_words import cells, limit_cells, notes, obstacles, title

NARROW = ("symbol", "side", "shares", "USD", "now %", "then %", "cost USD", "reason")
WIDE = ("symbol", "side", "shares", "USD", "now %", "then %", "target %", "cost USD", "cost bps", "algorithm", "reason")
WIDE_FROM, SENTENCES_FROM = 110, 160
"""Columns of the terminal."""
WORDS = frozenset({"symbol", "side", "algorithm", "reason", "why", "what binds"})


def show_plan(console: Console, listed: PlanList) -> None:
    """The lines, then totals and risk, then the limits that bind, then what keeps lines from their targets."""
    columns = columns_for(console.width)
    console.print(Text(title(listed), style="bold"))
    console.print(_table(cells(listed), columns))
    console.print(_sentences(notes(listed), "-"))
    if listed.limits:
        console.print(_table(limit_cells(listed), tuple(limit_cells(listed)[0])))
    if "why" not in columns and obstacles(listed):
        console.print(_sentences(obstacles(listed), "!"))
    console.print(Text(f"plan {listed.plan_hash}"), soft_wrap=True)


def columns_for(width: int) -> tuple[str, ...]:
    if width >= SENTENCES_FROM:
        return (*WIDE, "why")
    return WIDE if width >= WIDE_FROM else NARROW


def _table(rows: Sequence[dict[str, str]], columns: tuple[str, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in columns:
        is_words = column in WORDS
        table.add_column(column, justify="left" if is_words else "right", overflow="fold", no_wrap=not is_words)
    for row in rows:
        stays = row.get("side") == "-"
        table.add_row(*(Text(row[column]) for column in columns), style="dim" if stays else "")
    return table


def _sentences(told: Sequence[str], mark: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column()
    grid.add_column(overflow="fold")
    for sentence in told:
        grid.add_row(f"  {mark}", Text(sentence))
    return grid
