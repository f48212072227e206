"""The report as JSON and CSV text: decimals as strings, instants in UTC, nothing a spreadsheet would run."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import cast
from unicodedata import category

from tasks.model.orders import Execution
from tasks.tca.order_line import OrderLine
from tasks.tca.quoted_fills import QuotedFill
from tasks.tca.report import TcaReport
from tasks.wording import STEERS, readable

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def plain(value: object) -> Json:
    """Dataclasses become objects, decimals strings in plain notation, instants ISO 8601 ending in Z."""
    if value is None or isinstance(value, bool | int | float) or type(value) is str:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in cast(Mapping[object, object], value).items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in cast(Sequence[object], value)]
    raise TypeError(f"{type(value).__name__} has no place in a report")


def instant(at: datetime) -> str:
    """ISO 8601 in UTC, ending in Z."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def report_json(report: TcaReport) -> str:
    """The same report gives the same text; NaN is refused. Raises: ValueError for NaN or an infinity."""
    return safe_json(plain(report)) + "\n"


def safe_json(value: Json) -> str:
    """With what steers a terminal, or the direction of a text, as an escape: the same text for whoever parses it.

    Raises: ValueError for NaN or an infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)
    if text.isascii():
        return text
    return "".join(json.dumps(one)[1:-1] if category(one) in STEERS and one != "\n" else one for one in text)


def orders_csv(report: TcaReport) -> str:
    """One row an order: identity, prices, shortfall in USD and bps, cost in bps against every benchmark."""
    return csv_text([order_row(line) | _spread_row(line) for line in report.orders])


def fills_csv(report: TcaReport) -> str:
    """One row an execution, with the order and the slice it belongs to."""
    return csv_text([fill_row(line, one.fill) | _quote_row(one) for line in report.orders for one in line.quoted_fills])


def fill_row(line: OrderLine, fill: Execution) -> dict[str, object]:
    """What `fills.csv` says of one execution, by column."""
    return {
        "order_id": line.order_id,
        "slice_key": fill.key,
        "execution_id": fill.execution_id,
        "symbol": fill.symbol,
        "side": fill.side,
        "shares": fill.shares,
        "price_usd": fill.price,
        "fee_usd": fill.fee,
        "at_utc": fill.at,
        "account": fill.account,
        "venue": fill.venue,
    }


def _quote_row(quoted: QuotedFill) -> dict[str, object]:
    sent, collected = quoted.sent, quoted.collected
    return {
        "quote": quoted.state,
        "bid_sent_usd": sent and sent.bid,
        "ask_sent_usd": sent and sent.ask,
        "bid_size_sent": sent and sent.bid_size,
        "ask_size_sent": sent and sent.ask_size,
        "quote_sent_at_utc": sent and sent.at,
        "quote_source": sent and sent.source,
        "bid_collected_usd": collected and collected.bid,
        "ask_collected_usd": collected and collected.ask,
        "collected_after_s": quoted.collected_after_s,
    }


def breaks_csv(report: TcaReport) -> str:
    """One row a break, those that earlier sessions left open first."""
    return csv_text([{item.name: getattr(one, item.name) for item in fields(one)} for one in report.breaks])


_ORDER_FIELDS = [
    "order_id",
    "symbol",
    "sector",
    "side",
    "algorithm",
    "account",
    "reason",
    "shares",
    "filled_shares",
    "fill_pct",
    "average_price",
    "decided_at",
    "decision_price",
    "arrival_at",
    "arrival_price",
    "first_fill_at",
    "last_fill_at",
    "ended_at",
    "end_price",
    "filled_value_usd",
]
_COST_FIELDS = [
    "paper_notional_usd",
    "delay_usd",
    "trading_usd",
    "opportunity_usd",
    "fees_usd",
    "total_usd",
    "delay_bps",
    "trading_bps",
    "opportunity_bps",
    "fees_bps",
    "total_bps",
]

_SPREAD_FIELDS = [
    "used",
    "quoted_bps",
    "effective_bps",
    "effective_over_quoted",
    "marked",
    "realized_bps",
    "impact_bps",
    "improvement_usd",
    "improved",
    "at_quote",
    "disimproved",
    "spread_capture",
    "spread_usd",
    "beyond_touch_usd",
    "timing_usd",
]


def _spread_row(line: OrderLine) -> dict[str, object]:
    return {f"spread {name}": getattr(line.spread, name) for name in _SPREAD_FIELDS}


def order_row(line: OrderLine) -> dict[str, object]:
    """What `orders.csv` says of one order, by column."""
    row: dict[str, object] = {name: getattr(line, name) for name in _ORDER_FIELDS}
    row |= {name: getattr(line.costs, name) for name in _COST_FIELDS}
    for benchmark in line.benchmarks:
        row[f"{benchmark.name} price"] = benchmark.price
        row[f"{benchmark.name} cost_bps"] = benchmark.cost_bps
    estimate = line.estimate
    row |= {
        "participation": line.participation,
        "share_of_adv": line.share_of_adv,
        "estimate_usd": estimate.estimate_usd if estimate else None,
        "realised_usd": estimate.realised_usd if estimate else None,
        "outlier_z": line.outlier_z,
        "flags": "; ".join(line.flags),
        "explanation": line.explanation,
    }
    return row


def csv_text(rows: Sequence[Mapping[str, object]]) -> str:
    """A head and a row each; empty without rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if rows:
        writer.writerow(rows[0].keys())
    writer.writerows(_cells(row.values()) for row in rows)
    return out.getvalue()


def _cells(values: Iterable[object]) -> list[str]:
    return [guarded(value) if isinstance(value, str) else _text(value) for value in values]


def _text(value: object) -> str:
    """Numbers keep their minus sign: only text can carry a formula."""
    return "" if value is None else str(plain(value))


FORMULAS = tuple("=+-@|＝＋－＠")
"""With what a spreadsheet takes a cell for a formula, in full width too."""


def guarded(text: str) -> str:
    """A leading = + - @ would make a spreadsheet run the text; a quote keeps it text. Control characters are written
    out.
    """
    text = readable(text)
    return f"'{text}" if text.lstrip()[:1] in FORMULAS else text
