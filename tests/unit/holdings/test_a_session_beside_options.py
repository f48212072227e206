"""A whole decision over an account that holds other contracts of the book's tickers: from prices to the plan."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows import bootstrap
from tasks.book.broker import BrokerSettings
from tasks.brokers.sandbox.address import VARIABLE
from tasks.brokers.sandbox.clock_server import ClockServer
from tasks.brokers.sandbox.tws.other_holdings import Other
from tasks.brokers.sandbox.tws.server import TwsVenue
from tasks.brokers.simulated.factory import open_exchange
from tasks.brokers.simulated.faults.exchange import FaultyExchange
from tasks.brokers.simulated.faults.plan import FaultPlan
from tasks.checkpoints import facts_of
from tasks.context import StepContext
from tasks.drift.step import drift
from tasks.holdings.step import holdings
from tasks.market_data import calendar
from tasks.market_data.step import download
from tasks.model.cycle import Checkpoint
from tasks.plan.step import orders
from tasks.targets.step import optimize
from tests.flows.conftest import SMALL_BOOK

D = Decimal
SESSION = date(2022, 12, 28)
ACCOUNT = "DU1234567"
BESIDE = (
    (Other("AAPL", "OPT", expires="20230120", strike=D(140), right="C", multiplier="100"), -4),
    (Other("AAPL", "STK", "CAD", "TSE"), 30),
    (Other("KO", "CFD"), 500),
    (Other("XOM", "BOND", expires="20430504", local_symbol="XOM 3.85 05/04/43"), 10),
)


@contextmanager
def session_at_tws(folder: Path, monkeypatch: pytest.MonkeyPatch, *beside: tuple[Other, int]) -> Iterator[StepContext]:
    """The small book (400 AAPL, 300 KO, 100 XOM, $20,000) at a TWS whose account also holds what is named."""
    folder.mkdir()
    monkeypatch.setenv("STEELYARD_HOME", str(folder / "home"))
    text = SMALL_BOOK.format(mode="full_auto").replace("account: small", f"name: ibkr\n  account: {ACCOUNT}")
    book = folder / "small.yaml"
    book.write_text(text)
    loaded = bootstrap.load_book(book)
    one = loaded.book.broker.model_copy(
        update={"simulated": loaded.book.broker.simulated.model_copy(update={"unique_keys": False})}
    )
    assert isinstance(one, BrokerSettings)
    source = bootstrap.prices_of(loaded.book, folder)
    exchange = open_exchange(one, folder / "venue", source, calendar.session_hours)
    exchange.begin(SESSION)
    with (
        TwsVenue(FaultyExchange(exchange, FaultPlan())) as venue,
        ClockServer(f"127.0.0.1:{venue.port}", exchange.now, venue.advance) as clock,
    ):
        for what, quantity in beside:
            venue.other_holdings.hold(what, quantity, "10")
        monkeypatch.setenv(VARIABLE, clock.url)
        book.write_text(text.replace(f"account: {ACCOUNT}", f"account: {ACCOUNT}\n  ibkr: {{port: {venue.port}}}"))
        with bootstrap.open_context(book, SESSION, None) as desk:
            yield desk


def decided(desk: StepContext) -> Mapping[str, Any]:
    """The plan. The real prices are taken as checked."""
    download.fn(desk)
    good = {"symbols": list(desk.book.universe.symbols or ()), "frozen": {}}
    at = desk.clock()
    desk.journal.cycles.record_step(desk.cycle, Checkpoint("check", {"sentence": "", "facts": good}, 0.0, at))
    for step in (holdings, optimize, drift, orders):
        step.fn(desk)
    plan = desk.journal.decisions.newest_plan(desk.cycle_id)
    assert plan is not None
    return plan.body


def test_options_cfds_bonds_and_a_ticker_of_toronto_change_no_figure_and_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_at_tws(tmp_path / "beside", monkeypatch, *BESIDE) as desk:
        plan, facts = decided(desk), facts_of(desk, "holdings")
        said = desk.journal.cycles.checkpoint(desk.cycle, "holdings")
    held = {"AAPL": D(400), "KO": D(300), "XOM": D(100)}
    worth = 20_000 + sum(shares * D(facts["prices"][symbol]) for symbol, shares in held.items())
    assert {symbol: D(shares) for symbol, shares in facts["positions"].items()} == held
    assert (D(facts["nav_usd"]), D(facts["cash_usd"])) == (worth, 20_000)
    lines = {line["symbol"]: line for line in plan["lines"]}
    assert {symbol: D(lines[symbol]["holding_shares"]) for symbol in held} == held
    assert lines["AAPL"]["side"] == "SELL", "of 400 shares a part is sold; nothing is bought to cover the calls"
    assert set(lines) <= {"AAPL", "KO", "XOM", "PG", "JNJ"}
    assert said is not None
    sentence = said.output["sentence"]
    assert "beside the book, in no weight and never traded: " in sentence
    for kind in ("(option, worth -4,000.00 USD)", "(stock in CAD, worth 300.00 CAD)", "(CFD,", "(bond,"):
        assert kind in sentence
