"""Checks that every kind of file shares: texts, numbers, times, sides of its rows, each problem named. Pure."""

# pandas leaves much of what it returns without a type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping

import pandas as pd

from tasks.tca.outside import cells
from tasks.tca.outside.problems import Problems
from tasks.tca.outside.raw_table import RawTable
from tasks.tca.outside.settings import ColumnSettings
from tasks.tca.outside.words import SIDES
from tasks.wording import spoken

LONGEST_TEXT = 128
MOST_SHARES, MOST_PRICE, MOST_FEE = 1e12, 1e9, 1e12
REMEDIES: Mapping[str, str] = {
    cells.NO_ZONE: "give --zone, or zone in the file of --columns, e.g. America/New_York; FIX's own times are UTC",
    cells.IN_GAP: "correct it, or write it with its offset, e.g. 2022-03-13T03:30:00-04:00",
    cells.IN_FOLD: "write it with its offset, e.g. 2022-11-06T01:30:00-04:00",
    cells.NO_TIME: "write it as 2022-06-15T13:30:05.123Z, or as 20220615-13:30:05.123, or say in the file of --columns "
    'how it is written, e.g. time_format: "%d.%m.%Y %H:%M:%S"',
    "not a day": "write it as 2022-06-15, or say by time_format in the file of --columns how it is written",
}


class RowCheck:
    """The rows of one file on their way into ours: `good` are those without a problem so far."""

    def __init__(self, frame: pd.DataFrame, table: RawTable, settings: ColumnSettings, problems: Problems) -> None:
        self.raw = frame
        self.settings = settings
        self.problems = problems
        self.made = frame[["file", "row"]].copy()
        self.bad = pd.Series(data=False, index=frame.index)
        self._comma = table.semicolons and settings.decimal == "."

    def has(self, field: str) -> bool:
        """Whether the file has a column for it."""
        return field in self.raw

    def refuse(
        self,
        bad: "pd.Series[bool]",
        field: str,
        problem: str,
        remedy: str,
        values: pd.Series | None = None,
    ) -> None:
        """Name the rows that `bad` marks, and leave them out."""
        self.problems.add(self.raw, bad, field, problem, remedy, values=values)
        self.bad |= bad

    def text(self, field: str, *, needed: bool = False, is_id: bool = False) -> None:
        """Visible text of at most `LONGEST_TEXT` characters; what steers a terminal is written out."""
        if not self.has(field):
            self.made[field] = ""
            return
        value = cells.texts(self.raw[field])
        self.refuse(value.str.len() > LONGEST_TEXT, field, f"longer than {LONGEST_TEXT} characters", "shorten it")
        odd = ~value.str.fullmatch(r"[!-~]*")
        value = value.where(~odd, value[odd].str[:LONGEST_TEXT].map(spoken).reindex(value.index))
        if needed:
            self.refuse(value == "", field, "empty", "write it into the file")
        if is_id:
            scientific = cells.looks_scientific(value)
            remedy = "a spreadsheet has rounded the id: make the column text there, and export it again"
            self.refuse(scientific, field, "an id in scientific notation", remedy)
        self.made[field] = value

    def number(self, field: str, most: float, unit: str = "", *, positive: bool = True, needed: bool = False) -> None:
        """Exact text under the field's name, and beside it (with `_value` appended) a float in our unit."""
        if not self.has(field):
            self.made[field], self.made[f"{field}_value"] = "", float("nan")
            return
        found = cells.numbers(self.raw[field], self.settings.decimal, may_be_comma=self._comma)
        plain = "write a plain number with a point, e.g. 1234.50"
        self.refuse(found.bad, field, "not a number", plain)
        comma = 'write decimal: "," or decimal: "." into the file of --columns, or write it without the comma'
        self.refuse(found.either, field, "a comma that may be a decimal point or a separator of thousands", comma)
        if needed:
            self.refuse(found.empty, field, "empty", "write it into the file")
        if positive:
            self.refuse(found.value <= 0, field, "zero or negative", "correct it, or say by status what it is")
        self.refuse(found.value.abs() > most, field, f"beyond {most:,.0f}", "correct it, or its unit")
        self.made[field] = found.text.where(found.value.notna(), "")
        self.made[f"{field}_value"] = found.value * float(getattr(self.settings.units, unit)) if unit else found.value

    def time(self, field: str, *, needed: bool = False) -> None:
        """An instant in UTC, NaT where there is none."""
        if not self.has(field):
            self.made[field] = (
                pd.Series(pd.NaT, index=self.raw.index).dt.tz_localize("UTC").astype("datetime64[us, UTC]")
            )
            return
        found = cells.times(self.raw[field], self.settings.zone, self.settings.time_format)
        self.made[field] = self._known(found, field, needed=needed)

    def day(self, field: str) -> None:
        """A naive midnight."""
        self.made[field] = self._known(cells.days(self.raw[field], self.settings.time_format), field, needed=True)

    def _known(self, found: cells.Times, field: str, *, needed: bool) -> pd.Series:
        for problem, bad in found.bad.items():
            self.refuse(bad, field, problem, REMEDIES[problem])
        if needed:
            self.refuse(found.empty, field, "empty", "write it into the file")
        return found.value

    def side(self) -> None:
        """BUY or SELL; empty where there is no column."""
        if not self.has("side"):
            self.made["side"] = ""
            return
        side = cells.words(self.raw["side"], {**SIDES, **self.settings.sides})
        remedy = "write BUY or SELL, or say in the file of --columns what it is: sides: {WORD: BUY}"
        self.refuse(side.isna(), "side", "no word for a side", remedy)
        self.made["side"] = side.fillna("")

    def currency(self) -> None:
        """Every amount is USD: rows that say otherwise are left out."""
        if self.has("currency"):
            found = cells.texts(self.raw["currency"]).str.upper()
            self.refuse(~found.isin(["", "USD"]), "currency", "not in USD", "convert it to USD at one rate first")

    @property
    def good(self) -> pd.DataFrame:
        """The rows without a problem, under our names."""
        return self.made[~self.bad]


def check_unread(table: RawTable, problems: Problems) -> None:
    """Rows whose cells nobody can tell were never read; they are named."""
    for row, unread in table.unread.items():
        rows = pd.DataFrame({"file": table.name, "row": [row], "value": [unread.value]})
        every = pd.Series(data=True, index=rows.index)
        problems.add(rows, every, unread.field, unread.problem, unread.remedy, values=rows["value"])
