"""A comparison looks again before it believes a difference, a bounded number of times; and it closes what is over."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from reconciliation_world import (
    D,
    World,
    honest,
    in_turn,
    more_cash,
    more_shares,
    without_positions,
    world,
)

from tasks.brokers.account_snapshot import steady_account
from tasks.errors import BrokerError
from tasks.model.orders import Side
from tasks.reconciliation.record import compare_between_waves
from tasks.retry import ACCOUNT_AGREES, DIFFERENCE_STAYS
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, WEDNESDAY, buy


def words(desk: World) -> list[tuple[str, str | None, str | None]]:
    return [(row.kind, row.explained_by, row.because) for row in desk.all_breaks()]


# --- what is over is closed ------------------------------------------------------------------------------------------


def test_a_break_that_goes_away_by_itself_is_closed_in_the_program_s_own_name(tmp_path: Path):
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.compare(looks=1)
    assert desk.locked() == {"AAA"}
    desk.collect()
    assert desk.agrees()
    at = desk.broker.inner.now()
    agrees = ("steelyard", f"the broker's answer at {at:%Y-%m-%d %H:%M:%S} UTC agrees")
    assert {(who, because) for _, who, because in words(desk)} == {agrees}


def test_a_break_is_recorded_once_however_often_it_is_found(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    for _ in range(3):
        desk.compare()
        compare_between_waves(desk.desk)
    assert len(desk.all_breaks()) == 1


def test_a_break_that_comes_back_is_recorded_and_locks_again(tmp_path: Path):
    desk = world(tmp_path)
    for _ in range(3):
        desk.broker.account = more_shares("AAA", 3)
        desk.compare()
        assert desk.locked() == {"AAA"}
        desk.broker.account = honest
        assert desk.agrees()
    assert len(desk.all_breaks()) == 3


def test_figures_that_move_replace_the_older_break_and_never_unlock(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.broker.account = more_shares("AAA", 5)
    desk.compare()
    old, new = sorted(desk.all_breaks(), key=lambda row: row.explained_by is None)
    assert (new.theirs, new.explained_by, old.explained_by) == ("105", None, "steelyard")
    assert old.because == f"the figures have moved: see {new.break_id}"
    assert desk.locked() == {"AAA"}


def test_one_symbol_s_break_closes_and_another_s_stays(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = lambda a: more_shares("BBB", 2)(more_shares("AAA", 3)(a))
    desk.compare()
    assert desk.locked() == {"AAA", "BBB"}
    desk.broker.account = more_shares("BBB", 2)
    desk.compare()
    assert desk.locked() == {"BBB"}


def test_a_fill_s_break_of_an_older_session_is_closed_by_evidence_and_not_by_silence(tmp_path: Path):
    """The broker lists a session's executions for a while only: that they are not listed any more says nothing."""
    desk = world(tmp_path)
    desk.broker.inner.submit(buy("by hand", 5))
    desk.minutes_pass()
    desk.compare()
    desk.next_session(WEDNESDAY)
    later = desk.next_session(HALF_DAY)
    desk.broker.listed = lambda _rows: ()
    later.compare()
    assert {k: r.cycle_id[-5:] for k, r in later.open_breaks().items()}["missing_fill"] == "11-22"
    later.book("missing_fill")
    assert later.agrees()


def test_a_word_without_a_booking_holds_through_the_next_session_and_is_then_asked_for_again(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.let_stand("shares")
    desk.compare()
    assert desk.locked() == set()
    desk.filled("k1", Side.BUY, 10)  # both sides move, the difference is the same
    desk.collect()
    desk.compare()
    assert desk.locked() == set()
    later = desk.next_session(WEDNESDAY)
    later.compare()
    assert later.locked() == set()
    last = later.next_session(HALF_DAY)
    last.compare()
    assert last.locked() == {"AAA"}


def test_a_word_with_a_booking_excuses_no_second_difference_of_the_same_size(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.book("shares")
    assert desk.agrees()
    desk.broker.account = more_shares("AAA", 6)
    desk.compare()
    assert desk.locked() == {"AAA"}


# --- bounded ----------------------------------------------------------------------------------------------------------


def test_a_difference_that_stays_is_looked_at_a_bounded_number_of_times_and_left_to_a_person(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    began = desk.broker.inner.now()
    desk.compare()
    assert desk.broker.asked.count("open_orders") == DIFFERENCE_STAYS.most
    assert desk.broker.inner.now() - began < timedelta(minutes=1)
    assert "find out why, then explain it" in desk.open_breaks()["shares"].sentence


def test_what_is_on_record_already_is_not_waited_for(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("AAA", 3)
    desk.compare()
    desk.broker.asked.clear()
    desk.compare()
    assert desk.broker.asked.count("open_orders") == 1
    assert desk.broker.asked.count("wait_until") == 0


def test_a_difference_that_is_gone_at_the_second_look_was_never_one(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = in_turn(more_shares("AAA", 3), honest)
    compared = desk.compare()
    assert (compared.breaks, desk.all_breaks()) == ((), ())
    assert compared.account.positions == {"AAA": D(100)}


# --- between waves ----------------------------------------------------------------------------------------------------


def test_between_waves_agreement_costs_one_question(tmp_path: Path):
    desk = world(tmp_path)
    assert compare_between_waves(desk.desk) == {}
    assert desk.broker.asked == ["account_state"]


def test_shares_in_flight_are_no_break(tmp_path: Path):
    """The account shows the fill already, the list of executions only at the second question."""
    desk = world(tmp_path)
    desk.filled("k1", Side.BUY, 10)
    desk.broker.listed = in_turn(lambda _rows: (), lambda _rows: (), honest)
    desk.collect()
    assert compare_between_waves(desk.desk) == {}
    assert desk.all_breaks() == ()
    assert {f.key for f in desk.journal.orders.fills(desk.desk.cycle_id)} == {"k1"}


def test_an_account_that_lags_behind_its_executions_is_no_break(tmp_path: Path):
    desk = world(tmp_path)
    before = desk.broker.inner.account_state()
    desk.filled("k1", Side.BUY, 10)
    desk.collect()
    desk.broker.account = in_turn(lambda _answer: before, honest)
    assert compare_between_waves(desk.desk) == {}
    assert desk.all_breaks() == ()


def test_between_waves_a_difference_locks_its_symbol_alone_and_with_a_sentence(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_shares("BBB", 2)
    locked = compare_between_waves(desk.desk)
    assert list(locked) == ["BBB"]
    assert locked["BBB"].startswith("BBB: the broker has 2 shares, our ledger 0: +2")
    desk.broker.account = honest
    assert compare_between_waves(desk.desk) == {}


def test_cash_alone_is_noticed_between_waves(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = more_cash("0.01")
    assert compare_between_waves(desk.desk) == {}
    assert desk.open_breaks()["cash"].amount_usd == D("0.01")


def test_an_empty_answer_between_waves_is_not_believed_when_the_next_ones_are_whole(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = in_turn(without_positions, without_positions, without_positions, honest)
    assert compare_between_waves(desk.desk) == {}
    assert desk.all_breaks() == ()


def test_an_account_that_insists_on_being_empty_is_a_break_of_every_symbol(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = without_positions
    assert list(compare_between_waves(desk.desk)) == ["AAA"]
    assert desk.open_breaks()["shares"].theirs == "0"


# --- the account ------------------------------------------------------------------------------------------------------


def test_two_answers_that_agree_are_taken_without_a_pause(tmp_path: Path):
    desk = world(tmp_path)
    account = steady_account(desk.broker, {"AAA"})
    assert (account.positions, account.cash) == ({"AAA": D(100)}, D(1_000_000))
    assert desk.broker.asked == ["account_state"] * 2


def test_answers_are_asked_for_until_two_in_a_row_agree(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = in_turn(more_shares("AAA", 1), honest, more_cash("1"), more_cash("1"))
    assert steady_account(desk.broker).cash == D(1_000_001)
    assert desk.broker.asked.count("account_state") == 4


def test_a_question_without_an_answer_counts_for_nothing(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = in_turn(honest, fails, honest, fails, honest, honest)
    assert steady_account(desk.broker).positions == {"AAA": D(100)}
    assert desk.broker.asked.count("account_state") == 6


def fails(_answer):
    raise BrokerError("timed out")


def test_answers_that_never_agree_end_in_an_error_with_its_remedy(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = in_turn(*(more_cash(str(n)) for n in range(40)))
    with pytest.raises(BrokerError, match="run the session again"):
        steady_account(desk.broker)
    assert desk.broker.asked.count("account_state") == ACCOUNT_AGREES.most


def test_the_last_fault_is_named_when_nothing_was_ever_answered(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = fails
    with pytest.raises(BrokerError, match="timed out"):
        steady_account(desk.broker)


def test_an_empty_account_must_say_so_three_times_with_pauses_while_we_hold_something(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = without_positions
    began = desk.broker.inner.now()
    assert steady_account(desk.broker, {"AAA"}).positions == {}
    assert desk.broker.asked.count("account_state") == 3
    assert desk.broker.inner.now() - began == 2 * ACCOUNT_AGREES.pause


def test_an_empty_account_is_believed_at_once_when_we_hold_nothing_either(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = without_positions
    steady_account(desk.broker)
    assert desk.broker.asked.count("account_state") == 2


def test_a_position_of_no_shares_is_no_position(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = lambda a: replace(a, positions={"AAA": D(0)})
    steady_account(desk.broker, {"AAA"})
    assert desk.broker.asked.count("account_state") == 3
