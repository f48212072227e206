"""Brokers and orders in few words, for splitting."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tasks.book.broker import RouteSettings
from tasks.brokers.multi.capacity import Capacity
from tasks.model.capabilities import Capabilities
from tasks.model.commission import Commission
from tasks.model.orders import OrderRequest, OrderType, Side, TimeInForce

D = Decimal
NOON = datetime(2022, 11, 22, 17, 0, tzinfo=UTC)
SYMBOLS = ("AAA", "BBB")
TAGS = ("a", "b", "c")
NANO = D("0.000000001")
WHOLE = D(1)
FEES = Commission(D("0.01"), D(1))
ASKS: Mapping[str, Decimal] = {symbol: D(100) for symbol in SYMBOLS}
ANYTHING = frozenset((kind, when) for kind in OrderType for when in TimeInForce)


def table(step: Decimal = WHOLE, **more: Any) -> Capabilities:
    """A broker that takes every kind of order, with fractions in all of them where its step is below one share."""
    return Capabilities(
        **{
            "environment": "simulated",
            "takes": ANYTHING,
            "fractions": ANYTHING if step < 1 else frozenset(),
            "share_step": step,
            "price_step": D("0.01"),
            "clock_jumps": True,
            "market_data_note": "",
            **more,
        }
    )


def room(
    tag: str, cash: int | str = 1_000_000, step: Decimal = WHOLE, *, silent: bool = False, **held: int
) -> Capacity:
    return Capacity(tag, f"{tag} (paper)", table(step), D(cash), {s: D(n) for s, n in held.items()}, FEES, silent)


def order(side: Side, shares: int | str, symbol: str = "AAA", limit: str | None = None, **more: Any) -> OrderRequest:
    return OrderRequest(
        **{
            "key": f"k-{symbol}-{side.value[0]}",
            "account": "book",
            "symbol": symbol,
            "side": side,
            "shares": D(shares),
            "order_type": OrderType.MARKET if limit is None else OrderType.LIMIT,
            "time_in_force": TimeInForce.DAY,
            "limit_price": None if limit is None else D(limit),
            **more,
        }
    )


def route(to: dict[str, float], **more: Any) -> RouteSettings:
    return RouteSettings(to=to, **more)


def by_tag(requests: Sequence[OrderRequest]) -> dict[str, Decimal]:
    """Shares by the last letter of the key."""
    return {request.key[-1]: request.shares for request in requests}


@st.composite
def rooms(draw: st.DrawFn) -> list[Capacity]:
    """One to three brokers of different steps, some poor, some silent, some short."""
    tags = TAGS[: draw(st.integers(1, 3))]
    return [
        Capacity(
            tag=tag,
            label=tag,
            capabilities=table(draw(st.sampled_from([D(1), D("0.01"), NANO]))),
            cash_usd=draw(st.decimals(-100, 30_000, places=2)),
            shares={s: draw(st.decimals(-5, 200, places=2)) for s in SYMBOLS},
            commission=Commission(D("0.0035"), D("0.35")),
            is_silent=draw(st.booleans()),
        )
        for tag in tags
    ]


@st.composite
def routes(draw: st.DrawFn, tags: Sequence[str]) -> list[RouteSettings]:
    """Up to two routes over the given brokers."""
    return [
        RouteSettings(
            to=_percents(draw(st.lists(st.integers(0, 10), min_size=len(tags), max_size=len(tags))), tags),
            symbols=draw(st.sampled_from([(), ("AAA",)])),
            side=draw(st.sampled_from(["", "BUY", "SELL"])),
            needs=draw(st.sampled_from(["", "fractions", "auction"])),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]


@st.composite
def orders(draw: st.DrawFn) -> list[OrderRequest]:
    """At most one order a symbol, sells first, as a wave decides them."""
    found = [
        order(
            draw(st.sampled_from(list(Side))),
            str(draw(st.decimals("0.01", 500, places=2))),
            symbol,
            draw(st.sampled_from([None, "99.50"])),
        )
        for symbol in draw(st.lists(st.sampled_from(SYMBOLS), unique=True))
    ]
    return sorted(found, key=lambda request: request.side is Side.BUY)


def _percents(parts: Sequence[int], tags: Sequence[str]) -> dict[str, float]:
    whole = sum(parts)
    if not whole:
        return {tags[0]: 100.0}
    return {tag: 100 * part / whole for tag, part in zip(tags, parts, strict=True)}
