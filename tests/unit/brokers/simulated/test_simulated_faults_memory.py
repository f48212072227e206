"""Lies are repeatable, outlive the process, and never touch the exchange's own sums."""

import sqlite3
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_world import CLOSE, OPEN, TUESDAY, MemorySource, after_open, broker, buy, opened, quiet_week, sell

from tasks.book.broker import BrokerSettings, SimulatedSettings
from tasks.book.faults import MEANINGS, FaultKind
from tasks.brokers.simulated.broker import SimulatedBroker
from tasks.brokers.simulated.exchange import Exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.brokers.simulated.snapshot import ExchangeSnapshot
from tasks.brokers.simulated.store import Store
from tasks.errors import BrokerError, OrderUnknownError
from tasks.model.orders import TimeInForce

in_tmp = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SYMBOLS = ("AAA", "BBB")
HELD = {"AAA": Decimal(500), "BBB": Decimal(-200)}
CASH = Decimal(1_000_000)
AUCTIONS = (TimeInForce.AT_OPEN, TimeInForce.AT_CLOSE)
CALLS = (
    *("buy", "sell", "limit", "auction", "cancel", "order", "working", "executions", "account", "quotes"),
    *("wait", "wait", "wait"),
)


def world() -> MemorySource:
    return quiet_week(*SYMBOLS, volume=400_000)


@st.composite
def faults(draw) -> dict[str, Any]:
    kind = draw(st.sampled_from(FaultKind))
    meaning = MEANINGS[kind]
    fault: dict[str, Any] = {
        "kind": kind,
        "call": draw(st.sampled_from(meaning.calls)),
        "times": draw(st.integers(1, 4)),
    }
    if meaning.seconds is not None:
        fault["seconds"] = draw(st.integers(1, 59 if kind is FaultKind.DELAYED else 900))
    if draw(st.booleans()):
        fault["probability"] = draw(st.sampled_from([0.2, 0.5, 1.0]))
    else:
        fault["nth"] = draw(st.integers(1, 4))
    return fault | {
        "fraction": draw(st.sampled_from(["0.1", "0.5", "1"])),
        "symbol": draw(st.sampled_from(["", "AAA"])),
    }


plans = st.lists(faults(), min_size=1, max_size=6)
scripts = st.lists(st.tuples(st.sampled_from(CALLS), st.integers(1, 4_000)), min_size=5, max_size=40)


def once(found: SimulatedBroker, call: str, number: int, figure: int) -> object:
    """One call, or the error it met."""
    symbol, key = SYMBOLS[figure % 2], f"k{number}"
    price, when = str(100 + Decimal(figure % 100 - 50) / 100), AUCTIONS[figure % 2]
    calls = {
        "buy": lambda: found.submit(buy(key, figure, symbol)),
        "sell": lambda: found.submit(sell(key, figure, symbol)),
        "limit": lambda: found.submit(buy(key, figure, symbol, limit=price)),
        "auction": lambda: found.submit(sell(key, figure, symbol, when=when)),
        "cancel": lambda: found.cancel(f"k{figure % (number + 1)}"),
        "order": lambda: found.find_order(f"k{figure % (number + 1)}"),
        "working": found.open_orders,
        "executions": lambda: found.executions(TUESDAY),
        "account": found.account_state,
        "quotes": lambda: found.quotes(SYMBOLS),
        "wait": lambda: found.wait_until(found.now() + timedelta(seconds=figure)),
    }
    try:
        return calls[call]()
    except BrokerError as error:
        return type(error).__name__, str(error)


def play(found: SimulatedBroker, script: list[tuple[str, int]], first: int = 0) -> list[object]:
    return [once(found, call, number, figure) for number, (call, figure) in enumerate(script, start=first)]


def adds_up(truth: ExchangeSnapshot) -> None:
    """Cash and positions are the opening and what stands; no order has more than it asked for."""
    cash, positions = CASH, dict(HELD)
    for row in truth.standing:
        cash -= row.side.sign * row.shares * row.price + row.fee
        positions[row.symbol] += row.side.sign * row.shares
        assert row.fee >= 0
    assert truth.cash == cash
    assert truth.positions == {symbol: held for symbol, held in positions.items() if held}
    for order in truth.orders:
        of = [row for row in truth.standing if row.execution_id.startswith(f"{order.broker_order_id}-")]
        assert order.filled_shares == sum(row.shares for row in of) <= order.request.shares
        assert order.fees == sum(row.fee for row in of)
    assert len({row.execution_id for row in truth.executions}) == len(truth.executions)


@given(plans, scripts, st.booleans())
@in_tmp
def test_no_plan_of_lies_ever_breaks_the_exchanges_own_sums(tmp_path_factory, plan, script, unique):
    home = tmp_path_factory.mktemp("b")
    found = opened(home, world(), opening_shares=HELD, faults=plan, unique_keys=unique)
    found.wait_until(after_open(1))
    play(found, script)
    adds_up(found.truth())
    found.wait_until(CLOSE + timedelta(hours=1))
    adds_up(found.truth())
    assert found.truth().clock >= CLOSE
    assert found.exchange.inner.working() == ()  # type: ignore[union-attr]


@given(plans, scripts, st.integers(0, 40))
@in_tmp
def test_the_same_seed_and_calls_meet_the_same_lies_also_when_the_broker_is_met_again_midway(
    tmp_path_factory, plan, script, cut
):
    settings_of: dict[str, Any] = {"opening_shares": HELD, "faults": plan}
    whole = opened(tmp_path_factory.mktemp("whole"), world(), **settings_of)
    whole.wait_until(after_open(1))
    told = play(whole, script)
    home = tmp_path_factory.mktemp("cut")
    first = opened(home, world(), **settings_of)
    first.wait_until(after_open(1))
    again = play(first, script[:cut])
    reopened = broker(home, world(), **settings_of)
    again += play(reopened, script[cut:], first=len(again))
    assert again == told
    assert reopened.truth() == whole.truth()


@given(scripts)
@in_tmp
def test_a_liar_without_a_plan_says_what_the_exchange_says(tmp_path_factory, script):
    true = opened(tmp_path_factory.mktemp("true"), world(), opening_shares=HELD)
    store = Store(tmp_path_factory.mktemp("lying") / "main.sqlite")
    chosen = SimulatedSettings(opening_shares=HELD)
    inner = Exchange("main", chosen, true.exchange.market, store)
    empty = SimulatedBroker(FaultyExchange(inner, FaultPlan()))
    empty.open_session(TUESDAY)
    assert play(empty, script) == play(true, script)
    assert empty.market_bars("AAA", OPEN, CLOSE) == true.market_bars("AAA", OPEN, CLOSE)
    assert empty.truth() == true.truth()


def test_a_broker_without_faults_has_no_liar_and_proves_absence_at_once(tmp_path):
    found = broker(tmp_path, world())
    assert isinstance(found.exchange, Exchange)
    assert found.capabilities.keys_are_unique
    assert found.capabilities.absence_proves_after == timedelta(0)


def test_another_seed_meets_other_lies(tmp_path):
    plan = [{"kind": "reply_lost", "probability": 0.5, "times": None}]
    lost = []
    for seed in (1, 2):
        found = opened(tmp_path / str(seed), world(), seed=seed, faults=plan)
        lost.append([isinstance(once(found, "buy", number, 1), tuple) for number in range(30)])
    assert lost[0] != lost[1]
    assert 5 < sum(lost[0]) < 25


def test_a_fault_fires_once_over_all_lives_and_counts_calls_over_all_of_them(tmp_path):
    plan = [{"kind": "reply_lost", "nth": 3}]
    said = []
    for number in range(5):
        found = broker(tmp_path, world(), faults=plan)
        found.open_session(TUESDAY)
        said.append(isinstance(once(found, "buy", number, 1), tuple))
    assert said == [False, False, True, False, False]
    assert list(found.exchange.fired().values()) == [1]  # type: ignore[union-attr]


def test_what_lasts_goes_on_in_the_next_life(tmp_path):
    plan = [{"kind": "disconnect", "call": "account", "seconds": 300}, {"kind": "delayed", "seconds": 30}]
    first = opened(tmp_path, world(), faults=plan)
    with pytest.raises(OrderUnknownError):
        first.submit(buy("k1", 1))
    with pytest.raises(BrokerError):
        first.account_state()
    second = broker(tmp_path, world(), faults=plan)
    with pytest.raises(BrokerError, match="not connected"):
        second.open_session(TUESDAY)
    second.wait_until(after_open(0))
    assert second.find_order("k1") is not None


def test_a_file_of_an_older_version_is_opened_and_can_take_a_bust(tmp_path):
    found = opened(tmp_path, world())
    found.submit(buy("k1", 10))
    found.wait_until(after_open(2))
    before = found.truth()
    with sqlite3.connect(tmp_path / "broker" / "main.sqlite") as sql:
        sql.execute("ALTER TABLE executions DROP COLUMN supersedes")
        for table in ("trading_halts", "passed_by", "connection"):
            sql.execute(f"DROP TABLE {table}")
    again = broker(tmp_path, world(), faults=[{"kind": "bust", "call": "executions", "nth": 2}])
    assert again.truth() == before
    assert again.executions(TUESDAY) == before.executions
    assert again.executions(TUESDAY)[-1].supersedes == before.executions[0].execution_id


def test_the_truth_of_a_file_can_be_read_without_its_market(tmp_path):
    found = opened(tmp_path, world())
    found.submit(buy("k1", 10))
    found.wait_until(after_open(2))
    assert Store(tmp_path / "broker" / "main.sqlite").truth() == found.truth()
    with pytest.raises(BrokerError, match="no account was ever opened"):
        Store(tmp_path / "new.sqlite").truth()


def test_a_plan_can_be_written_in_a_book_and_a_bad_one_is_refused():
    text = {
        "account": "a",
        "simulated": {"faults": [{"kind": "halt", "symbol": "AAA", "nth": 2}], "unique_keys": False},
    }
    chosen = BrokerSettings.model_validate(text).simulated
    assert [fault.kind for fault in chosen.faults] == [FaultKind.HALT]
    with pytest.raises(ValueError, match="cannot wait for"):
        SimulatedSettings.model_validate({"faults": [{"kind": "not_found", "call": "place"}]})


TRADER = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from pathlib import Path
from test_simulated_faults_memory import LIVES, after_open, once, opened, world, HELD
found = opened(Path({home!r}), world(), opening_shares=HELD, faults=LIVES)
found.wait_until(after_open(1))
for number in range(10_000):
    for call in ("buy", "executions", "wait", "account", "auction", "cancel", "order"):
        once(found, call, 2 * number + (call == "auction"), 61)
    print(number, flush=True)
"""
LIVES: list[dict[str, Any]] = [
    {"kind": kind, "call": MEANINGS[kind].calls[0], "probability": 0.05, "times": None}
    for kind in FaultKind
    if kind not in (FaultKind.HALT, FaultKind.CLOCK_SKEW)
]


def test_a_liar_killed_at_any_point_keeps_books_that_add_up(tmp_path):
    here = Path(__file__).parent
    code = TRADER.format(here=str(here), root=str(here.parents[3]), home=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as trader:
        assert trader.stdout is not None
        for line in trader.stdout:
            if int(line) >= 60:
                break
        trader.kill()
    again = broker(tmp_path, world(), opening_shares=HELD, faults=LIVES)
    adds_up(again.truth())
    assert len(again.exchange.fired()) > 10  # type: ignore[union-attr]
    again.wait_until(CLOSE)
    adds_up(again.truth())
