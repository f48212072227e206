"""Several brokers as one: who is asked, in whose words, and what stands in for a silent one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.multi.broker import SeveralBrokers
from tasks.brokers.multi.member import Member
from tasks.brokers.multi.router import PartsRouter
from tasks.errors import BrokerError, ConfigError, OrderRefusedError
from tasks.model.broker_tags import tag_of, tag_of_id, tagged, with_tag_of
from tasks.model.capabilities import StatementLine
from tasks.model.client_order_ids import leg_key
from tasks.model.commission import NO_COMMISSION
from tasks.model.orders import LegRole, OrderClass, OrderState, OutsideHolding, Side
from tests.unit.brokers.multi.broker_world import SESSION, Paper, Two, buy
from tests.unit.brokers.multi.splitting_world import NANO, NOON, by_tag, order, route, table

D = Decimal


# ---- tags ----------------------------------------------------------------------------------------------------------


def test_a_key_names_its_broker_also_as_a_legs_key_and_in_its_next_generation() -> None:
    key = tagged("221122-AAA-B001.0-2af72b844eee", "b")
    bracket = order(Side.BUY, 1, key=key, order_class=OrderClass.BRACKET)

    assert tag_of(key) == tag_of(leg_key(bracket.key, LegRole.STOP_LOSS)) == "b"
    assert tag_of(with_tag_of("221122-AAA-B001.1-ffff", key)) == "b"
    assert with_tag_of("next", "first") == "next"


@pytest.mark.parametrize("key", ["", "k1", "k1~", "k1~A", "k1~ab", "k1~1", "k~a1"])
def test_a_key_without_a_tag_names_nobody(key: str) -> None:
    assert tag_of(key) == ""


def test_numbers_of_brokers_without_a_prefix_name_nobody() -> None:
    assert [tag_of_id(name) for name in ("a:x:1", "0001f4e8", "20221122000::uuid", "A:1", "")] == ["a", "", "", "", ""]


# ---- orders --------------------------------------------------------------------------------------------------------


def test_an_order_goes_to_the_broker_of_its_key_in_that_brokers_account_and_comes_back_with_its_tag() -> None:
    two = Two()
    told = two.open().submit(buy("k1~b"))

    assert (two.a.accounts, two.b.accounts) == ([], ["acct-b"])
    assert (told.key, told.broker_order_id) == ("k1~b", "b:n1")


def test_after_a_restart_the_key_still_finds_its_order() -> None:
    two = Two()
    two.open().submit(buy("k1~b"))
    again = two.open()

    found = again.find_order("k1~b")
    assert found is not None
    assert found.broker_order_id == "b:n1"
    assert again.cancel("k1~b").state is OrderState.CANCELLED


@pytest.mark.parametrize("key", ["k1", "k1~c"])
def test_a_key_that_names_nobody_is_sent_to_nobody_and_never_said_to_be_absent(key: str) -> None:
    two = Two()
    brokers = two.open()

    with pytest.raises(OrderRefusedError, match="nothing was sent"):
        brokers.submit(buy(key))
    with pytest.raises(OrderRefusedError, match="nothing was sent"):
        brokers.cancel(key)
    with pytest.raises(BrokerError, match="no broker can be asked"):
        brokers.find_order(key)
    assert two.a.asked == two.b.asked == 0


def test_an_order_for_another_account_is_refused_before_anybody_hears_of_it() -> None:
    two = Two()
    with pytest.raises(OrderRefusedError, match="acct-b"):
        two.open().submit(buy("k1~b", account="acct-b"))
    assert two.b.asked == 0


# ---- answers of all ------------------------------------------------------------------------------------------------


def test_the_account_is_the_sum_and_names_each_brokers_own_word() -> None:
    two = Two()
    two.a.positions, two.b.positions = {"AAA": D(5), "BBB": D(3)}, {"AAA": D(2), "BBB": D(-3)}
    account = two.open().account_state()

    assert (account.account, account.cash, account.positions) == ("book", D(2000), {"AAA": D(7)})
    assert {tag: (part.account, part.positions["BBB"]) for tag, part in account.parts.items()} == {
        "a": ("acct-a", D(3)),
        "b": ("acct-b", D(-3)),
    }
    assert account.silent == ()


def test_what_one_broker_holds_beside_the_book_stands_beside_the_whole_book() -> None:
    two = Two()
    coin = OutsideHolding("BTC/USD", "crypto", D("0.5"))
    two.b.outside = (coin,)
    assert two.open().account_state().outside == (coin,)


def test_executions_of_both_come_in_order_of_time_and_their_ids_cannot_collide() -> None:
    two = Two()
    two.b.fill("x1", "k1~b", 1, minute=1)
    two.a.fill("x1", "k1~a", 2, minute=2)
    two.a.fill("x2", "k1~a", 0, minute=3, supersedes="x1")

    rows = two.open().executions(SESSION)

    assert [(e.execution_id, e.supersedes, e.account) for e in rows] == [
        ("b:x1", "", "book"),
        ("a:x1", "", "book"),
        ("a:x2", "a:x1", "book"),
    ]


def test_statement_lines_and_open_orders_are_those_of_both_with_their_tags() -> None:
    two = Two()
    two.a.lines = [StatementLine("L1", NOON, "dividend", "AAA", D(0), D(5), "words")]
    two.b.lines = [StatementLine("L1", NOON - timedelta(minutes=1), "fee", "", D(0), D(-1), "words")]
    brokers = two.open()
    brokers.submit(buy("k1~a"))
    brokers.submit(buy("k1~b"))

    assert [line.line_id for line in brokers.statement(SESSION, SESSION)] == ["b:L1", "a:L1"]
    assert [known.broker_order_id for known in brokers.open_orders()] == ["a:n1", "b:n1"]


def test_prices_come_from_the_preferred_broker_and_what_it_lacks_from_the_next() -> None:
    two = Two()
    two.a.prices, two.b.prices = {"AAA": D(1)}, {"AAA": D(2), "BBB": D(3)}
    brokers = two.open()

    assert {s: q.last for s, q in brokers.quotes(["AAA", "BBB", "ZZZ"]).items()} == {"AAA": D(1), "BBB": D(3)}
    two.a.silent = True
    assert brokers.quotes(["AAA"])["AAA"].last == 2
    assert brokers.market_bars("AAA", NOON, NOON)[0].close == 2
    assert brokers.session_hours(SESSION)[0] == NOON
    two.b.silent = True
    with pytest.raises(BrokerError):
        brokers.quotes(["AAA"])


# ---- silence -------------------------------------------------------------------------------------------------------

QUESTIONS: dict[str, Callable[[SeveralBrokers], Any]] = {
    "account": lambda brokers: brokers.account_state().cash,
    "open orders": lambda brokers: brokers.open_orders(),
    "executions": lambda brokers: brokers.executions(SESSION),
    "statement": lambda brokers: brokers.statement(SESSION, SESSION),
    "order": lambda brokers: brokers.find_order("k1~b"),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_last_answer_of_a_silent_broker_stands_in_and_the_next_account_names_it(question: str) -> None:
    two = Two()
    brokers = two.open()
    brokers.submit(buy("k1~b"))
    before = QUESTIONS[question](brokers)
    two.b.silent = True

    assert QUESTIONS[question](brokers) == before

    two.b.silent = False
    if question != "account":
        brokers.parts["b"].remember("account", two.b.account_state())
        assert brokers.account_state().silent == ("b",), "an old answer stood in since the account was last asked for"
    assert brokers.account_state().silent == ()


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "order"])
def test_a_broker_that_never_answered_has_nothing_that_could_stand_in(question: str) -> None:
    two = Two()
    two.b.silent = True
    with pytest.raises(BrokerError, match=r"b \(paper acct-b\) does not answer"):
        QUESTIONS[question](two.open())


def test_where_nobody_answers_there_is_no_answer_however_much_is_remembered() -> None:
    two = Two()
    brokers = two.open()
    brokers.account_state()
    two.a.silent = two.b.silent = True

    with pytest.raises(BrokerError, match="none of"):
        brokers.account_state()

    assert two.a.clock - NOON > timedelta(minutes=2), "it was waited for"


def test_a_short_silence_is_waited_out_and_a_long_one_only_once() -> None:
    two = Two()
    brokers = two.open()
    brokers.account_state()
    two.b.silent, asked = True, two.b.asked

    brokers.account_state()
    assert two.b.asked - asked == 4
    brokers.account_state()
    assert two.b.asked - asked == 5
    assert two.a.clock - NOON == timedelta(seconds=15)


def test_an_order_that_a_silent_broker_never_told_of_is_neither_there_nor_absent() -> None:
    two = Two()
    brokers = two.open()
    two.b.silent = True
    with pytest.raises(BrokerError):
        brokers.submit(buy("k1~b"))
    with pytest.raises(BrokerError):
        brokers.find_order("k1~b")


def test_absence_is_no_proof_while_an_old_answer_stands_in_for_another_question() -> None:
    """A broker that answers some questions and not others may have the order among those that it does not answer."""
    two = Two()
    brokers = two.open()
    brokers.open_orders()
    two.b.silent = True
    brokers.open_orders()
    two.b.silent = False

    with pytest.raises(BrokerError, match="may be there all the same"):
        brokers.find_order("k1~b")

    brokers.account_state()
    assert brokers.find_order("k1~b") is None


# ---- connections and clocks ----------------------------------------------------------------------------------------


def test_a_broker_that_cannot_be_connected_is_named_and_none_stays_connected() -> None:
    two = Two()
    two.b.silent = True
    with pytest.raises(BrokerError, match=r"b \(paper acct-b\) cannot be connected"):
        two.open().connect()
    assert not two.a.is_connected


def test_clocks_that_jump_go_together_and_one_that_lagged_is_moved_up() -> None:
    two = Two()
    two.b.clock = NOON + timedelta(minutes=3)
    brokers = two.open()
    brokers.connect()
    assert two.a.clock == two.b.clock == NOON + timedelta(minutes=3)

    brokers.wait_until(NOON + timedelta(minutes=9))
    assert brokers.now() == two.a.clock == two.b.clock == NOON + timedelta(minutes=9)


def test_a_clock_that_jumps_and_one_that_does_not_are_refused() -> None:
    two = Two(b=Paper("acct-b", capabilities=table(clock_jumps=False)))
    with pytest.raises(ConfigError, match="clock of a jumps"):
        two.open()


# ---- capabilities --------------------------------------------------------------------------------------------------


def test_the_whole_takes_what_any_takes_and_promises_what_all_promise() -> None:
    slow = table(
        keys_are_unique=False, absence_proves_after=timedelta(seconds=60), price_step=D("0.05"), corrections=False
    )
    whole = Two(b=Paper("acct-b", capabilities=slow)).open().capabilities

    assert (whole.keys_are_unique, whole.corrections) == (False, False)
    assert (whole.absence_proves_after, whole.price_step) == (timedelta(seconds=60), D("0.05"))


def test_fractions_are_taken_where_any_order_with_one_has_a_way_to_a_broker_that_takes_them() -> None:
    exact = Paper("acct-b", capabilities=table(NANO))
    assert Two(b=exact).open().capabilities.share_step == 1, "the preferred one takes whole shares"
    ways = [route({"b": 100}, needs="fractions")]
    assert Two(b=exact, routes=ways).open().capabilities.share_step == NANO
    only_some = [route({"b": 100}, needs="fractions", symbols=("AAA",))]
    assert Two(b=exact, routes=only_some).open().capabilities.share_step == 1


# ---- the router ----------------------------------------------------------------------------------------------------


def test_the_router_keeps_back_what_orders_on_the_way_may_still_take() -> None:
    two = Two(routes=[route({"a": 50, "b": 50})])
    brokers = two.open()
    brokers.submit(buy("k0~a", 9, symbol="BBB"))

    routed = PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 8)], brokers.account_state())

    assert by_tag(routed.requests) == {"b": 8}


def test_the_router_keeps_back_the_cash_of_an_order_without_an_answer() -> None:
    two = Two(routes=[route({"a": 50, "b": 50})])
    brokers = two.open()
    brokers.account_state()
    two.a.silent = True
    with pytest.raises(BrokerError):
        brokers.submit(buy("k0~a", 9, symbol="BBB"))
    two.a.silent = False

    routed = PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 8)], brokers.account_state())

    assert by_tag(routed.requests) == {"b": 8}


def test_the_router_gives_cash_back_once_the_order_is_over() -> None:
    two = Two()
    brokers = two.open()
    brokers.submit(buy("k0~a", 9, symbol="BBB"))
    two.a.orders["k0~a"] = replace(two.a.orders["k0~a"], state=OrderState.EXPIRED)

    assert by_tag(PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 8)], brokers.account_state()).requests) == {
        "a": 8
    }


def test_an_order_that_never_arrived_keeps_nothing_back_once_its_symbol_is_free_again() -> None:
    """The wave would not send in the symbol while the fate of the first order is open."""
    two = Two()
    brokers = two.open()
    brokers.account_state()
    two.a.silent = True
    with pytest.raises(BrokerError):
        brokers.submit(buy("k0~a", 9))
    two.a.silent = False

    assert by_tag(PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 8)], brokers.account_state()).requests) == {
        "a": 8
    }


def test_the_router_passes_over_a_broker_that_falls_silent_after_the_account_was_asked_for() -> None:
    two = Two(routes=[route({"a": 50, "b": 50})])
    brokers = two.open()
    account = brokers.account_state()
    two.b.silent = True

    routed = PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 4)], account)

    assert by_tag(routed.requests) == {"a": 4}
    assert "b (paper acct-b) does not answer" in routed.notes[0]


def test_a_part_has_a_label_that_a_person_understands() -> None:
    assert Member("b", "ibkr", "DU1", Paper("DU1")).label == "b (ibkr DU1)"


def test_nothing_is_routed_on_the_old_word_of_a_broker_that_answers_again() -> None:
    two = Two(routes=[route({"a": 50, "b": 50})])
    brokers = two.open()
    brokers.account_state()
    two.b.silent = True
    account = brokers.account_state()
    two.b.silent = False

    assert by_tag(PartsRouter(brokers, NO_COMMISSION).split([buy("k1", 4)], account).requests) == {"a": 4}
