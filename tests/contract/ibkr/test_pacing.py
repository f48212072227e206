"""The bucket and the queue: as fast as it may, never more than 50 messages in any second, the most urgent first."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tasks.book.broker import FASTEST
from tasks.brokers.ibkr.throttle import ASKING, LOOKING, Throttle
from tasks.brokers.ibkr.token_bucket import TokenBucket
from tasks.model.orders import Urgency


def leaving(rate: float, pauses: list[float], count: int, sizes: list[int] | None = None) -> list[float]:
    """When messages leave that all want to leave at once, with idle pauses in between; some leave together."""
    now, bucket, times = 0.0, TokenBucket.full(rate, 0.0), []
    for number in range(count):
        now += pauses[number % len(pauses)]
        size = 1 if sizes is None else sizes[number % len(sizes)]
        while wait := bucket.wait_s(now, size):
            now += wait
        bucket = bucket.taken(now, size)
        times += [now] * size
    return times


@given(
    rate=st.integers(1, FASTEST),
    pauses=st.lists(st.floats(0, 3), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=5),
)
def test_no_window_of_a_second_holds_more_than_tws_takes(rate: int, pauses: list[float], sizes: list[int]) -> None:
    """Also where an order and its exits leave together."""
    times = leaving(rate, pauses, 150, sizes)
    assert max(sum(begin <= at < begin + 1 for at in times) for begin in times) <= 50


def test_a_burst_of_200_takes_as_long_as_its_rate_needs_and_no_longer() -> None:
    times = leaving(30, [0.0], 200)
    assert 190 / 30 <= times[-1] <= 200 / 30


def test_the_most_urgent_leaves_first_and_among_equals_the_oldest() -> None:
    async def story() -> list[str]:
        outbox, left = Throttle(FASTEST), []

        async def message(name: str, urgency: Urgency) -> None:
            await outbox.turn(urgency)
            left.append(name)

        wanted = {
            "low": Urgency.LOW,
            "first": Urgency.NORMAL,
            "second": Urgency.NORMAL,
            "price": ASKING,
            "look": LOOKING,
            "urgent": Urgency.URGENT,
            "cancel": Urgency.CANCEL,
        }
        await asyncio.gather(*(message(name, urgency) for name, urgency in wanted.items()))
        return left

    assert asyncio.run(story()) == ["cancel", "urgent", "look", "first", "second", "price", "low"]


def test_what_nobody_waits_for_any_more_holds_up_nobody() -> None:
    async def story() -> bool:
        outbox = Throttle(1)
        await outbox.turn(Urgency.NORMAL)
        waiting = [asyncio.create_task(outbox.turn(Urgency.NORMAL)) for _ in range(50)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.wait_for(outbox.turn(Urgency.LOW), 20)
        return True

    assert asyncio.run(story())
