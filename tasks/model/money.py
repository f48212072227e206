"""Exact money and its rounding: sums lose nothing, and what is shown adds up to the cent."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from fractions import Fraction
from math import floor

EXACT = Context(prec=60)
"""Wide enough for shares with nine decimals times prices with ten: products and sums lose nothing."""
BPS = Decimal(10_000)
CENT = Decimal("0.01")


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """No digit is lost, whatever the caller's decimal context: amounts must add up to the cent at every level."""
    with localcontext(EXACT):
        return sum(amounts, Decimal(0))


def rounded(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    """The nearest multiple of `unit`, ties to even; never a negative zero."""
    with localcontext(EXACT):
        return amount.quantize(unit, ROUND_HALF_EVEN) + 0


def rounded_or_none(amount: Decimal | None, unit: Decimal = CENT) -> Decimal | None:
    """As `rounded`; what is not known stays so."""
    return None if amount is None else rounded(amount, unit)


def number(value: float | None, unit: Decimal = CENT) -> Decimal | None:
    """A measured float as a decimal to show."""
    return None if value is None else rounded(Decimal(repr(float(value))), unit)


def allocated(parts: Sequence[Decimal | None], unit: Decimal = CENT) -> tuple[Decimal | None, ...]:
    """Round parts so that they add up to their rounded total: all down first, then up by largest remainder.

    Each part moves by less than one unit; None (`n/a`) stays None, and an amount that needs no rounding stays itself.
    """
    with localcontext(EXACT):
        known = [i for i, part in enumerate(parts) if part is not None]
        amounts = {i: part for i, part in enumerate(parts) if part is not None}
        shown = {i: amounts[i].quantize(unit, ROUND_FLOOR) + 0 for i in known}
        missing = int((rounded(sum(amounts.values(), Decimal(0)), unit) - sum(shown.values(), Decimal(0))) / unit)
        for i in sorted(known, key=lambda i: (shown[i] - amounts[i], i))[:missing]:
            shown[i] += unit
        return tuple(shown.get(i) for i in range(len(parts)))


def allocated_ratios(parts: Sequence[Decimal | None], of: Decimal, unit: Decimal = CENT) -> tuple[Decimal | None, ...]:
    """`allocated` of each part over `of`, which is positive. Exact: no quotient is cut before it is compared."""
    known = [i for i, part in enumerate(parts) if part is not None]
    units = {i: Fraction(part) / Fraction(of) / Fraction(unit) for i, part in enumerate(parts) if part is not None}
    shown = {i: floor(units[i]) for i in known}
    missing = round(sum(units.values(), Fraction(0))) - sum(shown.values())
    for i in sorted(known, key=lambda i: (shown[i] - units[i], i))[:missing]:
        shown[i] += 1
    return tuple(shown[i] * unit if i in shown else None for i in range(len(parts)))
