"""What an experiment with algorithms came to: every order counts for the arm that was drawn, whatever worked it.

Whoever leaves the lot when an order turns out hard is no longer a matter of chance; so nobody is moved between arms.
Source: Fisher et al. (1990), "Intention to treat in clinical trials".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tasks.tca.comparison_words import Sample
from tasks.tca.comparisons import Comparison, compared, corrected
from tasks.tca.period_groups import PeriodGroup, group_of, is_known
from tasks.tca.period_orders import PeriodOrder
from tasks.wording import counted

ARM = "arm"
Draw = tuple[str, str]
"""Experiment and arm of one trade of an approved plan."""


@dataclass(frozen=True, slots=True)
class ExperimentResult:
    """One experiment over a period; costs as in `PeriodGroup`."""

    name: str
    arms: tuple[PeriodGroup, ...]
    comparisons: tuple[Comparison, ...]
    """Arms, each with each; corrected for the comparisons of this experiment alone, which were declared before."""
    drawn: tuple[tuple[str, int], ...]
    """Trades that were drawn, by arm; those that were not ordered have no cost and are in no figure."""
    worked_otherwise: int
    """Orders that another algorithm than their arm's worked; they count for their arm."""
    sentence: str


def experiments_of(orders: Sequence[PeriodOrder], draws: Sequence[Draw]) -> tuple[ExperimentResult, ...]:
    """Every experiment of a period, by name; `draws` holds each drawn trade of the sessions' plans."""
    return tuple(_result(name, orders, draws) for name in sorted({name for name, _ in draws}))


def _result(name: str, orders: Sequence[PeriodOrder], draws: Sequence[Draw]) -> ExperimentResult:
    drawn = {arm: draws.count((name, arm)) for arm in sorted({arm for one, arm in draws if one == name})}
    arms = {arm: [o for o in orders if (o.experiment, o.arm) == (name, arm)] for arm in drawn}
    pairs = [
        compared(ARM, _sample(first, arms), _sample(second, arms)) for first, second in combinations(sorted(arms), 2)
    ]
    moved = sum(order.algorithm != order.arm for members in arms.values() for order in members)
    return ExperimentResult(
        name=name,
        arms=tuple(group_of(ARM, arm, members) for arm, members in arms.items()),
        comparisons=corrected(pairs, is_randomised=True),
        drawn=tuple(drawn.items()),
        worked_otherwise=moved,
        sentence=_sentence(name, drawn, sum(len(members) for members in arms.values()), moved),
    )


def _sample(arm: str, arms: Mapping[str, Sequence[PeriodOrder]]) -> Sample:
    return Sample(arm, tuple(order for order in arms[arm] if is_known(order)))


def _sentence(name: str, drawn: Mapping[str, int], ordered: int, moved: int) -> str:
    trades = sum(drawn.values())
    told = f"Experiment {name}: {counted(trades, 'trade was', 'trades were')} drawn by lot"
    if ordered < trades:
        told += f", {trades - ordered} of them never ordered and in no figure"
    if moved:
        told += f"; {counted(moved, 'order was', 'orders were')} worked otherwise and count for their arm"
    return f"{told}."
