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
    facts = {step: _facts(journal, cycle, step) for step in ("optimize", "drift", "orders")}
    return plan_list(
        plan,
        risk=facts["orders"].get("risk", ()),
        limits=facts["optimize"].get("limits", ()),
        why=facts["orders"].get("why") or facts["drift"].get("sentence", ""),
    )


def _facts(journal: Journal, cycle: Cycle, step: str) -> dict[str, Any]:
    found = journal.cycles.checkpoint(cycle, step)
    return dict(found.output["facts"]) if found else {}
