"""Every kind of break on its whole way: found, classified, symbol locked, explained and booked, and then gone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from reconciliation_world import D, World, more_cash, more_shares, take_lease, world

from tasks.brokers.remarks import Remark, RemarkKind
from tasks.brokers.simulated.faults.incidents import Incidents
from tasks.errors import ConfigError, LeaseHeldError
from tasks.holdings.step import book_actions
from tasks.journal.book_ledger import ledger_of
from tasks.model.capabilities import StatementLine
from tasks.model.order_records import OrderEvent
from tasks.model.orders import Execution, OrderState, Side
from tasks.orders.record import record_events
from tests.unit.brokers.simulated.simulated_world import WEDNESDAY, buy, flat_week

ZERO = D(0)


def any_trade(_symbol: str, _key: str) -> bool:
    return True


def of_kinds(found: World, cause: str, *kinds: str) -> None:
    assert found.causes() == dict.fromkeys(kinds, cause)


# --- executions -----------------------------------------------------------------------------------------------------


def test_a_missed_fill_explains_its_shares_and_its_cash_and_closes_them(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.compare(looks=1)
    of_kinds(desk, "missed_fill", "cash", "shares", "missing_fill")
    assert desk.locked() == {"AAA"}
    named = desk.open_breaks()["missing_fill"].break_id
    assert desk.book("missing_fill") == (named,)
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").balanced_usd == 0


def test_a_missed_fill_is_collected_before_anybody_is_called(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    assert desk.compare().breaks == ()
    assert desk.all_breaks() == ()
    assert [f.key for f in desk.journal.orders.fills(desk.desk.cycle_id)] == ["k1"]


def test_booking_what_a_fill_explains_books_the_fill_and_never_the_difference_too(tmp_path: Path):
    """A person may begin at any of the three breaks."""
    for kind in ("cash", "shares", "missing_fill"):
        desk = world(tmp_path / kind)
        desk.filled("k1", Side.SELL, 10)
        desk.compare(looks=1)
        desk.book(kind)
        assert desk.agrees(), kind
        entries = desk.journal.books.entries("demo", "main")
        assert [e.kind for e in entries if e.kind == "balance"] == []


def test_a_fill_booked_by_a_person_and_collected_by_a_run_counts_once(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.compare(looks=1)
    desk.book("missing_fill")
    assert desk.collect() == 0
    assert ledger_of(desk.journal, "demo", "main").shares() == {"AAA": D(110)}


@pytest.mark.parametrize("what", ["bust", "correction"])
def test_a_bust_and_a_correction_are_breaks_until_they_are_collected(tmp_path: Path, what: str):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    happens(desk.incidents, what)
    desk.compare(looks=1)
    of_kinds(desk, "bust_or_correction", "cash", "shares", "missing_fill")
    assert desk.locked() == {"AAA"}
    desk.book("missing_fill")
    assert desk.agrees()
    held = ledger_of(desk.journal, "demo", "main").shares()["AAA"]
    assert held == desk.broker.inner.account_state().positions["AAA"] == (100 if what == "bust" else 105)


@pytest.mark.parametrize("what", ["bust", "correction"])
def test_a_bust_and_a_correction_are_collected_like_any_other_execution(tmp_path: Path, what: str):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    happens(desk.incidents, what)
    assert desk.agrees()
    assert desk.all_breaks() == ()


@pytest.mark.parametrize("what", ["bust", "correction"])
def test_a_correction_on_record_is_no_break_while_the_broker_tells_none_and_says_so(tmp_path: Path, what: str):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    happens(desk.incidents, what)
    desk.collect()
    late = Remark(RemarkKind.CORRECTIONS_LATE, "not every correction was told")
    desk.broker.remarks = lambda: (late,)
    desk.broker.listed = lambda rows: tuple(row for row in rows if not row.supersedes)

    assert desk.agrees()
    assert desk.all_breaks() == ()
    assert late.words in [f.message for f in desk.journal.cycles.findings(desk.desk.cycle)]

    desk.broker.remarks = lambda: ()
    taken_back = desk.compare(looks=1).breaks
    assert [found.kind for found in taken_back] == (["extra_fill"] if what == "correction" else [])


def test_a_correction_of_a_correction_that_were_both_missed_is_booked_as_one(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 8)
    desk.collect()
    happens(desk.incidents, "correction")
    happens(desk.incidents, "correction")
    desk.compare(looks=1)
    assert len(desk.open_breaks()) == 3
    desk.book("missing_fill")
    assert desk.compare(looks=1).breaks == ()
    desk.collect()
    assert desk.agrees()


def happens(incidents: Incidents, what: str) -> None:
    done = incidents.bust(any_trade) if what == "bust" else incidents.correct(any_trade, Decimal("0.5"), D(10))
    assert done


def test_a_bust_that_comes_a_session_late_is_filed_under_the_session_of_its_order(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    [fill] = desk.journal.orders.fills(desk.desk.cycle_id)
    later = desk.next_session(WEDNESDAY)
    bust = replace(fill, execution_id="late-bust", shares=D(0), fee=D(0), supersedes=fill.execution_id)
    later.broker.listed = lambda rows: rows or (bust,)
    later.broker.account = lambda a: replace(
        more_shares("AAA", -10)(a), cash=a.cash + fill.shares * fill.price + fill.fee
    )
    assert later.agrees()
    assert [f.execution_id for f in later.journal.orders.fills(desk.desk.cycle_id)] == [fill.execution_id, "late-bust"]


def test_a_changed_fill_is_corrected_to_the_broker_s_terms(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    bend(desk, price=D("-0.50"), cash="5.00")
    desk.compare()
    of_kinds(desk, "bust_or_correction", "cash", "changed_fill")
    assert desk.locked() == {"AAA"}
    desk.book("changed_fill")
    assert desk.agrees()
    bend(desk, price=D("0.25"), cash="-2.50")
    desk.compare()
    desk.book("cash")
    assert desk.agrees()


def test_another_fee_is_taken_over(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    fees = ledger_of(desk.journal, "demo", "main").fees_usd
    bend(desk, fee=D("0.05"), cash="-0.05")
    desk.compare()
    of_kinds(desk, "fee", "cash", "fee")
    assert desk.locked() == {"AAA"}
    desk.book("fee")
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").fees_usd == fees + D("0.05")


def bend(desk: World, *, price: Decimal = ZERO, fee: Decimal = ZERO, cash: str) -> None:
    """Every execution is told at another price or fee, and the cash follows."""
    desk.broker.listed = lambda rows: tuple(replace(e, price=e.price + price, fee=e.fee + fee) for e in rows)
    desk.broker.account = more_cash(cash)


def test_a_fill_that_the_broker_does_not_report_is_taken_out_by_a_person(tmp_path: Path):
    desk = world(tmp_path)
    desk.order("k1", Side.BUY, 10, send=False)
    record_events(desk.desk, [OrderEvent("k1", OrderState.CANCELLED, desk.broker.inner.now())])
    ghost = Execution("ghost", "k1", "AAA", Side.BUY, D(10), D(99), D("0.35"), desk.broker.inner.now(), "main")
    desk.journal.orders.record_fills("simulated", desk.desk.cycle_id, [ghost])
    desk.compare()
    of_kinds(desk, "unknown", "cash", "shares", "extra_fill")
    assert desk.locked() == {"AAA"}
    desk.book("shares")
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").fees_usd == 0


# --- trades that are not ours ---------------------------------------------------------------------------------------


def test_a_manual_trade_is_never_taken_for_ours_until_a_person_says_so(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.inner.submit(buy("typed by hand", 5, "BBB"))
    desk.minutes_pass()
    desk.compare()
    of_kinds(desk, "manual_trade", "cash", "shares", "missing_fill")
    assert desk.locked() == {"BBB"}
    assert desk.collect() == 0
    assert "typed by hand" in desk.open_breaks()["missing_fill"].sentence
    desk.book("missing_fill")
    assert desk.agrees()


def test_a_liquidation_by_the_broker_is_called_by_its_name(tmp_path: Path):
    desk = world(tmp_path)
    assert desk.incidents.liquidate(any_trade, Decimal("0.3"))
    desk.compare()
    of_kinds(desk, "broker_liquidation", "cash", "shares", "missing_fill")
    assert desk.locked() == {"AAA"}
    desk.book("cash")
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").shares() == {"AAA": D(70)}


# --- the statement --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "kinds", "held", "cash"),
    [
        (("dividend", 0.25), ("cash", "statement"), 100, "1000025"),
        (("split", 2.0), ("shares", "statement"), 200, "1000000"),
        (("split", 0.333), ("cash", "shares", "statement"), 33, "1000090.09"),
    ],
)
def test_a_dividend_or_a_split_that_is_not_booked_is_classified_and_booked_once(
    tmp_path: Path, action, kinds, held, cash
):
    """Of 33.3 shares the 0.3 are paid out, at 100 / 0.333 = 300.30: the split explains the cash as well."""
    source = flat_week("AAA", "BBB")
    source.actions = [(WEDNESDAY, "AAA", *action)]
    later = world(tmp_path, source).next_session(WEDNESDAY)
    later.compare()
    of_kinds(later, action[0], *kinds)
    assert later.locked() == {"AAA"}
    later.book("statement")
    assert later.agrees()
    book_actions(later.desk)
    state = ledger_of(later.journal, "demo", "main")
    assert (state.shares(), state.cash_usd) == ({"AAA": D(held)}, D(cash))


@pytest.mark.parametrize(("kind", "cause", "fees"), [("fee", "fee", "1.50"), ("interest", "unknown", "0")])
def test_what_the_statement_charges_is_booked_and_no_line_can_break_the_ledger(tmp_path: Path, kind, cause, fees):
    later = world(tmp_path).next_session(WEDNESDAY)
    line = StatementLine("L1", later.broker.inner.now(), kind, "", D(0), D("-1.50"), f"{kind} of the month")
    later.broker.statement = lambda _first, _last: (line,)
    later.broker.account = more_cash("-1.50")
    later.compare()
    of_kinds(later, cause, "cash", "statement")
    later.book("cash")
    assert later.agrees()
    assert ledger_of(later.journal, "demo", "main").fees_usd == D(fees)


# --- orders ---------------------------------------------------------------------------------------------------------


def test_an_order_that_is_not_ours_locks_its_symbol_until_it_is_gone(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.inner.submit(buy("stranger", 5, "BBB", limit="1"))
    desk.compare()
    of_kinds(desk, "open_order", "open_order")
    assert "not ours" in desk.open_breaks()["open_order"].sentence
    assert desk.locked() == {"BBB"}
    with pytest.raises(ConfigError, match="nothing to book"):
        desk.book("open_order")
    desk.broker.inner.cancel("stranger")
    assert desk.agrees()


def test_an_order_that_lives_although_our_record_says_it_is_over_is_a_break(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.inner.submit(buy("k0", 5, "BBB", limit="1"))
    desk.order("k0", Side.BUY, 5, "BBB", send=False)
    assert desk.agrees()
    record_events(desk.desk, [OrderEvent("k0", OrderState.CANCELLED, desk.broker.inner.now())])
    desk.compare()
    of_kinds(desk, "open_order", "open_order")
    assert "says that it is over" in desk.open_breaks()["open_order"].sentence


def test_an_order_that_only_our_record_knows_locks_its_symbol_until_both_agree(tmp_path: Path):
    desk = world(tmp_path)
    desk.order("k1", Side.BUY, 5, "BBB", send=False)
    desk.compare()
    of_kinds(desk, "open_order", "lost_order")
    assert desk.locked() == {"BBB"}
    record_events(desk.desk, [OrderEvent("k1", OrderState.REJECTED, desk.broker.inner.now())])
    assert desk.agrees()


def test_an_order_without_an_answer_is_no_break_whichever_way_it_went(tmp_path: Path):
    desk = world(tmp_path)
    for key, is_there in (("k1", True), ("k2", False)):
        desk.order(key, Side.BUY, 5, "BBB", send=is_there)
        record_events(desk.desk, [OrderEvent(key, OrderState.UNKNOWN, desk.broker.inner.now())])
    assert desk.agrees()


def test_an_order_that_is_over_by_the_broker_s_word_is_old_news_and_no_break(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.inner.submit(buy("k1", 5, "BBB", limit="1"))
    desk.order("k1", Side.BUY, 5, "BBB", send=False)
    desk.broker.inner.cancel("k1")
    assert desk.compare(looks=1).breaks == ()


# --- what nobody can explain ----------------------------------------------------------------------------------------


def test_shares_that_nobody_can_explain_are_booked_by_a_person_alone(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    of_kinds(desk, "unknown", "shares")
    assert desk.locked() == {"AAA"}
    desk.book("shares")
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").shares() == {"AAA": D(103)}


def test_cash_that_nobody_can_explain_is_booked_to_the_cent_and_locks_no_symbol(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_cash("-3.21")
    desk.compare()
    of_kinds(desk, "unknown", "cash")
    assert desk.locked() == set()
    desk.book("cash")
    assert desk.agrees()
    assert ledger_of(desk.journal, "demo", "main").balanced_usd == D("-3.21")


def test_a_cent_more_than_the_evidence_leaves_the_cash_unknown(tmp_path: Path):
    """The shares are still proven; the cash is not, and the rest of it is found once the fill is booked."""
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.broker.account = more_cash("0.01")
    desk.compare(looks=1)
    assert desk.causes() == {"cash": "unknown", "shares": "missed_fill", "missing_fill": "missed_fill"}
    with pytest.raises(ConfigError, match="first"):
        desk.book("cash")
    desk.book("shares")
    desk.compare()
    assert {k: r.amount_usd for k, r in desk.open_breaks().items()} == {"cash": D("0.01")}
    desk.book("cash")
    assert desk.agrees()


def test_one_share_more_than_the_evidence_leaves_the_shares_unknown(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.broker.account = more_shares("AAA", 1)
    desk.compare(looks=1)
    assert desk.causes() == {"cash": "missed_fill", "shares": "unknown", "missing_fill": "missed_fill"}


def test_a_break_is_not_booked_on_a_ledger_that_has_moved_since(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    with pytest.raises(ConfigError, match="has moved"):
        desk.book("shares")
    desk.compare()
    desk.book("shares")
    assert desk.agrees()


def test_a_fill_is_not_booked_behind_the_back_of_a_run(tmp_path: Path):
    from tasks.journal import Journal
    from tasks.reconciliation.explain import explain_and_book

    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.compare(looks=1)
    other = Journal.over(desk.journal.engine)
    with pytest.raises(LeaseHeldError, match="a run"):
        explain_and_book(other, desk.open_breaks()["missing_fill"], "simulated", "Ada", "seen", desk.desk.clock)
    assert desk.journal.orders.fills(desk.desk.cycle_id) == ()
    assert len(desk.open_breaks()) == 3


def test_the_lease_is_given_back_after_a_person_has_booked(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.compare(looks=1)
    desk.book("missing_fill")
    desk.journal.fence.release()
    take_lease(desk.journal)


def test_trades_from_before_the_account_was_taken_over_are_nobody_s_break(tmp_path: Path):
    desk = world(tmp_path)
    opened = min(e.at for e in desk.journal.books.entries("demo", "main"))
    old = Execution("old", "by hand", "AAA", Side.BUY, D(5), D(99), D(0), opened - timedelta(minutes=1), "main")
    desk.broker.listed = lambda rows: (old, *rows)
    assert desk.agrees()
