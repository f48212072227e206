"""Files of another desk to test with: a few orders, their executions, and what `steelyard tca` makes of them."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.commands.tca import analyse_files

ORDERS = """order_id,symbol,side,shares,decided_at,decision_price,arrival_at,arrival_price,ended_at,end_price
A,ABC,BUY,1000,2022-06-15T12:45:00Z,10.00,2022-06-15T13:35:00Z,10.20,2022-06-15T20:00:00Z,10.40
B,XYZ,SELL,500,2022-06-15T12:45:00Z,50.00,2022-06-15T13:40:00Z,49.90,2022-06-15T20:00:00Z,49.50
"""
HEAD = "execution_id,order_id,symbol,side,shares,price,time,fee,venue"
FILLS = f"""{HEAD}
1,A,ABC,BUY,600,10.25,2022-06-15T14:00:00Z,3.00,XNYS
2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,2.00,XNYS
3,B,XYZ,SELL,500,49.80,2022-06-15T14:30:00Z,2.50,XNAS
"""
WITH_STATUS = f"{HEAD},status,refers_to"


@dataclass(frozen=True)
class Found:
    """What was written, read again."""

    folder: Path
    answer: dict[str, Any]

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    @property
    def page(self) -> str:
        return (self.folder / "report.html").read_text()

    @property
    def problems(self) -> list[dict[str, str]]:
        return self.rows("left_out.csv")

    @property
    def left_out(self) -> list[tuple[str, int, str, str]]:
        """File, row, field, problem of every row that is in no figure."""
        return [_short(row) for row in self.problems if row["treatment"] == "left out"]

    @property
    def in_doubt(self) -> list[tuple[str, int, str, str]]:
        """The same of rows that are counted all the same."""
        return [_short(row) for row in self.problems if row["treatment"] == "counted"]

    @property
    def counted(self) -> list[str]:
        """Ids of the executions that are in the figures."""
        return sorted(row["execution_id"] for row in self.rows("fills.csv"))

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(newline="") as file:
            return list(csv.DictReader(file))

    def order(self, order_id: str) -> dict[str, str]:
        return next(row for row in self.rows("orders.csv") if row["order_id"] == order_id)


def _short(row: dict[str, str]) -> tuple[str, int, str, str]:
    return row["file"], int(row["row"]), row["field"], row["problem"]


def fills(*rows: str, head: str = HEAD) -> str:
    """A file of executions."""
    return "\n".join([head, *rows]) + "\n"


def analysed(
    folder: Path,
    executions: str | bytes = FILLS,
    orders: str | bytes = ORDERS,
    prices: str | None = None,
    columns: str | None = None,
    zone: str | None = None,
    *,
    strict: bool = False,
) -> Found:
    """Write the files of a desk into a folder, and analyse them."""
    paths = {name: folder / f"{name}.csv" for name in ("fills", "orders", "prices")}
    for name, text in (("fills", executions), ("orders", orders), ("prices", prices)):
        if text is not None:
            paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
    mapping = folder / "columns.yaml"
    mapping.write_text(columns or "")
    answer = analyse_files(
        [paths["fills"]],
        [paths["orders"]],
        [paths["prices"]] if prices is not None else [],
        mapping if columns is not None else None,
        zone,
        folder / "report",
        strict=strict,
        as_json=True,
    )
    return Found(folder / "report", answer)
