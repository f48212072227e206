"""Reads the list of a recorded plan back from the journal, for whoever shows it."""

import json
from typing import Any

from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.plan_json import plan_from_json
from tasks.plan.plan_list import PlanList, plan_list


def recorded_list(journal: Journal, cycle: Cycle) -> PlanList | None:
    """The plan of the cycle's newest attempt, None while that attempt has none."""
    record = journal.decisions.newest_plan(cycle.cycle_id)
    if record is None or record.revision != cycle.attempt:
        return None
    plan = plan_from_json(json.dumps(record.body))
    facts: dict[str, dict[str, Any]] = {one.step: one.output["facts"] for one in journal.cycles.checkpoints(cycle)}
    decided, planned, drift = (facts.get(step, {}) for step in ("optimize", "orders", "drift"))
    return plan_list(
        plan,
        risk=planned.get("risk", ()),
        limits=decided.get("limits", ()),
        why=planned.get("why") or drift.get("sentence", ""),
    )
