"""What fills come to is worked out once: corrections and busts followed, exact, by key, order and symbol."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tasks.model.executions import standing_by_order, totals_by_key, totals_by_order, totals_by_symbol, totals_of
from tasks.model.fill_totals import NOTHING_FILLED, FillTotals
from tasks.model.order_records import Slice
from tasks.model.orders import Execution, OrderRequest, OrderState, OrderType, Side, TimeInForce

D = Decimal
AT = datetime(2024, 1, 2, 15, tzinfo=UTC)


def fill(name: str, key: str, shares: str, price: str, *, minute: int = 0, corrects: str = "") -> Execution:
    at = AT + timedelta(minutes=minute)
    symbol = key.partition("-")[0]
    return Execution(name, key, symbol, Side.BUY, D(shares), D(price), D("0.35"), at, "main", supersedes=corrects)


def piece(key: str, order_id: str) -> Slice:
    request = OrderRequest(
        key, "main", key.partition("-")[0], Side.BUY, D(100), OrderType.MARKET, TimeInForce.DAY
    )  # fmt: skip
    return Slice(request, order_id, 1, 0, AT, OrderState.FILLED)


DAY = (
    fill("x1", "XOM-1", "30", "60.10"),
    fill("x2", "XOM-1", "70", "60.20", minute=3),
    fill("x3", "XOM-2", "40", "60.50", minute=9),
    fill("x4", "KO-1", "10", "50", minute=1),
    fill("x5", "XOM-1", "20", "60.10", minute=5, corrects="x1"),
    fill("x6", "KO-1", "0", "50", minute=8, corrects="x4"),
)


def test_shares_money_average_and_instants_of_what_counts():
    assert totals_of(DAY[:3]) == FillTotals(
        3, D(140), D("8437.00"), D("1.05"), AT, AT + timedelta(minutes=9)
    )  # fmt: skip
    assert totals_of(DAY[:2]).average_price == D("60.17")


def test_a_correction_replaces_and_a_bust_leaves_its_fee_alone():
    by_key = totals_by_key(DAY)
    assert by_key["XOM-1"] == FillTotals(
        2, D(90), D("5416.00"), D("0.70"), AT + timedelta(minutes=3), AT + timedelta(minutes=5)
    )  # fmt: skip
    assert by_key["KO-1"].shares == 0
    assert by_key["KO-1"].fees_usd == D("0.35")
    assert by_key["KO-1"].average_price is None


def test_of_no_fill_there_is_nothing_and_no_average():
    assert totals_of([]) == NOTHING_FILLED
    assert NOTHING_FILLED.average_price is None
    assert NOTHING_FILLED.last_at is None


def test_an_order_has_what_its_slices_have_and_nothing_else():
    slices = [piece("XOM-1", "o/XOM"), piece("XOM-2", "o/XOM")]
    assert totals_by_order(DAY, slices) == {"o/XOM": totals_of([one for one in DAY if one.symbol == "XOM"])}
    assert [one.execution_id for one in standing_by_order(DAY, slices)["o/XOM"]] == ["x2", "x3", "x5"]


def test_nothing_is_rounded_whatever_the_size():
    tiny, large = fill("a", "XOM-1", "0.000000001", "0.0000000001"), fill("b", "XOM-1", "123456789012345678", "1000")
    assert totals_of([tiny, large]).notional_usd == D("123456789012345678000.0000000000000000001")


@given(st.lists(st.sampled_from(DAY), max_size=12), st.randoms())
def test_every_grouping_adds_up_to_the_whole_in_whatever_order_the_fills_come(reports: list[Execution], random):
    shuffled = [replace(one) for one in reports]
    random.shuffle(shuffled)
    whole = totals_of(reports)
    assert totals_of(shuffled) == whole
    for groups in (totals_by_key(shuffled), totals_by_symbol(shuffled)):
        assert sum((one.notional_usd for one in groups.values()), D(0)) == whole.notional_usd
        assert sum(one.fills for one in groups.values()) == whole.fills
