"""The plan's list as cells and sentences: what a terminal, the Prefect UI and a CSV file show of it. Pure."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, fields
from decimal import Decimal

from optimizer.limits import PORTFOLIO
from tasks.model.artifact import Artifact
from tasks.model.plan import CASH, Plan, plain
from tasks.plan.plan_list import BindingLimitRow, PlanList, PlanRow, RiskFigure
from tasks.targets.binding_words import A_POINT
from tasks.wording import counted, dollars, short_hash

QUIET = frozenset({"at_target", "inside_band", "toward_target", "first_build", "must_exit", "liquidation"})
"""Reasons that the figures of the line say already; every other one is told in its sentence too."""
FIRST = ("symbol", "side", "shares", "USD", "now %", "then %", "target %", "cost USD", "reason")
CSV_COLUMNS = ("row", *(field.name for field in fields(PlanRow)))


def cells(listed: PlanList) -> list[dict[str, str]]:
    """One row a line, cash last, as text by column."""
    return [*(_line_cells(row) for row in listed.lines), _cash_cells(listed)]


def notes(listed: PlanList) -> list[str]:
    """Totals, risk and findings: one sentence each; what the sentence of a line says already is not said twice."""
    said = {row.symbol: row.sentence for row in listed.lines}
    parts = {finding: finding.partition(": ") for finding in listed.findings}
    findings = [each for each, (symbol, _, why) in parts.items() if not why or why not in said.get(symbol, "")]
    return [_totals(listed), *(_risk(figure) for figure in listed.risk), *findings]


def limit_cells(listed: PlanList) -> list[dict[str, str]]:
    """One row a limit that shaped the target, the most costly first: where it stands, what a step of it is worth."""
    return [
        {
            "what binds": limit.name if limit.subject == PORTFOLIO else f"{limit.name} {limit.subject}",
            "stands at": _amount(limit, limit.value),
            "bound": _amount(limit, limit.bound),
            "a step": limit.step,
            "bps a year a step": f"{limit.cost_bps:.2f}",
        }
        for limit in listed.limits
    ]


def summary_of_reason(drift: str, plan: Plan) -> str:
    """The sentence of the drift rule that fired, and what is in the way of every trade where none comes of it."""
    in_the_way = Counter(line.reason for line in plan.lines if line.reason not in QUIET)
    if plan.trades or not in_the_way:
        return drift
    told = ", ".join(f"{reason.replace('_', ' ')} ({lines})" for reason, lines in in_the_way.most_common())
    return f"{drift}; no line can be traded: {told}"


def obstacles(listed: PlanList) -> list[str]:
    """Why a line is not traded, or not all of it, where neither its figures nor the totals say so already."""
    said = "" if listed.totals.trades else listed.why
    left = [row.sentence for row in listed.lines if row.reason not in QUIET or row.standing_over_shares]
    return [sentence for sentence in left if sentence not in said]


def title(listed: PlanList) -> str:
    """One line: book, session, counts, and net asset value in USD."""
    return (
        f"Plan of {listed.book} for {listed.session}: {counted(listed.totals.trades, 'trade')}, "
        f"{counted(listed.totals.non_trades, 'line stays', 'lines stay')}; net asset value {dollars(listed.nav_usd)}"
    )


def plan_artifact(listed: PlanList, command: str) -> Artifact:
    """The list for the Prefect UI, whose page shows nine columns: what decides comes first, the rest is scrolled to.

    `command` prints every line, for a plan that the page has no room for. The whole hash stands in a block of its own,
    as no heading has room for it.
    """
    told = [*notes(listed), *obstacles(listed), *(limit.sentence for limit in listed.limits)]
    words = "\n".join(f"- {note}" for note in told)
    rows = [{column: row[column] for column in sorted(row, key=_place)} for row in _said_once(listed)]
    heading = f"Plan {short_hash(listed.plan_hash)} of {listed.book} for {listed.session}"
    whole = f"`{command}` lists all of them"
    return Artifact(heading, f"{title(listed)}\n\n```\n{listed.plan_hash}\n```\n\n{words}", rows, whole=whole)


def _said_once(listed: PlanList) -> Iterator[dict[str, str]]:
    """The cells without the sentences that stand above them."""
    above = {sentence.partition(": ")[0] for sentence in obstacles(listed)}
    for row in cells(listed):
        yield {**row, "why": "said above"} if row["symbol"] in above else row


def _place(column: str) -> int:
    return FIRST.index(column) if column in FIRST else len(FIRST)


def as_csv(listed: PlanList) -> str:
    """All of the list as one CSV table: `row` says what a row is (trade, non_trade, cash, total, risk, limit)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_csv_rows(listed))
    return text.getvalue()


def _csv_rows(listed: PlanList) -> Iterator[dict[str, object]]:
    for row in listed.lines:
        values = (format(value, "f") if isinstance(value, Decimal) else value for value in astuple(row))
        yield {"row": row.kind, **dict(zip(CSV_COLUMNS[1:], values, strict=True))}
    cash, totals = listed.cash, listed.totals
    weights = (cash.weight_before_pct, cash.weight_after_pct, cash.weight_target_pct)
    yield {"row": "cash", "symbol": CASH, "notional_usd": f"{cash.usd_after - cash.usd_before:f}", **_weights(*weights)}
    yield {"row": "total", "symbol": "SELL", "notional_usd": f"{totals.sell_usd:f}"}
    yield {"row": "total", "symbol": "BUY", "notional_usd": f"{totals.buy_usd:f}"}
    yield {
        "row": "total",
        "symbol": "ALL",
        "notional_usd": f"{totals.sell_usd + totals.buy_usd:f}",
        "cost_usd": totals.cost_usd,
        "cost_bps": totals.cost_bps_of_traded,
        "sentence": _totals(listed),
    }
    for figure in listed.risk:
        weights = _weights(figure.before_pct, figure.after_pct, figure.target_pct)
        yield {"row": "risk", "symbol": figure.name, **weights, "sentence": _risk(figure)}
    for limit in listed.limits:
        figures = {"cost_bps": limit.cost_bps, "reason": limit.name, "sentence": limit.sentence}
        yield {"row": "limit", "symbol": limit.subject, **figures}


def _weights(before: float, after: float, target: float) -> dict[str, object]:
    return {"weight_before_pct": before, "weight_after_pct": after, "weight_target_pct": target}


def _line_cells(row: PlanRow) -> dict[str, str]:
    return {
        "symbol": row.symbol,
        "side": (row.side or "-").lower(),
        "shares": plain(row.shares) if row.side else "",
        "USD": f"{row.notional_usd:,.0f}" if row.side else "",
        "now %": f"{row.weight_before_pct:.2f}",
        "then %": f"{row.weight_after_pct:.2f}",
        "target %": f"{row.weight_target_pct:.2f}",
        "cost USD": "" if row.cost_usd is None else f"{row.cost_usd:,.2f}",
        "cost bps": "" if row.cost_bps is None else f"{row.cost_bps:.1f}",
        "price": f"{row.price_usd:,f}",
        "algorithm": (row.algorithm or "").replace("_", " "),
        "reason": row.reason.replace("_", " "),
        "why": row.sentence.removeprefix(f"{row.symbol}: "),
    }


def _cash_cells(listed: PlanList) -> dict[str, str]:
    cash, blank = listed.cash, dict.fromkeys(("side", "shares", "cost USD", "cost bps", "price", "algorithm"), "")
    return {
        "symbol": "cash",
        **blank,
        "USD": f"{cash.usd_after - cash.usd_before:+,.0f}",
        "now %": f"{cash.weight_before_pct:.2f}",
        "then %": f"{cash.weight_after_pct:.2f}",
        "target %": f"{cash.weight_target_pct:.2f}",
        "reason": "what is left",
        "why": f"{dollars(cash.usd_before)} before, {dollars(cash.usd_after)} after the forecast cost",
    }


def _totals(listed: PlanList) -> str:
    totals = listed.totals
    if not totals.trades:
        return f"nothing is traded: {listed.why}" if listed.why else "nothing is traded"
    return (
        f"sell {dollars(totals.sell_usd, 0)}, buy {dollars(totals.buy_usd, 0)}, together "
        f"{totals.turnover_pct:.1f} % of net asset "
        f"value; forecast cost {dollars(totals.cost_usd)}, {totals.cost_bps_of_traded or 0:.1f} bps of what is traded, "
        f"{totals.cost_bps_of_nav:.2f} bps of the book"
    )


def _risk(figure: RiskFigure) -> str:
    return (
        f"{figure.name.replace('_', ' ')} a year: {figure.before_pct:.2f} % now, {figure.after_pct:.2f} % then, "
        f"{figure.target_pct:.2f} % at the target"
    )


def _amount(limit: BindingLimitRow, value: float) -> str:
    return f"{value * 100:.2f} %" if limit.step == A_POINT else f"{value:.6g}"
