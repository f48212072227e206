"""Which execution belongs to which order, and what is odd about it. Pure."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import pandas as pd

from tasks.tca.outside.problems import Problems

CLOCKS = "compare the clocks of the two files; the execution is counted"


def match_fills(
    executions: pd.DataFrame, orders: pd.DataFrame, known: pd.DataFrame, problems: Problems
) -> pd.DataFrame:
    """Executions of the orders, with the order's symbol and side; `known` are order ids and rows before any check.

    Those of no order, or of another symbol or side than their order's, are left out. Those before their order's
    arrival, after its end, or beyond its shares are counted and named.
    """
    look = orders[["order_id", "symbol", "side", "shares_value", "arrival_at", "ended_at"]]
    joined = executions.merge(look, on="order_id", how="left", suffixes=("", "_order"), sort=False)
    joined.index = executions.index
    strange = joined["symbol_order"].isna()
    refused = strange & joined["order_id"].isin(known["order_id"])
    mend = "correct the order's own row, as it is named here"
    problems.add(joined, refused, "order_id", "its order was left out", mend)
    remedy = "add the order to the file of --orders, or correct the id"
    problems.add(joined, strange & ~refused, "order_id", "an order that is in no file of orders", remedy)
    other_symbol = ~strange & (joined["symbol"] != "") & (joined["symbol"] != joined["symbol_order"])
    problems.add(joined, other_symbol, "symbol", "another symbol than its order's", "correct the one that is wrong")
    other_side = ~strange & (joined["side"] != "") & (joined["side"] != joined["side_order"])
    problems.add(joined, other_side, "side", "another side than its order's", "correct the one that is wrong")
    kept = joined[~strange & ~other_symbol & ~other_side].copy()
    kept["symbol"], kept["side"] = kept["symbol_order"], kept["side_order"]
    kept = kept.sort_values(["order_id", "time", "execution_id"], kind="stable")
    _name_doubts(kept, problems)
    return kept


def _name_doubts(fills: pd.DataFrame, problems: Problems) -> None:
    early = fills["time"] < fills["arrival_at"]
    problems.add(fills, early, "time", "before its order's arrival", CLOCKS, counted=True)
    late = fills["time"] > fills["ended_at"]
    problems.add(fills, late, "time", "after its order's end", CLOCKS, counted=True)
    running = fills.groupby("order_id", sort=False)["shares_value"].cumsum()
    beyond = running > fills["shares_value_order"] * (1 + 1e-12)
    remedy = "look for an execution that is there twice under two ids, or correct the order's shares; it is counted"
    problems.add(fills, beyond, "shares", "beyond its order's shares", remedy, counted=True)
