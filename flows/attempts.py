"""Whether a session that was begun goes on as it was decided, or is decided anew."""

from datetime import datetime

from tasks.approval.verdict import ApprovalState, decision_clock, verdict
from tasks.journal import Journal
from tasks.model.cycle import Cycle


def plan_is_dead(journal: Journal, cycle: Cycle, now: datetime) -> bool:
    """Whether somebody refused the plan of this attempt, or the yes to it has ended: then only a new one helps."""
    plan = journal.decisions.newest_plan(cycle.cycle_id)
    if plan is None or plan.revision != cycle.attempt or "decided_at" not in plan.body:
        return False
    at = decision_clock(cycle.session, datetime.fromisoformat(plan.body["decided_at"]), now)
    stands = verdict(journal.decisions.newest_answer(plan.plan_hash), plan.plan_hash, at)
    return stands.standing in (ApprovalState.NO, ApprovalState.EXPIRED)


def needs_new_attempt(
    found: Cycle, wanted: Cycle, *, ordered: bool, cancelled: bool = False, dead: bool = False
) -> bool:
    """Whether to decide the session anew.

    Once orders exist, or the session is done, what was approved is what is worked: a later change of the book file
    counts for the next session. Before that, a stop (bad data, no plan, no approval, a person who cancelled) or a
    changed book begins again.
    """
    if ordered or found.status == "done":
        return False
    changed = found.book_sha256 != wanted.book_sha256 or found.mode != wanted.mode
    return cancelled or dead or found.status == "stopped" or changed
