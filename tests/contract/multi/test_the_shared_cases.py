"""Every case that each broker has to pass, run over two of them as one; where two can do more, the case says what."""

from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest

from tasks.book.faults import Call, FaultKind
from tasks.errors import BrokerError
from tasks.model.orders import OrderState
from tests.contract.conftest import Open, fault
from tests.unit.brokers.simulated.simulated_world import TUESDAY, after_open, buy

FOLDER = Path(__file__).parents[1]
for path in sorted(FOLDER.glob("test_contract_*.py")):
    cases = vars(import_module(f"tests.contract.{path.stem}"))
    shared = [name for name in cases if name.startswith("test_") and "open_world" in signature(cases[name]).parameters]
    globals().update({name: cases[name] for name in shared})

RICH = {"opening_cash_usd": "1e8"}


@pytest.mark.parametrize("call", [Call.WORKING, Call.EXECUTIONS, Call.ACCOUNT])
def test_a_question_without_an_answer_fails_and_is_never_an_empty_answer(open_world: Open, call: Call) -> None:
    """Of a broker that has never answered the question; an order that it told of is known, and quotes have others."""
    opened = open_world(fault(FaultKind.NO_ANSWER, call=call, times=None), opening_shares={"BBB": 10})
    opened.broker.open_session(TUESDAY)
    questions = {
        Call.WORKING: opened.broker.open_orders,
        Call.EXECUTIONS: lambda: opened.broker.executions(TUESDAY),
        Call.ACCOUNT: opened.broker.account_state,
    }

    with pytest.raises(BrokerError, match=r"a \(simulated main\) does not answer"):
        questions[call]()


def test_a_question_about_an_order_has_the_last_answer_or_none(open_world: Open) -> None:
    opened = open_world(fault(FaultKind.NO_ANSWER, call=Call.ORDER, times=None))
    opened.broker.open_session(TUESDAY)
    opened.broker.submit(buy("k1", 100, limit="90"))

    found = opened.broker.find_order("k1")

    assert found is not None
    assert found.state is OrderState.ACCEPTED
    assert opened.broker.account_state().silent == ("a",)
    with pytest.raises(BrokerError):
        opened.broker.find_order("k2")


def test_a_halted_symbol_has_no_quote_and_the_others_have(open_world: Open) -> None:
    """What the preferred broker has no quote for is asked at the next one."""
    opened = open_world(fault(FaultKind.HALT, call=Call.ORDER, symbol="AAA", seconds=300, client_order_id="k"))
    opened.broker.open_session(TUESDAY)
    opened.broker.wait_until(after_open(5))
    opened.broker.submit(buy("k1", 1))
    opened.broker.find_order("k1")

    assert set(opened.exchange.quotes(["AAA", "BBB"])) == {"BBB"}
    assert set(opened.broker.quotes(["AAA", "BBB", "ZZZ"])) == {"AAA", "BBB"}


def test_while_the_line_is_down_everything_fails_and_afterwards_nothing_is_lost(open_world: Open) -> None:
    """Of one broker: nothing can be sent there, and its last answers stand in while it is named as silent."""
    opened = open_world(fault(FaultKind.DISCONNECT, call=Call.EXECUTIONS, seconds=60), **RICH)
    broker = opened.broker
    broker.open_session(TUESDAY)
    broker.submit(buy("k1", 5_000))
    before = broker.account_state()
    assert before.silent == ()

    with pytest.raises(BrokerError):  # it never told the session's executions
        broker.executions(TUESDAY)
    with pytest.raises(BrokerError):
        broker.submit(buy("k2", 100))
    with pytest.raises(BrokerError):
        broker.find_order("k2")
    down = broker.account_state()
    assert (down.silent, down.cash, down.positions) == (("a",), before.cash, before.positions)
    broker.wait_until(after_open(10))

    assert sum(e.shares for e in broker.executions(TUESDAY)) == opened.truth().filled("k1") == 5_000
    assert broker.account_state().positions == dict(opened.truth().positions)
    assert broker.account_state().silent == ()
    assert broker.find_order("k2") is None
