"""The table of an order's states, and the view of one order: every pair, every surprise, by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tasks.model.order_records import OrderEvent
from tasks.model.order_states import OVER, Step, StepKind, step
from tasks.model.order_view import OrderView, order_view
from tasks.model.orders import Execution, OrderState, Side

D = Decimal
NEWS, SAME, STALE, SURPRISE = StepKind.NEWS, StepKind.SAME, StepKind.STALE, StepKind.SURPRISE
OPEN = datetime(2022, 12, 28, 14, 30, tzinfo=UTC)
PAIRS = [(current, news) for current in OrderState for news in OrderState]

# Written as sentences, apart from the table: what each state may ordinarily become, and what would surprise anybody.
ORDINARY = {
    "intended": "sent cancelled",
    "sent": "unknown accepted partially_filled filled cancelled expired rejected",
    "unknown": "sent accepted partially_filled filled cancelled expired rejected",
    "accepted": "partially_filled filled cancelled expired rejected",
    "partially_filled": "filled cancelled expired",
    "filled": "",
    "cancelled": "",
    "expired": "",
    "rejected": "",
    "replaced": "",
}
SURPRISING = {
    "intended": "accepted partially_filled filled expired rejected replaced",
    "sent": "replaced",
    "unknown": "replaced",
    "accepted": "replaced",
    "partially_filled": "rejected replaced",
    "filled": "partially_filled",
    "cancelled": "accepted partially_filled filled replaced",
    "expired": "accepted partially_filled filled replaced",
    "rejected": "accepted partially_filled filled cancelled expired replaced",
    "replaced": "accepted partially_filled filled cancelled expired rejected",
}


# --- the table ---


@pytest.mark.parametrize(("current", "news"), PAIRS)
def test_every_pair_of_states_has_its_answer(current, news):
    kind = SAME if current is news else STALE
    kind = NEWS if news in ORDINARY[current].split() else kind
    kind = SURPRISE if news in SURPRISING[current].split() else kind
    assert step(current, news).kind is kind


def test_there_are_a_hundred_pairs_and_each_has_a_sentence_that_names_both_states():
    said = {pair: step(*pair).sentence for pair in PAIRS}
    assert len(said) == 100
    assert all(sentence.startswith(f"{news} after {now}") for (now, news), sentence in said.items() if now is not news)
    assert all(said[state, state] == f"still {state}" for state in OrderState)


def test_every_surprise_and_every_stale_report_says_why():
    unsaid = [step(*p) for p in PAIRS if step(*p).kind in (SURPRISE, STALE) and ": " not in step(*p).sentence]
    assert unsaid == []


def test_nothing_goes_back_to_an_intent_and_only_an_intent_that_was_sent_is_unknown():
    assert [s for s in OrderState if step(s, OrderState.INTENDED).moves] == []
    assert [s for s in OrderState if step(s, OrderState.UNKNOWN).moves] == [OrderState.SENT]


def test_five_states_are_an_end():
    assert sorted(OVER) == ["cancelled", "expired", "filled", "rejected", "replaced"]


def test_from_every_end_a_fill_is_believed():
    ends = OVER - {OrderState.FILLED}
    assert {step(end, fill).kind for end in ends for fill in (OrderState.FILLED, OrderState.PARTIALLY_FILLED)} == {
        SURPRISE
    }


def test_no_word_but_a_partial_fill_undoes_a_fill():
    assert [s for s in OrderState if step(OrderState.FILLED, s).moves] == [OrderState.PARTIALLY_FILLED]


def test_news_and_surprises_move_the_state_and_nothing_else_does():
    assert [kind for kind in StepKind if Step(kind, "").moves] == [NEWS, SURPRISE]


def test_a_refused_cancel_is_not_the_rejection_of_an_order_that_is_over():
    said = step(OrderState.CANCELLED, OrderState.REJECTED)
    assert (said.kind, "a cancel that was refused" in said.sentence) == (STALE, True)


# --- the view of one order: 100 shares, second by second ---


def told(*words: str) -> list[OrderEvent]:
    """`5 accepted b1`: five seconds after the open it was said to be accepted, as the broker's order b1."""
    parts = [word.split() for word in words]
    return [
        OrderEvent("k", OrderState(p[1]), OPEN + timedelta(seconds=int(p[0])), p[2] if len(p) > 2 else "")
        for p in parts
    ]


def done(line: str, *, side: Side = Side.BUY, symbol: str = "XOM", fee: str = "0.01") -> Execution:
    """`6 e2 40 @ 101 corrects e1`: an execution."""
    at, name, shares, _, price, *correction = line.split()
    when = OPEN + timedelta(seconds=int(at))
    return Execution(
        name, "k", symbol, side, D(shares), D(price), D(fee), when, "main", "", correction[-1] if correction else ""
    )


def view(words: list[OrderEvent], *executions: Execution, ordered: str = "100") -> OrderView:
    return order_view(D(ordered), words, executions, symbol="XOM", side=Side.BUY)


SENT = ("0 intended", "0 sent")
WORKING = (*SENT, "1 accepted b1")


def test_an_ordinary_order_fills_without_a_surprise():
    words = told(*WORKING, "2 partially_filled b1", "3 filled b1")
    assert view(words, done("2 e1 40 @ 100"), done("3 e2 60 @ 110")) == OrderView(
        OrderState.FILLED, D(100), D(0), D(0), D(106), D("0.02"), ()
    )


def test_nothing_told_is_an_intent():
    assert view([]) == OrderView(OrderState.INTENDED, D(0), D(100), D(0), None, D(0), ())


def test_an_order_cancelled_after_a_part_is_over_and_keeps_the_part():
    seen = view(told(*WORKING, "5 cancelled b1"), done("3 e1 40 @ 100"))
    assert (seen.state, seen.filled_shares, seen.remaining_shares, seen.is_over) == ("cancelled", 40, 60, True)
    assert seen.surprises == ()


def test_an_execution_reported_after_the_cancel_that_traded_before_it_changes_the_count_only():
    words = told(*WORKING, "5 cancelled b1")
    assert view(words).remaining_shares == 100
    assert view(words, done("4 e1 40 @ 100")).remaining_shares == 60
    assert view(words, done("4 e1 40 @ 100")).state is OrderState.CANCELLED


def test_a_trade_after_the_cancel_shows_that_the_order_still_works_until_it_is_called_cancelled_again():
    late = done("6 e1 40 @ 100")
    seen = view(told(*WORKING, "5 cancelled b1"), late)
    assert (seen.state, seen.is_over) == (OrderState.PARTIALLY_FILLED, False)
    assert "the cancel lost to a fill of a part" in seen.surprises[0]
    again = view(told(*WORKING, "5 cancelled b1", "7 cancelled b1"), late)
    assert (again.state, again.remaining_shares, again.surprises) == (OrderState.CANCELLED, 60, ())


def test_a_trade_at_the_instant_of_the_cancel_came_before_it():
    assert view(told(*WORKING, "5 cancelled b1"), done("5 e1 40 @ 100")).state is OrderState.CANCELLED


def test_a_correction_told_after_the_cancel_is_no_trade_after_the_cancel():
    words = told(*WORKING, "5 cancelled b1")
    seen = view(words, done("4 e1 40 @ 100"), done("9 e2 39 @ 100 corrects e1"))
    assert (seen.state, seen.filled_shares) == (OrderState.CANCELLED, 39)


@pytest.mark.parametrize("end", ["cancelled", "expired", "rejected", "replaced"])
def test_executions_that_fill_the_order_beat_every_word_for_its_end_and_say_so(end):
    seen = view(told(*WORKING, f"5 {end} b1"), done("4 e1 100 @ 100"))
    assert (seen.state, seen.remaining_shares, seen.is_over) == (OrderState.FILLED, 0, True)
    assert any(f"by its executions filled after {end}" in s for s in seen.surprises)


@pytest.mark.parametrize("words", [("9 rejected",), ("5 unknown", "9 rejected"), ("9 cancelled",)])
def test_any_trade_contradicts_the_end_of_an_order_that_was_never_acknowledged(words):
    """`Refused`, `never arrived` and `withheld` all say that nothing could trade, before or after."""
    seen = view(told(*SENT, *words), done("4 e1 40 @ 100"))
    assert (seen.state, seen.is_over, len(seen.surprises)) == (OrderState.PARTIALLY_FILLED, False, 1)


def test_an_answer_that_is_the_end_and_carries_the_brokers_id_is_believed():
    """An order that trades at once and expires: the first word told of it is its end."""
    seen = view(told(*SENT, "5 expired b1"), done("4 e1 40 @ 100"))
    assert (seen.state, seen.surprises) == (OrderState.EXPIRED, ())


def test_an_execution_alone_shows_that_an_unknown_order_arrived():
    seen = view(told(*SENT, "5 unknown"), done("4 e1 40 @ 100"))
    assert (seen.state, seen.surprises) == (OrderState.PARTIALLY_FILLED, ())


def test_an_execution_of_an_order_that_was_never_sent_is_a_surprise():
    seen = view(told("0 intended"), done("4 e1 40 @ 100"))
    assert seen.state is OrderState.PARTIALLY_FILLED
    assert "never sent" in seen.surprises[0]


def test_the_word_filled_without_its_executions_fills_nothing_and_ends_nothing():
    seen = view(told(*WORKING, "5 filled b1"), done("4 e1 40 @ 100"))
    assert (seen.state, seen.filled_shares, seen.is_over) == (OrderState.PARTIALLY_FILLED, 40, False)
    assert "its executions make 40 of 100 shares" in seen.surprises[0]


def test_a_late_acceptance_does_not_move_a_fill_back():
    words = told(*SENT, "3 filled b1", "4 accepted b1", "5 cancelled b1")
    assert view(words, done("3 e1 100 @ 100")).surprises == ()
    assert view(words).state is OrderState.PARTIALLY_FILLED


def test_a_cancel_that_the_library_made_up_is_undone_by_the_brokers_word():
    seen = view(told(*WORKING, "5 cancelled b1", "6 accepted b1"))
    assert (seen.state, seen.is_over, len(seen.surprises)) == (OrderState.ACCEPTED, False, 1)


def test_words_count_by_their_instant_and_at_one_instant_as_given():
    words = told("0 sent", "1 accepted b1", "5 cancelled b1")
    assert view(list(reversed(words))).state is OrderState.CANCELLED
    assert view(told("0 sent", "0 filled b1", "0 partially_filled b1", "0 cancelled b1")).state is OrderState.CANCELLED


def test_a_bust_takes_the_whole_trade_back():
    words = told(*WORKING, "3 filled b1")
    seen = view(words, done("3 e1 100 @ 100"), done("9 e2 0 @ 100 corrects e1", fee="0"))
    assert (seen.state, seen.filled_shares, seen.remaining_shares, seen.fee) == ("partially_filled", 0, 100, 0)
    assert (seen.average_price, seen.is_over) == (None, False)
    assert "busted" in seen.surprises[0]


def test_corrections_are_corrected_whatever_comes_first():
    chain = [done("3 e1 40 @ 100"), done("4 e2 50 @ 100 corrects e1"), done("5 e3 45 @ 102 corrects e2", fee="0.03")]
    words = told(*WORKING)
    for executions in (chain, chain[::-1], [chain[2], chain[0], chain[1]], chain * 2):
        seen = view(words, *executions)
        assert (seen.filled_shares, seen.average_price, seen.fee, seen.surprises) == (45, 102, D("0.03"), ())


def test_a_correction_before_what_it_corrects_counts_and_says_that_something_is_missing():
    early = view(told(*WORKING), done("4 e2 50 @ 100 corrects e1"))
    assert early.filled_shares == 50
    assert "execution e1 is corrected but was not told" in early.surprises[0]


def test_of_two_corrections_of_one_execution_the_newest_counts_and_a_person_is_told():
    seen = view(
        told(*WORKING),
        done("3 e1 40 @ 100"),
        done("4 e2 10 @ 100 corrects e1"),
        done("5 e3 20 @ 100 corrects e1"),
    )
    assert (seen.filled_shares, len(seen.surprises)) == (20, 1)
    assert "corrected twice" in seen.surprises[0]


def test_of_corrections_in_a_circle_one_counts_and_a_person_is_told():
    circle = [done("3 e1 40 @ 100 corrects e2"), done("4 e2 10 @ 100 corrects e1"), done("5 e3 7 @ 100 corrects e3")]
    seen = view(told(*WORKING), *circle)
    assert seen.filled_shares == 17
    assert [s.split()[1] for s in seen.surprises if "in a circle" in s] == ["e1", "e2", "e3"]


def test_one_id_with_two_figures_counts_once_with_the_larger_and_is_told():
    """Of 40 and 50 the larger leaves less to send: never twice comes first."""
    versions = [done("4 e1 50 @ 100"), done("5 e1 40 @ 100")]
    for executions in (versions, versions[::-1]):
        seen = view(told(*WORKING), *executions)
        assert seen.filled_shares == 50
        assert "told with different figures" in seen.surprises[0]


def test_an_overfill_is_counted_in_full_and_told():
    seen = view(told(*WORKING, "3 filled b1"), done("3 e1 100 @ 100"), done("3 e2 20.50 @ 100"))
    assert (seen.state, seen.filled_shares, seen.remaining_shares) == (OrderState.FILLED, D("120.5"), 0)
    assert seen.overfilled_shares == D("20.5")
    assert "120.5 of 100 shares: 20.5 too many" in seen.surprises[0]


@pytest.mark.parametrize(
    "stranger",
    [
        done("4 e1 100 @ 100", symbol="CVX"),
        done("4 e1 100 @ 100", side=Side.SELL),
        done("4 e1 -100 @ 100"),
    ],
)
def test_an_execution_of_another_symbol_or_side_is_not_counted_and_frees_no_shares(stranger):
    """It may be ours under a wrong label: until somebody has looked, the order is not over."""
    seen = view(told(*WORKING, "5 cancelled b1"), stranger)
    assert (seen.state, seen.filled_shares, seen.fee, seen.is_over) == (OrderState.ACCEPTED, 0, 0, False)
    assert "e1" in seen.surprises[0]
    assert "cannot be of this order" in seen.surprises[0]


def test_a_wrong_label_that_was_corrected_is_forgotten():
    right = done("5 e2 100 @ 100 corrects e1")
    seen = view(told(*WORKING), done("4 e1 100 @ 100", symbol="CVX"), right)
    assert (seen.state, seen.surprises) == (OrderState.FILLED, ())


def test_without_the_orders_symbol_and_side_nothing_is_foreign():
    assert order_view(D(100), told(*WORKING), [done("4 e1 100 @ 100", symbol="CVX")]).filled_shares == 100


def test_an_order_of_no_shares_is_filled_by_nothing_and_overfilled_by_anything():
    assert view(told(*SENT), ordered="0").state is OrderState.SENT
    assert view(told(*SENT), done("4 e1 1 @ 100"), ordered="0").overfilled_shares == 1


def test_an_order_of_negative_shares_is_refused():
    with pytest.raises(ValueError, match="the side says which way"):
        view([], ordered="-1")
