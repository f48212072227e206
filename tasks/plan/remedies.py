"""What a person can do about a line that is not traded, named in its own sentence; pure."""

from collections.abc import Mapping
from dataclasses import replace

from tasks.model.locks import Lock
from tasks.model.plan import PlanLine

ANOTHER_TARGET = "give the symbol another target"
REMEDIES: Mapping[str, str] = {
    Lock.BREAK.value: "explain the break",
    Lock.SPLIT.value: "mend data.actions_path, or explain what the broker shows",
    Lock.COMPANY_EVENT.value: "book what came of it, or decide in limits.no_buy or limits.must_exit",
    Lock.WRITTEN_OFF.value: "take the write-off back once it trades again",
    "bad_data": "mend the data, or take the symbol out of the universe",
    "restricted": "take it off risk.restricted, or give the symbol another target",
    "no_price": "bring a price for it, or take the symbol out of the universe",
    "no_buy": "take it off limits.no_buy, or lower its target",
    "no_sell": "take it off limits.no_sell, or raise its target",
    "below_share_step": "give it a target that whole shares can meet",
    "limit_in_the_way": f"loosen that limit, or {ANOTHER_TARGET}",
    "below_minimum_trade": f"lower orders.min_trade_usd, or {ANOTHER_TARGET}",
}
"""Reasons for a non-trade that tomorrow's market does not mend by itself, each with what a person can do."""
HELD: Mapping[str, str] = {
    "restricted": "take it off risk.restricted, or sell it by hand",
    "no_price": "bring a price for it, or sell it by hand",
    "below_share_step": "give it a target that whole shares can meet, or sell the rest by hand",
    "below_minimum_trade": "lower orders.min_trade_usd, or sell it by hand",
}
"""The same for what is held and not wanted."""
REFUSED = "refused_by_gate"
AT_THE_GATE: Mapping[str, str] = {
    "order_size": f"loosen risk.max_order_nav_pct or risk.max_order_usd, or {ANOTHER_TARGET}",
    "participation": f"loosen risk.max_participation_pct, or {ANOTHER_TARGET}",
    "concentration": f"loosen risk.max_position_pct, or {ANOTHER_TARGET}",
    "run_turnover": f"loosen risk.max_run_turnover_pct, or {ANOTHER_TARGET}",
    "run_orders": f"loosen risk.max_run_orders, or {ANOTHER_TARGET}",
    "price_collar": "loosen risk.price_collar_pct, or plan again once prices are nearer to those decided on",
    "quote": "wait for a live quote",
    "duplicate": "cancel the order that works in it, or wait for its end",
    "market_open": "start before its market ends",
    "not_taken": "send what the broker takes: choose execution.algorithm and execution.child_order by it",
}
"""The same for what the gate refuses, by its check."""


def remedied(line: PlanLine, check: str = "") -> PlanLine:
    """The line with what can be done behind its sentence, where tomorrow's market does not mend it.

    check: of the gate, where that refused it.
    """
    remedy = AT_THE_GATE.get(check) or REMEDIES.get(check or line.reason)
    too_much = line.holding_shares > 0 and line.target_weight <= line.current_weight
    remedy = HELD.get(line.reason, remedy) if too_much else remedy
    if remedy is None or line.sentence.endswith(f" ({remedy})"):
        return line
    return replace(line, sentence=f"{line.sentence} ({remedy})")
