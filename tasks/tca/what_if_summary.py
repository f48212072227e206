"""The replays of a session added up, and what they do not show, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from tasks.model.money import exact_sum, rounded
from tasks.tca.costs import BPS_UNIT
from tasks.tca.inputs import OrderRecord
from tasks.tca.what_if import Alternative, Replay, replays_of
from tasks.wording import counted, dollars


@dataclass(frozen=True, slots=True)
class AlternativeTotal:
    """One alternative over the orders that have it; bps are ratios of sums of their value at arrival."""

    alternative: Alternative
    orders: int
    cost_usd: Decimal
    cost_bps: Decimal
    low_bps: Decimal
    high_bps: Decimal
    """Every fill at the best, and at the worst price of its bar."""
    difference_usd: Decimal
    """Less the same orders replayed as they were planned: both simulated, so that the model is on both sides."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Every order of a session under other algorithms, simulated."""

    replays: tuple[Replay, ...]
    totals: tuple[AlternativeTotal, ...]
    left_out: int
    """Orders without arrival price, forecast or bars."""
    sentence: str


def what_if(
    orders: Sequence[OrderRecord], windows: Sequence[tuple[datetime, datetime]], participation: float
) -> WhatIf | None:
    """None where no order can be replayed; arguments as in `replays_of`."""
    by_order = [replays_of(order, windows, participation) for order in orders]
    replays = tuple(replay for one in by_order for replay in one)
    if not replays:
        return None
    planned = {r.order_id: r for r in replays if r.alternative is Alternative.AS_PLANNED}
    totals = tuple(_total(alternative, replays, planned) for alternative in Alternative)
    left_out = sum(not one for one in by_order)
    known = tuple(total for total in totals if total.orders)
    return WhatIf(replays, known, left_out, _sentence(known))


def replay_rows(found: WhatIf | None) -> list[dict[str, object]]:
    """One row a replay, for a spreadsheet."""
    names = [item.name for item in fields(Replay)]
    return [{name: getattr(one, name) for name in names} for one in found.replays] if found else []


def _total(alternative: Alternative, replays: Sequence[Replay], planned: Mapping[str, Replay]) -> AlternativeTotal:
    own = [one for one in replays if one.alternative is alternative and one.order_id in planned]
    value = exact_sum(one.arrival_value_usd for one in own)
    cost = exact_sum(one.cost_usd for one in own)
    return AlternativeTotal(
        alternative=alternative,
        orders=len(own),
        cost_usd=cost,
        cost_bps=rounded(cost / value * 10_000, BPS_UNIT) if own else Decimal(0),
        low_bps=_weighted([(one.low_bps, one.arrival_value_usd) for one in own], value),
        high_bps=_weighted([(one.high_bps, one.arrival_value_usd) for one in own], value),
        difference_usd=cost - exact_sum(planned[one.order_id].cost_usd for one in own),
    )


def _weighted(parts: Sequence[tuple[Decimal, Decimal]], value: Decimal) -> Decimal:
    return rounded(exact_sum(bps * size for bps, size in parts) / value, BPS_UNIT) if parts else Decimal(0)


def _sentence(totals: Sequence[AlternativeTotal]) -> str:
    """What came out, and that the impact of what was not done is modelled."""
    others = [total for total in totals if total.alternative is not Alternative.AS_PLANNED]
    told = "; ".join(_against(total) for total in others)
    return (
        f"Simulated against the same orders as planned: {told}. The market impact of an alternative is modelled, not "
        "seen, and the bars hold the impact of what was really sent: no line says what would have happened."
    )


def _against(total: AlternativeTotal) -> str:
    """E.g. `twap $12.00 more on 9 orders`."""
    more = "more" if total.difference_usd >= 0 else "less"
    return f"{total.alternative} {dollars(abs(total.difference_usd))} {more} on {counted(total.orders, 'order')}"
