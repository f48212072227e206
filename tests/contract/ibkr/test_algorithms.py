"""IB's own algorithms: each with its name and its parameters as TWS knows them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.ibkr.build_order import tags
from tasks.errors import OrderRefusedError
from tasks.model.orders import NativeAlgorithm, NativeOrder, OrderState
from tests.contract.ibkr.conftest import AtTws, trading
from tests.contract.ibkr.naive import library, naively, soon
from tests.unit.brokers.simulated.simulated_world import buy

ALGO = 83
"""Place of the algorithm's name in a `placeOrder`; then the number of its parameters, then those."""
FROM, TO = datetime(2022, 11, 22, 15, 0, tzinfo=UTC), datetime(2022, 11, 22, 20, 30, tzinfo=UTC)
TIMES = {"startTime": "10:00:00 US/Eastern", "endTime": "15:30:00 US/Eastern"}


@pytest.mark.parametrize(
    ("algorithm", "name", "told"),
    [
        (NativeAlgorithm.VWAP, "Vwap", {"maxPctVol": "0.125", **TIMES, "allowPastEndTime": "0", "noTakeLiq": "0"}),
        (NativeAlgorithm.TWAP, "Twap", {"strategyType": "Marketable", **TIMES, "allowPastEndTime": "0"}),
        (
            NativeAlgorithm.ARRIVAL_PRICE,
            "ArrivalPx",
            {
                "maxPctVol": "0.125",
                "riskAversion": "Neutral",
                **TIMES,
                "forceCompletion": "0",
                "allowPastEndTime": "0",
            },
        ),
        (NativeAlgorithm.PERCENT_OF_VOLUME, "PctVol", {"pctVol": "0.125", **TIMES, "noTakeLiq": "0"}),
        (NativeAlgorithm.ADAPTIVE, "Adaptive", {"adaptivePriority": "Normal"}),
    ],
)
def test_each_algorithm_goes_out_with_its_own_parameters(
    at_tws: AtTws, algorithm: NativeAlgorithm, name: str, told: dict[str, str]
) -> None:
    found = at_tws()
    native = NativeOrder(algorithm, FROM, TO, Decimal("12.5"))
    order = trading(found).submit(replace(buy("k1", 10), native=native))
    assert order.state is OrderState.ACCEPTED
    (client,) = found.venue.clients()
    (fields,) = [message for message in client.received if message[0] == "3"]
    assert (fields[ALGO], int(fields[ALGO + 1])) == (name, len(told))
    values = fields[ALGO + 2 : ALGO + 2 + 2 * len(told)]
    assert dict(zip(values[::2], values[1::2], strict=True)) == told


@pytest.mark.parametrize(
    ("pace", "told"),
    [("patient", ("Passive", "Patient")), ("normal", ("Neutral", "Normal")), ("urgent", ("Aggressive", "Urgent"))],
)
def test_the_pace_is_told_in_the_words_of_each_algorithm(pace: Any, told: tuple[str, str]) -> None:
    arrival = dict(tags(NativeOrder(NativeAlgorithm.ARRIVAL_PRICE, pace=pace)))
    adaptive = dict(tags(NativeOrder(NativeAlgorithm.ADAPTIVE, pace=pace)))
    assert (arrival["riskAversion"], adaptive["adaptivePriority"]) == told


def test_what_is_not_asked_for_is_left_to_tws() -> None:
    assert dict(tags(NativeOrder(NativeAlgorithm.VWAP))) == {"allowPastEndTime": "0", "noTakeLiq": "0"}


def test_a_cap_above_what_ib_allows_is_kept_to_ibs_and_such_an_aim_is_refused(at_tws: AtTws) -> None:
    """TWS refuses 60 percent with 321; a lower cap keeps the promise, a lower aim would not."""
    sixty = NativeOrder(NativeAlgorithm.VWAP, max_participation_pct=Decimal(60))
    assert dict(tags(sixty))["maxPctVol"] == "0.5"
    aim = replace(sixty, algorithm=NativeAlgorithm.PERCENT_OF_VOLUME)
    with pytest.raises(OrderRefusedError, match="at most"):
        trading(at_tws()).submit(replace(buy("k1", 10), native=aim))


def test_an_algorithm_that_a_tws_does_not_know_is_refused_there(at_tws: AtTws) -> None:
    found = at_tws()

    async def story(ib: Any) -> list[int]:
        errors: list[int] = []
        ib.errorEvent += lambda *said: errors.append(said[1])
        order = library.MarketOrder("BUY", 10, tif="DAY", algoStrategy="NoSuch")
        ib.placeOrder(library.Stock("AAA", "SMART", "USD"), order)
        await soon(ib)
        return errors

    assert 321 in naively(found.venue, story)
    assert found.venue.exchange.truth().orders == ()
