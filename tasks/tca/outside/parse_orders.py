"""Parent orders as desks export them, as one table. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import pandas as pd

from tasks.tca.outside.check_rows import MOST_PRICE, MOST_SHARES, RowCheck
from tasks.tca.outside.duplicates import without_duplicates
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.raw_table import RawTable
from tasks.tca.outside.settings import ColumnSettings

TIMES = ("decided_at", "arrival_at", "ended_at")
PRICES = ("decision_price", "arrival_price", "end_price")
TEXTS = ("algorithm", "broker", "account", "sector")
SAME = ("symbol", "side", "shares_value", *TIMES, *(f"{price}_value" for price in PRICES), *TEXTS)
MOST_VOLATILITY = 5.0
"""Per day, as a fraction; more is a percentage by mistake."""


def parse_orders(frame: pd.DataFrame, table: RawTable, settings: ColumnSettings, problems: Problems) -> pd.DataFrame:
    """The good rows of one file; what it does not say is empty, NaN or NaT."""
    check = RowCheck(frame, table, settings, problems)
    check.text("order_id", needed=True, is_id=True)
    check.text("symbol", needed=True)
    for field in TEXTS:
        check.text(field)
    check.side()
    check.currency()
    check.number("shares", MOST_SHARES, "shares", needed=True)
    for field in PRICES:
        check.number(field, MOST_PRICE, "price")
    check.number("adv_shares", MOST_SHARES * 1e3, "shares")
    check.number("daily_volatility", MOST_VOLATILITY)
    for field in TIMES:
        check.time(field)
    start = check.made["arrival_at"].where(check.made["arrival_at"].notna(), check.made["decided_at"])
    backwards = check.made["ended_at"] < start
    check.refuse(backwards, "ended_at", "ends before it arrives", "correct one of the two times, or leave one empty")
    return check.good


def distinct_orders(orders: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """Of all files together, each id once."""
    return without_duplicates(orders, "order_id", SAME, "order", problems)
