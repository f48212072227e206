"""Reconciliation of a book with several brokers: breaks say where, and a silent broker neither makes nor closes one."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.book.approval import ApprovalSettings
from tasks.book.execution import ExecutionSettings
from tasks.brokers.account_snapshot import steady_account
from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.brokers.multi.router import PartsRouter
from tasks.context import StepContext
from tasks.errors import BrokerError
from tasks.holdings.step import open_book
from tasks.journal import open_journal
from tasks.journal.book_ledger import ledger_of
from tasks.model.account import AccountState
from tasks.model.ledger import LedgerState, Position
from tasks.model.ledger_ids import OPENING
from tasks.model.orders import BrokerOrder, Execution, OrderRequest, Side
from tasks.model.plan_records import PlanRecord
from tasks.orders.all_brokers import everyones_account, must_have_answered, wait_for_everyone
from tasks.reconciliation.by_broker import as_believed, ledgers_by_part
from tasks.reconciliation.record import compare_between_waves, record_comparison
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, flat_week, opened
from tests.unit.reconciliation.reconciliation_world import PRICES, World, cycle_of, now, take_lease

D = Decimal


class Bendable:
    """A simulated broker whose account can be bent, and whose line can be cut."""

    def __init__(self, folder: Path, account: str, held: dict[str, int]) -> None:
        source = flat_week("AAA", "BBB")
        self.inner = opened(folder, source, account=account, opening_shares=held, opening_cash_usd=D(1000))
        self.down = False
        self.more: dict[str, Decimal] = {}
        self.is_empty = 0
        """So many answers more say that nothing is held."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _up(self) -> None:
        if self.down:
            raise BrokerError("not connected")

    def account_state(self) -> AccountState:
        self._up()
        answer = self.inner.account_state()
        if self.is_empty:
            self.is_empty -= 1
            return replace(answer, positions={})
        shares = {s: answer.positions.get(s, D(0)) + self.more.get(s, D(0)) for s in {*answer.positions, *self.more}}
        return replace(answer, positions={s: n for s, n in shares.items() if n})

    def find_order(self, key: str) -> BrokerOrder | None:
        self._up()
        return self.inner.find_order(key)

    def open_orders(self) -> tuple[BrokerOrder, ...]:
        self._up()
        return self.inner.open_orders()

    def executions(self, session: date) -> tuple[Execution, ...]:
        self._up()
        return self.inner.executions(session)

    def submit(self, request: OrderRequest) -> BrokerOrder:
        self._up()
        return self.inner.submit(request)


class Two:
    """A book that has 5 AAA at a, and 7 AAA and 3 BBB at b."""

    def __init__(self, folder: Path) -> None:
        self.a = Bendable(folder, "acct-a", {"AAA": 5})
        self.b = Bendable(folder, "acct-b", {"AAA": 7, "BBB": 3})
        both: dict[str, Any] = {"a": self.a, "b": self.b}
        parts = [Member(tag, "simulated", f"acct-{tag}", broker) for tag, broker in both.items()]
        self.brokers = SeveralBrokers("main", parts)
        single = _desk_of(folder)
        self.desk = replace(single, broker=self.brokers, router=PartsRouter(self.brokers))
        open_book(self.desk, self.brokers.account_state(), PRICES)
        self.brokers.wait_until(after_open(10))
        self.world = World(self.desk, _Told(self.brokers))  # type: ignore[arg-type]

    def compare(self, looks: int = 3) -> list[str]:
        """The sentences of what differs now."""
        account = steady_account(self.brokers)
        return [b.sentence for b in record_comparison(self.desk, account, PRICES, looks=looks).breaks]

    def agree_once(self) -> None:
        """Every question has been answered once, so that a broker can be silent."""
        assert self.compare() == []

    def open_breaks(self) -> list[str]:
        return [row.sentence for row in self.desk.journal.books.breaks("demo", open_only=True)]


class _Told:
    """What `World.order` reaches for: the broker behind."""

    def __init__(self, inner: SeveralBrokers) -> None:
        self.inner = inner


def _desk_of(folder: Path) -> StepContext:
    """A desk without a broker yet."""
    journal = open_journal(folder)
    take_lease(journal)
    book = SimpleNamespace(book="demo", execution=ExecutionSettings(), approval=ApprovalSettings())
    cycle = cycle_of(journal, TUESDAY, "")
    journal.decisions.record_plan(PlanRecord("h", cycle.cycle_id, 1, {}, now()))
    return StepContext(book, folder, folder, cycle, journal, None, None, now)  # type: ignore[arg-type]


# ---- the ledger, broker by broker ----------------------------------------------------------------------------------


def test_what_was_taken_over_is_on_record_broker_by_broker(tmp_path: Path) -> None:
    two = Two(tmp_path)
    rows = two.desk.journal.books.entries("demo", "main")
    assert {row.entry_id.removeprefix(f"demo:{OPENING}"): row.shares or row.amount_usd for row in rows} == {
        "a:cash": D(1000),
        "a:AAA": D(5),
        "b:cash": D(1000),
        "b:AAA": D(7),
        "b:BBB": D(3),
    }


def test_the_ledgers_of_the_brokers_add_up_to_the_books(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.world.filled("k1~b", Side.BUY, 2)
    two.world.collect()

    fills = two.desk.journal.orders.all_fills("main", "demo")
    parts = ledgers_by_part(two.desk.journal.books.entries("demo", "main"), fills)
    whole = ledger_of(two.desk.journal, "demo", "main")

    assert parts["a"].shares() == {"AAA": D(5)}
    assert parts["b"].shares() == {"AAA": D(9), "BBB": D(3)}
    assert sum(part.cash_usd for part in parts.values()) == whole.cash_usd
    assert two.compare() == []


# ---- breaks --------------------------------------------------------------------------------------------------------


def test_a_break_says_at_which_broker_it_is(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.b.more = {"AAA": D(4)}

    (sentence,) = two.compare()

    assert sentence == ("AAA: the broker has 16 shares, our ledger 12: +4; at a 5, our ledger 5; at b 11, our ledger 7")


def test_differences_that_cancel_out_over_the_brokers_are_still_no_break_of_the_book(tmp_path: Path) -> None:
    """Shares that somebody moves from one account to the other change nothing of what the book owns."""
    two = Two(tmp_path)
    two.a.more, two.b.more = {"AAA": D(2)}, {"AAA": D(-2)}
    assert two.compare() == []


# ---- silence -------------------------------------------------------------------------------------------------------


def test_fills_that_came_after_the_last_word_of_a_silent_broker_are_no_break(tmp_path: Path) -> None:
    """Its account was asked for, then it filled and told the executions, and then it fell silent."""
    two = Two(tmp_path)
    two.agree_once()
    two.world.filled("k1~b", Side.BUY, 2)
    two.world.collect()
    two.b.down = True

    assert two.brokers.account_state().positions["AAA"] == 12, "an old answer"
    assert compare_between_waves(two.desk) == {}
    assert two.compare() == []
    two.b.down = False
    assert two.compare() == []


def test_a_break_at_a_silent_broker_is_not_closed_by_its_silence(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.b.more = {"BBB": D(1)}
    two.compare()
    two.b.down = True

    assert set(compare_between_waves(two.desk)) == {"BBB"}
    two.compare()
    assert len(two.open_breaks()) == 1

    two.b.down, two.b.more = False, {}
    two.compare()
    assert two.open_breaks() == []


def test_a_break_at_the_broker_that_answers_is_found_while_the_other_is_silent(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.agree_once()
    two.b.down, two.a.more = True, {"AAA": D(1)}

    assert set(compare_between_waves(two.desk)) == {"AAA"}


def test_an_order_that_worked_at_a_silent_broker_is_neither_lost_nor_over(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.agree_once()
    two.world.order("k1~b", Side.BUY, 2)
    two.b.down, two.a.more = True, {"AAA": D(1)}

    assert [s.split(":")[0] for s in two.compare()] == ["AAA"]


def test_cash_and_symbols_that_were_booked_under_no_tag_stay_as_the_silent_broker_said_last() -> None:
    words = {tag: AccountState(tag, after_open(1), D(100), {"AAA": D(1), "BBB": D(1)}) for tag in "ab"}
    account = AccountState("main", after_open(1), D(200), {"AAA": D(2), "BBB": D(2)}, words, ("b",))
    ours = LedgerState(cash_usd=D(90), positions={"AAA": Position(D(6)), "BBB": Position(D(6))})
    unfiled = LedgerState(cash_usd=D(0), positions={"BBB": Position(D(3))})

    believed = as_believed(account, {"b": ours, "": unfiled})

    assert (believed.cash, believed.positions) == (D(190), {"AAA": D(7), "BBB": D(2)})
    assert as_believed(account, {"b": ours, "": LedgerState(cash_usd=D(1))}).cash == 200


# ---- everybody has to answer ---------------------------------------------------------------------------------------


def test_a_short_silence_at_the_end_is_waited_for_and_a_long_one_stops_the_run_with_a_name(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.agree_once()
    before, two.b.down = two.brokers.now(), True

    with pytest.raises(BrokerError, match=r"broker b \(account acct-b\) does not answer.*run the session again"):
        wait_for_everyone(two.desk)

    assert two.brokers.now() - before > timedelta(minutes=3)
    two.b.down = False
    wait_for_everyone(two.desk)
    assert everyones_account(two.brokers).silent == ()


def test_an_old_answer_that_stood_in_once_is_noticed_at_the_end(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.agree_once()
    two.b.down = True
    two.brokers.executions(TUESDAY)
    two.b.down = False

    with pytest.raises(BrokerError, match="broker b"):
        must_have_answered(two.desk)
    must_have_answered(two.desk)


def test_an_account_that_is_said_to_be_empty_is_doubted_at_one_of_several_brokers_too(tmp_path: Path) -> None:
    """BBB is held at b alone: two empty answers of b are not enough to believe that it is gone."""
    two = Two(tmp_path)
    two.b.is_empty = 2

    assert steady_account(two.brokers, ["AAA", "BBB"]).positions == {"AAA": D(12), "BBB": D(3)}


def test_a_broker_at_which_nothing_is_held_is_not_doubted(tmp_path: Path) -> None:
    two = Two(tmp_path)
    two.a.more = {"AAA": D(-5)}
    before = two.brokers.now()

    steady_account(two.brokers, ["AAA", "BBB"])

    assert two.brokers.now() == before
