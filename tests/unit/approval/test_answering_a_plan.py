"""What a person may still say to a plan, by the command and by the form; nothing else is recorded."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flows.approval_form import form_for, how_to_answer, is_an_answer
from flows.bootstrap import needs_new_attempt, plan_is_dead
from flows.cli.main import app
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm, Side
from tasks.model.plan_records import Approval, PlanRecord

HASH = "a1b2c3d4e5f6" + "0" * 52
NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
BOOK = "book: demo\nuniverse: {symbols: [AAPL, XOM]}\nobjective: {kind: risk_parity}\n"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A session whose plan waits for an answer."""
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", "this test", lambda: NOON)
    journal.cycles.open(cycle())
    journal.decisions.record_plan(PlanRecord(HASH, cycle().cycle_id, 1, {"decided_at": NOON.isoformat()}, NOON))
    yield journal
    journal.close()


def cycle() -> Cycle:
    day = date(2022, 12, 28)
    return Cycle(
        "demo:d", "demo", day, "main", "manual", 1, "waiting", "", "books/demo.yaml", "0" * 64, BOOK, NOON, NOON
    )


def say(word: str, status: int = 0) -> str:
    """What the command answers: the decision, or why it is none."""
    done = CliRunner().invoke(app, [word, "demo", "--who", "Ada Byron", "--json"])
    assert done.exit_code == status, done.output
    told = json.loads(done.stdout)
    return told["message"] if status else told["decision"]


def answers(journal: Journal) -> list[str]:
    return [row["decision"] for row in journal.audit.ask("who_approved_what", book="demo")]


def begin_orders(journal: Journal) -> None:
    journal.orders.record_orders(
        [
            ParentOrder(
                "o/AAPL", "demo:d", HASH, "AAPL", Side.BUY, Decimal(60), Algorithm.TWAP, "toward_target",
                Decimal(130), NOON, None, None, ((1, Decimal(60)),), {"main": Decimal(60)},
            )
        ]
    )  # fmt: skip


# --- the command ---


def test_a_refused_plan_cannot_be_approved_afterwards(journal: Journal) -> None:
    assert say("refuse") == "refused"
    why = say("approve", status=1)
    assert "Ada Byron refused plan a1b2c3d4e5f6" in why
    assert "`steelyard plan books/demo.yaml --session 2022-12-28` makes a new plan" in why
    assert answers(journal) == ["refused"]


def test_the_plan_that_the_refusal_advises_is_a_new_one(journal: Journal) -> None:
    """`plan` would show a plan that stands; one that was refused, or whose yes has ended, does not."""
    assert not plan_is_dead(journal, cycle(), NOON)
    say("approve")
    assert not plan_is_dead(journal, cycle(), NOON)
    say("refuse")
    assert plan_is_dead(journal, cycle(), NOON)
    assert needs_new_attempt(cycle(), cycle(), ordered=False, dead=True)
    assert not needs_new_attempt(cycle(), cycle(), ordered=True, dead=True)


def test_a_yes_may_be_taken_back_while_nothing_is_sent(journal: Journal) -> None:
    assert say("approve") == "approved"
    assert say("refuse") == "refused"
    found = journal.decisions.newest_answer(HASH)
    assert found is not None
    assert found.decision == "refused"


def test_once_the_orders_are_worked_a_no_names_what_stops_them(journal: Journal) -> None:
    say("approve")
    begin_orders(journal)
    assert "steelyard halt demo" in say("refuse", status=1)
    assert "already" in say("approve", status=1)
    assert answers(journal) == ["approved"]


def test_a_yes_that_has_ended_is_not_given_again(journal: Journal) -> None:
    before = NOON - timedelta(hours=9)
    journal.decisions.record_approval("demo:d", Approval(HASH, "approved", "Ada Byron", "", before, before, 5.0))
    assert "ended at 2022-12-28 08:00 UTC" in say("approve", status=1)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("done", "the session is done"),
        ("stopped", "the session has stopped, and its plan will not"),
        ("cancelled", "the session has been cancelled, and its plan will not"),
    ],
)
def test_a_session_that_is_over_has_nothing_to_answer(journal: Journal, status: str, why: str) -> None:
    journal.cycles.set_status("demo:d", status, "no prices", NOON)
    assert why in say("approve", status=1)
    assert why in say("refuse", status=1)
    assert answers(journal) == []


def test_a_plan_of_an_earlier_attempt_is_not_answered(journal: Journal) -> None:
    journal.cycles.begin_attempt(cycle(), NOON)
    assert "no plan to answer; make one with `steelyard plan books/demo.yaml --session 2022-12-28`" in say(
        "approve", status=1
    )


# --- the form ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": ""},
        {"who": "  "},
        {"plan_hash": ""},
        {"plan_hash": HASH[:11]},
        {"plan_hash": "f" * 64},
    ],
)
@pytest.mark.parametrize("approve", [True, False])
def test_a_form_without_a_name_or_for_another_plan_is_no_answer(wrong: dict[str, str], approve: bool) -> None:
    """The server refuses it by the schema, so that the form stays open; nobody is written down as having refused."""
    form = form_for(HASH, "Does this plan trade?")
    filled = {"approve": approve, "who": "Ada Byron", "plan_hash": HASH[:12]}
    jsonschema.validate(filled, form.model_json_schema())
    assert is_an_answer(form(**filled), HASH)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**filled, **wrong}, form.model_json_schema())


def test_a_form_is_filled_in_for_its_plan_but_never_signed() -> None:
    schema = form_for(HASH, "?").model_json_schema()
    assert schema["properties"]["plan_hash"]["default"] == HASH[:12]
    assert schema["properties"]["approve"]["default"] is False
    assert schema["required"] == ["who"]
    assert not is_an_answer(form_for(HASH, "?")(who="Ada Byron", plan_hash=HASH[:12] + "f" * 52), HASH)


def test_the_log_of_a_run_that_waits_says_which_button_answers() -> None:
    """Prefect's own line says only that the run is suspended."""
    told = how_to_answer("demo", "a2aa391b19a91d99fc7e", 240)
    assert "plan a2aa391b19a9 waits for a person: press Resume" in told
    assert "off for a no" in told
    assert "steelyard approve demo" in told
    assert "240 minutes" in told
