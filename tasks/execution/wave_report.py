"""A wave as the operator reads it: a sentence, how far the session has come, and a row for every child."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import floor

from tasks.checkpoints import StepResult
from tasks.context import StepContext
from tasks.model.artifact import Artifact
from tasks.model.executions import totals_by_order
from tasks.model.fill_totals import NOTHING_FILLED
from tasks.model.order_records import Slice
from tasks.model.order_words import shown_state
from tasks.orders.waves import Wave
from tasks.wording import counted

ZERO = Decimal(0)
DONE = 100.0


def summary_of(context: StepContext, wave: Wave, intents: Sequence[Slice], refusals: Sequence[str]) -> StepResult:
    """What a wave leaves behind as its checkpoint; `refusals` is a sentence for each order not let through."""
    percent = _percent(context)
    idle = not intents and percent == DONE
    sent = "nothing was left to send" if idle else f"{counted(len(intents), 'slice')} sent"
    sentence = f"{wave.kind} wave {wave.number} at {wave.at:%H:%M} UTC: {sent}, {floor(percent)} % done"
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
    facts = {"slices": len(intents), "percent": floor(percent * 10) / 10, "refusals": list(refusals), "idle": idle}
    return StepResult(sentence, facts, Artifact(f"Wave {wave.number}", words, rows))


def _earlier(context: StepContext) -> list[str]:
    """The waves before this one, a line each: all of them are one card in the UI, with the slices of the newest.

    Of those with nothing left to send the first is a line, and the others are not repeated.
    """
    done = [c.output for c in context.journal.cycles.checkpoints(context.cycle) if c.step.startswith("wave ")]
    repeated = [now["facts"].get("idle") and before["facts"].get("idle") for before, now in pairwise(done)]
    return [output["sentence"] for output, again in zip(done, (False, *repeated), strict=False) if not again]


def _percent(context: StepContext) -> float:
    """Of what the orders are worth at their decision prices; 100 is every share of each."""
    orders = context.journal.orders.orders(context.cycle_id)
    slices = context.journal.orders.slices(context.cycle_id)
    filled = totals_by_order(context.journal.orders.fills(context.cycle_id), slices)
    wanted = sum((o.shares * o.decision_price for o in orders), ZERO)
    done = [min(filled.get(o.order_id, NOTHING_FILLED).shares, o.shares) * o.decision_price for o in orders]
    return float(sum(done, ZERO) / wanted * 100) if wanted else DONE
