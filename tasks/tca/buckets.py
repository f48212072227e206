"""Into which class of size and of liquidity an order falls; names begin with a number, so that they sort by size."""

from collections.abc import Sequence
from decimal import Decimal

from tasks.tca.inputs import OrderRecord

SIZES = (
    (Decimal(10_000), "1. below 10,000 USD"),
    (Decimal(100_000), "2. 10,000 to 100,000 USD"),
    (Decimal(1_000_000), "3. 100,000 to 1,000,000 USD"),
)
LIQUIDITY = (
    (Decimal("0.001"), "1. below 0.1 % of ADV"),
    (Decimal("0.01"), "2. 0.1 to 1 % of ADV"),
    (Decimal("0.05"), "3. 1 to 5 % of ADV"),
)


def size_bucket(order: OrderRecord) -> str:
    """By the paper notional, USD."""
    return _below(order.notional_usd, SIZES, "4. 1,000,000 USD and more")


def liquidity_bucket(order: OrderRecord) -> str:
    """By shares ordered over average daily volume."""
    return liquidity_of(order.shares / Decimal(repr(order.adv_shares)) if order.adv_shares else None)


def liquidity_of(share_of_adv: Decimal | None) -> str:
    """`share_of_adv` is a fraction; None is not known."""
    if share_of_adv is None:
        return "5. ADV unknown"
    return _below(share_of_adv, LIQUIDITY, "4. 5 % of ADV and more")


def _below(value: Decimal, bounds: Sequence[tuple[Decimal, str]], above: str) -> str:
    return next((name for bound, name in bounds if value < bound), above)
