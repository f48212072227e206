"""What a doctor finds at brokers that are in order, and at brokers that are not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from validation_desk import SYMBOL, Between, at_work

from flows.commands.doctor_broker import line
from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.alpaca.diagnostics import account_may_trade, key_is_present
from tasks.brokers.diagnostics.client_library import library_is_installed
from tasks.brokers.diagnostics.doctor import examine_broker
from tasks.brokers.diagnostics.health import CheckResult, are_well, asked
from tasks.errors import BrokerError
from tasks.model.account import AccountState
from tasks.model.orders import OutsideHolding
from tests.contract.alpaca.desk import KEY_ID, SECRET, broker_at, open_venue
from tests.contract.alpaca.http_faults import bent
from tests.contract.ibkr.venue import desk
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import OPEN, TUESDAY


def told(broker: Any, *symbols: str, at: datetime = OPEN) -> dict[str, CheckResult]:
    return {health.subject: health for health in examine_broker(broker, symbols or (SYMBOL,), lambda: at)}


class Steady(Between):
    """The same broker with a clock that does not jump."""

    @property
    def capabilities(self) -> Any:
        return replace(self.inner.capabilities, clock_jumps=False)


def test_a_broker_in_order_is_well_in_every_respect(tmp_path: Path) -> None:
    found = told(at_work(tmp_path))
    assert are_well(list(found.values())), found
    assert list(found) == ["connection", "clock skew", "positions", "open orders", "market data", "orders"]
    assert "1 position," in found["positions"].words
    assert "day: limit, market" in found["orders"].words


def test_nothing_is_asked_of_a_broker_that_cannot_be_connected(tmp_path: Path) -> None:
    class Gone(Between):
        def connect(self) -> None:
            raise BrokerError("TWS at 127.0.0.1:1: nobody there; start TWS or IB Gateway")

    found = told(Gone(at_work(tmp_path)))
    assert list(found) == ["connection"]
    assert (found["connection"].well, found["connection"].remedy) == (False, "start TWS or IB Gateway")


@pytest.mark.parametrize(("seconds", "is_well"), [(1.5, True), (-1.5, True), (2.5, False), (-2.5, False)])
def test_a_clock_that_is_off_is_found_on_either_side(tmp_path: Path, seconds: float, is_well: bool) -> None:
    broker = Steady(at_work(tmp_path))
    here = broker.now() + timedelta(seconds=seconds)
    assert told(broker, at=here)["clock skew"].well is is_well


@pytest.mark.parametrize("call", [Call.ACCOUNT, Call.WORKING, Call.QUOTES])
def test_one_question_without_an_answer_is_asked_again_before_it_is_a_finding(tmp_path: Path, call: Call) -> None:
    """A blip of the line is not what a person has to do something about."""
    fault = Fault(kind=FaultKind.NO_ANSWER, call=call, times=1)
    found = told(at_work(tmp_path, fault))
    assert are_well(list(found.values())), found


def test_an_account_without_a_whole_answer_is_not_well(tmp_path: Path) -> None:
    fault = Fault(kind=FaultKind.NO_ANSWER, call=Call.ACCOUNT, times=9)
    found = told(at_work(tmp_path, fault))
    assert not found["positions"].well
    assert found["open orders"].well


def test_an_account_that_is_empty_once_is_not_well(tmp_path: Path) -> None:
    """The first of two answers has no positions, as a feed that was not whole."""
    found = told(at_work(tmp_path, Fault(kind=FaultKind.EMPTY_ACCOUNT, call=Call.ACCOUNT, times=1)))
    assert "differ" in found["positions"].words


def test_a_symbol_without_a_quote_is_named_with_the_remedy(tmp_path: Path) -> None:
    found = told(at_work(tmp_path), SYMBOL, "NOBODY")["market data"]
    assert not found.well
    assert "NOBODY" in found.words
    assert "subscribe" in found.remedy


def test_quotes_of_yesterday_during_a_session_are_not_well(tmp_path: Path) -> None:
    class Late(Between):
        def quotes(self, symbols: Any) -> Any:
            return {s: replace(q, at=q.at - timedelta(hours=20)) for s, q in self.inner.quotes(symbols).items()}

    broker = Late(at_work(tmp_path))
    broker.wait_until(OPEN + timedelta(hours=1))
    assert "real-time data" in told(broker)["market data"].remedy


def test_what_is_held_beside_the_book_is_told_with_its_remedy_and_is_no_fault(tmp_path: Path) -> None:
    calls = OutsideHolding("AAA 18DEC26 190 C", "option", Decimal(-4), "USD", Decimal("-1234.5"))

    class AlsoHolds(Between):
        def account_state(self) -> AccountState:
            return replace(self.inner.account_state(), outside=(calls, OutsideHolding("CAD", "cash", Decimal(250))))

    found = told(AlsoHolds(at_work(tmp_path)))
    beside = found["beside book"]
    assert are_well(list(found.values()))
    assert "-4 AAA 18DEC26 190 C (option, worth -1,234.50 USD), 250 CAD (cash)" in beside.words
    assert "never traded" in beside.words
    assert "an account of its own" in beside.remedy
    assert line(beside).startswith("[yellow]!"), "a person must see it among the ticks"


# ---- Alpaca --------------------------------------------------------------------------------------


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[Any]:
    with open_venue(World(tmp_path, settings={"fractional": True})) as opened:
        opened.exchange.begin(TUESDAY)
        yield opened


def test_an_alpaca_account_in_order_may_trade(venue: Any, tmp_path: Path) -> None:
    assert account_may_trade(broker_at(venue, tmp_path)).well


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trading_blocked": True}, "trading blocked"),
        ({"account_blocked": True}, "account blocked"),
        ({"trade_suspended_by_user": True}, "trade suspended"),
        ({"status": "ACCOUNT_UPDATED"}, "ACCOUNT_UPDATED"),
        ({"currency": "EUR"}, "EUR"),
    ],
)
def test_an_alpaca_account_that_may_not_trade_is_found(
    venue: Any, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    venue.http_faults.plan(bent("GET", "/v2/account", lambda account: {**account, **change}))
    found = account_may_trade(broker_at(venue, tmp_path))
    assert not found.well
    assert words in found.words


def test_a_key_is_found_and_never_shown() -> None:
    environment = {"APCA_API_KEY_ID": KEY_ID, "APCA_API_SECRET_KEY": SECRET}
    found = key_is_present(environment, False, "")
    assert found.well
    assert KEY_ID not in repr(found)
    assert SECRET not in repr(found)
    missing = key_is_present({}, False, "")
    assert not missing.well
    assert "set them to your Alpaca key" in f"{missing.words} {missing.remedy}"


# ---- Interactive Brokers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "is_well"), [(0, True), (10, False), (-10, False)])
def test_the_clock_of_tws_is_held_against_this_machines(tmp_path: Path, seconds: int, is_well: bool) -> None:
    """Decisions use this machine's, so nobody else would notice."""
    with desk(World(tmp_path)) as found:
        broker = found.broker()
        broker.capabilities = replace(broker.capabilities, clock_jumps=False)
        at = found.venue.exchange.now() + timedelta(seconds=seconds)
        skew = told(broker, at=at)["clock skew"]
    assert (skew.well, "time service" in skew.remedy) == (is_well, not is_well), skew


def test_a_client_id_in_use_is_told_with_the_remedy(tmp_path: Path) -> None:
    with desk(World(tmp_path)) as found:
        found.venue.advance(OPEN)
        found.broker().connect()
        second = told(found.broker())
    assert list(second) == ["connection"]
    assert "326" in second["connection"].words
    assert "end the other process" in second["connection"].remedy


# ---- without a broker --------------------------------------------------------------------------------------


def test_two_libraries_that_spoil_each_other_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda _: "1.0")
    found = library_is_installed("ibkr")
    assert not found.well
    assert "uninstall both" in found.remedy
    assert library_is_installed("alpaca").well
    assert library_is_installed("simulated").well


def test_the_last_words_of_an_error_are_its_remedy() -> None:
    def fail() -> CheckResult:
        raise BrokerError("one; two; do this")

    assert asked("x", fail) == CheckResult("x", False, "one; two", "do this")
    assert not are_well([])
