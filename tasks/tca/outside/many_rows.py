"""`orders.csv` and `fills.csv` of many orders: `export.order_row` and `fill_row`, written by Arrow. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from tasks.model.money import number
from tasks.model.plan import of_shares
from tasks.tca.benchmarks import VWAP_LIMIT
from tasks.tca.columns.exact import Exact, Places, divided
from tasks.tca.columns.rounding import Known
from tasks.tca.columns.shortfalls import ShortfallColumns
from tasks.tca.export import guarded
from tasks.tca.order_line import RATIO_UNIT
from tasks.tca.outside.build_records import MARKET, NAMED, UNKNOWN
from tasks.tca.outside.exact_cells import cells_of, decimals_as_written, trimmed
from tasks.tca.outside.in_columns import Priced
from tasks.tca.outside.many_orders import ManyOrders
from tasks.tca.outside.settings import Units

Column = Sequence[str] | pa.Array
PLAIN = r"^([A-Za-z0-9][A-Za-z0-9 ._:/-]*)?$"
"""Text that no spreadsheet, terminal or page reads as anything else."""
HUNDRED = Exact(np.array([100]), 0)
PARTS = ("delay", "trading", "opportunity", "fees")
AT_THE_END, AT_THE_CLOSE = "when the order ended", "official close, no price when the order ended"


def many_orders_csv(many: ManyOrders, units: Units) -> bytes:
    """One row an order, by symbol and order id."""
    source, frame = many.source, many.source.frame
    filled, orders = many.measured.filled, many.measured.orders
    has_fill = filled.shares.units > 0
    columns: dict[str, Column] = {"session": _days(source.session)}
    columns |= {name: safe(frame[name]) for name in ("order_id", "symbol", "sector", "side", "algorithm", "account")}
    columns |= {
        "shares": decimals_as_written(frame["shares"], units.shares),
        "filled_shares": trimmed(filled.shares),
        "fill_pct": cells_of(divided(filled.shares * HUNDRED, orders.shares, 2)),
        "average_price": cells_of(*_average(many)),
        "decided_at": instants(frame["decided_at"]),
        "decision_price": decimals_as_written(frame["decision_price"], units.price),
        "arrival_at": instants(frame["arrival_at"]),
        "arrival_price": _prices(source.arrival),
        "first_fill_at": _stamps(source.first_fill_at, has_fill),
        "last_fill_at": _stamps(source.last_fill_at, has_fill),
        "ended_at": _stamps(source.ended_at, np.ones(len(frame), bool)),
        "end_price": _known(trimmed(orders.end), orders.has_end),
        "filled_value_usd": cells_of(filled.value_usd.rounded(2)),
    }
    columns |= _costs(many.measured.shortfall)
    for name, cost in many.benchmarks.items():
        columns[f"{name} price"] = cells_of(cost.price, cost.known)
        columns[f"{name} cost_bps"] = cells_of(cost.bps, cost.has_cost)
    columns |= {
        "participation": cells_of(*many.participation()),
        "share_of_adv": _share_of_adv(many),
        "outlier_z": ["" if np.isnan(z) else f"{z:.2f}" for z in many.outlier_z.tolist()],
        "flags": _flags(many),
        "broker": safe(frame["broker"]),
        "arrival_price_source": _sources(source.arrival),
        "end_price_source": _sources(source.end),
    }
    return _written(columns)


def many_fills_csv(many: ManyOrders, units: Units) -> bytes:
    """One row an execution, by order, time and execution id."""
    rows = many.source.fills_frame
    return _written(
        {
            "order_id": safe(rows["order_id"]),
            "slice_key": safe(rows["slice_key"]),
            "execution_id": safe(rows["execution_id"]),
            "symbol": safe(rows["symbol"]),
            "side": pa.array(rows["side"], pa.string()),
            "shares": _as_given(rows["shares"], units.shares),
            "price_usd": _as_given(rows["price"], units.price),
            "fee_usd": _as_given(rows["fee"].where(rows["fee"] != "", "0"), units.fee),
            "at_utc": instants(rows["time"]),
            "account": safe(rows["account"]),
            "venue": safe(rows["venue"]),
        }
    )


def sources_of(many: ManyOrders) -> dict[tuple[str, str], int]:
    """How many orders have each of their prices from where."""
    source = many.source
    decision = [NAMED if named else UNKNOWN for named in source.has_decision.tolist()]
    columns = {
        "Decision price": decision,
        "Arrival price": _sources(source.arrival),
        "End price": _sources(source.end),
    }
    counts: dict[tuple[str, str], int] = {}
    for price, words in columns.items():
        for word in words:
            counts[price, word] = counts.get((price, word), 0) + 1
    return counts


def safe(cells: "pd.Series[str]") -> Column:
    """Text that no spreadsheet runs; each different one that is not plain is looked at once."""
    column = pa.array(cells.fillna("").astype(str), pa.string())
    if pc.all(pc.match_substring_regex(column, PLAIN)).as_py() in (True, None):
        return column
    encoded = column.dictionary_encode()
    return pa.DictionaryArray.from_arrays(
        encoded.indices, pa.array([guarded(text) for text in encoded.dictionary.to_pylist()], pa.string())
    ).dictionary_decode()


def _average(many: ManyOrders) -> tuple[Exact, Known]:
    filled = many.measured.filled
    has_fill = filled.shares.units > 0
    ones = Exact(np.ones(len(has_fill), np.int64), 0)
    return divided(filled.value_usd, filled.shares.where(has_fill, ones), 6), has_fill


def _costs(shortfall: ShortfallColumns) -> dict[str, list[str]]:
    columns = {"paper_notional_usd": cells_of(shortfall.notional_usd.rounded(2))}
    for unit, parts, total in (
        ("usd", shortfall.cents, shortfall.total_cents),
        ("bps", shortfall.bps, shortfall.total_bps),
    ):
        for name, part, known in zip(PARTS, parts, shortfall.known, strict=True):
            columns[f"{name}_{unit}"] = cells_of(part, known)
        columns[f"total_{unit}"] = cells_of(total, shortfall.has_total)
    return columns


def _share_of_adv(many: ManyOrders) -> list[str]:
    adv = many.source.frame["adv_shares_value"].to_numpy(np.float64)
    shares = many.measured.orders.shares.floats()
    ratios = (
        share / volume if volume > 0 else None for share, volume in zip(shares.tolist(), adv.tolist(), strict=True)
    )
    return ["" if (ratio := number(found, RATIO_UNIT)) is None else f"{ratio:f}" for found in ratios]


def _flags(many: ManyOrders) -> list[str]:
    """`order_line.flags_of` of every order."""
    source, shortfall, unfilled = many.source, many.measured.shortfall, many.unfilled
    filled, has_volume = many.measured.filled.shares, many.has_volume
    volume = Exact(many.market.volume, 0)
    limit = Exact.of([VWAP_LIMIT])
    early = (source.first_fill_at < source.frame["decided_at"].pipe(_micros_or_none)) & (filled.units > 0)
    checks: list[tuple[Known, str]] = [
        (~source.has_decision, "no decision price: delay is n/a and the shortfall starts at the arrival"),
        (~source.arrival.known, "no arrival price: delay is n/a and trading is measured from the decision"),
        (~shortfall.has_total, "no price for the unfilled rest: left out of all totals"),
        ((unfilled.units > 0) & ~source.end.known & source.close.known, "unfilled rest valued at the close"),
        (unfilled.units < 0, "overfilled by {over}, marked to the end price"),
        (filled.units == 0, "nothing was filled"),
        ((filled.units > 0) & ~has_volume, "no market volume in the order's window: VWAP is n/a"),
        (has_volume & ((filled - volume).units > 0), "more shares filled than the market shows: check the volume"),
        (
            has_volume & ((filled - volume * limit).units > 0),
            "over 30 % of the volume was ours: VWAP says little",
        ),
        (early, "a fill is older than the decision: check clocks"),
    ]
    found: list[list[str]] = [[] for _ in source.frame.index]
    for mask, sentence in checks:
        for place in np.flatnonzero(mask).tolist():
            found[place].append(sentence.format(over=of_shares(abs(unfilled.decimal(place)))))
    return ["; ".join(sentences) for sentences in found]


def _micros_or_none(times: pd.Series) -> Places:
    """The earliest instant there is for no time, so that nothing is before it."""
    stamps = times.astype("datetime64[us, UTC]")
    return np.where(stamps.isna(), np.iinfo(np.int64).min, stamps.astype("int64")).astype(np.int64)


def _sources(priced: Priced) -> list[str]:
    return np.where(priced.named, NAMED, np.where(priced.known, MARKET, UNKNOWN)).tolist()


def _prices(priced: Priced) -> list[str]:
    return _known(trimmed(priced.price), priced.known)


def _known(cells: Sequence[str], known: Known) -> list[str]:
    return [cell if there else "" for cell, there in zip(cells, known.tolist(), strict=True)]


def _as_given(cells: "pd.Series[str]", unit: Decimal) -> Column:
    """Plain numbers stay as they are written; only powers of ten and other units have to be worked out."""
    column = pa.array(cells.astype(str), pa.string())
    if unit == 1 and pc.all(pc.match_substring_regex(column, r"^-?[0-9]+(\.[0-9]+)?$")).as_py() in (True, None):
        return column
    return decimals_as_written(cells.astype(str), unit)


def _days(days: Places) -> list[str]:
    return days.astype("datetime64[D]").astype(str).tolist()


def _stamps(at: Places, known: Known) -> Column:
    return instants(pd.Series(pd.to_datetime(at, unit="us", utc=True)).where(known))


def instants(times: pd.Series) -> Column:
    """As `export.instant` writes them: no fraction where there is none; empty for no time."""
    stamps = pa.array(pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]").dt.tz_localize(None))
    whole = pc.strftime(pc.floor_temporal(stamps, unit="second").cast(pa.timestamp("s")), "%Y-%m-%dT%H:%M:%SZ")
    has_fraction = pc.fill_null(pc.not_equal(pc.subsecond(stamps), 0), False)
    if pc.any(has_fraction).as_py():
        whole = pc.if_else(has_fraction, pc.strftime(stamps, "%Y-%m-%dT%H:%M:%SZ"), whole)
    return pc.fill_null(whole, "")


def _written(columns: Mapping[str, Column]) -> bytes:
    table = pa.table({name: cells if isinstance(cells, pa.Array) else pa.array(cells, pa.string())
                      for name, cells in columns.items()})  # fmt: skip
    out = io.BytesIO()
    out.write((",".join(_quoted(name) for name in columns) + "\n").encode())
    pa_csv.write_csv(table, out, pa_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return out.getvalue()


def _quoted(name: str) -> str:
    return f'"{name}"' if "," in name else name
