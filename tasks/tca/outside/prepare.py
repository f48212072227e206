"""From files as they were read to orders that can be measured, with all that is wrong on the way. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from tasks.errors import ConfigError
from tasks.tca.outside.build_records import OutsideOrder, build_orders, executions_by_order
from tasks.tca.outside.check_rows import check_ragged
from tasks.tca.outside.column_names import Kind
from tasks.tca.outside.market import Market
from tasks.tca.outside.match_fills import match_fills
from tasks.tca.outside.parse_executions import parse_executions, standing
from tasks.tca.outside.parse_orders import distinct_orders, parse_orders
from tasks.tca.outside.parse_prices import distinct_prices, parse_prices
from tasks.tca.outside.problems import Problems, rows_left_out
from tasks.tca.outside.raw_table import InputFile, RawTable, with_our_columns
from tasks.tca.outside.settings import ColumnSettings


@dataclass(frozen=True)
class Prepared:
    """Orders with their executions and market, what was wrong with which row, and what each file came to."""

    orders: tuple[OutsideOrder, ...]
    problems: pd.DataFrame
    files: tuple[InputFile, ...]


@dataclass(frozen=True)
class _Read:
    table: RawTable
    frame: pd.DataFrame
    columns: dict[str, str]


def prepare(tables: Sequence[RawTable], settings: ColumnSettings) -> Prepared:
    """Raises: ConfigError with every column that a file needs and has not."""
    read = _with_columns(tables, settings)
    problems = Problems()
    parts: dict[Kind, list[pd.DataFrame]] = {kind: [] for kind in Kind}
    known: list[pd.DataFrame] = []
    for one in read:
        check_ragged(one.table, problems)
        parts[one.table.kind].append(_parsed(one, settings, problems))
        if one.table.kind is Kind.ORDERS:
            known.append(one.frame[["order_id"]].astype(str))
    orders = distinct_orders(pd.concat(parts[Kind.ORDERS], ignore_index=True), problems)
    executions = standing(pd.concat(parts[Kind.EXECUTIONS], ignore_index=True), problems)
    fills = match_fills(executions, orders, pd.concat(known), problems)
    market = _market(parts, settings, problems)
    built = build_orders(orders, executions_by_order(fills, settings.units), market, settings, problems)
    _name_lost(fills, {order.record.order_id for order in built}, problems)
    table = problems.table()
    return Prepared(tuple(built), table, _input_files(read, table))


def _with_columns(tables: Sequence[RawTable], settings: ColumnSettings) -> list[_Read]:
    read: list[_Read] = []
    complaints: list[str] = []
    for table in tables:
        frame, columns, wrong = with_our_columns(table, settings.mapped(table.kind))
        complaints += [f"{table.name}: {sentence}" for sentence in wrong]
        read.append(_Read(table, frame, columns))
    if complaints:
        raise ConfigError("\n".join(complaints))
    return read


def _parsed(one: _Read, settings: ColumnSettings, problems: Problems) -> pd.DataFrame:
    match one.table.kind:
        case Kind.EXECUTIONS:
            return parse_executions(one.frame, one.columns, one.table, settings, problems)
        case Kind.ORDERS:
            return parse_orders(one.frame, one.table, settings, problems)
        case Kind.PRICES:
            return parse_prices(one.frame, one.table, settings, problems)


def _market(parts: dict[Kind, list[pd.DataFrame]], settings: ColumnSettings, problems: Problems) -> Market:
    if not parts[Kind.PRICES]:
        return Market(None, settings)
    return Market(distinct_prices(pd.concat(parts[Kind.PRICES], ignore_index=True), problems), settings)


def _name_lost(fills: pd.DataFrame, measured: set[str], problems: Problems) -> None:
    """Executions whose order could not be measured are in no figure either."""
    lost = ~fills["order_id"].isin(measured)
    problems.add(fills, lost, "order_id", "its order was left out", "correct the order's own row, as it is named here")


def _input_files(read: Sequence[_Read], problems: pd.DataFrame) -> tuple[InputFile, ...]:
    out = rows_left_out(problems, [one.table.name for one in read])
    return tuple(
        InputFile(
            name=one.table.name,
            kind=one.table.kind.value,
            sha256=one.table.sha256,
            rows=one.table.rows,
            left_out=out[one.table.name],
            columns=one.columns,
            unused=tuple(str(name) for name in one.table.frame.columns if name not in one.columns.values()),
        )
        for one in read
    )
