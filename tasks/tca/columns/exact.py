"""Decimal numbers in columns: whole numbers of a power of ten, so that nothing is lost and numpy does the work.

Units are int64 where every result is known to fit and Python's own unbounded integers otherwise, which are some thirty
times slower and never wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.model.money import EXACT

Ints = NDArray[Any]
"""(n,): int64, or object of int."""
Places = NDArray[np.int64]
FITS = 2**62
FLOATS_ARE_WHOLE, TENS_ARE_EXACT = 2**53, 22
"""Below these a float holds a whole number, and a power of ten, without rounding: their quotient is the nearest."""


@dataclass(frozen=True, slots=True)
class Exact:
    """(n,) numbers: `units` of 10 ** -decimals each."""

    units: Ints
    decimals: int

    @staticmethod
    def of(values: Iterable[Decimal]) -> "Exact":
        """Raises: ValueError for what is not a finite number."""
        known = list(values)
        exponents = [value.as_tuple().exponent for value in known]
        finite = [exponent for exponent in exponents if isinstance(exponent, int)]
        if len(finite) < len(exponents):
            raise ValueError("a column of decimals holds a value that is no number; leave it out first")
        decimals = max(0, -min(finite, default=0))
        return Exact(narrowed([int(value.scaleb(decimals, EXACT)) for value in known]), decimals)

    @staticmethod
    def zeros(count: int) -> "Exact":
        """So many noughts."""
        return Exact(np.zeros(count, np.int64), 0)

    def __len__(self) -> int:
        return len(self.units)

    def __getitem__(self, chosen: Any) -> "Exact":
        """The numbers of a mask, of places or of a slice."""
        return Exact(self.units[chosen], self.decimals)

    def __add__(self, other: "Exact") -> "Exact":
        decimals = max(self.decimals, other.decimals)
        return Exact(_added(self.scaled(decimals), other.scaled(decimals)), decimals)

    def __sub__(self, other: "Exact") -> "Exact":
        return self + Exact(-other.units, other.decimals)

    def __mul__(self, other: "Exact") -> "Exact":
        return Exact(times(self.units, other.units), self.decimals + other.decimals)

    def signed(self, signs: Places) -> "Exact":
        """Each times +1, 0 or -1."""
        return Exact(self.units * signs, self.decimals)

    def where(self, mask: NDArray[np.bool_], other: "Exact") -> "Exact":
        """These numbers where the mask holds, the other ones elsewhere."""
        decimals = max(self.decimals, other.decimals)
        return Exact(np.where(mask, self.scaled(decimals), other.scaled(decimals)), decimals)

    def scaled(self, decimals: int) -> Ints:
        """(n,): the same numbers in finer units."""
        return times(self.units, 10 ** (decimals - self.decimals)) if decimals > self.decimals else self.units

    def rounded(self, decimals: int) -> "Exact":
        """To the nearest, ties to even."""
        if decimals >= self.decimals:
            return Exact(self.scaled(decimals), decimals)
        return Exact(nearest(self.units, 10 ** (self.decimals - decimals)), decimals)

    def decimal(self, place: int) -> Decimal:
        """One of the numbers."""
        return Decimal(int(self.units[place])).scaleb(-self.decimals, EXACT)

    def total(self) -> Decimal:
        """The sum of all."""
        fits = self.units.dtype != object and largest(self.units) * max(len(self.units), 1) < FITS
        units = self.units if fits else self.units.astype(object)
        return Decimal(int(units.sum())).scaleb(-self.decimals, EXACT) if len(units) else Decimal(0)

    def floats(self) -> NDArray[np.float64]:
        """(n,): the nearest floats, for statistics and for nothing that must add up."""
        if largest(self.units) < FLOATS_ARE_WHOLE and self.decimals <= TENS_ARE_EXACT:
            return self.units.astype(np.float64) / 10.0**self.decimals
        return (self.units.astype(object) / 10**self.decimals).astype(np.float64)


def narrowed(units: Sequence[int] | Ints) -> Ints:
    """As int64 where they fit."""
    column = np.array(units, dtype=object)
    return column.astype(np.int64) if largest(column) < FITS else column


def largest(units: Ints) -> int:
    """The largest without its sign; 0 of none."""
    return max(abs(int(units.max())), abs(int(units.min()))) if len(units) else 0


def times(left: Ints, right: Ints | int) -> Ints:
    """Products, unbounded where they might not fit."""
    reach = abs(right) if isinstance(right, int) else largest(right)
    if left.dtype != object and largest(left) * reach < FITS:
        return left * right
    return left.astype(object) * right


def nearest(units: Ints, of: Ints | int) -> Ints:
    """units / of to the nearest whole number, ties to even; `of` is positive."""
    quotient, rest = np.floor_divide(units, of), np.remainder(units, of)
    above = (2 * rest > of) | ((2 * rest == of) & (np.remainder(quotient, 2) == 1))
    return quotient + above.astype(quotient.dtype)


def divided(numerator: Exact, denominator: Exact, decimals: int) -> Exact:
    """To the nearest of so many decimals, ties to even; the denominators are positive."""
    shift = decimals + denominator.decimals - numerator.decimals
    over = times(numerator.units, 10 ** max(shift, 0))
    under = times(denominator.units, 10 ** max(-shift, 0))
    if over.dtype == object or under.dtype == object:
        over, under = over.astype(object), under.astype(object)
    return Exact(nearest(over, under), decimals)


def sums(column: Exact, first: Places, last: Places) -> Exact:
    """(m,): the sums over the ranges [first, last) of a column.

    Differences of running sums: those may run over, as long as each range's own sum fits.
    """
    longest = int((last - first).max()) if len(first) else 0
    units = column.units
    if units.dtype != object and largest(units) * max(longest, 1) >= FITS:
        units = units.astype(object)
    running = np.concatenate([np.zeros(1, units.dtype), np.cumsum(units)])
    return Exact(running[last] - running[first], column.decimals)


def _added(left: Ints, right: Ints) -> Ints:
    if left.dtype != object and right.dtype != object and largest(left) + largest(right) < FITS:
        return left + right
    return left.astype(object) + right.astype(object)
