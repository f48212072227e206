"""The plan of faults: what it means, what it refuses, and that its chances are a function of seed and call alone."""

import pytest
from pydantic import ValidationError

from tasks.book.faults import MEANINGS, Call, Fault, FaultKind
from tasks.brokers.simulated.faults.plan import FaultPlan


def test_every_kind_says_in_one_sentence_what_it_imitates_and_can_be_written_with_its_name_alone():
    assert set(MEANINGS) == set(FaultKind)
    for kind, meaning in MEANINGS.items():
        assert meaning.imitates.endswith(".")
        fault = Fault(kind=kind)
        assert fault.trigger is meaning.calls[0]
        assert (fault.lasting.total_seconds() > 0) == (meaning.seconds is not None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "reply_lost", "call": "account"}, "cannot wait for `account`; give one of place, cancel"),
        ({"kind": "halt", "nth": 2, "probability": 0.5}, "`nth` and `probability` are given.*; leave one out"),
        ({"kind": "reply_lost", "seconds": 3}, "takes no `seconds`"),
        ({"kind": "delayed", "seconds": 60}, "within 60 seconds"),
        ({"kind": "halt", "call": "quotes", "client_order_id": "k"}, "no client order id"),
        ({"kind": "gremlins"}, "reply_lost"),
        ({"kind": "bust", "fraction": 0}, "greater than 0"),
        ({"kind": "bust", "what": 1}, "Extra inputs"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_what_to_write(wrong, words):
    with pytest.raises(ValidationError, match=words):
        Fault(**wrong)


def test_a_fault_counts_the_calls_of_its_symbol_and_client_order_id_only():
    fault = Fault(kind=FaultKind.REPLY_LOST, symbol="AAA", client_order_id="-2-")
    assert fault.concerns(Call.PLACE, ("AAA",), "demo-2-7")
    assert not fault.concerns(Call.PLACE, ("BBB",), "demo-2-7")
    assert not fault.concerns(Call.PLACE, ("AAA",), "demo-3-7")
    assert not fault.concerns(Call.CANCEL, ("AAA",), "demo-2-7")
    assert Fault(kind=FaultKind.BUST, call=Call.EXECUTIONS, symbol="AAA").concerns(Call.EXECUTIONS, (), "")


def test_a_numbered_fault_strikes_from_its_call_on_as_often_as_it_may():
    fault = Fault(kind=FaultKind.REPLY_LOST, nth=3, times=2)
    plan = FaultPlan((fault,))
    assert [plan.strikes("f", fault, number, 0) for number in (1, 2, 3, 9)] == [False, False, True, True]
    assert [plan.strikes("f", fault, 9, fired) for fired in (1, 2)] == [True, False]


def test_chances_depend_on_the_seed_the_fault_and_the_number_of_the_call_alone():
    fault = Fault(kind=FaultKind.REPLY_LOST, probability=0.3, times=None)
    struck = [FaultPlan((fault,), seed).strikes("f", fault, n, 0) for seed in (1, 2) for n in range(1, 1_001)]
    assert struck == [FaultPlan((fault,), seed).strikes("f", fault, n, 5) for seed in (1, 2) for n in range(1, 1_001)]
    assert struck[:1_000] != struck[1_000:]
    assert 250 < sum(struck[:1_000]) < 350


def test_a_fault_keeps_its_name_when_others_are_put_before_it_and_equal_ones_have_their_own():
    lost, halt = Fault(kind=FaultKind.REPLY_LOST), Fault(kind=FaultKind.HALT)
    alone, among = FaultPlan((lost,)), FaultPlan((halt, lost, lost))
    assert alone.named[0][0] == among.named[1][0]
    assert len({name for name, _ in among.named}) == 3
