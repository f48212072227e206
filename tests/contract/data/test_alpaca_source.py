"""What only Alpaca's wire can do to a source: pages, bodies that are not whole, keys without a right."""
# pandas declares unions that its callers cannot narrow, so these reports are about its stubs, not this code.
# pyright: reportGeneralTypeIssues=false

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tasks.book.data import DataSettings
from tasks.brokers.alpaca import pages
from tasks.brokers.alpaca import prices as alpaca_source
from tasks.brokers.price_sources import open_source
from tasks.brokers.retrying_prices import PatientSource
from tasks.brokers.sandbox.alpaca import history
from tasks.brokers.sandbox.alpaca.http_faults import HttpFault, instead, with_body
from tasks.brokers.sandbox.alpaca.server import AlpacaVenue
from tasks.errors import BrokerError, ConfigError
from tasks.market_data.sample import SampleSource
from tasks.model.orders import Urgency
from tasks.ports.prices import KnowsCompanyEvents
from tests.contract.alpaca.documents import asked
from tests.contract.data.conftest import NOON
from tests.contract.data.prices import FIRST, SYMBOLS, Opened, alpaca, behind, environment_of, prices
from tests.contract.world import World
from tests.unit.brokers.simulated.simulated_world import MONDAY, TUESDAY

BARS, ACTIONS = "/v2/stocks/bars", "/v1/corporate-actions"
DAYS = 57
"""Sessions from FIRST to MONDAY."""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    actions = [(date(2022, 10, 3 + n), symbol, "dividend", 0.25) for n in range(4) for symbol in SYMBOLS]
    with alpaca(World(tmp_path, source=prices(actions=actions)), adjustment="raw") as found:
        found.exchange.advance(NOON)
        yield found


def venue_of(opened: Opened) -> AlpacaVenue:
    assert isinstance(opened.venue, AlpacaVenue)
    return opened.venue


def requests(opened: Opened, path: str) -> int:
    return sum(seen == path for _, seen, _ in venue_of(opened).seen)


@pytest.mark.parametrize("page", [9, DAYS, DAYS + 1, 10_000])
def test_bars_are_read_to_the_last_page(opened: Opened, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(pages, "MOST_BARS", page)
    got = opened.source.daily_bars(SYMBOLS, FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(prices(), SYMBOLS, FIRST, MONDAY))
    assert requests(opened, BARS) == -(-3 * DAYS // page)


def test_pages_do_not_lose_a_symbol_whose_name_begins_with_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_BARS", 10)
    served, names = prices("A", "AA", "A.B"), ("A", "AA", "A.B")
    with alpaca(World(tmp_path, source=served), adjustment="raw") as found:
        found.exchange.advance(NOON)
        got = found.source.daily_bars(names, FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(served, names, FIRST, MONDAY))


def test_many_symbols_are_asked_for_in_several_requests(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alpaca_source, "SYMBOLS_A_REQUEST", 2)
    got = opened.source.daily_bars(SYMBOLS, FIRST, MONDAY)
    pd.testing.assert_frame_equal(got, behind(prices(), SYMBOLS, FIRST, MONDAY))
    assert requests(opened, BARS) == 2


def test_corporate_actions_are_read_to_the_last_page_and_asked_for_once(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alpaca_source, "MOST_ACTIONS", 5)
    for _ in range(2):
        assert len(opened.source.corporate_actions(SYMBOLS, FIRST, MONDAY)) == 12
    assert requests(opened, ACTIONS) == 3


@pytest.mark.parametrize("days", [-20, 0, 14, 90])
def test_an_action_is_found_whenever_it_is_processed(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Alpaca lists by the day of processing; what is asked for is the ex-date."""
    monkeypatch.setattr(history, "PAID_AFTER", timedelta(days=days))
    got = opened.source.corporate_actions(["AAA"], date(2022, 10, 4), date(2022, 10, 5))
    assert [at.date() for at in got["ex_date"]] == [date(2022, 10, 4), date(2022, 10, 5)]


BROKEN = {
    "a server error": instead(500, "<html>"),
    "a gateway that gave up": instead(504, "<html>"),
    "too many requests": instead(429, {"message": "too many requests."}),
    "a page of another service": instead(200, "<html>"),
    "no object": instead(200, []),
    "bars that are no list": with_body(lambda body: {**body, "bars": {"AAA": 7}}),
    "a bar without a close": with_body(
        lambda body: {**body, "bars": {"AAA": [{k: v for k, v in body["bars"]["AAA"][0].items() if k != "c"}]}}
    ),
    "a close that is no number": with_body(
        lambda body: {**body, "bars": {"AAA": [{**body["bars"]["AAA"][0], "c": "?"}]}}
    ),
    "a bar without a time": with_body(lambda body: {**body, "bars": {"AAA": [{**body["bars"]["AAA"][0], "t": None}]}}),
    "a page that is its own next page": with_body(lambda body: {**body, "next_page_token": "again"}),
    "a symbol nobody asked for": with_body(lambda body: {**body, "bars": {"ZZZ": body["bars"]["AAA"]}}),
}


@pytest.mark.parametrize("spares", [0, 3], ids=["first page", "fourth page"])
@pytest.mark.parametrize("broken", BROKEN)
def test_an_answer_that_breaks_off_is_no_answer(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, broken: str, spares: int
) -> None:
    monkeypatch.setattr(pages, "MOST_BARS", 7)
    venue_of(opened).http_faults.plan(HttpFault("GET", BARS, BROKEN[broken], times=100, spares=spares))
    with pytest.raises(BrokerError, match="daily bars: no answer to rely on"):
        opened.source.daily_bars(["AAA"], FIRST, MONDAY)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "subscription does not permit querying recent SIP data"}),
        (
            422,
            {"code": 42210000, "message": "your subscription does not permit querying data from the past 15 minutes"},
        ),
    ],
)
def test_a_feed_that_the_key_may_not_read_is_a_setting_with_a_remedy(opened: Opened, status: int, body: Any) -> None:
    venue_of(opened).http_faults.plan(HttpFault("GET", BARS, instead(status, body), is_done=False))
    with pytest.raises(ConfigError, match=r"data\.alpaca\.feed: sip.*does not permit.*`feed: iex`"):
        opened.source.daily_bars(["AAA"], FIRST, MONDAY)


def test_a_refusal_without_a_code_is_told_in_the_words_of_the_data_host(opened: Opened) -> None:
    refusal = instead(400, {"message": "invalid symbol: A A"})
    venue_of(opened).http_faults.plan(HttpFault("GET", BARS, refusal, is_done=False))
    with pytest.raises(BrokerError, match="invalid symbol: A A"):
        opened.source.daily_bars(["AAA"], FIRST, MONDAY)


class Counted:
    """An allowance that lets everything pass and counts it."""

    def __init__(self) -> None:
        self.taken: list[Urgency] = []

    def take(self, urgency: Urgency) -> None:
        self.taken.append(urgency)

    def close_until(self, at: float) -> None:
        """Nothing to wait for."""

    def close(self) -> None:
        """Nothing to give back."""


def test_every_request_is_counted_with_those_of_the_broker_under_one_key(opened: Opened) -> None:
    counted: dict[tuple[str, int], Counted] = {}

    def rate_limiters(scope: str, limit: int) -> Counted:
        return counted.setdefault((scope.rsplit(" ", 1)[0], limit), Counted())

    settings = DataSettings(source="alpaca", alpaca={"requests_a_minute": 1000})  # type: ignore[arg-type]
    source = open_source(settings, Path(), environment_of(venue_of(opened)), rate_limiters)
    source.daily_bars(SYMBOLS, FIRST, MONDAY)
    source.corporate_actions(SYMBOLS, FIRST, MONDAY)
    assert {name: len(one.taken) for name, one in counted.items()} == {
        ("alpaca trading", 200): 1,
        ("alpaca data", 1000): 2,
    }
    assert set(counted["alpaca data", 1000].taken) == {Urgency.LOW}


def test_a_key_that_is_missing_is_named_and_none_is_told() -> None:
    with pytest.raises(ConfigError, match="no APCA_API_SECRET_KEY in the environment") as caught:
        open_source(DataSettings(source="alpaca"), Path(), {"APCA_API_KEY_ID": "PKSECRETIVE"})
    assert "PKSECRETIVE" not in str(caught.value)


SPIN_OFF = {
    "id": "1",
    "source_symbol": "AAA",
    "source_rate": 1,
    "new_symbol": "NEW",
    "new_rate": 1,
    "process_date": "2022-10-10",
    "ex_date": "2022-10-10",
}


UNIT_SPLIT = {"id": "2", "old_symbol": "BBB", "effective_date": "2022-10-11", "process_date": "2022-10-11"}


def test_a_spin_off_and_a_unit_split_of_raw_prices_are_told_of_their_symbols_and_stop_no_answer(opened: Opened) -> None:
    actions = {"spin_offs": [SPIN_OFF], "unit_splits": [UNIT_SPLIT]}
    body = {"corporate_actions": actions, "next_page_token": None}
    venue_of(opened).http_faults.plan(HttpFault("GET", ACTIONS, instead(200, body), times=9))
    assert opened.source.corporate_actions(SYMBOLS, FIRST, MONDAY).empty
    source = PatientSource(opened.source)
    assert isinstance(source, KnowsCompanyEvents)
    told = source.company_events(SYMBOLS, FIRST, MONDAY)
    assert [(e.symbol, e.kind.value, e.distorts) for e in told] == [
        ("AAA", "spin_off", True),
        ("BBB", "unit_split", True),
    ]
    assert source.company_events(["CCC"], FIRST, MONDAY) == []


DATA = [
    (BARS, f"{BARS}?symbols=AAA,BBB&timeframe=1Day&start=2022-11-01&end=2022-11-22&adjustment=all&limit=7"),
    (BARS, f"{BARS}?symbols=AAA&timeframe=1Min&start=2022-11-21T14:30:00Z&end=2022-11-21T20:59:00Z&adjustment=split"),
    (ACTIONS, f"{ACTIONS}?symbols=AAA,BBB&start=2022-10-01&end=2022-12-31&limit=3"),
]


@pytest.mark.parametrize(("path", "request_"), DATA, ids=["days", "minutes", "actions"])
def test_answers_about_the_past_are_as_documented(opened: Opened, path: str, request_: str) -> None:
    """They are held against the documents when the venue closes."""
    answer = asked(venue_of(opened), request_)
    assert answer[path.rsplit("/", 1)[1].replace("-", "_")]


def test_the_venue_tells_the_running_day_half_so_that_leaving_it_out_is_the_source_s_doing(opened: Opened) -> None:
    path = f"{BARS}?symbols=AAA&timeframe=1Day&start={TUESDAY}&end=2022-11-23"
    (bar,) = asked(venue_of(opened), path)["bars"]["AAA"]
    whole = behind(prices(), ("AAA",), TUESDAY, TUESDAY)["volume"].iloc[0]
    assert bar["t"].startswith(f"{TUESDAY}T05:00")
    assert 0 < bar["v"] < whole


def test_a_venue_over_the_bundled_sample_tells_its_closes_and_knows_no_other_symbol(tmp_path: Path) -> None:
    """The sample has closes only: the venue models the rest, as no broker tells a bar without."""
    with alpaca(World(tmp_path, source=SampleSource())) as found:  # type: ignore[arg-type]
        found.exchange.advance(NOON)
        got = found.source.daily_bars(["AAPL", "NONE"], date(2022, 11, 1), MONDAY)
    sample = SampleSource().daily_bars(["AAPL"], date(2022, 11, 1), MONDAY)
    assert list(got["session"]) == list(sample["session"])
    assert list(got["close"]) == pytest.approx(list(sample["close"]))
    assert (got["volume"] > 0).all()
