"""Executions as desks export them, as one table: duplicates counted once, busts and corrections applied. Pure."""

# pandas leaves much of what it returns without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from datetime import datetime

import pandas as pd

from tasks.model.executions import replaced_by
from tasks.tca.outside import cells
from tasks.tca.outside.check_rows import MOST_FEE, MOST_PRICE, MOST_SHARES, RowCheck
from tasks.tca.outside.column_names import squashed
from tasks.tca.outside.duplicates import without_duplicates
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.raw_table import RawTable
from tasks.tca.outside.settings import ColumnSettings
from tasks.tca.outside.words import BUST, NEW, statuses_of

SAME = (
    "order_id",
    "symbol",
    "side",
    "shares_value",
    "price_value",
    "time",
    "fee_value",
    "venue",
    "status",
    "refers_to",
)
"""What makes two rows with one id the same execution."""


def parse_executions(
    frame: pd.DataFrame, columns: dict[str, str], table: RawTable, settings: ColumnSettings, problems: Problems
) -> pd.DataFrame:
    """The good rows of one file; shares and price are positive, `status` is new, bust or correct."""
    check = RowCheck(frame, table, settings, problems)
    status = _status(check, columns)
    for field in ("execution_id", "order_id"):
        check.text(field, needed=True, is_id=True)
    for field in ("symbol", "venue", "account", "slice_key"):
        check.text(field)
    check.text("refers_to", is_id=True)
    check.side()
    check.time("time", needed=True)
    check.currency()
    check.number("fee", MOST_FEE, "fee", positive=False)
    for field, most in (("shares", MOST_SHARES), ("price", MOST_PRICE)):
        _traded(check, field, most, status)
    lonely = (status != NEW) & (check.made["refers_to"] == "")
    remedy = "name the execution that it busts or corrects, in a column refers_to"
    check.refuse(lonely, "refers_to", "a bust or correction of nothing", remedy, values=check.made["execution_id"])
    itself = (status != NEW) & (check.made["refers_to"] == check.made["execution_id"]) & ~lonely
    remedy = "write the id of the execution that it busts or corrects"
    check.refuse(itself, "refers_to", "a bust or correction of itself", remedy)
    check.made["status"] = status
    return check.good


def _status(check: RowCheck, columns: dict[str, str]) -> "pd.Series[str]":
    if not check.has("status"):
        return pd.Series(NEW, index=check.raw.index)
    known = {**statuses_of(squashed(columns["status"])), **check.settings.statuses}
    status = cells.words(check.raw["status"], known)
    remedy = "write new, bust or correct, or say in the file of --columns what it is: statuses: {WORD: new}"
    check.refuse(status.isna(), "status", "no word for an execution, a bust or a correction", remedy)
    return status.fillna(NEW)


def _traded(check: RowCheck, field: str, most: float, status: "pd.Series[str]") -> None:
    """A bust need not say what it takes away."""
    busts = status == BUST
    if busts.any():
        check.raw = check.raw.assign(**{field: cells.texts(check.raw[field]).where(~busts, "1")})
    check.number(field, most, {"shares": "shares", "price": "price"}[field], needed=True)


def standing(executions: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """What counts of all files together; a corrected execution keeps the time of the one that it corrects."""
    known = without_duplicates(executions, "execution_id", SAME, "execution", problems)
    reports = known[(known["refers_to"] != "") & (known["status"] != NEW)]
    if reports.empty:
        return known[known["status"] == NEW]
    unknown = ~reports["refers_to"].isin(known["execution_id"])
    busts = reports["status"] == BUST
    look = "add the file that holds it, or correct the reference"
    problems.add(reports, unknown & busts, "refers_to", "busts an execution that is in none of the files", look)
    problems.add(
        reports, unknown & ~busts, "refers_to", "corrects an execution that is in none of the files", look, counted=True
    )
    return _applied(known, reports, problems)


def _applied(known: pd.DataFrame, reports: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    touched = set(reports["execution_id"]) | set(reports["refers_to"])
    family = known[known["execution_id"].isin(touched)]
    refers = family["refers_to"].where(family["status"] != NEW, "")
    told = list(zip(family["execution_id"], refers, _instants(family["time"]), strict=True))
    gone = replaced_by(told)
    by_id = family.set_index("execution_id")["time"]
    first = {
        name: _first(name, dict(zip(family["execution_id"], refers, strict=True))) for name in reports["execution_id"]
    }
    known = known.copy()
    times = known["execution_id"].map({name: by_id[root] for name, root in first.items() if root in by_id.index})
    known["time"] = times.astype(known["time"].dtype).where(times.notna(), known["time"])
    out = known["execution_id"].isin(gone.keys())
    by = known.loc[out, "execution_id"].map(lambda name: f"{name}, by {gone[str(name)]}")
    remedy = "nothing to do: what stands instead is counted"
    problems.add(known, out, "execution_id", "busted or corrected by a later report", remedy, values=by)
    bust = (known["status"] == BUST) & ~out
    return known[~out & ~bust]


def _instants(times: pd.Series) -> list[datetime]:
    return [stamp.to_pydatetime() for stamp in times]


def _first(name: str, refers: dict[str, str]) -> str:
    """The execution at the root of a chain of corrections; a circle ends where it began."""
    seen = {name}
    while (before := refers.get(name, "")) and before not in seen:
        seen.add(before)
        name = before
    return name
