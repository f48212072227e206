"""Whoever does what the drift check says of a line that cannot move has a line that moves: every way it names."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tasks.book.execution import ExecutionSettings
from tasks.book.orders import GateSettings, OrderSettings
from tasks.book.targets import LimitSettings
from tasks.drift.reach import cannot_move
from tasks.model.capabilities import Capabilities
from tasks.model.locks import Lock
from tasks.model.market import Quote
from tasks.model.orders import OrderType, TimeInForce
from tasks.plan.build import build_plan
from tasks.plan.check_context import CheckContext
from tasks.plan.remedies import AT_THE_GATE, HELD, REMEDIES
from tests.unit.plan.plan_desk import DECIDED_AT, inputs_for

D = Decimal
FREE = OrderSettings(min_trade_usd=D(0), fee_per_share_usd=D(0), fee_minimum_usd=D(0), buy_price_buffer_bps=0)
MARKET = (OrderType.MARKET, TimeInForce.DAY)
LIVE = {"KO": Quote("KO", DECIDED_AT, D(50), D(50), D(50))}
OPEN = {"gate": GateSettings(max_order_nav_pct=100, max_position_pct=100, max_participation_pct=100), "quotes": LIVE}
"""A gate that lets everything through."""


@dataclass(frozen=True)
class Book:
    """Wants half of 100,000 USD in KO at 50 USD; what else is so."""

    want: float = 0.5
    held: int = 0
    price: str = "50"
    more: dict[str, Any] = field(default_factory=dict)
    at_the_gate: dict[str, Any] = field(default_factory=dict)
    """What the gate knows; it is asked where this says anything."""

    def stuck(self) -> dict[str, str]:
        usual = {"orders": FREE, "cash": 100_000 - 50 * self.held, **self.more}
        inputs = inputs_for({"KO": self.want}, prices={"KO": self.price}, held={"KO": self.held}, **usual)
        plan = build_plan(inputs)
        return cannot_move(plan, plan, self._gate(inputs.orders) if self.at_the_gate else None)

    def _gate(self, orders: OrderSettings) -> CheckContext:
        known: dict[str, Any] = {
            "orders": orders, "nav_usd": D(100_000), "cash_usd": D(100_000), "positions": {"KO": D(self.held)},
            "now": DECIDED_AT, "opens": DECIDED_AT, "closes": DECIDED_AT.replace(hour=21),
            "execution": ExecutionSettings(child_order="market"),
            "capabilities": Capabilities("simulated", frozenset({MARKET}), frozenset(), D(1), D("0.01"), True, ""),
        }  # fmt: skip
        return CheckContext(**{**known, **OPEN, **self.at_the_gate})

    def but(self, **changes: Any) -> "Book":
        return replace(self, **changes)


def with_gate(**limits: Any) -> dict[str, Any]:
    return {"gate": OPEN["gate"].model_copy(update=limits)}


def locked_by(kind: Lock) -> Book:
    return Book(more={"locked": {"KO": "KO: something"}, "locked_by": {"KO": kind.value}})


ROUNDS_AWAY = Book(want=0.0002)
DUST = Book(want=0.0, held=1, more={"share_step": D(5)})
CAPPED = Book(want=0.03, price="4000", more={"limits": LimitSettings(max_weight_pct=3, cash_reserve_pct=0)})
SMALL = Book(want=0.001, more={"orders": FREE.model_copy(update={"min_trade_usd": D(200)})})
SMALL_LEFT = SMALL.but(want=0.0, held=3)
ANOTHER_TARGET = "give the symbol another target"
CASES: dict[str, tuple[Book, dict[str, Book]]] = {
    Lock.BREAK: (locked_by(Lock.BREAK), {"explain the break": Book()}),
    Lock.SPLIT: (
        locked_by(Lock.SPLIT),
        {"mend data.actions_path": Book(), "explain what the broker shows": Book()},
    ),
    Lock.COMPANY_EVENT: (
        locked_by(Lock.COMPANY_EVENT),
        {
            "book what came of it": Book(),
            "decide in limits.no_buy": Book(want=0.1, held=500, more={"no_buy": {"KO"}}),
            "limits.must_exit": Book(held=500, more={"must_exit": {"KO"}}),
        },
    ),
    Lock.WRITTEN_OFF: (locked_by(Lock.WRITTEN_OFF), {"take the write-off back once it trades again": Book()}),
    "bad_data": (
        Book(more={"frozen": {"KO": "stale"}}),
        {"mend the data": Book(), "take the symbol out of the universe": Book(want=0.0)},
    ),
    "restricted, wanted": (
        Book(more={"gate": GateSettings(restricted=("KO",))}),
        {"take it off risk.restricted": Book(), ANOTHER_TARGET: Book(want=0.0)},
    ),
    "restricted, held": (
        Book(want=0.0, held=500, more={"gate": GateSettings(restricted=("KO",))}),
        {"take it off risk.restricted": Book(want=0.0, held=500), "sell it by hand": Book(want=0.0)},
    ),
    "no_price, wanted": (
        Book(price="0"),
        {"bring a price for it": Book(), "take the symbol out of the universe": Book(want=0.0)},
    ),
    "no_price, held": (
        Book(want=0.0, held=500, price="0"),
        {"bring a price for it": Book(want=0.0, held=500), "sell it by hand": Book(want=0.0)},
    ),
    "no_buy": (
        Book(more={"no_buy": {"KO"}}),
        {"take it off limits.no_buy": Book(), "lower its target": Book(want=0.0, more={"no_buy": {"KO"}})},
    ),
    "no_sell": (
        Book(want=0.1, held=500, more={"no_sell": {"KO"}}),
        {
            "take it off limits.no_sell": Book(want=0.1, held=500),
            "raise its target": Book(want=0.25, held=500, more={"no_sell": {"KO"}}),
        },
    ),
    "below_share_step, wanted": (
        ROUNDS_AWAY,
        {
            "orders.fractional: true": ROUNDS_AWAY.but(more={"share_step": D("0.001")}),
            "give it a target that whole shares can meet": ROUNDS_AWAY.but(want=0.0005),
        },
    ),
    "below_share_step, held": (
        DUST,
        {
            "give it a target that whole shares can meet": DUST.but(want=0.0025),
            "sell the rest by hand": DUST.but(held=0),
        },
    ),
    "limit_in_the_way": (
        CAPPED,
        {"loosen that limit": CAPPED.but(more={}), ANOTHER_TARGET: CAPPED.but(want=0.0)},
    ),
    "below_minimum_trade, wanted": (
        SMALL,
        {"lower orders.min_trade_usd": SMALL.but(more={}), ANOTHER_TARGET: SMALL.but(want=0.01)},
    ),
    "below_minimum_trade, held": (
        SMALL_LEFT,
        {"lower orders.min_trade_usd": SMALL_LEFT.but(more={}), "sell it by hand": SMALL_LEFT.but(held=0)},
    ),
}
"""A book whose line is held still, and by the words of each way what it is once that is done."""

AT_NINE = DECIDED_AT.replace(hour=15)
OLD = {"KO": replace(LIVE["KO"], at=AT_NINE.replace(hour=1))}
FAR = {"KO": replace(LIVE["KO"], bid=D(60), ask=D(60), last=D(60))}
AT_GATE: dict[str, tuple[dict[str, Any], dict[str, dict[str, Any]]]] = {
    "order_size": (with_gate(max_order_nav_pct=0.01), {"loosen risk.max_order_nav_pct": OPEN}),
    "order_size, in USD": (with_gate(max_order_usd=D(10)), {"or risk.max_order_usd": OPEN}),
    "participation": (with_gate(max_participation_pct=1e-6), {"loosen risk.max_participation_pct": OPEN}),
    "concentration": (with_gate(max_position_pct=0.01), {"loosen risk.max_position_pct": OPEN}),
    "run_turnover": (with_gate(max_run_turnover_pct=1e-6), {"loosen risk.max_run_turnover_pct": OPEN}),
    "run_orders": ({"orders_sent": 1, **with_gate(max_run_orders=1)}, {"loosen risk.max_run_orders": OPEN}),
    "price_collar": (
        {"quotes": FAR},
        {"loosen risk.price_collar_pct": {"quotes": FAR, **with_gate(price_collar_pct=30)}, "nearer": OPEN},
    ),
    "quote": ({"quotes": {}}, {"wait for a live quote": OPEN}),
    "quote, an old one": ({"quotes": OLD, "now": AT_NINE}, {"wait for a live quote": OPEN}),
    "duplicate": ({"working": {"KO"}}, {"cancel the order that works in it": OPEN, "wait for its end": OPEN}),
    "market_open": ({"now": DECIDED_AT.replace(hour=22)}, {"start before its market ends": OPEN}),
    "not_taken": (
        {"execution": ExecutionSettings(child_order="limit")},
        {"send what the broker takes": OPEN},
    ),
}
"""What the gate knows when it refuses, and by the words of each way what it knows once that is done."""


def tried(told: str, ways: dict[str, Book]) -> None:
    printed = told.rpartition(" (")[2].removesuffix(")").split(", or ")
    assert all(any(words in way for words in ways) for way in printed), f"not tried: {printed}"
    for words, mended in ways.items():
        assert words in told, told
        assert not mended.stuck(), f"{words}: {mended.stuck()}"


@pytest.mark.parametrize("name", CASES)
def test_whoever_does_what_is_told_of_a_line_that_cannot_move_has_one_that_moves(name: str) -> None:
    held_still, ways = CASES[name]
    tried(held_still.stuck()["KO"], ways)


@pytest.mark.parametrize("name", AT_GATE)
def test_whoever_does_what_is_told_of_a_line_that_the_gate_refuses_has_one_that_passes(name: str) -> None:
    refused, ways = AT_GATE[name]
    told = Book(at_the_gate=refused).stuck()["KO"]
    assert f"({name.partition(',')[0]})" in told
    another = {ANOTHER_TARGET: Book(want=0.0, at_the_gate=refused)} if ANOTHER_TARGET in told else {}
    tried(told, {words: Book(at_the_gate=known) for words, known in ways.items()} | another)


def test_every_way_that_drift_may_name_is_tried() -> None:
    assert {name.partition(",")[0] for name in CASES} == REMEDIES.keys()
    assert {name.partition(",")[0] for name in AT_GATE} == AT_THE_GATE.keys()
    assert {name.removesuffix(", held") for name in CASES if name.endswith("held")} == HELD.keys()
