"""What a person reads beside the form of a plan: its figures, its largest trades, what binds and what is left. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from tasks.book.approval import ApprovalSettings
from tasks.model.plan import plain
from tasks.plan.plan_list import PlanList, PlanRow
from tasks.plan.plan_words import limit_cells
from tasks.wording import counted, dollars, short_hash

LARGEST = 5
MOST_BINDING = 4
MOST_LEFT = 6


def question_of(
    listed: PlanList,
    settings: ApprovalSettings,
    now: datetime,
    stands: str,
    *,
    singles: Mapping[str, str] = MappingProxyType({}),
    problem: str = "",
) -> str:
    """Markdown; `stands` says who has held the plan or said yes to it already, `now` is the session's own clock.

    `singles` are the symbols whose orders go only when a person names them, each with why; `problem` says what was
    wrong with the last form.
    """
    totals = listed.totals
    until = now + timedelta(minutes=settings.expires_after_min)
    people = "**two different people**" if settings.four_eyes else "one person"
    return "\n\n".join(
        [
            f"**{listed.book}, {listed.session}**: {counted(totals.trades, 'trade')}, "
            f"plan `{short_hash(listed.plan_hash)}`",
            f"Sell {dollars(totals.sell_usd, 0)}, buy {dollars(totals.buy_usd, 0)}; turnover "
            f"{totals.turnover_pct:.1f} % of {dollars(listed.nav_usd, 0)}; forecast cost {dollars(totals.cost_usd)}, "
            f"{totals.cost_bps_of_traded or 0:.1f} bps of what is traded. Cash afterwards "
            f"{dollars(listed.cash.usd_after, 0)}, {listed.cash.weight_after_pct:.1f} %.",
            *([f"Why: {listed.why}."] if listed.why else []),
            *([f"**The last form was not taken: {problem}.**"] if problem else []),
            "\n".join(_to_name(listed, singles) if singles else _largest(listed)),
            *_binding(listed),
            *_left(listed),
            f"A yes given now holds until {until:%Y-%m-%d %H:%M} UTC, and for prices within "
            f"{settings.price_band_pct:g} % of the decision prices; it takes {people}. "
            f"Silence for {settings.ask_timeout_min} minutes means no. Every line is on the card of the step `orders`.",
            *([f"So far: {stands}."] if stands else []),
        ]
    )


def _largest(listed: PlanList) -> Iterator[str]:
    trades = [row for row in listed.lines if row.kind == "trade"]
    first = sorted(trades, key=lambda row: -row.notional_usd)[:LARGEST]
    yield "The largest:" if len(trades) > len(first) else "The trades:"
    yield ""
    yield from (_line(row) for row in first)


def _to_name(listed: PlanList, singles: Mapping[str, str]) -> Iterator[str]:
    """Every order that has to be named, the largest first; of some only, why."""
    trades = [row for row in listed.lines if row.kind == "trade"]
    named = sorted((row for row in trades if row.symbol in singles), key=lambda row: -row.notional_usd)
    whole = len(named) == len(trades)
    yield "Each order wants a yes of its own:" if whole else "These orders go only when you name them:"
    yield ""
    yield from (_line(row) if whole else f"{_line(row)}; {singles[row.symbol]}" for row in named)


def _line(row: PlanRow) -> str:
    weights = f"{row.weight_before_pct:.1f} % to {row.weight_after_pct:.1f} %"
    return (
        f"- **{row.side} {plain(row.shares)} {row.symbol}**, {dollars(row.notional_usd, 0)}, {weights}: "
        f"{row.reason.replace('_', ' ')}"
    )


def _binding(listed: PlanList) -> Iterator[str]:
    if told := [f"{cell['what binds']} at {cell['bound']}" for cell in limit_cells(listed)]:
        yield f"Limits that bind: {_few(told, MOST_BINDING)}."


def _left(listed: PlanList) -> Iterator[str]:
    """By the reason, not by the line: a book of five hundred names leaves most of them."""
    left: dict[str, list[str]] = {}
    for row in listed.lines:
        if row.kind != "trade":
            left.setdefault(row.reason.replace("_", " "), []).append(row.symbol)
    if left:
        told = "; ".join(f"{reason}: {_few(symbols, MOST_LEFT)}" for reason, symbols in left.items())
        yield f"Not traded: {told}."
    if over := [row.symbol for row in listed.lines if row.standing_over_shares]:
        yield f"Held back today, planned again next session: {_few(over, MOST_LEFT)}."


def _few(names: list[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if names[most:] else "")
