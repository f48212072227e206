"""A session as text: what was decided, sent, filled, found and measured, in columns that a diff shows line by line."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tasks.model.ledger import LedgerState
from tasks.model.plan import CostEstimate, Plan, PlanLine
from tasks.model.plan_json import plan_hash

FIGURE = re.compile(r"-?\d[\d,.]*")
COSTS = ("delay_usd", "trading_usd", "opportunity_usd", "fees_usd", "total_usd", "total_bps")
SOLVED_DIGITS = 6
"""Of a weight, in the plan's hash: processors differ in the last digits of a solution, some 1e-12 of the book."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Day:
    """What one session left behind."""

    report: Json
    """Its report.json."""
    plan: Plan
    nav_usd: Decimal
    prices: Mapping[str, Decimal]
    """Closes of the session, by symbol."""
    ledger: LedgerState


def text_of(day: Day) -> str:
    """The sections in the order of the day."""
    report, orders = day.report, day.report["orders"]
    sections = {
        "the plan": _plan(day.plan),
        "findings": _lines(f"{one['severity']}  {one['check']}  {one['message']}" for one in report["findings"]),
        "slices by client order id": _slices(orders),
        "fills": _fills(orders),
        "waves, with what was left for later": _waves(report["waves"]),
        "breaks": _lines(one["sentence"] for one in report["breaks"]),
        "valuation after the session": _valuation(day),
        "costs of each order": _order_costs(orders),
        "costs in sum": _sums(report),
        "cost against each benchmark, bps": _benchmarks(orders),
        "forecast against realised, trading and fees": _estimates(orders),
        "what the report says": _lines(report["summary"]),
        "open points": _lines(str(one) for one in report["open_points"]),
    }
    title = f"{day.plan.book}, session {day.plan.session}"
    return f"{title}\n{'=' * len(title)}\n\n" + "\n\n".join(f"-- {name}\n{body}" for name, body in sections.items())


def stable_hash(plan: Plan) -> str:
    """The hash of the plan with its weights and forecast rounded, so that every machine has the same."""
    return plan_hash(replace(plan, lines=tuple(map(_rounded, plan.lines))))


def table(names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Aligned columns: figures to the right, words to the left."""
    lines = [[_cell(value) for value in row] for row in rows]
    if not lines:
        return "none"
    columns = list(zip(*lines, strict=True))
    right = [all(FIGURE.fullmatch(cell) or cell == "-" for cell in column) for column in columns]
    lines = [list(names), *lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)


def _rounded(line: PlanLine) -> PlanLine:
    estimate = line.estimate and CostEstimate(
        round(line.estimate.spread_usd, 2),
        round(line.estimate.impact_usd, 2),
        round(line.estimate.fees_usd, 2),
        line.estimate.model,
    )
    return replace(
        line,
        current_weight=round(line.current_weight, SOLVED_DIGITS),
        target_weight=round(line.target_weight, SOLVED_DIGITS),
        estimate=estimate,
    )


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(sentences) or "none"


def _cents(usd: Decimal) -> str:
    return f"{usd:.2f}"


def _percent(weight: float) -> str:
    """To the basis point, and nothing is a plain zero: a solver may leave it by 1e-13 to either side."""
    return f"{round(100 * weight, 2) + 0.0:.2f}"


def _instant(text: str) -> str:
    """Time of day in UTC; the session's date is in the title."""
    return text[11:19]


def _plan(plan: Plan) -> str:
    head = (
        f"hash with weights to {SOLVED_DIGITS} decimals and costs to the cent: {stable_hash(plan)}\n"
        f"decided at {plan.decided_at:%H:%M:%S} UTC; net asset value {_cents(plan.nav_usd)} USD, "
        f"cash {_cents(plan.cash_usd)} USD"
    )
    rows = [
        (
            line.symbol,
            line.side,
            line.shares,
            line.holding_shares,
            line.decision_price,
            _percent(line.current_weight),
            _percent(line.target_weight),
            line.algorithm,
            line.estimate and f"{line.estimate.total_usd:.2f}",
            line.reason,
        )
        for line in plan.lines
    ]
    names = ("symbol", "side", "shares", "held", "price", "now %", "target %", "algorithm", "forecast USD", "reason")
    sentences = _lines(line.sentence for line in plan.lines)
    return f"{head}\n{table(names, rows)}\n\n{sentences}"


def _slices(orders: Iterable[Json]) -> str:
    names = ("due", "client order id", "shares", "limit", "state", "filled", "reason")
    rows = (
        (_instant(s["due_at"]), s["key"], s["shares"], s["limit_price"], s["state"], s["filled_shares"], s["reason"])
        for order in orders
        for s in order["slices"]
    )
    return table(names, rows)


def _fills(orders: Iterable[Json]) -> str:
    names = ("at", "client order id", "shares", "price", "fee", "venue")
    rows = (
        (_instant(fill["at"]), fill["key"], fill["shares"], fill["price"], fill["fee"], fill["venue"])
        for order in orders
        for fill in order["fills"]
    )
    return table(names, rows)


def _waves(waves: Iterable[Json]) -> str:
    names = ("wave", "due", "slices", "planned", "filled")
    shown = [(w["number"], _instant(w["due_at"]), w["slices"], w["planned_shares"], w["filled_shares"]) for w in waves]
    notes = [f"wave {w['number']}: {note}" for w in waves for note in w["note"].split("; ") if note]
    return "\n".join([table(names, shown), *notes])


def _valuation(day: Day) -> str:
    head = (
        f"net asset value {_cents(day.nav_usd)} USD, cash {_cents(day.ledger.cash_usd)} USD, "
        f"fees so far {_cents(day.ledger.fees_usd)} USD"
    )
    rows = [
        (symbol, shares, day.prices[symbol], _cents(shares * day.prices[symbol]))
        for symbol, shares in sorted(day.ledger.shares().items())
    ]
    return f"{head}\n{table(('symbol', 'shares', 'price', 'USD'), rows)}"


def _order_costs(orders: Iterable[Json]) -> str:
    names = ("symbol", "side", "filled", "average", "decision", "arrival", "end", *COSTS, "z")
    rows = (
        (
            order["symbol"],
            order["side"],
            order["filled_shares"],
            order["average_price"],
            order["decision_price"],
            order["arrival_price"],
            order["end_price"],
            *(order["costs"][name] for name in COSTS),
            order["outlier_z"],
        )
        for order in orders
    )
    return table(names, rows)


def _sums(report: Json) -> str:
    groups = [report["total"], *report["by_side"], *report["by_algorithm"], *report["by_sector"]]
    names = ("group", "orders", "filled USD", *COSTS, "from bps", "to bps")
    rows = (
        (
            group["name"],
            group["orders"],
            group["filled_value_usd"],
            *(group["costs"][name] for name in COSTS),
            group["low_bps"],
            group["high_bps"],
        )
        for group in groups
    )
    return table(names, rows)


def _benchmarks(orders: list[Json]) -> str:
    if not orders:
        return "none"
    names = [benchmark["name"].replace("interval VWAP", "VWAP") for benchmark in orders[0]["benchmarks"]]
    rows = ((order["symbol"], *(one["cost_bps"] for one in order["benchmarks"])) for order in orders)
    return table(("symbol", *names), rows)


def _estimates(orders: Iterable[Json]) -> str:
    names = ("symbol", "forecast USD", "realised USD", "forecast bps", "realised bps")
    rows = (
        (order["symbol"], one["estimate_usd"], one["realised_usd"], one["estimate_bps"], one["realised_bps"])
        for order in orders
        if (one := order["estimate"])
    )
    return table(names, rows)
