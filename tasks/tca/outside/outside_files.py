"""The files of a report over another desk's orders, as text: page, JSON, and three CSV files with every row. Pure."""

import json
from typing import cast

import pandas as pd
from markupsafe import Markup

from tasks.tca.charts import charts
from tasks.tca.export import Json, csv_text, fill_row, order_row, plain
from tasks.tca.order_line import OrderLine
from tasks.tca.outside.many_rows import many_fills_csv, many_orders_csv
from tasks.tca.outside.outside_report import OutsideAnalysis, OutsideReport
from tasks.tca.outside.problems import COLUMNS
from tasks.tca.render import environment
from tasks.tca.shortfall import Convention
from tasks.tca.statistics import MIN_ORDERS, OUTLIER_Z

FILES = ("report.html", "report.json", "orders.csv", "fills.csv", "left_out.csv")
"""Names of all that is written."""
MOST_POINTS = 300
OF_A_BOOK = ("reason", "explanation", "estimate", "slices", "schedule", "trail", "spread", "quoted_fills")
NOT_OUTSIDE = frozenset([*OF_A_BOOK, "trading_split", "market_adjusted_bps", "estimate_usd", "realised_usd"])
"""What an order of a book has and one of another desk has not."""


def outside_contents(analysis: OutsideAnalysis) -> dict[str, bytes]:
    """Every file by its name; the same analysis gives the same bytes."""
    return {
        "report.html": outside_html(analysis.report).encode(),
        "report.json": outside_json(analysis.report).encode(),
        **_rows(analysis),
        "left_out.csv": _left_out_csv(analysis.found.problems).encode(),
    }


def _rows(analysis: OutsideAnalysis) -> dict[str, bytes]:
    many, units = analysis.found.many, analysis.found.units
    if many is None:
        return {"orders.csv": _orders_csv(analysis).encode(), "fills.csv": _fills_csv(analysis.orders).encode()}
    return {"orders.csv": many_orders_csv(many, units), "fills.csv": many_fills_csv(many, units)}


def outside_html(report: OutsideReport) -> str:
    """One page that needs nothing else: no script, no network, every value escaped."""
    made = environment()
    made.filters["label"] = _as_written  # pyright: ignore[reportUnknownMemberType]
    page = made.get_template("outside.html.j2")
    return page.render(
        report=report,
        cover=report.cover,
        total=report.total,
        charts={name: Markup(svg) for name, svg in charts(report).items()},
        whole_order=report.cover.convention is Convention.WHOLE_ORDER,
        min_orders=MIN_ORDERS,
        outlier_z=OUTLIER_Z,
        points=report.points[:MOST_POINTS],
        sections=[(group.title, group.lines) for group in report.groups],
    )


def _as_written(name: str) -> str:
    """Of an algorithm, account, broker or sector: another desk's names are its own, to the letter."""
    return name


def outside_json(report: OutsideReport) -> str:
    """The report's figures; raises ValueError for NaN or an infinity."""
    whole = cast(dict[str, Json], plain(report))
    orders = cast(list[dict[str, Json]], whole["orders"])
    whole["orders"] = [{name: value for name, value in order.items() if name not in NOT_OUTSIDE} for order in orders]
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _orders_csv(analysis: OutsideAnalysis) -> str:
    rows: list[dict[str, object]] = []
    for line in analysis.orders:
        source = analysis.sources[line.order_id]
        row: dict[str, object] = {"session": source.session}
        row |= {name: value for name, value in order_row(line).items() if name not in NOT_OUTSIDE}
        row |= {
            "broker": source.broker,
            "arrival_price_source": source.arrival_source,
            "end_price_source": source.end_source,
        }
        rows.append(row)
    return csv_text(rows)


def _fills_csv(lines: tuple[OrderLine, ...]) -> str:
    return csv_text([fill_row(line, fill) for line in lines for fill in line.fills])


def _left_out_csv(problems: pd.DataFrame) -> str:
    """Every problem, `treatment` saying whether the row is left out or counted; a head alone where there is none."""
    names = [name for name in COLUMNS if name != "counted"]
    rows = [
        {**{name: str(value) for name, value in zip(names, row[:-1], strict=True)},
         "treatment": "counted" if row[-1] else "left out"}
        for row in problems[[*names, "counted"]].itertuples(index=False)
    ]  # fmt: skip
    return csv_text(rows) or ",".join([*names, "treatment"]) + "\n"
