"""A made-up year-end file of another desk: minute bars, orders worked through them, and their executions; seeded."""

from pathlib import Path

import numpy as np
import pandas as pd

SYMBOLS, DAYS, MINUTES = 500, 5, 390
FILLS_EACH = 10
SECONDS = "%Y-%m-%dT%H:%M:%SZ"


def write_files(folder: Path, orders: int, *, symbols: int) -> None:
    """prices.csv with symbols x DAYS x MINUTES bars, orders.csv, and fills.csv with FILLS_EACH an order."""
    rng = np.random.default_rng(1)
    tapes = symbols * DAYS
    steps = rng.normal(0, 0.0006, (tapes, MINUTES)).cumsum(axis=1)
    close = np.round(rng.uniform(10, 300, tapes)[:, None] * np.exp(steps), 2)
    opens = pd.bdate_range("2022-06-06", periods=DAYS).to_numpy("datetime64[s]") + np.timedelta64(13 * 60 + 30, "m")
    start = opens[np.arange(tapes) // symbols][:, None] + np.arange(MINUTES) * np.timedelta64(60, "s")
    names = np.array([f"S{number:03d}" for number in range(symbols)])[np.arange(tapes) % symbols]
    _prices(folder, rng, names, start, close)
    tape, first = rng.integers(0, tapes, orders), rng.integers(0, 300, orders)
    side, each = rng.choice(["BUY", "SELL"], orders), rng.integers(10, 300, orders)
    arrived, price = start[tape, first], close[tape, first]
    ids = np.array([f"O{number:07d}" for number in range(orders)])
    pd.DataFrame(
        {
            "order_id": ids,
            "symbol": names[tape],
            "side": side,
            "shares": each * FILLS_EACH + rng.choice([0, 50], orders, p=[0.9, 0.1]),
            "decided_at": _stamps(arrived - np.timedelta64(60, "s")),
            "decision_price": np.round(price * (1 + rng.normal(0, 0.0005, orders)), 2),
            "arrival_at": _stamps(arrived),
            "arrival_price": price,
            "algorithm": rng.choice(["vwap", "twap", "pov"], orders),
            "broker": rng.choice(["A", "B", "C"], orders),
        }
    ).to_csv(folder / "orders.csv", index=False)
    of = np.repeat(np.arange(orders), FILLS_EACH)
    length = rng.integers(5, 80, orders)
    at = np.minimum(first[of] + (rng.random(len(of)) * length[of]).astype(int), MINUTES - 1)
    paid = close[tape[of], at] * (1 + np.where(side[of] == "BUY", 1, -1) * rng.uniform(0, 0.0003, len(of)))
    pd.DataFrame(
        {
            "execution_id": [f"X{number:08d}" for number in range(len(of))],
            "order_id": ids[of],
            "symbol": names[tape[of]],
            "side": side[of],
            "shares": each[of],
            "price": np.round(paid, 4),
            "time": _stamps(start[tape[of], at] + rng.integers(0, 60, len(of)) * np.timedelta64(1, "s")),
            "fee": np.round(each[of] * 0.0035, 4),
            "venue": rng.choice(["XNAS", "ARCX"], len(of)),
        }
    ).to_csv(folder / "fills.csv", index=False)


def _prices(folder: Path, rng: np.random.Generator, names: np.ndarray, start: np.ndarray, close: np.ndarray) -> None:
    flat = close.ravel()
    pd.DataFrame(
        {
            "symbol": np.repeat(names, MINUTES),
            "start": _stamps(start.ravel()),
            "end": _stamps(start.ravel() + np.timedelta64(60, "s")),
            "open": flat,
            "high": np.round(flat + 0.02, 2),
            "low": np.round(flat - 0.02, 2),
            "close": flat,
            "volume": rng.integers(2000, 20000, len(flat)),
            "vwap": np.round(flat * (1 + rng.normal(0, 0.0001, len(flat))), 4),
        }
    ).to_csv(folder / "prices.csv", index=False)


def _stamps(times: np.ndarray) -> pd.Series:
    return pd.Series(times).dt.strftime(SECONDS)
