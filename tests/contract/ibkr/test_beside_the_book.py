"""A ticker is the name of many contracts: a book holds one of them, and the others stand beside it untouched."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tasks.brokers.diagnostics.doctor import BESIDE, examine_broker
from tasks.brokers.diagnostics.health import are_well
from tasks.brokers.ibkr.broker import IbkrBroker
from tasks.brokers.sandbox.tws.contracts import Listings
from tasks.brokers.sandbox.tws.other_holdings import Other
from tasks.brokers.sandbox.tws.wire_faults import WireFault
from tasks.errors import OrderRefusedError
from tasks.model.orders import OutsideHolding, Side
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.venue import Desk
from tests.unit.brokers.simulated.simulated_world import OPEN, TUESDAY, buy

D = Decimal
CALL = Other(
    "AAA", "OPT", expires="20261218", strike=D(190), right="C", multiplier="100", local_symbol="AAA   261218C00190000"
)
BESIDES = {
    "option": CALL,
    "option on a future": Other("AAA", "FOP", expires="20261218", strike=D(90), right="P", multiplier="50"),
    "future": Other("AAA", "FUT", expires="20261218", multiplier="1000", local_symbol="AAAZ6"),
    "CFD": Other("AAA", "CFD", local_symbol="AAAn"),
    "bond": Other("AAA", "BOND", expires="20430504", local_symbol="AAA 3.85 05/04/43"),
    "warrant": Other("AAA", "WAR", expires="20271217", strike=D(12), right="C", local_symbol="AAA WS"),
    "crypto": Other("AAA", "CRYPTO", primary_exchange="PAXOS", local_symbol="AAA.USD"),
    "mutual fund": Other("AAA", "FUND"),
    "stock in CAD": Other("AAA", "STK", "CAD", "TSE"),
    "another stock": Other("AAA", "STK", "USD", "LSEETF"),
}
"""All of one ticker."""


def kinds(outside: tuple[OutsideHolding, ...]) -> dict[str, Decimal]:
    return {holding.kind: holding.quantity for holding in outside}


def with_all_of_it(found: Desk) -> IbkrBroker:
    for what in BESIDES.values():
        found.venue.other_holdings.hold(what, -4, "12.5")
    return trading(found)


def test_of_all_contracts_of_a_ticker_only_the_stock_is_the_books(at_tws: AtTws) -> None:
    account = with_all_of_it(at_tws(opening_shares={"AAA": 400, "BBB": 20})).account_state()
    assert account.positions == {"AAA": 400, "BBB": 20}
    assert kinds(account.outside) == dict.fromkeys(BESIDES, -4)
    assert len({holding.name for holding in account.outside}) == len(BESIDES)


def test_what_is_held_alone_without_the_stock_is_no_stock_either(at_tws: AtTws) -> None:
    found = at_tws()
    found.venue.other_holdings.hold(CALL, 10)
    account = trading(found).account_state()
    assert account.positions == {}
    assert kinds(account.outside) == {"option": 10}


def test_it_is_named_with_what_tws_says_it_is_worth(at_tws: AtTws) -> None:
    found = at_tws()
    found.venue.other_holdings.hold(CALL, -4, "12.5")
    (calls,) = trading(found).account_state().outside
    assert calls.words == f"-4 AAA 20261218 190 C [{CALL.con_id}] (option, worth -5,000.00 USD)"


def test_only_the_books_currency_is_its_cash(at_tws: AtTws) -> None:
    found = at_tws(opening_cash_usd=5000)
    found.venue.other_holdings.money |= {"CAD": D("250.5"), "EUR": D(0), "GBP": D("-3")}
    account = trading(found).account_state()
    assert account.cash == 5000
    assert [holding.words for holding in account.outside] == ["250.5 CAD (cash)", "-3 GBP (cash)"]


def test_two_answers_about_money_agree_whatever_the_market_has_done_between_them(at_tws: AtTws) -> None:
    """After an answer that did not end, two in a row must agree: what the account is worth changes all the time."""
    from tasks.errors import BrokerError

    found = at_tws()
    found.venue.other_holdings.hold(CALL, -4, "12.5")
    broker = trading(found)
    found.venue.play(WireFault.NO_DOWNLOAD_END)
    with pytest.raises(BrokerError, match="did not end"):
        broker.account_state()
    moving = found.venue.other_holdings

    class Moving(list):  # pyright: ignore[reportMissingTypeArgument]
        def __iter__(self):  # pyright: ignore[reportMissingParameterType]
            moving.held[0] = type(moving.held[0])(CALL, D(-4), moving.held[0].price + 1)
            return super().__iter__()

    moving.held = Moving(moving.held)
    assert kinds(broker.account_state().outside) == {"option": -4}


def test_manual_trades_and_orders_in_options_are_none_in_the_stock(at_tws: AtTws) -> None:
    found = at_tws(opening_shares={"AAA": 400})
    for what in (CALL, BESIDES["stock in CAD"], BESIDES["CFD"], BESIDES["another stock"], Other("AAA", "BAG")):
        found.venue.other_holdings.trade(what, Side.SELL, 4, "12.5", OPEN)
        found.venue.other_holdings.place(what, Side.SELL, 4, "20", OPEN)
    broker = trading(found)
    broker.submit(buy("ours", 10))
    broker.wait_until(broker.now() + timedelta(minutes=5))
    assert [(row.key, row.shares) for row in broker.executions(TUESDAY)] == [("ours", 10)]
    assert broker.open_orders() == ()
    order = broker.find_order("ours")
    assert order is not None
    assert order.filled_shares == 10


def test_a_manual_trade_in_the_stock_itself_is_told_as_a_strangers(at_tws: AtTws) -> None:
    found = at_tws()
    stock = Listings().stock("AAA")
    by_hand = found.venue.other_holdings
    by_hand.trade(stock, Side.BUY, 7, "100", OPEN)  # pyright: ignore[reportArgumentType] - a contract like any other
    by_hand.place(stock, Side.BUY, 9, "50", OPEN)  # pyright: ignore[reportArgumentType]
    broker = trading(found)
    assert [(row.key, row.symbol, row.shares) for row in broker.executions(TUESDAY)] == [("", "AAA", 7)]
    assert [(order.key, order.symbol, order.shares) for order in broker.open_orders()] == [("", "AAA", 9)]


def test_of_two_listings_of_a_name_the_one_that_the_book_says_is_its_own(at_tws: AtTws) -> None:
    """Until it is said neither is: shares of two stocks are never added up, and no order of the name goes out."""
    found = at_tws(venue={"listings": Listings(twins={"AAA": "NYSE"})}, opening_shares={"AAA": 400})
    found.venue.other_holdings.hold(Other("AAA", "STK", "USD", "NYSE"), 30)
    unsaid = trading(found)
    account = unsaid.account_state()
    assert account.positions == {}
    assert sorted(holding.quantity for holding in account.outside) == [30, 400]
    with pytest.raises(OrderRefusedError, match="primary_exchanges"):
        unsaid.submit(buy("a", 10))
    said = found.next_life(primary_exchanges={"AAA": "NASDAQ"})
    said.connect()
    account = said.account_state()
    assert account.positions == {"AAA": 400}
    assert kinds(account.outside) == {"another stock": 30}


def test_doctor_tells_of_it_before_the_first_session(at_tws: AtTws) -> None:
    broker = with_all_of_it(at_tws(opening_shares={"AAA": 400}))
    found = {health.subject: health for health in examine_broker(broker, ["AAA"], lambda: OPEN)}
    assert are_well(list(found.values())), found
    assert "1 position," in found["positions"].words
    for kind in BESIDES:
        assert f"({kind}, worth" in found[BESIDE].words
    assert "an account of its own" in found[BESIDE].remedy
