"""A merger, rename, spin-off or delisting that the ledger lacks stops its symbol alone and says what a person does."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from reconciliation_world import World, more_shares, world

from tasks.book.targets import ObjectiveSettings
from tasks.holdings.actions_check import stopped_by_company_events
from tasks.holdings.company_events import Noted, Standing, company_events_noted
from tasks.model.ledger_records import LedgerRow
from tasks.model.plan import Severity
from tasks.ports.prices import CompanyEvent, EventKind
from tests.unit.brokers.simulated.simulated_world import HALF_DAY, TUESDAY, WEDNESDAY, MemorySource, flat_week

D = Decimal
OPENED = LedgerRow("b:o", "b", "main", "opening", datetime(2022, 11, 22, 14, tzinfo=UTC), "AAA", D(100), None, None, "")


def event(kind: str, symbol: str = "AAA", on: date = WEDNESDAY) -> CompanyEvent:
    return CompanyEvent(on, symbol, EventKind(kind), "actions.csv", 7)


def asked(
    one: CompanyEvent, *more: LedgerRow, held: str = "100", decided: tuple[str, ...] = (), weights: str = ""
) -> Noted:
    shares = {"AAA": D(held)} if D(held) else {}
    return company_events_noted([one], Standing("b", [OPENED, *more], shares, {"AAA", "BBB"}, decided, weights))


def booked(symbol: str, shares: int) -> LedgerRow:
    at = datetime(2022, 11, 25, 15, tzinfo=UTC)
    return LedgerRow("b:x", "b", "main", "balance", at, symbol, D(shares), None, None, "")


@pytest.mark.parametrize(
    ("kind", "word"),
    [("merger", "a merger"), ("rename", "a rename"), ("spin_off", "a spin-off"), ("delisting", "a delisting")],
)
def test_an_event_of_a_held_symbol_stops_it_and_names_action_file_row_and_remedies(kind: str, word: str):
    noted = asked(event(kind))
    told = noted.locked["AAA"]
    for part in (word, "actions.csv, data row 7", "2022-11-23", "steelyard explain b BREAK --book-it", "universe"):
        assert part in told
    assert "limits.no_buy" in told
    assert "limits.must_exit" in told
    assert [(f.check, f.severity) for f in noted.findings] == [(kind, Severity.WARN)]


def test_a_symbol_that_a_person_put_into_the_limits_is_told_and_not_stopped():
    noted = asked(event("merger"), decided=("AAA",))
    assert not noted.locked
    assert [f.severity for f in noted.findings] == [Severity.INFO]


def test_what_a_person_booked_goes_on():
    assert not asked(event("merger"), booked("AAA", -50), held="50").locked
    assert not asked(event("spin_off"), booked("NEW", 25)).locked
    assert asked(event("merger"), booked("NEW", 25)).locked


def test_in_a_book_that_follows_weights_a_symbol_that_leaves_is_taken_out_of_them_too():
    told = asked(event("merger"), weights="objective.weights_file (model.csv)").locked["AAA"]
    assert "in limits.must_exit it is sold (take its weight out of objective.weights_file (model.csv) too)" in told
    assert (
        "and out of objective.weights_pct"
        in asked(event("rename", "BBB"), weights="objective.weights_pct").locked["BBB"]
    )
    assert "weight" not in asked(event("merger")).locked["AAA"]


@pytest.mark.parametrize("on", [date(2021, 3, 1), WEDNESDAY])
def test_what_raw_prices_cannot_be_adjusted_for_stops_its_symbol_while_it_is_in_the_look_back(on: date):
    """Before the opening and after the shares are booked too: the prices stay wrong."""
    distorting = replace(event("spin_off", on=on), file="Alpaca", row=0, distorts=True)
    for noted in (asked(distorting), asked(distorting, booked("NEW", 25)), asked(distorting, held="0")):
        assert "Alpaca has a spin-off" in noted.locked["AAA"]
        assert "data.adjustment: split_and_dividend" in noted.locked["AAA"]
    assert not asked(distorting, decided=("AAA",)).locked
    assert not asked(replace(distorting, symbol="ZZZ")).locked


def test_a_symbol_that_ended_is_not_bought_and_one_that_is_of_no_concern_is_a_note():
    assert "It is not bought" in asked(event("rename", "BBB")).locked["BBB"]
    for note in (asked(event("spin_off", "BBB")), asked(event("delisting", "ZZZ"))):
        assert not note.locked
        assert [f.severity for f in note.findings] == [Severity.INFO]


def test_an_event_counts_from_the_day_of_the_opening():
    assert asked(event("merger", on=TUESDAY)).locked
    before = asked(event("merger", on=date(2022, 11, 21)))
    assert (dict(before.locked), list(before.findings)) == ({}, [])


@dataclass
class Announcing(MemorySource):
    events: list[CompanyEvent] = field(default_factory=list)

    def company_events(self, symbols: list[str], first: date, last: date) -> list[CompanyEvent]:
        return [one for one in self.events if one.symbol in symbols and first <= one.ex_date <= last]


def on_friday(tmp_path: Path, one: CompanyEvent) -> World:
    source = Announcing(**vars(flat_week("AAA", "BBB")), events=[one])
    desk = world(tmp_path, source).next_session(WEDNESDAY).next_session(HALF_DAY)
    limits = SimpleNamespace(no_buy=(), must_exit=())
    objective = ObjectiveSettings(kind="risk_parity")
    book = SimpleNamespace(**vars(desk.desk.book), limits=limits, objective=objective)
    return World(replace(desk.desk, book=book, source=source), desk.broker)  # type: ignore[arg-type]


def test_a_spin_off_is_over_once_a_person_booked_the_new_shares(tmp_path: Path):
    desk = on_friday(tmp_path, event("spin_off"))
    assert set(stopped_by_company_events(desk.desk, ["AAA", "BBB"])) == {"AAA"}
    desk.broker.account = more_shares("NEW", 25)
    desk.compare()
    desk.book("shares")
    assert not stopped_by_company_events(desk.desk, ["AAA", "BBB"])


def test_a_merger_is_over_once_a_person_booked_that_the_shares_left(tmp_path: Path):
    desk = on_friday(tmp_path, event("merger"))
    assert set(stopped_by_company_events(desk.desk, ["BBB"])) == {"AAA"}
    desk.broker.account = more_shares("AAA", -100)
    desk.compare()
    desk.book("shares")
    assert not stopped_by_company_events(desk.desk, ["BBB"])
