"""One session's snapshot against what its source says now, and what would have been decided on it."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import pandas as pd

from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.errors import BadDataError
from tasks.market_data.decision_prices import on_session_basis
from tasks.market_data.download import download
from tasks.market_data.kept_bars import kept_bars
from tasks.market_data.snapshots import content_sha256, write_snapshot
from tasks.model.restatement import Restatement
from tasks.restatement.changes import Change, changes, on_old_basis, scales
from tasks.restatement.resolve import Decided, decided_on
from tasks.wording import counted, dollars, short_hash

MOST_KEPT = 500
"""Changed values that stand in the record; how many there are is always said."""
MOST_NAMED = 5
NOT_MOVED = 1e-6
"""Of net asset value: a target that moves less is the solver's own noise."""
CENT = Decimal("0.01")


def restatement_of(context: StepContext) -> Restatement | None:
    """What is otherwise now, with its effect on the session's decision; None where the bars are as they were.

    The bars of today are kept beside the snapshot, under their own hash.
    Raises: BadDataError where the snapshot is lost and cannot be had again, or the source has none of its bars.
    """
    old = kept_bars(context)
    snapshot = facts_of(context, "download")["sha256"]
    row = context.journal.cycles.snapshot(snapshot)
    assert row is not None, "the step that kept it put it on record"
    first, last = row["first_session"], row["last_session"]
    new = download(context.source, list(row["symbols"]), first, last).frame
    if new.empty:
        raise BadDataError(
            f"{context.source.name} has no bar of snapshot {short_hash(snapshot)} any more ({first} to {last})"
        )
    found = changes(old, new)
    if not found:
        return None
    write_snapshot(new, context.snapshots)
    body = _body(context, old, new, found)
    return Restatement(context.cycle_id, snapshot, content_sha256(new), body, context.clock())


def _body(context: StepContext, old: pd.DataFrame, new: pd.DataFrame, found: tuple[Change, ...]) -> dict[str, Any]:
    scaled = scales(old, new)
    basis = on_session_basis(context, old)
    before = decided_on(context, basis, basis)
    after = decided_on(context, on_session_basis(context, on_old_basis(old, new, scaled)), basis)
    effects = {
        "nav_usd": [str(before.nav_usd), str(after.nav_usd)],
        "targets": _targets(before, after),
        "orders": _orders(before, after),
        "cost_usd": [_cost(before), _cost(after)],
        "stopped": [before.stopped, after.stopped],
        "off_record": _off_record(context, before),
    }
    symbols = sorted({change.symbol for change in found})
    return {
        "source": context.source.name,
        "subject": _some(symbols),
        "sentence": _sentence(context.source.name, found, symbols, scaled, effects),
        "values": len(found),
        "changes": [asdict(one) | {"session": one.session.isoformat()} for one in found[:MOST_KEPT]],
        "scaled": scaled,
        **effects,
    }


def _targets(before: Decided, after: Decided) -> list[dict[str, Any]]:
    """Those that move, in fractions of net asset value and in USD at the value of today's bars."""
    if before.stopped or after.stopped:
        return []
    symbols = sorted({*before.targets, *after.targets})
    pairs = [(symbol, before.targets.get(symbol, 0.0), after.targets.get(symbol, 0.0)) for symbol in symbols]
    nav = float(after.nav_usd)
    return [
        {"symbol": symbol, "was": was, "now": now, "difference_usd": f"{(now - was) * nav:.2f}"}
        for symbol, was, now in pairs
        if abs(now - was) > NOT_MOVED
    ]


def _orders(before: Decided, after: Decided) -> list[dict[str, str]]:
    """Those that would have been others: signed shares, and what they are worth at the prices of each."""
    if before.stopped or after.stopped:
        return []
    zero = Decimal(0)
    found: list[dict[str, str]] = []
    for symbol in sorted({*before.shares, *after.shares}):
        was, now = before.shares.get(symbol, zero), after.shares.get(symbol, zero)
        if was != now:
            difference = now * after.prices.get(symbol, zero) - was * before.prices.get(symbol, zero)
            usd = str(difference.quantize(CENT))
            found.append({"symbol": symbol, "was": f"{was:f}", "now": f"{now:f}", "difference_usd": usd})
    return found


def _cost(of: Decided) -> str:
    return f"{sum(of.costs_usd.values()):.2f}"


def _off_record(context: StepContext, before: Decided) -> float:
    """By how much the same bars give another target today than is on record: the program's doing, not the source's."""
    recorded = {symbol: target for symbol, (_, target) in context.journal.cycles.targets(context.cycle).items()}
    if before.stopped:
        return 0.0
    return max((abs(before.targets.get(s, 0.0) - target) for s, target in recorded.items()), default=0.0)


def _sentence(
    source: str, found: tuple[Change, ...], symbols: list[str], scaled: dict[str, float], effects: dict[str, Any]
) -> str:
    days = sorted({change.session for change in found})
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
    told = (
        f"The source `{source}` says {counted(len(found), 'value')} of {_some(symbols)} ({span}) otherwise than when "
        "the session was decided on them."
    )
    if scaled:
        by = _some([f"{symbol} by {ratio:.6g}" for symbol, ratio in sorted(scaled.items())])
        told += f" All closes are scaled ({by}), as by a later split or dividend; that is taken back."
    return f"{told} {_effect_sentence(effects)}"


def _effect_sentence(effects: dict[str, Any]) -> str:
    for when, stopped in zip(("then", "now"), effects["stopped"], strict=True):
        if stopped:
            return f"On the bars as they are {when} nothing can be decided: {stopped}"
    was, now = effects["cost_usd"]
    if not effects["orders"]:
        moved = max((abs(one["now"] - one["was"]) for one in effects["targets"]), default=0.0)
        return f"The same orders would have been decided; targets move by at most {moved * 100:.2f} points."
    worth = sum((abs(Decimal(one["difference_usd"])) for one in effects["orders"]), Decimal(0))
    largest = max(effects["orders"], key=lambda one: abs(Decimal(one["difference_usd"])))
    return (
        f"{counted(len(effects['orders']), 'order')} would be different, by {dollars(worth)} in all, the most in "
        f"{largest['symbol']}: {largest['was']} shares are now {largest['now']}; forecast cost {dollars(float(was))} "
        f"is now {dollars(float(now))}."
    )


def _some(names: Iterable[str]) -> str:
    named = list(names)
    more = len(named) - MOST_NAMED
    return ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
