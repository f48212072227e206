"""While a wave's time is waited for, ledger and broker are compared: what differs is locked before more is sent."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tasks.errors import BrokerError
from tasks.execution.wave import POLL, wait_for
from tasks.model.account import AccountState
from tasks.model.capabilities import Capabilities
from tests.unit.execution.morning_desk import children, listened, morning, order, run, trades, waves
from tests.unit.execution.paper_desk import PaperBroker


@dataclass
class Ticking(PaperBroker):
    """Its clock goes by the polls of whoever waits."""

    compared_at: list[datetime] = field(default_factory=list)
    stolen: Decimal = Decimal(0)
    """Shares of AAPL that the account has less than its fills say."""
    silent: bool = False

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, clock_jumps=False)

    def account_state(self) -> AccountState:
        self.compared_at.append(self.clock)
        if self.silent:
            raise BrokerError("the line is dead")
        state = super().account_state()
        held = state.positions.get("AAPL", Decimal(0)) - self.stolen
        return replace(state, positions={**state.positions, "AAPL": held})


def desk(folder: Path, **execution: float):
    """After its first wave, whose order filled as soon as it was there."""
    broker = Ticking()
    context, heard = listened(morning(folder, broker, order(), order("KO"), child_order="market", **execution))
    run(context, 1)
    broker.compared_at.clear()
    heard.clear()
    return broker, context, heard


def said(heard: list) -> list[str]:
    return [event.sentence for event in heard if event.sentence.startswith("between waves")]


def test_the_account_is_compared_every_minute_until_the_wave_is_near(tmp_path: Path) -> None:
    broker, context, heard = desk(tmp_path)
    until = broker.clock + timedelta(minutes=5)
    wait_for(context, until)
    gaps = {later - earlier for earlier, later in zip(broker.compared_at, broker.compared_at[1:], strict=False)}
    assert gaps == {timedelta(minutes=1)}
    assert len(broker.compared_at) == 4
    assert until - broker.compared_at[-1] >= timedelta(seconds=20)
    assert said(heard) == [], "both agree: there is nothing to tell"


def test_a_break_locks_its_symbol_before_the_next_wave_and_is_told_once(tmp_path: Path) -> None:
    broker, context, heard = desk(tmp_path)
    broker.stolen = Decimal(3)
    wait_for(context, broker.clock + timedelta(minutes=3))
    wait_for(context, waves(context)[2].at)
    (row,) = context.journal.books.breaks("demo", open_only=True)
    assert row.symbol == "AAPL"
    assert len(said(heard)) == 1
    assert "AAPL" in said(heard)[0]
    run(context, 2)
    assert {piece.request.symbol for piece in children(context, 2)} == {"KO"}


def test_a_fill_that_comes_late_is_booked_while_nobody_sends(tmp_path: Path) -> None:
    broker, context, heard = desk(tmp_path)
    trades(broker, children(context, 1)[0].request.key, 4)
    wait_for(context, broker.clock + timedelta(minutes=2))
    assert sum(fill.shares for fill in context.journal.orders.fills(context.cycle_id)) == 4
    assert [words for words in said(heard) if "1 late fill booked" in words]


def test_a_silent_broker_is_told_once_and_holds_nothing_up(tmp_path: Path) -> None:
    broker, context, heard = desk(tmp_path)
    broker.silent = True
    until = broker.clock + timedelta(minutes=10)
    wait_for(context, until)
    assert until <= broker.clock < until + POLL
    assert len(said(heard)) == 1
    assert "the line is dead" in said(heard)[0]


def test_zero_leaves_the_comparison_to_the_waves(tmp_path: Path) -> None:
    broker, context, _ = desk(tmp_path, reconcile_every_s=0)
    wait_for(context, broker.clock + timedelta(minutes=10))
    assert broker.compared_at == []


def test_before_the_first_order_nothing_is_compared(tmp_path: Path) -> None:
    broker = Ticking()
    context = morning(tmp_path, broker)
    wait_for(context, broker.clock + timedelta(minutes=10))
    assert broker.compared_at == []
