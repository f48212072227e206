"""Corrections and busts: of every execution only the last word counts, in whatever order the words arrive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tasks.model.executions import last_words, standing_executions
from tasks.model.ledger import ledger
from tasks.model.ledger_entries import entries_of
from tasks.model.orders import Execution, Side

D = Decimal
AT = datetime(2024, 1, 2, 15, tzinfo=UTC)


def fill(name: str, shares: int, corrects: str = "", *, minute: int = 0, fee: str = "0.35") -> Execution:
    at = AT + timedelta(minutes=minute)
    return Execution(name, "k1", "XOM", Side.BUY, D(shares), D(60), D(fee), at, "main", supersedes=corrects)


def counted(*reports: Execution) -> list[str]:
    return [e.execution_id for e in standing_executions(reports)]


def test_what_nobody_corrects_counts_in_its_order():
    assert counted(fill("b", 1), fill("a", 2)) == ["b", "a"]


def test_a_correction_takes_the_place_of_what_it_corrects():
    assert counted(fill("a", 10), fill("b", 8, "a"), fill("c", 5)) == ["b", "c"]


def test_a_correction_of_a_correction_is_the_last_word():
    assert counted(fill("a", 10), fill("b", 8, "a"), fill("c", 9, "b")) == ["c"]


def test_a_bust_leaves_nothing_unless_it_cost_a_fee():
    assert counted(fill("a", 10), fill("b", 0, "a", fee="0")) == []
    assert counted(fill("a", 10), fill("b", 0, "a", fee="1")) == ["b"]
    assert [e.execution_id for e in last_words([fill("a", 10), fill("b", 0, "a", fee="0")])] == ["b"]


def test_a_correction_may_come_before_its_original_and_stands_alone_without_it():
    assert counted(fill("b", 8, "a")) == ["b"]
    assert counted(fill("b", 8, "a"), fill("a", 10)) == ["b"]


def test_two_corrections_of_one_execution_never_count_twice():
    """Some brokers name the original in every correction: the newest counts, whether the original is here or not."""
    first, second = fill("b", 8, "a", minute=1), fill("c", 9, "a", minute=2)
    assert counted(fill("a", 10), second, first) == ["c"]
    assert counted(first, second) == ["c"]


def test_a_chain_goes_before_a_newer_time_stamp():
    """A correction often carries the time of the trade that it corrects."""
    assert counted(fill("a", 10, minute=5), fill("b", 8, "a", minute=0)) == ["b"]


def test_the_broker_s_word_goes_before_what_a_person_booked():
    assert counted(fill("a", 10), fill("a~0f", 8, "a", minute=9), fill("b", 7, "a")) == ["b"]


def test_an_execution_told_twice_counts_once():
    assert counted(fill("a", 10), fill("a", 10)) == ["a"]


def test_executions_that_correct_each_other_or_themselves_count_once_and_do_not_vanish():
    assert counted(fill("a", 10, "b"), fill("b", 8, "a", minute=1)) == ["b"]
    assert counted(fill("a", 10, "a")) == ["a"]


@st.composite
def families(draw) -> list[Execution]:
    """Executions of which each may correct any earlier one; some originals never arrive."""
    reports: list[Execution] = []
    for number in range(draw(st.integers(1, 9))):
        before = draw(st.sampled_from(["", "lost", *(e.execution_id for e in reports)]))
        minute, shares = draw(st.integers(0, 3)), draw(st.integers(0, 9))
        reports.append(fill(f"x{number}", shares, before, minute=minute))
    return reports


@given(families(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(reports, dice):
    shuffled = list(reports)
    dice.shuffle(shuffled)
    assert set(counted(*shuffled)) == set(counted(*reports))


@given(families())
def test_each_family_has_exactly_one_last_word_and_it_ends_its_chain(reports):
    origin = {e.execution_id: e.supersedes for e in reports}

    def root(name: str) -> str:
        return root(origin[name]) if origin.get(name) else name

    words = last_words(reports)
    assert sorted(root(e.execution_id) for e in words) == sorted({root(e.execution_id) for e in reports})
    assert not {e.execution_id for e in words} & {e.supersedes for e in reports}


@given(families())
def test_the_ledger_holds_what_stands_and_nothing_else(reports):
    stands = standing_executions(reports)
    state = ledger(entries_of((), reports))
    assert state.shares().get("XOM", D(0)) == sum((e.shares for e in stands), D(0))
    assert state.fees_usd == sum((e.fee for e in stands), D(0))
    assert state.cash_usd == -sum((e.shares * e.price + e.fee for e in stands), D(0))


def test_the_ledger_knows_what_a_fill_corrects():
    state = ledger(entries_of((), (fill("a", 10), replace(fill("b", 4, "a"), price=D(61)))))
    assert (state.shares(), state.cash_usd) == ({"XOM": D(4)}, D("-244.35"))
