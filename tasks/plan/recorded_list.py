"""Reads the list of a recorded plan back from the journal, for whoever shows it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tasks.approval.refused import refused_orders
from tasks.journal import Journal
from tasks.model.cycle import Cycle
from tasks.model.plan_json import plan_from_json
from tasks.plan.plan_list import PlanList, plan_list

NOT_APPROVED = "not_approved"
"""The reason of a line whose order a person struck out, or that nobody named where somebody must."""


def recorded_list(journal: Journal, cycle: Cycle) -> PlanList | None:
    """The plan of the cycle's newest attempt, None while that attempt has none."""
    record = journal.decisions.newest_plan(cycle.cycle_id)
    if record is None or record.revision != cycle.attempt:
        return None
    plan = plan_from_json(json.dumps(record.body))
    facts: dict[str, dict[str, Any]] = {one.step: one.output["facts"] for one in journal.cycles.checkpoints(cycle)}
    decided, planned, drift = (facts.get(step, {}) for step in ("optimize", "orders", "drift"))
    listed = plan_list(
        plan,
        risk=planned.get("risk", ()),
        limits=decided.get("limits", ()),
        why=planned.get("why") or drift.get("sentence", ""),
    )
    return without(listed, refused_orders(journal, cycle))


def without(listed: PlanList, refused: Mapping[str, str]) -> PlanList:
    """The same list, whose lines say where no person let their order go."""
    lines = tuple(
        replace(row, reason=NOT_APPROVED, sentence=refused[row.symbol]) if row.symbol in refused else row
        for row in listed.lines
    )
    return replace(listed, lines=lines)
