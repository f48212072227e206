"""What a broker posts late is booked once, dated as the broker dates it, and is news when it comes."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pytest
from reconciliation_world import PRICES, World, honest, more_cash, more_shares, now, world

from flows.outcome import cycle_summary
from tasks.holdings.cash_flows import cash_flow_facts
from tasks.holdings.step import book_actions
from tasks.journal.book_ledger import ledger_of
from tasks.model.account import AccountState
from tasks.model.capabilities import StatementLine
from tasks.model.cycle import Checkpoint
from tasks.model.ledger import worth
from tasks.reconciliation.broker_statement import book_statement, known_lines
from tasks.reconciliation.step import reconcile_again
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, MONDAY, TUESDAY, WEDNESDAY

D = Decimal


@dataclass
class Statement:
    """A broker's statement: what a line brings is in the account from the moment it is posted."""

    lines: list[StatementLine] = field(default_factory=list)

    def post(self, name: str, kind: str, on: date, usd: str = "0", symbol: str = "", shares: str = "0") -> None:
        at = datetime.combine(on, time(5), UTC)
        self.lines.append(StatementLine(name, at, kind, symbol, D(shares), D(usd), f"{kind} {symbol} {usd} USD"))

    def between(self, first: date, last: date) -> tuple[StatementLine, ...]:
        return tuple(line for line in self.lines if first <= line.at.date() <= last)

    def account(self, answer: AccountState) -> AccountState:
        held = dict(answer.positions)
        for line in self.lines:
            if line.shares:
                held[line.symbol] = held.get(line.symbol, D(0)) + line.shares
        return replace(answer, cash=answer.cash + sum((line.amount_usd for line in self.lines), D(0)), positions=held)


def told_by(desk: World, *before: tuple[str, str, date, str]) -> Statement:
    """The broker's statement from now on; the account was taken over with what it listed `before`."""
    statement = Statement()
    for line in before:
        statement.post(*line)
    desk.broker.statement = statement.between
    books = desk.desk.journal.books
    opened = max(entry.at for entry in books.entries(desk.desk.book.book, desk.desk.account) if entry.kind == "opening")
    books.record_entries(known_lines(desk.desk, opened))
    desk.broker.account = statement.account
    return statement


def valued(desk: World) -> World:
    """The session ends: it is valued, decided and done."""
    held = ledger_of(desk.journal, "demo", "main")
    nav = worth(held, PRICES).nav_usd
    desk.journal.books.record_valuation("demo", desk.desk.session, nav, held.cash_usd, PRICES)
    facts = {"facts": {"positions": {}, "prices": {}, **cash_flow_facts(desk.desk)}, "sentence": ""}
    for step in ("holdings", "reconcile"):
        desk.journal.cycles.record_step(desk.desk.cycle, Checkpoint(step, facts, 0.0, now()))
    desk.journal.cycles.set_status(desk.desk.cycle_id, "done", "", now())
    return desk


def flow(desk: World) -> Decimal:
    return D(str(cash_flow_facts(desk.desk)["cash_flow_usd"]))


# --- booked once, whenever it comes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dividend", "fee", "cash_flow"])
def test_a_line_of_a_session_that_is_valued_already_is_booked_once_under_its_own_date(tmp_path: Path, kind: str):
    desk = world(tmp_path)
    statement = told_by(desk)
    valued(desk)
    statement.post("L1", kind, TUESDAY, "-1.37" if kind == "fee" else "1400", "" if kind == "cash_flow" else "AAA")
    later = desk.next_session(WEDNESDAY)
    assert [row.entry_id for row in book_actions(later.desk)] == ["demo:L1"]
    assert book_actions(later.desk) == ()
    assert later.agrees()
    booked = next(e for e in later.journal.books.entries("demo", "main") if e.kind == kind)
    assert booked.at.date() == TUESDAY


def test_a_split_that_is_posted_late_moves_the_shares_once_and_unlocks_its_symbol(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    valued(desk)
    statement.post("S1", "split", TUESDAY, symbol="AAA", shares="100")
    later = desk.next_session(WEDNESDAY)
    book_actions(later.desk)
    assert ledger_of(later.journal, "demo", "main").shares() == {"AAA": D(200)}
    assert later.agrees()


def test_a_fee_of_the_day_on_which_the_account_was_taken_over_is_booked_when_it_is_posted(tmp_path: Path):
    """A broker that charges by the day posts the first day's fees in the evening, or days later."""
    desk = world(tmp_path)
    told_by(desk).post("F1", "fee", TUESDAY, "-0.42")
    book_actions(desk.desk)
    assert desk.agrees()


def test_what_was_on_the_statement_when_the_account_was_taken_over_is_in_its_balances(tmp_path: Path):
    old, late = ("OLD", "cash_flow", MONDAY, "500"), ("LATE", "fee", MONDAY, "-3")
    desk = world(tmp_path)
    told_by(desk, old).post(*late)
    assert [row.entry_id for row in book_actions(desk.desk)] == ["demo:LATE"]


def test_a_late_line_is_told_with_its_date_and_with_what_stays_as_it_was(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    before = valued(desk).journal.books.valuations("demo")
    statement.post("L1", "dividend", TUESDAY, "1400", "AAA")
    later = desk.next_session(WEDNESDAY)
    book_actions(later.desk)
    [told] = [f for f in later.journal.cycles.findings(later.desk.cycle) if f.check == "posted_late"]
    assert "2022-11-22" in told.message
    assert "stays as it was" in told.message
    assert later.journal.books.valuations("demo") == before


def test_the_end_of_a_session_books_what_was_posted_in_it(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    desk.journal.cycles.record_step(
        desk.desk.cycle, Checkpoint("holdings", {"facts": {"prices": {}}, "sentence": ""}, 0.0, now())
    )
    statement.post("L1", "cash_flow", TUESDAY, "200000")
    assert reconcile_again.fn(desk.desk)["breaks"] == []
    assert desk.agrees()


def test_shares_are_not_booked_under_an_order_that_is_on_its_way(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    statement.post("S1", "split", TUESDAY, symbol="AAA", shares="100")
    statement.post("D1", "dividend", TUESDAY, "7", "AAA")
    assert [row.entry_id for row in book_statement(desk.desk, but_shares_of={"AAA"})] == ["demo:D1"]


# --- it acts as cash from then on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dated", [TUESDAY, WEDNESDAY])
def test_a_deposit_is_news_in_the_first_session_that_finds_it_whatever_its_date(tmp_path: Path, dated: date):
    """The wall clock of a replay is years after every session, so that it can tell nothing."""
    desk = world(tmp_path)
    statement = told_by(desk)
    valued(desk)
    statement.post("L1", "cash_flow", dated, "25000")
    wednesday = desk.next_session(WEDNESDAY)
    book_actions(wednesday.desk)
    assert flow(wednesday) == 25_000
    friday = valued(wednesday).next_session(HALF_DAY)
    book_actions(friday.desk)
    assert flow(friday) == 0


def test_a_deposit_of_a_session_that_stopped_is_still_news_in_the_next_one(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    valued(desk)
    statement.post("L1", "cash_flow", WEDNESDAY, "25000")
    wednesday = desk.next_session(WEDNESDAY)
    book_actions(wednesday.desk)
    facts = {"facts": cash_flow_facts(wednesday.desk), "sentence": ""}
    wednesday.journal.cycles.record_step(wednesday.desk.cycle, Checkpoint("holdings", facts, 0.0, now()))
    wednesday.journal.cycles.set_status(wednesday.desk.cycle_id, "stopped", "refused", now())
    assert flow(wednesday.next_session(HALF_DAY)) == 25_000


def test_a_journal_from_before_flows_were_noted_takes_those_until_its_last_session_as_known(tmp_path: Path):
    desk = world(tmp_path)
    told_by(desk).post("OLD", "cash_flow", TUESDAY, "9000")
    book_actions(desk.desk)
    desk.journal.cycles.record_step(desk.desk.cycle, Checkpoint("holdings", {"facts": {}, "sentence": ""}, 0.0, now()))
    desk.journal.cycles.set_status(desk.desk.cycle_id, "done", "", now())
    assert flow(desk.next_session(WEDNESDAY)) == 0


# --- what is open stays in every summary ----------------------------------------------------------------------------


def test_a_break_of_an_earlier_session_stands_in_every_summary_until_it_is_closed(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    valued(desk)
    later = desk.next_session(WEDNESDAY)
    later.compare()
    valued(later)
    told = cycle_summary(later.journal, later.desk.cycle)
    assert (told["breaks"], told["earlier_breaks"]) == (1, 1)
    later.book("shares")
    friday = later.next_session(HALF_DAY)
    friday.compare()
    assert cycle_summary(friday.journal, friday.desk.cycle)["breaks"] == 0
    assert cycle_summary(later.journal, later.desk.cycle)["breaks"] == 1, "it stood when that session ended"
    assert cycle_summary(desk.journal, desk.desk.cycle)["breaks"] == 1


def test_a_break_that_was_over_within_its_session_is_not_told_as_open(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.broker.account = honest
    desk.compare()
    valued(desk)
    assert cycle_summary(desk.journal, desk.desk.cycle)["breaks"] == 0


def test_a_broker_that_lists_no_statement_is_named_as_such_in_its_break(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_cash("200000")
    desk.broker.capabilities = replace(desk.broker.inner.capabilities, statement=False)
    desk.compare()
    assert "lists no dividends, splits, fees or deposits" in desk.open_breaks()["cash"].sentence


def test_the_words_of_a_line_promise_what_the_next_session_does(tmp_path: Path):
    desk = world(tmp_path)
    statement = told_by(desk)
    statement.post("L1", "cash_flow", TUESDAY, "200000")
    desk.compare()
    assert "the next session of the book books it by itself" in desk.open_breaks()["statement"].sentence
    valued(desk)
    later = desk.next_session(WEDNESDAY)
    book_actions(later.desk)
    assert later.agrees()
