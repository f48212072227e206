"""`python -m tests.bench.plain_pandas_tca FOLDER`: the same measures as an analyst writes them down in pandas.

Sums by order with groupby, and for each order a look at its symbol's bars of that day. In floats, with no check of any
row and no page: it does less than what it is held against.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd


def main(folder: Path) -> None:
    orders = pd.read_csv(folder / "orders.csv", parse_dates=["decided_at", "arrival_at"])
    fills = pd.read_csv(folder / "fills.csv", parse_dates=["time"])
    bars = pd.read_csv(folder / "prices.csv", parse_dates=["start", "end"])
    fills["value"] = fills.shares * fills.price
    by_order = fills.groupby("order_id").agg(
        filled=("shares", "sum"), value=("value", "sum"), fees=("fee", "sum"), last=("time", "max")
    )
    orders = orders.join(by_order, on="order_id")
    bars["day"] = bars.start.dt.date
    tapes = dict(tuple(bars.groupby(["symbol", "day"])))
    costs = orders.apply(lambda order: measure(order, tapes[order.symbol, order.arrival_at.date()]), axis=1)
    whole = pd.concat([orders, costs], axis=1)
    whole.to_csv(folder / "pandas.csv", index=False)
    for name in ("side", "algorithm", "broker", "symbol"):
        sums = whole.groupby(name)[["total", "notional"]].sum()
        print((sums.total / sums.notional * 1e4).describe().to_string())
    print(f"total {whole.total.sum():.2f}")


def measure(order: pd.Series, tape: pd.DataFrame) -> pd.Series:
    """Shortfall in its parts, and the cost against eight benchmarks."""
    sign = 1 if order.side == "BUY" else -1
    average = order.value / order.filled
    end = order["last"] if order.filled >= order.shares else tape.end.iloc[-1]
    window = tape[(tape.start < end) & (tape.end > order.arrival_at)]
    after = tape[tape.end > order.arrival_at]
    seconds = (window.end - window.start).dt.total_seconds()
    wanted = order.filled * 10
    taken = np.minimum(after.volume, np.maximum(wanted - (after.volume.cumsum() - after.volume), 0))
    close = tape.close.iloc[-1]
    notional = order.shares * order.decision_price
    parts = {
        "delay": sign * order.shares * (order.arrival_price - order.decision_price),
        "trading": sign * (order.value - order.filled * order.arrival_price),
        "opportunity": sign * (order.shares - order.filled) * (close - order.arrival_price),
        "fees": order.fees,
    }
    total = sum(parts.values())
    found = {"notional": notional, **parts, "total": total, "total_bps": total / notional * 1e4}
    found["participation"] = order.filled / window.volume.sum()
    benchmarks = {
        "decision": order.decision_price,
        "arrival": order.arrival_price,
        "interval": (window.vwap * window.volume).sum() / window.volume.sum(),
        "day": (tape.vwap * tape.volume).sum() / tape.volume.sum(),
        "twap": (window.close * seconds).sum() / seconds.sum(),
        "pwp": (taken * after.vwap).sum() / wanted if after.volume.sum() >= wanted else np.nan,
        "open": tape.open.iloc[0],
        "close": close,
    }
    for name, price in benchmarks.items():
        found[name], found[f"{name}_bps"] = price, sign * (average - price) / price * 1e4
    return pd.Series(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
