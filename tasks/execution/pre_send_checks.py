"""The gate's questions asked once more of every slice before it is sent, with the newest figures; pure.

What does not pass whole is cut, or not sent, and its sentence is on the wave's record. A check that is not in the list
has its own place on the way out: an order in doubt or at work locks its symbol (`wave_decision.py`), the broker's
table is asked in `intents.py`, and a wave whose time has passed sends nothing (`wave.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from tasks.execution.wave_inputs import SliceDraft
from tasks.model.plan import PlanLine, of_shares, plain
from tasks.plan.check_context import CheckContext, Totals, share, with_totals
from tasks.plan.order_caps import (
    Cap,
    CapCheck,
    order_is_a_small_part_of_volume,
    order_is_not_too_large,
    position_stays_within_limit,
    sells_no_more_than_held,
    session_has_orders_left,
    tightest,
)
from tasks.plan.pre_trade_checks import Check, price_is_within_collar, quote_is_live, symbol_is_not_restricted

ZERO = Decimal(0)
CHECKS: tuple[Check, ...] = (symbol_is_not_restricted, quote_is_live, price_is_within_collar)


def session_turnover_has_room(order: PlanLine, context: CheckContext) -> Cap | None:
    """Everything the book has traded in this session, by all of its plans and attempts, and what works already."""
    price = context.quotes[order.symbol].mid
    room = context.nav_usd * share(context.gate.max_run_turnover_pct) - context.traded_usd
    if order.shares * price <= room:
        return None
    limit = f"{context.gate.max_run_turnover_pct:g} % of net asset value"
    return Cap("run_turnover", max(room, ZERO) / price, f"the session's turnover would pass {limit}")


CAPS: tuple[CapCheck, ...] = (
    order_is_not_too_large,
    order_is_a_small_part_of_volume,
    sells_no_more_than_held,
    position_stays_within_limit,
    session_turnover_has_room,
    session_has_orders_left,
)
BENDS_FOR_A_LIQUIDATION: Mapping[Check | CapCheck, str] = MappingProxyType(
    {
        symbol_is_not_restricted: "a restricted symbol is sold when a person wants out of it, by name",
        price_is_within_collar: "who wants out takes the market's price; the wide band of a liquidation stands",
        order_is_not_too_large: "a position is as large as it is, and only gets smaller",
        order_is_a_small_part_of_volume: "it is worked to the close, whatever the volume; the waves keep their own cap",
        position_stays_within_limit: "it only gets smaller",
        session_turnover_has_room: "the way out is not closed by what was traded on the way in",
        session_has_orders_left: "the same",
    }
)
"""Every check that a liquidation does not pass, and why; all others hold for it too."""


def look_once_more(
    children: Sequence[SliceDraft], context: CheckContext, totals: Totals, *, liquidates: bool
) -> tuple[tuple[SliceDraft, ...], tuple[str, ...]]:
    """The slices that may go, each as far as it may, in the order given; and a sentence for each that may not."""
    passed: list[SliceDraft] = []
    notes: list[str] = []
    for child in children:
        now = with_totals(context, totals, child.order.order_id)
        most, why = _may_go(child, now, liquidates=liquidates)
        if why:
            notes.append(
                f"{child.order.symbol}: {plain(most)} of {of_shares(child.shares, 'due is', 'due are')} sent: {why}"
            )
        if most:
            passed.append(replace(child, shares=most))
            totals = _after(child, most, context, totals)
    return tuple(passed), tuple(notes)


def _may_go(child: SliceDraft, context: CheckContext, *, liquidates: bool) -> tuple[Decimal, str]:
    line = _as_line(child)
    bent = BENDS_FOR_A_LIQUIDATION.keys() if liquidates else frozenset[Check | CapCheck]()
    for check in CHECKS:
        if check not in bent and (refusal := check(line, context)):
            return ZERO, f"({refusal.check}) {refusal.message}"
    cap = tightest(line, context, tuple(check for check in CAPS if check not in bent))
    return (child.shares, "") if cap is None else (min(cap.most, child.shares), f"({cap.check}) {cap.message}")


def _as_line(child: SliceDraft) -> PlanLine:
    order = child.order
    return PlanLine(
        symbol=order.symbol,
        side=order.side,
        shares=child.shares,
        reason=order.reason,
        sentence="",
        holding_shares=ZERO,
        decision_price=order.decision_price,
        current_weight=0.0,
        target_weight=0.0,
        algorithm=order.algorithm,
        adv_shares=order.adv_shares,
    )


def _after(child: SliceDraft, shares: Decimal, context: CheckContext, totals: Totals) -> Totals:
    symbol = child.order.symbol
    quote = context.quotes[symbol]
    done = totals.traded_shares.get(symbol, ZERO) + shares
    return Totals(
        totals.traded_usd + shares * quote.mid,
        {**totals.traded_shares, symbol: done},
        totals.begun | {child.order.order_id},
    )
