"""Any story of an order, told in any order, twice, late or not at all: never a wrong figure, one view at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from order_stories import ENDS, OPEN, Story, stories

from tasks.model.ledger import Entry, EntryKind, ledger
from tasks.model.order_records import OrderEvent
from tasks.model.order_states import OVER, step
from tasks.model.order_view import OrderView, order_view
from tasks.model.orders import Execution, OrderState

ZERO = Decimal(0)
Report = OrderEvent | Execution
DEAD = (*ENDS, OrderState.REJECTED)


def seen(story: Story, reports: Sequence[Report]) -> OrderView:
    words = [r for r in reports if isinstance(r, OrderEvent)]
    executions = [r for r in reports if isinstance(r, Execution)]
    return order_view(story.ordered, words, executions, symbol="XOM", side=story.side)


def all_of(story: Story) -> list[Report]:
    return [*story.words, *story.executions]


@st.composite
def told(draw: st.DrawFn) -> tuple[Story, list[Report]]:
    """A story and all its reports, some of them twice, in any order."""
    story = draw(stories())
    twice = draw(st.lists(st.sampled_from(all_of(story)), max_size=6))
    return story, draw(st.permutations([*all_of(story), *twice]))


@st.composite
def cut(draw: st.DrawFn) -> tuple[Story, list[Report], list[Report]]:
    """What had come when somebody looked, and what came later."""
    story, reports = draw(told())
    at = draw(st.integers(0, len(reports)))
    return story, reports[:at], reports[at:]


def counted_so_far(story: Story, reports: Sequence[Report]) -> Decimal:
    """By the numbers of the versions: one counts until the very next one of its trade has come."""
    names = {r.execution_id for r in reports if isinstance(r, Execution)}
    total = ZERO
    for trade in story.trades:
        nexts = [*(v.execution_id for v in trade.versions[1:]), ""]
        pairs = zip(trade.versions, nexts, strict=True)
        total += sum((v.shares for v, after in pairs if v.execution_id in names and after not in names), ZERO)
    return total


# --- quantities ---


@given(told())
def test_in_the_end_the_shares_price_and_fee_are_the_brokers_own(case):
    story, reports = case
    view = seen(story, reports)
    assert view.filled_shares == story.filled
    assert view.remaining_shares == max(story.ordered - story.filled, ZERO)
    assert view.overfilled_shares == max(story.filled - story.ordered, ZERO)
    assert view.fee == story.fee
    assert view.average_price == (story.notional / story.filled if story.filled else None)
    event(f"{view.state}, {'overfilled' if view.overfilled_shares else 'not overfilled'}")


@given(cut())
def test_at_any_moment_nothing_is_negative_and_no_overfill_is_unflagged(case):
    story, so_far, _ = case
    view = seen(story, so_far)
    assert view.filled_shares == counted_so_far(story, so_far)
    assert view.filled_shares - view.overfilled_shares + view.remaining_shares == story.ordered
    assert min(view.filled_shares, view.remaining_shares, view.overfilled_shares) >= 0
    assert not (view.remaining_shares and view.overfilled_shares)
    assert any("too many" in s for s in view.surprises) == (view.filled_shares > story.ordered)


@given(cut())
def test_a_figure_that_is_too_high_because_a_correction_is_on_its_way_says_so(case):
    """The newest version that has come is the best anybody knows; only a gap in a chain can make us count two."""
    story, so_far, _ = case
    names = {r.execution_id for r in so_far if isinstance(r, Execution)}
    newest = [[v for v in trade.versions if v.execution_id in names] for trade in story.trades]
    best = sum((versions[-1].shares for versions in newest if versions), ZERO)
    view = seen(story, so_far)
    assert view.filled_shares == best or any("is corrected but was not told" in s for s in view.surprises)


@given(cut(), st.randoms(use_true_random=False))
def test_shares_price_and_fee_are_a_function_of_the_set_of_executions(case, random):
    """Neither the order, nor repetition, nor any word changes them."""
    story, so_far, _ = case
    executions = [r for r in so_far if isinstance(r, Execution)]
    shuffled = random.sample(executions * 2, len(executions) * 2)
    figures = [
        (v.filled_shares, v.remaining_shares, v.overfilled_shares, v.average_price, v.fee)
        for v in (seen(story, so_far), seen(story, shuffled), seen(story, sorted(executions, key=lambda e: e.at)))
    ]
    assert figures[0] == figures[1] == figures[2]


@given(cut(), st.data())
def test_the_ledger_counts_the_same_shares_and_money(case, data):
    """One rule of corrections, also where a broker corrects the wrong execution, one twice, or in a circle."""
    story, so_far, _ = case
    executions = {r.execution_id: r for r in so_far if isinstance(r, Execution)}
    if executions:
        name, other = (data.draw(st.sampled_from(sorted(executions))) for _ in range(2))
        crooked = data.draw(st.sampled_from([executions[name].supersedes, other]))
        executions[name] = replace(executions[name], supersedes=crooked)
    booked = ledger(
        Entry(
            kind=EntryKind.FILL,
            at=e.at,
            symbol=e.symbol,
            shares=e.side.sign * e.shares,
            price=e.price,
            fee_usd=e.fee,
            entry_id=e.execution_id,
            supersedes=e.supersedes,
        )
        for e in executions.values()
    )
    view = seen(story, list(executions.values()))
    assert booked.shares().get("XOM", ZERO) == story.side.sign * view.filled_shares
    assert booked.fees_usd == view.fee
    assert view.average_price is None or abs(booked.positions["XOM"].cost_usd) == sum_of(view)


def sum_of(view: OrderView) -> Decimal:
    assert view.average_price is not None
    return (view.average_price * view.filled_shares).quantize(Decimal("0.00000000001"))


# --- states ---


@given(cut())
def test_the_rest_told_later_gives_the_view_of_the_story_told_in_order(case):
    story, so_far, rest = case
    assert seen(story, [*so_far, *rest]) == seen(story, all_of(story))


@given(told())
def test_when_the_broker_was_honest_the_state_is_the_true_one(case):
    story, reports = case
    if story.is_honest:
        assert seen(story, reports).state is story.state()
        event(f"{story.state()}")


@given(cut())
def test_filled_means_filled_by_executions_at_any_moment(case):
    story, so_far, _ = case
    view = seen(story, so_far)
    assert (view.state is OrderState.FILLED) == (view.filled_shares >= story.ordered)
    assert (view.state is OrderState.FILLED) <= (view.remaining_shares == 0)


@given(told(), st.data())
def test_words_that_never_come_change_no_figure_and_end_nothing(case, data):
    story, reports = case
    gone = data.draw(st.sets(st.sampled_from(story.words)))
    left = [r for r in reports if r not in gone]
    view, whole = seen(story, left), seen(story, reports)
    assert view.filled_shares == whole.filled_shares == story.filled
    ends = {r.state for r in left if isinstance(r, OrderEvent)} & OVER
    assert not view.is_over or view.state is OrderState.FILLED or view.state in ends


@given(cut(), st.integers(1, 200))
def test_no_end_is_final_for_an_execution_that_comes_later(case, shares):
    story, so_far, _ = case
    before = seen(story, so_far)
    late = Execution(
        "late", "k", "XOM", story.side, Decimal(shares), Decimal(100), ZERO, OPEN + timedelta(hours=1), "main"
    )
    after = seen(story, [late, *so_far])
    assert after.filled_shares == before.filled_shares + shares
    assert after.state is (OrderState.FILLED if after.filled_shares >= story.ordered else OrderState.PARTIALLY_FILLED)
    if before.is_over:
        event(f"late after {before.state}")


@given(cut(), st.data())
def test_no_fill_is_final_for_a_bust_that_comes_later(case, data):
    story, so_far, _ = case
    view = seen(story, so_far)
    names = {r.supersedes for r in so_far if isinstance(r, Execution)}
    standing = [r for r in so_far if isinstance(r, Execution) and r.execution_id not in names and r.shares]
    if view.state is OrderState.FILLED:
        target = data.draw(st.sampled_from(standing))
        bust = replace(target, execution_id="bust", shares=ZERO, supersedes=target.execution_id)
        after = seen(story, [bust, *so_far])
        assert after.filled_shares == view.filled_shares - target.shares
        assert (after.state is OrderState.FILLED) == (after.filled_shares >= story.ordered)
        event("a fill was busted")


@given(told())
def test_the_table_never_calls_the_view_stale(case):
    """What the executions show may always be put on record over the last word."""
    story, reports = case
    words = [r for r in reports if isinstance(r, OrderEvent)]
    by_words = seen(story, words)
    assert step(by_words.state, seen(story, reports).state).moves or by_words.state is seen(story, reports).state


# --- a record that is kept as the reports come in ---


def recorded(story: Story, reports: Sequence[Report]) -> OrderView:
    """Words are stamped as they arrive and recorded when `step` says so; so is what the view makes of them all.

    At last the broker is asked once what it says of the order.
    """
    journal = [OrderEvent("k", OrderState.INTENDED, OPEN), OrderEvent("k", OrderState.SENT, OPEN)]
    executions: list[Report] = []
    look = OrderEvent("k", story.word, OPEN, story.words[-1].broker_order_id)
    for number, report in enumerate([*reports, look]):
        at = OPEN + timedelta(hours=1, seconds=number)
        if isinstance(report, Execution):
            executions.append(report)
        elif step(journal[-1].state, report.state).moves:
            journal.append(replace(report, at=at))
        shown = seen(story, [*journal, *executions]).state
        if step(journal[-1].state, shown).moves:
            journal.append(OrderEvent("k", shown, at))
    view = seen(story, [*journal, *executions])
    assert view.state is journal[-1].state
    return view


@given(told())
def test_a_record_kept_by_the_table_ends_in_the_truth_after_one_last_look(case):
    story, reports = case
    view = recorded(story, reports)
    assert view.filled_shares == story.filled
    if story.filled >= story.ordered:
        assert view.state is OrderState.FILLED
    elif story.word in DEAD:
        assert view.state in DEAD
        assert view.state is story.word or not story.is_honest  # of two names for an end the first may stand
    else:
        assert not view.is_over


# --- the stories themselves ---


def test_the_stories_are_rich_enough_to_prove_anything():
    """Of 400 stories a fair part has each of the troubles that the properties above are about."""
    count: Counter[str] = Counter()

    @settings(max_examples=400, database=None, derandomize=True, phases=[Phase.generate])
    @given(stories())
    def tally(story: Story) -> None:
        ended = story.word in DEAD
        lengths = [len(trade.versions) for trade in story.trades]
        found = {
            "stories": True,
            "overfilled in the end": story.filled > story.ordered,
            "corrected": max(lengths, default=0) > 1,
            "a correction corrected": max(lengths, default=0) > 2,
            "traded, but called never arrived": story.state() is OrderState.PARTIALLY_FILLED and not story.acknowledged,
            "busted": any(not v.shares for v in story.executions),
            "filled late": story.late_fill,
            "partly filled after its end": ended and story.state() is OrderState.PARTIALLY_FILLED,
            "filled against its end": ended and story.filled >= story.ordered,
            "filled, then busted or corrected": story.unfilled,
            "lied about": not story.is_honest,
            "honest and over": story.is_honest and story.state() in DEAD,
        }
        count.update(name for name, is_so in found.items() if is_so)

    tally()
    rare = {name: number for name, number in count.items() if number < 20}
    assert (len(count), rare) == (12, {}), count
