"""Plans, and who said yes or no to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from sql.tables import approval_requests, approvals, plans
from tasks.journal.leases import Fence
from tasks.journal.writing import add, insert_once


@dataclass(frozen=True, slots=True)
class PlanRecord:
    plan_hash: str
    cycle_id: str
    revision: int
    body: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """One answer to one plan hash; `decision` is approved or refused."""

    plan_hash: str
    decision: str
    who: str
    note: str
    decided_at: datetime
    expires_at: datetime
    price_band_pct: float


class Decisions:
    def __init__(self, engine: Engine, fence: Fence) -> None:
        self._engine = engine
        self._fence = fence

    def record_plan(self, plan: PlanRecord) -> None:
        row = {name: getattr(plan, name) for name in PlanRecord.__slots__}
        with self._engine.begin() as connection:
            self._fence.check(connection)
            insert_once(connection, plans, [row])

    def newest_plan(self, cycle_id: str) -> PlanRecord | None:
        query = select(plans).where(plans.c.cycle_id == cycle_id).order_by(plans.c.revision.desc())
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return PlanRecord(**row) if row else None

    def record_approval(self, cycle_id: str, answer: Approval) -> None:
        row = {name: getattr(answer, name) for name in Approval.__slots__}
        with self._engine.begin() as connection:
            add(connection, approvals, [{"cycle_id": cycle_id, **row}])

    def newest_answer(self, plan_hash: str) -> Approval | None:
        """The last word on this plan."""
        query = select(approvals).where(approvals.c.plan_hash == plan_hash).order_by(approvals.c.id.desc())
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return Approval(**{name: row[name] for name in Approval.__slots__}) if row else None

    def record_request(self, plan_hash: str, flow_run_id: str, at: datetime) -> datetime:
        """Note that a person was asked; returns when they were first asked."""
        with self._engine.begin() as connection:
            insert_once(
                connection,
                approval_requests,
                [{"plan_hash": plan_hash, "asked_at": at, "flow_run_id": flow_run_id}],
            )
        request = self.request(plan_hash)
        assert request is not None, "inserted above"
        return request[0]

    def request(self, plan_hash: str) -> tuple[datetime, str] | None:
        """When a person was asked, and by which flow run (empty for the command line)."""
        query = select(approval_requests).where(approval_requests.c.plan_hash == plan_hash)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return (row["asked_at"], row["flow_run_id"]) if row else None
