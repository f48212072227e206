"""What a wave sends: properties of the pure decision."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.book.execution import ExecutionSettings
from tasks.execution.wave_decision import decide_wave
from tasks.execution.wave_inputs import OrderProgress, WaveDecision, WaveInputs
from tasks.model.capabilities import Capabilities
from tasks.model.commission import Commission
from tasks.model.market import Quote
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm, OrderType, Side, TimeInForce
from tasks.orders.waves import Wave, WaveKind, waves_of

OPEN = datetime(2022, 12, 28, 14, 30, tzinfo=UTC)
CLOSE = datetime(2022, 12, 28, 21, 0, tzinfo=UTC)
TABLE = Capabilities(
    environment="simulated",
    takes=frozenset((kind, when) for kind in (OrderType.MARKET, OrderType.LIMIT) for when in TimeInForce),
    fractions=frozenset(),
    share_step=Decimal(1),
    price_step=Decimal("0.01"),
    clock_jumps=True,
    market_data_note="",
)
WAVES = waves_of((OPEN, CLOSE), ExecutionSettings(waves=4))


def order(symbol: str, side: Side, shares: int, algorithm: Algorithm = Algorithm.TWAP, waves: int = 4) -> ParentOrder:
    part, rest = divmod(shares, waves)
    schedule = tuple((n, Decimal(part + (1 if n <= rest else 0))) for n in range(1, waves + 1))
    return ParentOrder(
        order_id=f"{symbol}/{side}",
        cycle_id="c",
        plan_hash="h",
        symbol=symbol,
        side=side,
        shares=Decimal(shares),
        algorithm=algorithm,
        reason="toward_target",
        decision_price=Decimal(100),
        decided_at=OPEN,
        adv_shares=1e6,
        estimate=None,
        schedule=schedule,
    )


def quote(symbol: str, mid: str = "100") -> Quote:
    price = Decimal(mid)
    return Quote(symbol, OPEN, price - Decimal("0.01"), price + Decimal("0.01"), price)


def inputs(
    *orders: ParentOrder, wave: Wave = WAVES[1], cash: str = "1e9", filled: int = 0, **changes: object
) -> WaveInputs:
    whole = WaveInputs(
        wave=wave,
        last_working_wave=4,
        window_end=WAVES[4].until,
        orders=orders,
        seen={o.order_id: OrderProgress(Decimal(filled), Decimal(10**7), 1e7) for o in orders},
        quotes={o.symbol: quote(o.symbol) for o in orders},
        spendable_usd=Decimal(cash),
        settings=ExecutionSettings(waves=4),
        price_band_pct=5.0,
        capabilities=TABLE,
        commission=Commission(Decimal("0.0035"), Decimal("0.35")),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def wave(kind: WaveKind) -> Wave:
    return next(w for w in WAVES if w.kind is kind)


def test_waves_cover_the_day_from_before_the_open_to_after_the_close() -> None:
    kinds = [w.kind for w in WAVES]
    assert kinds == [WaveKind.OPENING, *[WaveKind.WORKING] * 4, WaveKind.DEADLINE, WaveKind.SETTLING]
    assert [w.number for w in WAVES] == list(range(7))
    assert WAVES[0].at < OPEN < WAVES[1].at
    assert WAVES[-2].at < CLOSE < WAVES[-1].at


def test_a_half_day_has_the_same_waves_in_less_time() -> None:
    short = waves_of((OPEN, OPEN + timedelta(minutes=210)), ExecutionSettings(waves=13))
    assert short[-2].at <= OPEN + timedelta(minutes=200)
    assert len(short) == 16


def test_sells_are_sent_before_buys() -> None:
    sent = decide_wave(inputs(order("AAA", Side.BUY, 40), order("ZZZ", Side.SELL, 40))).children
    assert [child.order.side for child in sent] == [Side.SELL, Side.BUY]


@given(
    cash=st.decimals(min_value=0, max_value=200_000, places=2),
    sizes=st.lists(st.integers(1, 4000), min_size=1, max_size=6),
)
def test_buys_never_cost_more_than_the_cash_that_is_there(cash: Decimal, sizes: list[int]) -> None:
    """At their limit prices and with their fees, whatever the sizes."""
    orders = [order(f"S{i}", Side.BUY, size) for i, size in enumerate(sizes)]
    sent = decide_wave(inputs(*orders, cash=str(cash))).children
    spent = sum(
        (c.shares * (c.limit_price or Decimal(0)) + max(Decimal("0.35"), c.shares * Decimal("0.0035")) for c in sent),
        Decimal(0),
    )
    assert spent <= cash


@pytest.mark.parametrize("side", list(Side))
def test_cash_that_is_promised_already_stops_buys_and_no_sells(side: Side) -> None:
    """Orders that still work may take more than is there: then less than nothing is left to spend."""
    decided = decide_wave(inputs(order("AAA", side, 40), cash="-5000"))
    assert len(decided.children) == (1 if side is Side.SELL else 0)


def test_a_locked_symbol_moves_nothing_and_the_note_says_why() -> None:
    both = (order("AAA", Side.SELL, 40), order("BBB", Side.SELL, 40))
    decided = decide_wave(inputs(*both, locked={"AAA": "AAA: nobody knows"}))
    assert [child.order.symbol for child in decided.children] == ["BBB"]
    assert decided.notes == ("AAA: nobody knows",)


def test_scarce_cash_is_shared_in_proportion_and_not_by_the_alphabet() -> None:
    """Half the cash for three equal buys: each gets about half of what it is due."""
    orders = [order(symbol, Side.BUY, 400) for symbol in ("AAA", "MMM", "ZZZ")]
    sent = decide_wave(inputs(*orders, cash="15100")).children
    bought = {child.order.symbol: child.shares for child in sent}
    assert set(bought) == {"AAA", "MMM", "ZZZ"}
    assert all(Decimal(48) <= shares <= Decimal(52) for shares in bought.values())


@given(filled=st.integers(0, 100), number=st.integers(1, 4))
def test_a_wave_never_sends_more_than_the_order_has_left(filled: int, number: int) -> None:
    wanted = order("AAA", Side.BUY, 100)
    sent = decide_wave(inputs(wanted, wave=WAVES[number], filled=filled)).children
    assert filled + sum(child.shares for child in sent) <= max(100, filled)


def test_catching_up_stops_at_the_participation_cap() -> None:
    """A run that slept through three waves does not send them all at once: 10 % of 500 expected shares is 50."""
    wanted = order("AAA", Side.BUY, 400)
    seen = {wanted.order_id: OrderProgress(Decimal(0), Decimal(10**6), 500.0)}
    sent = decide_wave(inputs(wanted, wave=WAVES[4], seen=seen)).children
    assert [child.shares for child in sent] == [Decimal(50)]


def test_pov_follows_the_volume_it_has_seen() -> None:
    """10 % of everybody: 9,000 shares of others allow 1,000 of ours."""
    wanted = order("AAA", Side.BUY, 100_000, Algorithm.POV)
    seen = {wanted.order_id: OrderProgress(Decimal(0), Decimal(9000), None)}
    assert decide_wave(inputs(wanted, seen=seen)).children[0].shares == Decimal(1000)


def test_nothing_is_sent_outside_the_approved_price_band_and_the_note_says_so() -> None:
    wanted = order("AAA", Side.BUY, 40)
    decision = decide_wave(inputs(wanted, quotes={"AAA": quote("AAA", "106")}))
    assert decision.children == ()
    assert "6.0 % off the approved 100" in decision.notes[0]


def test_a_limit_never_pays_more_than_its_offset_beyond_the_touch() -> None:
    """Rounded down for a buy and up for a sell: 5 bps of 100.01 is 100.06, of 99.99 is 99.95."""
    sent = decide_wave(inputs(order("AAA", Side.BUY, 4), order("BBB", Side.SELL, 4))).children
    assert {child.order.symbol: child.limit_price for child in sent} == {
        "AAA": Decimal("100.06"),
        "BBB": Decimal("99.95"),
    }


def test_auction_orders_go_to_their_auctions_and_nowhere_else() -> None:
    opening = order("AAA", Side.BUY, 40, Algorithm.AT_OPEN)
    closing = order("BBB", Side.SELL, 40, Algorithm.AT_CLOSE)
    for moment in WAVES:
        sent = decide_wave(inputs(opening, closing, wave=moment)).children
        assert [(c.order.symbol, c.time_in_force, c.order_type) for c in sent] == {
            WaveKind.OPENING: [("AAA", TimeInForce.AT_OPEN, OrderType.MARKET)],
            WaveKind.DEADLINE: [
                ("AAA", TimeInForce.DAY, OrderType.MARKET),
                ("BBB", TimeInForce.AT_CLOSE, OrderType.MARKET),
            ],
        }.get(moment.kind, []) or sorted((c.order.symbol, c.time_in_force, c.order_type) for c in sent)


def test_the_rest_is_swept_or_left_by_policy_and_pov_is_never_swept() -> None:
    rest, slow = order("AAA", Side.SELL, 40), order("BBB", Side.SELL, 40, Algorithm.POV)
    swept = decide_wave(inputs(rest, slow, wave=wave(WaveKind.DEADLINE))).children
    left = decide_wave(
        inputs(rest, slow, wave=wave(WaveKind.DEADLINE), settings=ExecutionSettings(waves=4, leftover="cancel"))
    ).children
    assert [(c.order.symbol, c.order_type) for c in swept] == [("AAA", OrderType.MARKET)]
    assert left == ()


def test_the_sweep_at_the_deadline_stays_below_the_participation_cap() -> None:
    """10 % of 500 expected shares is 50, however much is left."""
    rest = order("AAA", Side.SELL, 400)
    seen = {rest.order_id: OrderProgress(Decimal(0), Decimal(10**6), 500.0)}
    swept = decide_wave(inputs(rest, wave=wave(WaveKind.DEADLINE), seen=seen)).children
    assert [child.shares for child in swept] == [Decimal(50)]


def test_nothing_is_sent_after_the_close() -> None:
    assert decide_wave(inputs(order("AAA", Side.SELL, 40), wave=wave(WaveKind.SETTLING))).children == ()


# ---- what the broker works, and what it takes ----------------------------------------------------------------------


@pytest.mark.parametrize("moment", [wave(WaveKind.WORKING), WAVES[4], wave(WaveKind.DEADLINE)])
@given(filled=st.integers(0, 100), at_broker=st.integers(0, 100), unanswered=st.integers(0, 100))
def test_what_the_broker_works_or_may_have_counts_as_sent(
    moment: Wave, filled: int, at_broker: int, unanswered: int
) -> None:
    """Even where nothing locks the symbol."""
    wanted = order("AAA", Side.BUY, 100, Algorithm.IMMEDIATE, waves=1)
    seen = OrderProgress(Decimal(filled), Decimal(10**7), 1e7, Decimal(at_broker), Decimal(unanswered), is_begun=True)
    sent = decide_wave(inputs(wanted, wave=moment, seen={wanted.order_id: seen})).children
    total = filled + at_broker + unanswered
    assert total + sum(child.shares for child in sent) <= max(100, total)


def test_nothing_is_sliced_beside_an_order_that_the_broker_works() -> None:
    """Nor is what it was not given: 60 of 100 are at the broker, and the rest waits for its end."""
    wanted = order("AAA", Side.BUY, 100, Algorithm.IMMEDIATE, waves=1)
    seen = {wanted.order_id: OrderProgress(Decimal(0), Decimal(10**7), 1e7, at_broker=Decimal(60), is_begun=True)}
    assert decide_wave(inputs(wanted, seen=seen)) == WaveDecision((), ())


@given(cash=st.decimals(min_value=0, max_value=2000, places=2))
def test_a_buy_cut_to_the_cash_is_whole_where_such_orders_have_no_fractions(cash: Decimal) -> None:
    table = replace(TABLE, share_step=Decimal("0.1"), fractions=frozenset({(OrderType.MARKET, TimeInForce.DAY)}))
    sent = decide_wave(inputs(order("AAA", Side.BUY, 80), cash=str(cash), capabilities=table)).children
    assert all(child.shares == int(child.shares) for child in sent)
