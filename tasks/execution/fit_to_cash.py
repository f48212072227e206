"""Cuts a wave's buys to the cash that is there, at the worst price each may pay; pure."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from optimizer.slicing.lots import floor_to_step
from tasks.execution.wave_inputs import SliceDraft, WaveInputs
from tasks.orders.order_kinds import share_step

ZERO = Decimal(0)
MARKET_SLIP = Decimal("1.02")
"""Cash set aside for a market buy, times the ask."""


def within_cash(buys: Sequence[SliceDraft], spendable_usd: Decimal, inputs: WaveInputs) -> list[SliceDraft]:
    """The same buys cut to the cash: all by the same share of what they want, then what is left in turn.

    In proportion, so that no symbol waits for the end of the day because of its place in the alphabet.
    """
    wanted = sum((cost_usd(child, inputs) for child in buys), ZERO)
    if not wanted or wanted <= spendable_usd:
        return list(buys)
    fees = inputs.commission.minimum * len(buys)
    part = max(spendable_usd - fees, ZERO) / wanted
    cut = [replace(child, shares=floor_to_step(child.shares * part, _step(child, inputs))) for child in buys]
    spare = spendable_usd - sum((cost_usd(child, inputs) for child in cut), ZERO)
    for place, (child, wish) in enumerate(zip(cut, buys, strict=True)):
        before = cost_usd(child, inputs)
        cut[place] = _affordable(wish, spare + before, inputs)
        spare -= cost_usd(cut[place], inputs) - before
    return cut


def cost_usd(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    """USD that the child may cost at its worst price, with its fee."""
    return child.shares * _worst_price(child, inputs) + inputs.commission.of(child.shares)


def _affordable(child: SliceDraft, spendable: Decimal, inputs: WaveInputs) -> SliceDraft:
    """The child, or as many of its shares as the cash pays for at their worst price."""
    most = inputs.commission.shares_for(spendable, _worst_price(child, inputs))
    return replace(child, shares=min(child.shares, floor_to_step(max(most, ZERO), _step(child, inputs))))


def _step(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    kind = (child.order_type, child.time_in_force)
    return share_step(kind, inputs.capabilities, fractional=inputs.fractional)


def _worst_price(child: SliceDraft, inputs: WaveInputs) -> Decimal:
    """A limit is its own worst price; a market order may slip by 2 percent before it is cut."""
    if child.limit_price is not None:
        return child.limit_price
    return inputs.quotes[child.order.symbol].ask * MARKET_SLIP
