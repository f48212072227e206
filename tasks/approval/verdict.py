"""Whether a plan may be sent now: by whose word, and until when. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tasks.book.approval import ApprovalSettings
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_records import APPROVED, HELD, REFUSED, Approval
from tasks.model.typed_commands import halts_book
from tasks.wording import dollars, person, short_hash, spoken


class ApprovalState(StrEnum):
    """Where a plan stands with the people who may approve it."""

    YES = "yes"
    NO = "no"
    EXPIRED = "expired"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a plan stands, and the sentence that says why."""

    standing: ApprovalState
    sentence: str


def turnover_pct(plan: Plan) -> float:
    """Sum of absolute trades as a share of net asset value, in percent."""
    traded = sum(float(line.notional_usd) for line in plan.trades)
    return 100 * traded / float(plan.nav_usd) if plan.nav_usd else 0.0


def verdict(answer: Approval | None, plan_hash: str, now: datetime) -> Verdict:
    """Where a plan stands; an answer to another hash is no answer, and a yes ends with its expiry."""
    if answer is None or answer.plan_hash != plan_hash:
        return Verdict(ApprovalState.OPEN, f"plan {short_hash(plan_hash)} waits for an answer")
    if answer.decision != "approved":
        return Verdict(
            ApprovalState.NO, f"{answer.who} refused plan {short_hash(plan_hash)}: {answer.note or 'no reason given'}"
        )
    if now > answer.expires_at:
        return Verdict(
            ApprovalState.EXPIRED,
            f"the approval of plan {short_hash(plan_hash)} by {answer.who} ended at "
            f"{answer.expires_at:%Y-%m-%d %H:%M} UTC",
        )
    return Verdict(ApprovalState.YES, f"approved by {answer.who}" + (f": {answer.note}" if answer.note else ""))


def standing_of(answers: Sequence[Approval], plan_hash: str, now: datetime, settings: ApprovalSettings) -> Verdict:
    """Where a plan stands with all that was said to it, oldest first; where the book asks, by two people."""
    own = [one for one in answers if one.plan_hash == plan_hash]
    newest = [one for one in own if one.decision != HELD][-1:]
    no = [one for one in own if one.decision == REFUSED][-1:]
    stands = verdict(next(iter([*no, *newest]), None), plan_hash, now)
    if stands.standing is ApprovalState.YES and settings.four_eyes and len(said_yes(own, now)) < 2:
        words = f"{stands.sentence}; a second person must say yes to plan {short_hash(plan_hash)}"
        return Verdict(ApprovalState.OPEN, words)
    if stands.standing is ApprovalState.OPEN and own and own[-1].decision == HELD:
        words = f"{own[-1].who} holds plan {short_hash(plan_hash)}: {own[-1].note or 'no reason given'}"
        return Verdict(ApprovalState.OPEN, words)
    return stands


def said_yes(answers: Sequence[Approval], now: datetime) -> frozenset[str]:
    """Who said a yes that still holds; one name in other letters is the same person."""
    return frozenset(person(one.who) for one in answers if one.decision == APPROVED and now <= one.expires_at)


def decision_clock(session: date, decided_at: datetime, now: datetime) -> datetime:
    """The clock an approval's expiry is measured by: the broker's, which a simulated day leaves in the past."""
    return decided_at if (now.date() - session).days > 1 else now


def objection(
    stands: Verdict, *, status: str, message: str, has_orders: bool, approved: bool, book: str, anew: str
) -> str:
    """Why an answer to the newest plan of a session would mean nothing, and what to do; empty when it counts.

    `status` and `message` are the session's, `anew` is the command that makes a new plan. A no stands for good, a yes
    that has ended is not given again: prices and holdings were looked at too long ago.
    """
    if status == "done":
        return f"the session is done; there is nothing left to {'approve' if approved else 'refuse'}"
    if has_orders and approved:
        return "the orders of the plan are being worked already; there is nothing left to approve"
    if has_orders:
        return f"the orders of the plan are being worked already: a no comes too late. Stop them: {halts_book(book)}"
    if stands.standing is ApprovalState.NO:
        return f"{stands.sentence}. That stands; `{anew}` makes a new plan, which can be approved"
    if stands.standing is ApprovalState.EXPIRED:
        return f"{stands.sentence}; `{anew}` makes a new plan, which can be approved"
    if status in ("stopped", "cancelled"):
        over = "has stopped" if status == "stopped" else "has been cancelled"
        return f"the session {over}, and its plan will not be used: {message}. `{anew}` makes a new one"
    return ""


def rule_says(mode: str, plan: Plan, settings: ApprovalSettings) -> str:
    """The sentence by which a mode approves this plan without a person; empty when a person must."""
    if settings.four_eyes:
        return ""
    if mode == "full_auto":
        return "the book's mode is full_auto"
    turnover = turnover_pct(plan)
    if mode == "semi_auto" and turnover < settings.auto_below_turnover_pct and not past_threshold(plan, settings):
        return f"turnover {turnover:.1f} % is below the {settings.auto_below_turnover_pct:g} % of semi_auto"
    return ""


def past_threshold(plan: Plan, settings: ApprovalSettings) -> dict[str, str]:
    """Symbols of the orders that `semi_auto` takes for large, each with the figure that makes it one."""
    found = {line.symbol: _why_large(line, settings) for line in plan.trades}
    return {symbol: why for symbol, why in found.items() if why}


def _why_large(line: PlanLine, settings: ApprovalSettings) -> str:
    if line.notional_usd > settings.single_order_usd:
        most = dollars(settings.single_order_usd, 0)
        return f"{dollars(line.notional_usd, 0)} is more than {most} (approval.single_order_usd)"
    share = 100 * float(line.shares) / line.adv_shares if line.adv_shares else 0.0
    if share > settings.single_order_adv_pct:
        most = f"{settings.single_order_adv_pct:g} %"
        return f"{share:.1f} % of a day's volume is more than {most} (approval.single_order_adv_pct)"
    return ""


def answer(
    plan_hash: str,
    *,
    approved: bool,
    who: str,
    note: str,
    now: datetime,
    settings: ApprovalSettings,
    held: bool = False,
    orders: Mapping[str, str] | None = None,
) -> Approval:
    """One answer, bound to the plan's hash, an expiry, a price band and, of a yes, what it says of single `orders`.

    Raises: ValueError when nobody signs it.
    """
    if not spoken(who):
        raise ValueError("an answer needs a name: say who approves or refuses")
    return Approval(
        plan_hash=plan_hash,
        decision=HELD if held else APPROVED if approved else REFUSED,
        who=spoken(who),
        note=spoken(note),
        decided_at=now,
        expires_at=now + timedelta(minutes=settings.expires_after_min),
        price_band_pct=settings.price_band_pct,
        orders=orders or {},
    )
