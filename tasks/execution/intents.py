"""From a wave's decision to the intents that are put on record: each routed, and held against the broker's table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from tasks.context import StepContext, keys_of
from tasks.execution.wave_inputs import SliceDraft
from tasks.model.account import AccountState
from tasks.model.broker_tags import untagged
from tasks.model.client_order_ids import slice_key
from tasks.model.order_records import Slice
from tasks.model.order_validation import refusal_reason
from tasks.model.orders import OrderRequest, OrderState
from tasks.orders.waves import Wave

ZERO = Decimal(0)


def intents_of(
    context: StepContext, wave: Wave, children: Sequence[SliceDraft], account: AccountState
) -> tuple[list[Slice], list[str]]:
    """The intents of a wave, and a sentence for each that no broker takes or that its route makes larger.

    One order may become several, one for each broker that its route names; together they are never more than it.
    """
    by_key = {_key(context, wave, child): child for child in children}
    routed = context.router.split([_request(context, key, child) for key, child in by_key.items()], account)
    asked = {key: child.shares for key, child in by_key.items()}
    too_many = _grown(asked, routed.requests)
    intents: list[Slice] = []
    notes = [*routed.notes, *too_many.values()]
    for request in routed.requests:
        key = untagged(request.key)
        why = refusal_reason(request, context.broker.capabilities)
        if why and key not in too_many:
            notes.append(f"{request.symbol}: {request.side} {request.shares} is not sent: {why}")
        elif key not in too_many:
            intents.append(Slice(request, by_key[key].order.order_id, wave.number, 0, wave.at, OrderState.INTENDED))
    return intents, notes


def _grown(asked: Mapping[str, Decimal], requests: Sequence[OrderRequest]) -> dict[str, str]:
    """Orders whose parts are more than the whole, or were never decided, each with a sentence."""
    total: dict[str, Decimal] = defaultdict(Decimal)
    for request in requests:
        total[untagged(request.key)] += request.shares
    return {
        key: f"{key}: its routes make {shares} of {asked.get(key, ZERO)} shares; nothing of it is sent"
        for key, shares in total.items()
        if shares > asked.get(key, ZERO)
    }


def _key(context: StepContext, wave: Wave, child: SliceDraft) -> str:
    order = child.order
    return slice_key(keys_of(context), context.session, context.revision, order.symbol, order.side, wave.number, 0)


def _request(context: StepContext, key: str, child: SliceDraft) -> OrderRequest:
    return OrderRequest(
        key=key,
        account=context.account,
        symbol=child.order.symbol,
        side=child.order.side,
        shares=child.shares,
        order_type=child.order_type,
        time_in_force=child.time_in_force,
        limit_price=child.limit_price,
        native=child.native,
    )
