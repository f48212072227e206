"""Plans, and who said yes or no to them."""

from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, Select, case, select

from sql.audit_chain import hold_the_end
from sql.tables import approval_requests, approvals, orders, plans
from tasks.errors import NotApprovedError
from tasks.journal.known import Known
from tasks.journal.statements import add, insert_once
from tasks.model.cycle import book_of
from tasks.model.plan_records import APPROVED, HELD, REFUSED, STRUCK, Approval, PlanRecord
from tasks.model.typed_commands import halts_book


def refused_by(connection: Connection, plan_hash: str) -> str | None:
    """Who said no to a plan, as this transaction sees it; None when nobody did."""
    query = select(approvals.c.who).where(approvals.c.plan_hash == plan_hash, approvals.c.decision == REFUSED)
    return connection.execute(query).scalar()


def struck_out(connection: Connection, plan_hash: str) -> dict[str, str]:
    """Symbols of a plan whose orders somebody has struck out, each with who, as this transaction sees it."""
    query = select(approvals.c.who, approvals.c.orders).where(
        approvals.c.plan_hash == plan_hash, approvals.c.decision == APPROVED, approvals.c.orders.is_not(None)
    )
    said = connection.execute(query).all()
    return {symbol: who for who, orders in said for symbol, word in orders.items() if word == STRUCK}


def _approval(row: RowMapping) -> Approval:
    plain = {name: row[name] for name in Approval.__slots__ if name != "orders"}
    return Approval(**plain, orders=row["orders"] or {})


def _ordered(plan_hash: str) -> Select[tuple[str]]:
    return select(orders.c.order_id).where(orders.c.plan_hash == plan_hash).limit(1)


class Decisions:
    """Plans, and what people said to them."""

    def __init__(self, engine: Engine, known: Known) -> None:
        self._engine = engine
        self._known = known

    def record_plan(self, plan: PlanRecord) -> None:
        """Once by hash: the same plan decided again is the same row. Raises: LeaseLostError when a newer process works
        the book.
        """
        row = {name: getattr(plan, name) for name in PlanRecord.__slots__}
        with self._known.writing() as connection:
            insert_once(connection, plans, [row])
        self._known.forget("plan")

    def newest_plan(self, cycle_id: str) -> PlanRecord | None:
        """The one with the highest revision; None before the session has its first plan."""
        query = select(plans).where(plans.c.cycle_id == cycle_id).order_by(plans.c.revision.desc())

        def read() -> PlanRecord | None:
            with self._engine.connect() as connection:
                row = connection.execute(query).mappings().first()
            return PlanRecord(**row) if row else None

        return self._known.recall("plan", cycle_id, book_of(cycle_id), read)

    def record_approval(self, cycle_id: str, answer: Approval) -> None:
        """Add one answer. Raises: NotApprovedError for a no that comes after the plan has become orders, be it to the
        plan or to one order.
        """
        row = {name: getattr(answer, name) for name in Approval.__slots__} | {"orders": dict(answer.orders) or None}
        is_no = answer.decision == REFUSED or bool(answer.struck)
        with self._engine.begin() as connection:
            # With the end held, a no and the orders of the same plan come one after the other (`refused_by`).
            hold_the_end(connection)
            if is_no and connection.execute(_ordered(answer.plan_hash)).first():
                raise NotApprovedError(
                    f"the orders of {cycle_id} are being worked already: a no to the plan comes too late. "
                    f"Stop them: {halts_book(book_of(cycle_id))}"
                )
            add(connection, approvals, [{"cycle_id": cycle_id, **row}])

    def newest_answer(self, plan_hash: str) -> Approval | None:
        """What stands of this plan: a no for good, else the last yes; who holds a plan has not answered it."""
        refusals_first = case((approvals.c.decision == REFUSED, 0), else_=1)
        query = (
            select(approvals)
            .where(approvals.c.plan_hash == plan_hash, approvals.c.decision != HELD)
            .order_by(refusals_first, approvals.c.id.desc())
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return _approval(row) if row else None

    def answers(self, plan_hash: str) -> tuple[Approval, ...]:
        """All that was said to this plan, oldest first."""
        query = select(approvals).where(approvals.c.plan_hash == plan_hash).order_by(approvals.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(_approval(row) for row in rows)

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
