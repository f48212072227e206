"""Rounding that loses nothing: shares in whole steps whose sum is exactly the order."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def largest_remainder(total: Decimal, fractions: Sequence[float], step: Decimal) -> tuple[Decimal, ...]:
    """Split `total` shares by `fractions` (n values >= 0, of any sum) into n multiples of `step`.

    The sum is exactly `total`, and each part is less than one step from its ideal total * fraction / sum(fractions).
    Steps left after rounding down go to the largest remainders, the earlier slice winning a tie. A total that is no
    multiple of `step` has a rest smaller than a step: it stays whole and goes to one slice.

    Raises: ValueError when total is negative, step is not positive, or the fractions are negative, not finite or all 0.
    """
    weights = _integers(fractions)
    if total < 0 or step <= 0:
        raise ValueError(f"cannot split {total} shares in steps of {step}; both must be positive")
    steps = Fraction(total) / Fraction(step)
    denominator = steps.denominator * sum(weights)
    shared = [divmod(steps.numerator * weight, denominator) for weight in weights]
    parts = [Decimal(whole) * step for whole, _ in shared]
    left = total - sum(parts, Decimal(0))
    # Every remainder is below one step, so what is left is spread before the slices with a remainder run out.
    for i in sorted(range(len(shared)), key=lambda i: -shared[i][1]):
        share = min(step, left)
        if share <= 0:
            break
        parts[i] += share
        left -= share
    return tuple(parts)


def floor_to_step(shares: Fraction | Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `shares` (>= 0); exact, however small the step."""
    return (Fraction(shares) // Fraction(step)) * step


def _integers(fractions: Sequence[float]) -> list[int]:
    """The same proportions as whole numbers: a float is a whole number over a power of two, so nothing is rounded."""
    if not all(0 <= f < float("inf") for f in fractions) or not any(fractions):
        raise ValueError(f"fractions must be finite, none negative and one positive: {list(fractions)[:8]}")
    ratios = [float(f).as_integer_ratio() for f in fractions]
    common = max(denominator for _, denominator in ratios)
    return [numerator * (common // denominator) for numerator, denominator in ratios]
