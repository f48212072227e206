"""An order book that refills at an exponential rate after each trade. Source: Obizhaeva and Wang (2013)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefillingBook:
    """How a risk-neutral trader works an order: a block, a constant rate, and the same block again."""

    block_shares: float
    """At the start and at the end, each."""
    steady_shares: float
    """Evenly between them."""


def cheapest_schedule(shares: float, refills: float) -> RefillingBook:
    """`refills` is rho T, how many times the book's memory of a trade fades by 1/e while the order is worked."""
    block = shares / (refills + 2)
    return RefillingBook(block, shares - 2 * block)


def cheapest_cost(shares: float, price_per_share: float, refills: float) -> float:
    """Cost of that schedule, kappa X^2 / (rho T + 2), in USD.

    `price_per_share` is kappa, how far one share moves the price, USD a share: the part of it that fades.
    """
    return price_per_share * shares**2 / (refills + 2)
