"""How buys are cut to the cash, by plan, gate and wave alike: a little of few of them, else a part of all. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from optimizer.slicing.lots import floor_to_step

ZERO = Decimal(0)
LITTLE = Decimal("0.01")
"""The part of a buy that it gives up so that others stay whole; a single step where that is more."""
FINE = Decimal("1e-6")
"""Of what is wanted: so much may be left unbought, besides what is less than a step."""
HALVINGS = 60
"""More of them than halving alone needs to come to FINE, although only every third guess halves."""


@dataclass(frozen=True, slots=True)
class Money:
    """One amount under two promises, USD."""

    worst: Decimal
    """If every price moves against us by the buffer: cash must not end below zero."""
    calm: Decimal
    """At the decision prices, with the forecast cost paid: cash must not end below the reserve."""

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.worst - other.worst, self.calm - other.calm)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.worst + other.worst, self.calm + other.calm)

    @property
    def least(self) -> Decimal:
        """Below zero by what the promise that is broken the most is short of."""
        return min(self.worst, self.calm)

    @property
    def enough(self) -> bool:
        """Neither after the forecast cost nor at the worst prices does the account go below zero."""
        return self.least >= 0


NOTHING = Money(ZERO, ZERO)


@dataclass(frozen=True, slots=True)
class Wish:
    """One buy as it is wanted."""

    symbol: str
    shares: Decimal
    step: Decimal
    cost: Callable[[Decimal], Money]
    """USD, positive, that so many shares take from the cash; nothing for none."""
    may_be: Callable[[Decimal], bool] = bool
    """Whether so many shares are still a buy that the book would make."""


def cut_to(funds: Money, wishes: Sequence[Wish]) -> list[Decimal]:
    """Shares that the funds pay for, a figure for each wish in its order.

    The fewest buys give up at most LITTLE of themselves, or one step, where that is enough: the ones that free the most
    money, and last the one that then misses the smallest part of itself; all others stay whole. Where that is not
    enough, all are cut by the same part, rounded down to whole steps, and what is left buys back single steps by
    largest remainder, by symbol among equals.
    """
    left = funds - sum((wish.cost(wish.shares) for wish in wishes), NOTHING)
    if left.enough:
        return [wish.shares for wish in wishes]
    return _from_few(wishes, left) or _from_all(wishes, funds)


# ---- a little of few --------------------------------------------------------------------------------------------


def _from_few(wishes: Sequence[Wish], left: Money) -> list[Decimal] | None:
    """None where a little of every buy does not come to what is short."""
    less = [max(wish.step, floor_to_step(wish.shares * LITTLE, wish.step)) for wish in wishes]
    given = {
        i: less[i] for i, wish in enumerate(wishes) if wish.shares > less[i] and wish.may_be(wish.shares - less[i])
    }
    freed = {i: _freed(wishes[i], shares) for i, shares in given.items()}
    if not (left + sum(freed.values(), NOTHING)).enough:
        return None
    shares = [wish.shares for wish in wishes]
    while not left.enough:
        alone = [i for i in freed if (left + freed[i]).enough]
        one = _least_missed(wishes, alone, left, given) if alone else max(freed, key=lambda i: (freed[i].least, -i))
        shares[one] -= given[one]
        left += _freed(wishes[one], given[one])
        del freed[one]
    return shares


def _least_missed(wishes: Sequence[Wish], alone: Sequence[int], left: Money, given: dict[int, Decimal]) -> int:
    """The buy that gives all that is short and then misses the smallest part of itself; `given` is what it gives."""
    for i in alone:
        given[i] = _fewest(wishes[i], left, given[i])
    return min(alone, key=lambda i: (given[i] / wishes[i].shares, wishes[i].symbol))


def _fewest(wish: Wish, left: Money, enough: Decimal) -> Decimal:
    """The fewest shares without which the buy is paid for, in whole steps; `enough` of them are known to suffice."""
    freed, steps = _freed(wish, enough), enough / wish.step
    parts = [-lacks / brings for lacks, brings in zip(_both(left), _both(freed), strict=True) if lacks < 0]
    count = max((max(parts) * steps).to_integral_value(ROUND_CEILING), Decimal(1))
    while count > 1 and (left + _freed(wish, (count - 1) * wish.step)).enough:
        count -= 1
    while count < steps and not (left + _freed(wish, count * wish.step)).enough:
        count += 1
    return count * wish.step


def _freed(wish: Wish, shares: Decimal) -> Money:
    return wish.cost(wish.shares) - wish.cost(wish.shares - shares)


def _both(money: Money) -> tuple[Decimal, Decimal]:
    return money.worst, money.calm


# ---- the same part of all ---------------------------------------------------------------------------------------


def _from_all(wishes: Sequence[Wish], funds: Money) -> list[Decimal]:
    part = _part(wishes, funds)
    ideal = [wish.shares * part for wish in wishes]
    shares = [floor_to_step(each, wish.step) for each, wish in zip(ideal, wishes, strict=True)]
    if not part:
        return shares
    left = _left(wishes, shares, funds)
    for i in sorted(range(len(wishes)), key=lambda i: ((shares[i] - ideal[i]) / wishes[i].step, wishes[i].symbol)):
        wish, more = wishes[i], shares[i] + wishes[i].step
        after = left + wish.cost(shares[i]) - wish.cost(more)
        if after.enough and more <= wish.shares:
            shares[i], left = more, after
    return shares


def _part(wishes: Sequence[Wish], funds: Money) -> Decimal:
    """The share in [0, 1] of every buy that the funds carry with all it costs; at most by FINE too low, never too high.

    A larger order costs more by more than its part, so that the straight line between a part that is paid for and one
    that is not crosses zero below the truth: each crossing comes closer. Least fees jump, so every third look halves.
    """
    low, high = ZERO, Decimal(1)
    spare, short = funds.least, _left(wishes, [wish.shares for wish in wishes], funds).least
    if spare <= 0:
        return ZERO
    for look in range(1, HALVINGS):
        halves = not look % 3
        part = (low + high) / 2 if halves else low + (high - low) * spare / (spare - short)
        left = _left(wishes, [wish.shares * part for wish in wishes], funds).least
        if left < 0:
            high, short = part, left
            continue
        came_close = not halves and part - low <= FINE
        low, spare = part, left
        if came_close or high - low <= FINE:
            break
    return low


def _left(wishes: Sequence[Wish], shares: Sequence[Decimal], funds: Money) -> Money:
    return funds - sum((wish.cost(each) for wish, each in zip(wishes, shares, strict=True)), NOTHING)
