"""An order that a person strikes out of an approved plan stays unsent through every rerun, and pays for nothing."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from flows.approval_form import form_for, record_form
from tasks.approval.step import plan_of
from tasks.book.approval import ApprovalSettings
from tasks.book.targets import LimitSettings
from tasks.context import StepContext
from tasks.model.plan_records import STRUCK, Approval
from tests.failures.session import Session, buy, sell, session
from tests.simulation.life import work
from tests.simulation.points import Point

SYMBOLS = "AAA", "BBB", "CCC"
CASH, RESERVE = 20_000, 15_000
PLANNED = buy("AAA", 500), sell("BBB", 2_000), buy("CCC", 100)
"""The sell brings 134,000 dollars, and both buys cost 108,000: without it the cash pays for a small part of them."""


def strikes(desk: StepContext, *symbols: str) -> None:
    (yes,) = desk.journal.decisions.answers(_plan(desk))
    said = replace(yes, who="Ada Byron", note="earnings tonight", orders=dict.fromkeys(symbols, STRUCK))
    desk.journal.decisions.record_approval(desk.cycle_id, Approval(**{n: getattr(said, n) for n in said.__slots__}))


def _plan(desk: StepContext) -> str:
    record = desk.journal.decisions.newest_plan(desk.cycle_id)
    assert record is not None
    return record.plan_hash


def with_a_reserve(desk: StepContext) -> StepContext:
    limits = LimitSettings(cash_reserve_pct=0, cash_reserve_usd=Decimal(RESERVE), long_only=False)
    return replace(desk, book=desk.book.model_copy(update={"limits": limits}))


def sent(s: Session) -> set[str]:
    return {order["symbol"] for order in s.rows("SELECT symbol FROM orders")}


def test_a_struck_sell_funds_no_buy_and_the_reserve_is_kept(tmp_path: Path) -> None:
    s = session(tmp_path, *PLANNED, cash=CASH)
    with s.begun() as desk:
        strikes(desk, "BBB")
        work(with_a_reserve(desk))
    assert sent(s) == {"AAA", "CCC"}
    assert not s.asked("submit", "BBB")
    assert s.asked("submit"), "the rest went out, as far as the cash goes"
    assert s.exchange.account().cash >= RESERVE
    assert s.exchange.account().positions["BBB"] == 2_000


def test_without_the_strike_the_sell_pays_for_both(tmp_path: Path) -> None:
    s = session(tmp_path, *PLANNED, cash=CASH)
    with s.begun() as desk:
        work(with_a_reserve(desk))
    held = s.exchange.account().positions
    assert (held["AAA"], held["CCC"]) == (500, 100)


def test_a_run_that_is_killed_and_run_again_leaves_the_struck_order_out(tmp_path: Path) -> None:
    s = session(tmp_path, *PLANNED, cash=CASH)
    with s.begun() as desk:
        strikes(desk, "CCC")

    def third_call(point: Point) -> bool:
        return point.moment == "after" and len(s.asked("submit")) >= 3

    assert s.run("the first run", third_call) == "killed"
    assert s.run("the second run") == "done"
    assert sent(s) == {"AAA", "BBB"}
    assert not s.asked("submit", "CCC")
    assert s.wrongs() == []


def test_a_plan_of_which_every_order_is_struck_sends_nothing_and_ends(tmp_path: Path) -> None:
    s = session(tmp_path, *PLANNED, cash=CASH)
    with s.begun() as desk:
        strikes(desk, "AAA", "BBB", "CCC")
    assert s.run() == "done"
    assert (sent(s), s.asked("submit")) == (set(), [])


def test_a_form_that_contradicts_itself_records_nothing_and_says_what_was_wrong(tmp_path: Path) -> None:
    s = session(tmp_path, *PLANNED, cash=CASH)
    with s.begun() as opened:
        desk = replace(opened, book=opened.book.model_copy(update={"approval": ApprovalSettings(four_eyes=True)}))
        plan_hash, plan = plan_of(desk)
        asks = form_for(plan_hash, "?", SYMBOLS, SYMBOLS)
        filled = {"decision": "approve", "who": "Ada Byron", "plan_hash": plan_hash[:12], "single": "AAA"}
        form = asks.model_validate(filled | {"strike": "AAA"})
        assert "AAA: accepted and struck out" in record_form(desk, plan_hash, form, plan, {})
        assert len(desk.journal.decisions.answers(plan_hash)) == 1, "the rule's, and a second one is wanted"
        form = asks.model_validate(filled | {"strike": "rest", "note": "earnings tonight"})
        assert record_form(desk, plan_hash, form, plan, {}) == ""
        _, said = desk.journal.decisions.answers(plan_hash)
    assert (said.accepted, said.struck) == ({"AAA"}, {"BBB", "CCC"})
