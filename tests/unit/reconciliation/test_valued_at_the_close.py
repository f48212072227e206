"""Who works out the net asset value by hand, from cash, shares and the file's closes, has the book's to the cent."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from reconciliation_world import World, now, world

from flows.commands.book_status import book_status
from tasks.model.cycle import Checkpoint
from tasks.model.orders import Side
from tasks.reconciliation.step import reconcile
from tasks.risk.measure import measured
from tests.unit.brokers.simulated.simulated_world import (
    CLOSE,
    TUESDAY,
    WEDNESDAY,
    MemorySource,
    after_open,
    hours,
    quiet_week,
)

D = Decimal
CLOSES = {"AAA": D("37.41"), "BBB": D("112.83")}
"""What the price file says, every day."""
OPENING = {"AAA": D(100), "BBB": D(1_000)}


def price_file() -> MemorySource:
    """AAA is a thin name; BBB trades in size."""
    thin = quiet_week("AAA", close=float(CLOSES["AAA"]), volume=20_000)
    thick = quiet_week("BBB", close=float(CLOSES["BBB"]))
    return MemorySource([*thin.daily, *thick.daily])


def takes_stock(desk: World) -> None:
    """The session's holdings are on record, at the closes of the day before."""
    prices = {symbol: str(price) for symbol, price in CLOSES.items()}
    facts = {"facts": {"positions": {}, "prices": prices}, "sentence": ""}
    desk.journal.cycles.record_step(desk.desk.cycle, Checkpoint("holdings", facts, 0.0, now()))


def traded_to_the_end(desk: World) -> World:
    """We buy the thin name and sell the other up to the last minute; then the session is over and reconciled."""
    takes_stock(desk)
    for minute in range(300, 390, 10):
        desk.broker.inner.wait_until(after_open(minute))
        desk.order(f"k{minute}a", Side.BUY, 150)
        desk.order(f"k{minute}b", Side.SELL, 40, "BBB")
    desk.broker.inner.wait_until(after_open(389))
    marks = desk.broker.inner.quotes(["AAA", "BBB"])
    assert marks["AAA"].last > CLOSES["AAA"] * D("1.001"), "our own buying has moved the thin name"
    desk.broker.inner.wait_until(CLOSE + timedelta(minutes=2))
    desk.collect()
    return desk


def test_the_net_asset_value_is_cash_and_shares_at_the_files_close_to_the_cent(tmp_path: Path):
    desk = traded_to_the_end(world(tmp_path, price_file(), opening_shares=OPENING, max_participation_pct=50))
    reconcile.fn(desk.desk)
    account = desk.broker.inner.account_state()
    assert account.positions["AAA"] > 500, "orders in the thin name have filled"
    by_hand = account.cash + sum(shares * CLOSES[symbol] for symbol, shares in account.positions.items())
    [(session, nav, cash, prices)] = desk.journal.books.valuations("demo")
    assert (session, nav, cash, dict(prices)) == (TUESDAY, by_hand, account.cash, CLOSES)
    assert desk.journal.books.breaks("demo") == ()


def test_status_shows_the_value_of_the_reconciliation(tmp_path: Path):
    desk = traded_to_the_end(world(tmp_path, price_file(), opening_shares=OPENING, max_participation_pct=50))
    reconcile.fn(desk.desk)
    [(_, nav, _, _)] = desk.journal.books.valuations("demo")
    told = book_status(desk.journal, "demo", now())
    assert told["nav_usd"] == float(round(nav, 2))
    assert {position["symbol"]: D(str(position["price"])) for position in told["positions"]} == CLOSES


def test_a_day_on_which_the_file_does_not_move_and_nothing_trades_is_no_loss_for_the_breakers(tmp_path: Path):
    """What our buying had left in the price of the day before was lost overnight, and was no loss of the market."""
    desk = traded_to_the_end(world(tmp_path, price_file(), opening_shares=OPENING, max_participation_pct=50))
    reconcile.fn(desk.desk)
    later = desk.next_session(WEDNESDAY)
    takes_stock(later)
    later.broker.inner.wait_until(hours(WEDNESDAY)[1])
    assert measured(later.desk).loss_pct == 0
