"""Cuts a wave's buys to the cash that is there, at the worst price each may pay; pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tasks.execution.wave_inputs import SliceDraft, WaveInputs
from tasks.orders.order_kinds import share_step
from tasks.plan.cash_cut import Money, Wish, cut_to

MARKET_SLIP = Decimal("1.02")
"""Cash set aside for a market buy, times the ask."""


def within_cash(buys: Sequence[SliceDraft], spendable_usd: Decimal, inputs: WaveInputs) -> list[SliceDraft]:
    """The same buys cut to the cash as the plan cuts its own (`cash_cut.cut_to`).

    So no symbol waits for the end of the day because of its place in the alphabet.
    """
    fitted = cut_to(Money(spendable_usd, spendable_usd), [_wish(child, inputs) for child in buys])
    return [replace(child, shares=shares) for child, shares in zip(buys, fitted, strict=True)]


def _wish(child: SliceDraft, inputs: WaveInputs) -> Wish:
    def cost(shares: Decimal) -> Money:
        usd = cost_usd(replace(child, shares=shares), inputs)
        return Money(usd, usd)

    return Wish(child.order.symbol, child.shares, _step(child, inputs), cost)


def cost_usd(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    """USD that the child may cost at its worst price, with its fee."""
    return child.shares * _worst_price(child, inputs) + inputs.commission.of(child.shares)


def _step(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    kind = (child.order_type, child.time_in_force)
    return share_step(kind, inputs.capabilities, fractional=inputs.fractional)


def _worst_price(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    """A limit is its own worst price; a market order may slip by 2 percent before it is cut."""
    if child.limit_price is not None:
        return child.limit_price
    return inputs.quotes[child.order.symbol].ask * MARKET_SLIP
