"""What moves cash without a trade: fees, interest and deposits are told as what they are, and nothing is left out."""

from decimal import Decimal
from typing import Any

import pytest

from tasks.brokers.alpaca.broker import AlpacaBroker
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError
from tests.contract.alpaca.http_faults import answering, bent
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY

ACTIVITIES = "/account/activities"


def booked(name: str, amount: str, **more: Any) -> dict[str, Any]:
    row = {"id": f"20221122000000000::{name}", "activity_type": name, "date": "2022-11-22", "net_amount": amount}
    return {**row, "status": "executed", **more}


def told(venue: AlpacaVenue, broker: AlpacaBroker, *rows: dict[str, Any]) -> list[tuple[str, str, Decimal]]:
    venue.http_faults.plan(bent("GET", ACTIVITIES, lambda _: list(rows)))
    return [(line.kind, line.symbol, line.amount_usd) for line in broker.statement(TUESDAY, TUESDAY)]


@pytest.mark.parametrize(
    ("name", "amount", "kind"),
    [
        ("FEE", "-0.03", "fee"),
        ("PTC", "-1.10", "fee"),
        ("PTR", "0.40", "fee"),
        ("INT", "-12.00", "fee"),
        ("CSD", "5000", "cash_flow"),
        ("CSW", "-250.50", "cash_flow"),
        ("JNLC", "100", "cash_flow"),
    ],
)
def test_cash_that_no_trade_moved_is_told_with_its_sign(
    venue: AlpacaVenue, broker: AlpacaBroker, name: str, amount: str, kind: str
) -> None:
    """Who asks for dividends and splits only finds a difference in cash every evening, and cannot explain it."""
    assert told(venue, broker, booked(name, amount)) == [(kind, "", Decimal(amount))]


def test_a_fee_of_a_symbol_and_a_dividend_name_it(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    rows = (booked("FEE", "-0.01", symbol="AAA"), booked("DIVNRA", "-1.5", symbol="BBB"))

    assert sorted(told(venue, broker, *rows)) == [
        ("dividend", "BBB", Decimal("-1.5")),
        ("fee", "AAA", Decimal("-0.01")),
    ]


def test_what_was_taken_back_is_not_told(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    assert told(venue, broker, booked("FEE", "-0.03", status="canceled")) == []


def test_all_of_it_is_asked_for_in_one_list(venue: AlpacaVenue, broker: AlpacaBroker) -> None:
    broker.statement(MONDAY, TUESDAY)

    assert [path for method, path, _ in venue.seen if (method, path.endswith("activities")) == ("GET", True)] == [
        "/v2/account/activities"
    ]


@pytest.mark.parametrize(
    "row",
    [
        booked("FEE", "much"),
        {**booked("FEE", "1"), "net_amount": None},
        booked("MA", "1"),
        {**booked("DIV", "1"), "date": "soon"},
    ],
    ids=["no number", "no amount", "another kind", "no day"],
)
def test_a_row_that_cannot_be_read_makes_no_statement(venue: AlpacaVenue, broker: AlpacaBroker, row: Any) -> None:
    venue.http_faults.plan(answering(200, [row], method="GET", path=ACTIVITIES))

    with pytest.raises(BrokerError, match="the statement"):
        broker.statement(TUESDAY, TUESDAY)
