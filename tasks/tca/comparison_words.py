"""What may be concluded from a comparison, and what may not, in one sentence each."""

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.tca.balance import BalanceLine
from tasks.tca.period_groups import LEAST
from tasks.tca.period_orders import PeriodOrder
from tasks.tca.significance import Tested
from tasks.tca.statistics import Verdict
from tasks.tca.summary import ALGORITHM_NAMES
from tasks.wording import counted


@dataclass(frozen=True, slots=True)
class Sample:
    """One side of a comparison."""

    name: str
    orders: tuple[PeriodOrder, ...]

    @property
    def label(self) -> str:
        """As people call it."""
        return ALGORITHM_NAMES.get(self.name, self.name)


def sentence_of(
    first: Sample,
    second: Sample,
    tested: Tested | None,
    verdict: Verdict,
    balance: Sequence[BalanceLine],
    *,
    is_randomised: bool = False,
) -> str:
    """The finding, and what it does not show."""
    if tested is None:
        return _insufficient(first, second)
    return f"{_finding(first, second, tested, verdict)} {_caution(first, second, balance, is_randomised)}"


def _insufficient(first: Sample, second: Sample) -> str:
    sides = " against ".join(
        f"{counted(len(s.orders), 'order')} on {counted(_days(s), 'day')}" for s in (first, second)
    )
    return (
        f"{first.label} and {second.label}: insufficient data, {sides}; a comparison takes {LEAST[0]} orders on "
        f"{LEAST[1]} days of each, and costs that vary."
    )


def _days(sample: Sample) -> int:
    return len({order.session for order in sample.orders})


def _finding(first: Sample, second: Sample, tested: Tested, verdict: Verdict) -> str:
    interval = f"95 % interval {_bps(tested.low)} to {_bps(tested.high)} bps"
    if verdict is Verdict.NOT_SIGNIFICANT:
        return (
            f"{first.label} and {second.label} cannot be told apart: the difference of {_bps(tested.effect)} bps "
            f"({interval}) may be chance, which does not show that they cost the same."
        )
    more = "more" if tested.effect > 0 else "less"
    return f"{first.label} cost {_bps(abs(tested.effect))} bps {more} than {second.label} ({interval})."


def _caution(first: Sample, second: Sample, balance: Sequence[BalanceLine], is_randomised: bool) -> str:
    unlike = [_unlike(line, first, second) for line in balance if line.is_unlike]
    if is_randomised:
        drawn = "Randomised: what was drawn explains the difference, or chance does"
        return f"{drawn}; by chance the arms differ in {'; in '.join(unlike)}." if unlike else f"{drawn}."
    orders = (*first.orders, *second.orders)
    drawn = sum(bool(order.experiment) for order in orders)
    if drawn:
        return (
            f"{drawn} of {counted(len(orders), 'order was', 'orders were')} drawn by lot: what their arms did is "
            "said by the experiment, by what was drawn."
        )
    if not unlike:
        return "Not randomised: the orders were alike in size, value, side and estimate, but not drawn by lot."
    return f"Not randomised: the orders differed in {'; in '.join(unlike)}; the difference in cost may come from that."


def _unlike(line: BalanceLine, first: Sample, second: Sample) -> str:
    """E.g. `size, median % of ADV: 1.20 for VWAP against 0.30 for TWAP`."""
    one, other = (f"{value:,.2f}" for value in (line.first or 0.0, line.second or 0.0))
    return f"{line.name}: {one} for {first.label} against {other} for {second.label}"


def _bps(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00")
