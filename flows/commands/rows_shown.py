"""Shows rows of the record on a terminal: a table where it fits, else one name and value after the other."""

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.commands.plan_shown import show_plan
from tasks.model.plan import Plan
from tasks.model.plan_json import plan_from_json
from tasks.plan.plan_list import plan_list

STEP = 2
"""Columns that what belongs to a name stands further in."""
FIGURES = (int, float, Decimal)

Row = Mapping[str, Any]


def show_rows(console: Console, rows: Sequence[Row]) -> None:
    """As wide as the terminal, 80 columns in a pipe; nothing is cut, and no value is one of the program's objects."""
    if _width_of_table(rows) <= console.width:
        console.print(_table(rows), highlight=False)
        return
    for number, row in enumerate(rows, start=1):
        console.print(Text(f"{number} of {len(rows)}", style="bold"))
        _show_record(console, row)


def _show_record(console: Console, row: Row) -> None:
    """Name by name; a plan among the values is shown below them as every plan is."""
    plans = {name: plan for name, value in row.items() if (plan := _as_plan(value)) is not None}
    others = {name: value for name, value in row.items() if name not in plans}
    for line in record_lines(others, console.width, STEP):
        console.print(Text(line), soft_wrap=True)
    for plan in plans.values():
        show_plan(console, plan_list(plan))


def _as_plan(value: Any) -> Plan | None:
    """The plan that a value is the JSON of; None for anything else."""
    if not isinstance(value, Mapping) or "lines" not in value:
        return None
    try:
        return plan_from_json(json.dumps(value))
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return None


# --- a table ----------------------------------------------------------------------------------------------------------


def _width_of_table(rows: Sequence[Row]) -> int:
    """Columns of text that the table takes; of what holds more than one value, more than there are."""
    columns = [[name.replace("_", " "), *(_cell(name, row[name]) for row in rows)] for name in rows[0]]
    if any(_holds_values(value) for row in rows for value in row.values()):
        return 10**9
    return sum(max(len(text) for text in column) + 1 for column in columns)


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in rows[0]:
        is_figure = all(isinstance(row[name], FIGURES) or row[name] is None for row in rows)
        table.add_column(name.replace("_", " "), no_wrap=True, justify="right" if is_figure else "left")
    for row in rows:
        table.add_row(*(Text(_cell(name, value)) for name, value in row.items()))
    return table


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, Decimal | float) and name.endswith("_usd"):
        return f"{value:,.2f}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def _holds_values(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


# --- name by name -----------------------------------------------------------------------------------------------------


def record_lines(row: Row, width: int, indent: int) -> Iterator[str]:
    """Lines of at most `width` characters, values one under the other; a word longer than a line is parted."""
    labels = {name: name.replace("_", " ") for name in row}
    column = indent + max((len(label) for label in labels.values()), default=0) + STEP
    for name, value in row.items():
        label = f"{' ' * indent}{labels[name]}"
        if _holds_values(value) and value:
            yield label
            yield from _inner_lines(value, width, indent + STEP)
        else:
            yield from _value_lines(
                label, _cell(name, value or "none" if _holds_values(value) else value), width, column
            )


def _inner_lines(value: Any, width: int, indent: int) -> Iterator[str]:
    """What a value holds, further in: a mapping name by name, a list item by item."""
    if isinstance(value, Mapping):
        yield from record_lines(cast(Row, value), width, indent)
        return
    for item in cast(Sequence[Any], value):
        mark = f"{' ' * indent}-"
        if isinstance(item, Mapping):
            yield mark
            yield from record_lines(cast(Row, item), width, indent + STEP)
        else:
            yield from _value_lines(mark, _cell("", item), width, indent + STEP)


def _value_lines(label: str, text: str, width: int, column: int) -> Iterator[str]:
    """Beside its label, or below it where a word of it is too long for that: what can be copied stays in one piece."""
    longest = max((len(word) for word in text.split()), default=0)
    if longest > width - column:
        yield label
        label, column = "", max(0, min(len(label) - len(label.lstrip()) + STEP, width - longest))
    first = label.ljust(column)
    parted = textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * column, break_on_hyphens=False)
    yield from parted or [label]
