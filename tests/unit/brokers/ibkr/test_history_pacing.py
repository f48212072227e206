"""The pace of requests for bars: never faster than IB allows, and never slower than it must be."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.brokers.ibkr.history_pacing import MARGIN_S, Asked, remembered, wait_s

MOST = 12
"""In ten minutes; fewer than IB's 60, so that short stories meet it."""
Story = list[tuple[float, str, str]]
stories = st.lists(
    st.tuples(st.floats(0, 40), st.sampled_from("AB"), st.sampled_from(["1 D", "2 D", "3 D"])), max_size=40
)
"""Pause before a request, its contract, its window."""


def played(story: Story) -> list[Asked]:
    """Each request goes out after its pause, and after what the pacing makes it wait; the past is forgotten."""
    now, sent, memory = 0.0, list[Asked](), list[Asked]()
    for pause, contract, window in story:
        now += pause
        now += wait_s(memory, contract, (contract, window), now, MOST)
        sent.append(Asked(now, contract, (contract, window)))
        memory = [*remembered(memory, now), sent[-1]]
    return sent


def violations(sent: list[Asked]) -> list[str]:
    """By counting, from the words of the rules."""
    found = []
    for index, one in enumerate(sent):
        earlier = sent[: index + 1]
        if sum(one.at - other.at < 600 for other in earlier) > MOST:
            found.append("ten minutes")
        if sum(one.at - other.at < 15 and other.request == one.request for other in earlier) > 1:
            found.append("identical")
        if sum(one.at - other.at < 2 and other.contract == one.contract for other in earlier) >= 6:
            found.append("same contract")
    return found


@given(stories)
def test_no_story_breaks_a_rule(story: Story) -> None:
    assert violations(played(story)) == []


@given(stories, st.sampled_from("AB"))
def test_a_request_that_must_wait_would_have_broken_a_rule_earlier(story: Story, contract: str) -> None:
    sent = played(story)
    now = sent[-1].at if sent else 0.0
    wait = wait_s(sent, contract, (contract, "1 D"), now, MOST)
    if wait > 2 * MARGIN_S:
        early = Asked(now + wait - 2 * MARGIN_S, contract, (contract, "1 D"))
        assert violations([*sent, early])


@given(stories, st.sampled_from("AB"))
def test_what_is_forgotten_would_not_have_kept_anybody_waiting(story: Story, contract: str) -> None:
    sent = played(story)
    now = sent[-1].at + 1 if sent else 0.0
    request = (contract, "1 D")
    assert wait_s(sent, contract, request, now, MOST) == wait_s(remembered(sent, now), contract, request, now, MOST)


def test_five_requests_for_one_contract_go_at_once_and_the_sixth_waits_two_seconds() -> None:
    sent = [Asked(0.0, "A", number) for number in range(5)]
    assert wait_s(sent[:4], "A", 9, 0.0) == 0
    assert wait_s(sent, "A", 9, 0.0) == 2 + MARGIN_S
    assert wait_s(sent, "B", 9, 0.0) == 0


def test_sixty_requests_go_in_ten_minutes_and_the_next_waits_for_the_first_to_be_ten_minutes_old() -> None:
    sent = [Asked(float(number), number, number) for number in range(60)]
    assert wait_s(sent[:59], "A", "A", 60.0) == 0
    assert wait_s(sent, "A", "A", 60.0) == 600 + MARGIN_S - 60


def test_the_same_request_waits_fifteen_seconds() -> None:
    assert wait_s([Asked(0.0, "A", "r")], "A", "r", 5.0) == 10 + MARGIN_S
    assert wait_s([Asked(0.0, "A", "r")], "A", "r", 15 + MARGIN_S) == 0
