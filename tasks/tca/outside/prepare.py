"""From files as they were read to orders that can be measured, with all that is wrong on the way. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from tasks.errors import ConfigError
from tasks.tca.outside.build_records import OutsideOrder, build_orders, executions_by_order
from tasks.tca.outside.check_rows import check_unread
from tasks.tca.outside.column_names import Kind
from tasks.tca.outside.in_columns import outside_columns
from tasks.tca.outside.many_orders import ManyOrders, measure_columns, shown_ids
from tasks.tca.outside.market import Market
from tasks.tca.outside.market_columns import market_columns
from tasks.tca.outside.match_fills import match_fills
from tasks.tca.outside.parse_executions import parse_executions, standing
from tasks.tca.outside.parse_orders import distinct_orders, parse_orders
from tasks.tca.outside.parse_prices import distinct_prices, name_overlaps, parse_prices
from tasks.tca.outside.problems import Problems, rows_left_out
from tasks.tca.outside.raw_table import InputFile, RawTable, with_our_columns
from tasks.tca.outside.settings import ColumnSettings, Units
from tasks.tca.shortfall import Convention

MOST_LARGEST, MOST_DEAREST = 200, 100
"""Orders that a page shows one by one; the CSV files have all."""
MOST_ONE_BY_ONE = MOST_LARGEST + MOST_DEAREST


@dataclass(frozen=True)
class Prepared:
    """Orders with their executions and market, what was wrong with which row, and what each file came to."""

    orders: tuple[OutsideOrder, ...]
    """All, or where they are `many` those that a page shows one by one."""
    problems: pd.DataFrame
    files: tuple[InputFile, ...]
    units: Units
    many: ManyOrders | None

    @property
    def count(self) -> int:
        """Orders that are measured."""
        return len(self.orders) if self.many is None else len(self.many.source.frame)

    @property
    def fills(self) -> int:
        """Executions of those orders that count."""
        if self.many is None:
            return sum(len(order.record.fills) for order in self.orders)
        return len(self.many.source.fills_frame)

    @property
    def days(self) -> tuple[date | None, date | None]:
        """Their first and last session."""
        sessions = [order.session for order in self.orders] if self.many is None else self.many.source.days
        return (min(sessions), max(sessions)) if sessions else (None, None)


@dataclass(frozen=True)
class _Parsed:
    """The good rows; prices are None where no file has any."""

    orders: pd.DataFrame
    fills: pd.DataFrame
    prices: pd.DataFrame | None

    def of(self, order_ids: Sequence[str]) -> "_Parsed":
        """What those orders need, with all days of their symbols."""
        orders = self.orders[self.orders["order_id"].isin(order_ids)]
        prices = None if self.prices is None else self.prices[self.prices["symbol"].isin(orders["symbol"])]
        return _Parsed(orders, self.fills[self.fills["order_id"].isin(order_ids)], prices)


@dataclass(frozen=True)
class _Read:
    table: RawTable
    frame: pd.DataFrame
    columns: dict[str, str]


def prepare(tables: list[RawTable], settings: ColumnSettings, most_one_by_one: int = MOST_ONE_BY_ONE) -> Prepared:
    """More orders than `most_one_by_one` are measured in columns, to the same figures. The list is empty afterwards.

    Raises: ConfigError with every column that a file needs and has not.
    """
    read, problems = _with_columns(tables, settings), Problems()
    files = [_input_file(one) for one in read]
    parsed = _parsed_tables(read, settings, problems)
    built, many = _built(parsed, settings, problems, most_one_by_one)
    measured = [order.record.order_id for order in built] if many is None else many.source.frame["order_id"].tolist()
    _name_lost(parsed.fills, set(measured), problems)
    table = problems.table()
    return Prepared(tuple(built), table, _with_left_out(files, table), settings.units, many)


def _parsed_tables(read: list[_Read], settings: ColumnSettings, problems: Problems) -> _Parsed:
    """Each file's good rows, and of all files together each order, execution and price once.

    What was read is taken out as it is parsed, and each step's table as the next is made: a million rows are held once.
    """
    parts: dict[Kind, list[pd.DataFrame]] = {kind: [] for kind in Kind}
    known: list[pd.DataFrame] = []
    while read:
        one = read.pop(0)
        check_unread(one.table, problems)
        parts[one.table.kind].append(_parsed(one, settings, problems))
        if one.table.kind is Kind.ORDERS:
            known.append(one.frame[["order_id"]].astype(str))
    orders = distinct_orders(_together(parts.pop(Kind.ORDERS)), problems)
    executions = standing(_together(parts.pop(Kind.EXECUTIONS)), problems)
    fills = match_fills(executions, orders, pd.concat(known), problems)
    if not parts[Kind.PRICES]:
        return _Parsed(orders, fills, None)
    prices = distinct_prices(_together(parts.pop(Kind.PRICES)), problems)
    name_overlaps(prices, settings, problems)
    return _Parsed(orders, fills, prices)


def _together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)


def _built(
    parsed: _Parsed, settings: ColumnSettings, problems: Problems, most_one_by_one: int
) -> tuple[list[OutsideOrder], ManyOrders | None]:
    """All orders as records, or, of many, in columns with the records of those that a page shows."""
    market = market_columns(parsed.prices, settings) if len(parsed.orders) > most_one_by_one else None
    if market is None:
        return _records(parsed, settings, problems), None
    source = outside_columns(parsed.orders, parsed.fills, market, settings, problems)
    many = measure_columns(source, Convention.WHOLE_ORDER)
    chosen = shown_ids(many, MOST_LARGEST, MOST_DEAREST)
    return _records(parsed.of(chosen), settings, Problems()), many


def _records(parsed: _Parsed, settings: ColumnSettings, problems: Problems) -> list[OutsideOrder]:
    market = Market(parsed.prices, settings)
    return build_orders(parsed.orders, executions_by_order(parsed.fills, settings.units), market, settings, problems)


def _with_columns(tables: list[RawTable], settings: ColumnSettings) -> list[_Read]:
    read: list[_Read] = []
    complaints: list[str] = []
    while tables:
        table = tables.pop(0)
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


def _name_lost(fills: pd.DataFrame, measured: set[str], problems: Problems) -> None:
    """Executions whose order could not be measured are in no figure either."""
    lost = ~fills["order_id"].isin(measured)
    problems.add(fills, lost, "order_id", "its order was left out", "correct the order's own row, as it is named here")


def _input_file(one: _Read) -> InputFile:
    """Before anything is left out."""
    return InputFile(
        name=one.table.name,
        kind=one.table.kind.value,
        sha256=one.table.sha256,
        rows=one.table.rows,
        left_out=0,
        columns=one.columns,
        unused=tuple(str(name) for name in one.table.frame.columns if name not in one.columns.values()),
    )


def _with_left_out(files: Sequence[InputFile], problems: pd.DataFrame) -> tuple[InputFile, ...]:
    out = rows_left_out(problems, [file.name for file in files])
    return tuple(replace(file, left_out=out[file.name]) for file in files)
