"""What is held beside the universe is valued and named, can be sold or kept, and leaves by a person's word."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from reconciliation_world import D, World, now, world

from tasks.errors import ConfigError
from tasks.holdings.outside_universe import beside_the_universe
from tasks.journal.book_ledger import ledger_of
from tasks.model.account import AccountState
from tasks.model.ledger import worth
from tasks.model.plan import Finding, Severity
from tasks.reconciliation.close import SharesMoney
from tasks.reconciliation.explain import explain_and_book
from tests.unit.brokers.simulated.simulated_world import WEDNESDAY


def looking(desk: World, *must_exit: str) -> World:
    """The same desk with a book that has limits."""
    book = SimpleNamespace(**{**vars(desk.desk.book), "limits": SimpleNamespace(must_exit=must_exit)})
    return World(replace(desk.desk, book=book), desk.broker)  # type: ignore[arg-type]


def only(findings: object) -> Finding:
    [found] = findings  # type: ignore[misc]
    return found


def test_what_the_broker_quotes_is_valued_at_its_last_price_and_named(tmp_path: Path):
    desk = looking(world(tmp_path))
    beside = beside_the_universe(desk.desk, {"AAA": D(100)}, {})
    assert (beside.prices, beside.unquoted) == ({"AAA": D(100)}, ())
    told = only(beside.findings)
    assert (told.severity, told.check) == (Severity.INFO, "outside_universe")
    assert "$10,000.00 of net asset value, and left alone" in told.message
    to_go = beside_the_universe(looking(desk, "AAA").desk, {"AAA": D(100)}, {})
    assert "sold, as limits.must_exit says" in only(to_go.findings).message


def test_what_nobody_quotes_is_valued_at_the_price_known_last_and_stops_nothing(tmp_path: Path):
    desk = looking(world(tmp_path))
    desk.broker.quotes = lambda _symbols: {}
    at_cost = beside_the_universe(desk.desk, {"AAA": D(100)}, {})
    assert (at_cost.prices, at_cost.unquoted) == ({"AAA": D(100)}, ("AAA",))
    assert "what they cost" in only(at_cost.findings).message
    desk.journal.books.record_valuation("demo", desk.desk.session, D(1), D(1), {"AAA": D(97)})
    later = beside_the_universe(desk.desk, {"AAA": D(100)}, {})
    assert later.prices == {"AAA": D(97)}
    assert "valuation of 2022-11-22" in only(later.findings).message
    assert "--proceeds-usd" in only(later.findings).message


def test_what_never_had_a_price_is_named_and_not_valued(tmp_path: Path):
    desk = looking(world(tmp_path))
    beside = beside_the_universe(desk.desk, {"DEAD": D(5)}, {})
    assert (beside.prices, beside.unquoted) == ({}, ("DEAD",))
    assert "not in net asset value" in only(beside.findings).message


def without_aaa(answer: AccountState) -> AccountState:
    return replace(answer, positions={})


@pytest.mark.parametrize(("proceeds", "realised"), [("2500", "-7500"), ("0", "-10000")])
def test_delisted_shares_leave_for_what_they_brought_by_a_persons_word(tmp_path: Path, proceeds: str, realised: str):
    """One hundred shares at 100 leave; both breaks, of shares and of cash, close with the one word."""
    desk = world(tmp_path)
    desk.broker.account = lambda answer: replace(without_aaa(answer), cash=answer.cash + D(proceeds))
    desk.compare()
    row = desk.open_breaks()["shares"]
    desk._answered(lambda j: explain_and_book(j, row, "simulated", "Ada", "delisted", now, SharesMoney(D(proceeds))))
    assert desk.agrees()
    state = ledger_of(desk.journal, "demo", "main")
    assert (state.shares(), state.cash_usd, state.balanced_usd) == ({}, D(1_000_000) + D(proceeds), 0)
    assert worth(state, {}).realised_usd == D(realised)
    assert desk.next_session(WEDNESDAY).desk.session == WEDNESDAY


def test_proceeds_are_of_shares_that_left_and_of_nothing_else(tmp_path: Path):
    desk = world(tmp_path)
    desk.broker.account = lambda answer: replace(answer, cash=answer.cash + 5)
    desk.compare()
    row = desk.open_breaks()["cash"]
    with pytest.raises(ConfigError, match="--proceeds-usd 5"):
        explain_and_book(desk.journal, row, "simulated", "Ada", "delisted", now, SharesMoney(D(5)))
