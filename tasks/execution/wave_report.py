"""A wave as the operator reads it: a sentence, how far the session has come, and a row for every child."""

from collections.abc import Sequence
from decimal import Decimal

from tasks.checkpoints import StepResult
from tasks.context import StepContext
from tasks.model.artifact import Artifact
from tasks.model.executions import totals_of
from tasks.model.order_records import Slice
from tasks.model.order_words import shown_state
from tasks.orders.waves import Wave
from tasks.wording import counted

ZERO = Decimal(0)


def told(context: StepContext, wave: Wave, intents: Sequence[Slice], refusals: Sequence[str]) -> StepResult:
    """What a wave leaves behind as its checkpoint; `refusals` is a sentence for each order not let through."""
    percent = _percent(context)
    sentence = (
        f"{wave.kind} wave {wave.number} at {wave.at:%H:%M} UTC: {counted(len(intents), 'slice')} sent, "
        f"{percent:.0f} % done"
    )
    rows = [
        {
            "symbol": s.request.symbol,
            "side": s.request.side,
            "shares": s.request.shares,
            "limit": s.request.limit_price or "market",
            "worked by": f"the broker's {s.request.native.algorithm}" if s.request.native else "us",
            "state": shown_state(s),
            "key": s.request.key,
        }
        for s in context.journal.orders.slices(context.cycle_id)
        if s.wave == wave.number
    ]
    notes = context.journal.orders.wave_notes(context.cycle_id).get(wave.number, ())
    words = "\n".join(f"- {line}" for line in (*_earlier(context), sentence, *refusals, *notes))
    facts = {"slices": len(intents), "percent": round(percent, 1), "refusals": list(refusals)}
    return StepResult(sentence, facts, Artifact(f"Wave {wave.number}", words, rows))


def _earlier(context: StepContext) -> list[str]:
    """The waves before this one, a line each: all of them are one card in the UI, with the slices of the newest."""
    done = context.journal.cycles.checkpoints(context.cycle)
    return [checkpoint.output["sentence"] for checkpoint in done if checkpoint.step.startswith("wave ")]


def _percent(context: StepContext) -> float:
    """Of what the orders are worth at their decision prices."""
    orders = context.journal.orders.orders(context.cycle_id)
    wanted = sum((o.shares * o.decision_price for o in orders), ZERO)
    traded = totals_of(context.journal.orders.fills(context.cycle_id)).notional_usd
    return float(min(traded / wanted, Decimal(1)) * 100) if wanted else 100.0
