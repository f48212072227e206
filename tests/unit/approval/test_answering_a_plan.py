"""What a person may still say to a plan, by the command and by the form; nothing else is recorded."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flows.approval_form import form_for, how_to_answer, is_an_answer, question_names
from flows.approval_question import question_of
from flows.attempts import needs_new_attempt, plan_is_dead
from flows.cli.main import app
from tasks.approval.verdict import ApprovalState, Verdict, rule_says, standing_of
from tasks.book.approval import ApprovalSettings
from tasks.journal import Journal, open_journal
from tasks.liquidation.window import in_a_wide_band
from tasks.model.cycle import Cycle
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_records import Approval, PlanRecord
from tasks.plan.plan_list import plan_list

OTHER = "b1b2c3d4e5f6" + "0" * 52
HASH = "a1b2c3d4e5f6" + "0" * 52
NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
BOOK = "book: demo\nuniverse: {symbols: [AAPL, XOM]}\nobjective: {kind: risk_parity}\n"


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    """A session whose plan waits for an answer to it as a whole."""
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
        "demo:d", "demo", day, "main", "full_auto", 1, "waiting", "", "books/demo.yaml", "0" * 64, BOOK, NOON, NOON
    )


def begin_anew_with(journal: Journal, section: str) -> None:
    """The same session decided again, by a book with this section too."""
    journal.cycles.begin_attempt(replace(cycle(), book_text=BOOK + section), NOON)
    journal.cycles.set_status("demo:d", "waiting", "", NOON)
    journal.decisions.record_plan(PlanRecord(OTHER, "demo:d", 2, {"decided_at": NOON.isoformat()}, NOON))


def plan_of_one_trade() -> Plan:
    buy = PlanLine(
        "KO", Side.BUY, Decimal(10), "toward_target", "KO", Decimal(5), Decimal(100), 0.05, 0.15, Algorithm.TWAP
    )
    stay = PlanLine("PEP", None, Decimal(0), "inside_band", "PEP", Decimal(5), Decimal(100), 0.05, 0.05)
    return Plan("demo", "main", date(2022, 12, 28), 1, NOON, Decimal(10_000), Decimal(9_000), (buy, stay))


def say(word: str, *options: str, status: int = 0, who: str = "Ada Byron") -> str:
    """What the command answers: the decision, or why it is none."""
    done = CliRunner().invoke(app, [word, "demo", "--who", who, *options, "--json"])
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


# --- not yet, and four eyes ---


def test_a_plan_that_is_held_goes_on_waiting_with_the_reason_and_may_be_approved(journal: Journal) -> None:
    assert say("approve", "--hold", "--note", "after the earnings call") == "held"
    assert journal.decisions.newest_answer(HASH) is None
    stands = standing_of(journal.decisions.answers(HASH), HASH, NOON, ApprovalSettings())
    told = Verdict(ApprovalState.OPEN, "Ada Byron holds plan a1b2c3d4e5f6: after the earnings call")
    assert stands == told
    assert say("approve") == "approved"
    assert "to hold it would not keep it back" in say("approve", "--hold", "--note", "wait", status=1)
    assert answers(journal) == ["held", "approved"]


def test_approve_says_no_too(journal: Journal) -> None:
    assert say("approve", "--refuse") == "refused"
    assert answers(journal) == ["refused"]


@pytest.mark.parametrize(
    ("options", "why"), [(("--hold",), "--hold needs --note"), (("--hold", "--refuse"), "choose one")]
)
def test_a_not_yet_has_a_reason_and_is_no_no(journal: Journal, options: tuple[str, ...], why: str) -> None:
    assert why in say("approve", *options, status=2)
    assert answers(journal) == []


def test_where_the_book_asks_for_four_eyes_a_second_person_must_say_yes(journal: Journal) -> None:
    begin_anew_with(journal, "approval: {four_eyes: true}\n")
    assert say("approve") == "approved"
    settings = ApprovalSettings(four_eyes=True)
    stands = standing_of(journal.decisions.answers(OTHER), OTHER, NOON, settings)
    assert (stands.standing, "a second person" in stands.sentence) == (ApprovalState.OPEN, True)
    assert "has said yes already" in say("approve", status=1, who="ada  byron")
    assert say("approve", who="Grace Hopper") == "approved"
    assert standing_of(journal.decisions.answers(OTHER), OTHER, NOON, settings).standing is ApprovalState.YES
    assert answers(journal) == ["approved", "approved"]


def test_of_two_people_one_no_is_enough_and_no_rule_is_a_person(journal: Journal) -> None:
    begin_anew_with(journal, "approval: {four_eyes: true}\n")
    settings = ApprovalSettings(four_eyes=True)
    say("approve")
    say("refuse", who="Grace Hopper")
    assert standing_of(journal.decisions.answers(OTHER), OTHER, NOON, settings).standing is ApprovalState.NO
    assert rule_says("full_auto", plan_of_one_trade(), settings) == ""
    assert not in_a_wide_band(settings).four_eyes, "the way out needs one person"


# --- the form ---


def test_a_question_that_is_asked_again_has_a_name_of_its_own_and_its_answer_is_found_again() -> None:
    """The server knows the questions of a run by name: the answer to the newest of them is read first."""

    def first(*asked: str) -> list[str]:
        return list(islice(question_names(HASH, frozenset(asked)), 2))

    one, two, three = f"approve-{HASH[:12]}", f"approve-{HASH[:12]}-1", f"approve-{HASH[:12]}-2"
    assert first() == [one, two], "nothing was asked yet"
    assert first(one, "another pause") == [one, two], "resumed: its answer, and then the next question"
    assert first(one, two) == [two, three]


def test_beside_the_form_stands_what_is_decided() -> None:
    told = question_of(plan_list(plan_of_one_trade(), why="KO is over"), ApprovalSettings(), NOON, "Ada holds it")
    for words in (
        "1 trade, plan",
        "Sell $0, buy $1,000",
        "turnover 10.0 % of $10,000",
        "- **BUY 10 KO**, $1,000, 5.0 % to 15.0 %: toward target",
        "holds until 2022-12-28 21:00 UTC",
        "within 5 % of the decision prices",
        "Silence for 60 minutes means no",
        "So far: Ada holds it.",
        "Not traded: inside band: PEP.",
    ):
        assert words in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": ""},
        {"who": "  "},
        {"decision": "yes"},
        {"plan_hash": ""},
        {"plan_hash": HASH[:11]},
        {"plan_hash": "f" * 64},
    ],
)
@pytest.mark.parametrize("decision", ["approve", "refuse", "hold"])
def test_a_form_without_a_name_or_for_another_plan_is_no_answer(wrong: dict[str, str], decision: str) -> None:
    """The server refuses it by the schema, so that the form stays open; nobody is written down as having refused."""
    form = form_for(HASH, "Does this plan trade?")
    filled = {"decision": decision, "who": "Ada Byron", "plan_hash": HASH[:12]}
    jsonschema.validate(filled, form.model_json_schema())
    assert is_an_answer(form(**filled), HASH)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**filled, **wrong}, form.model_json_schema())


def test_a_form_is_filled_in_for_its_plan_but_never_signed() -> None:
    schema = form_for(HASH, "?").model_json_schema()
    assert schema["properties"]["plan_hash"]["default"] == HASH[:12]
    assert sorted(schema["required"]) == ["decision", "who"]
    assert not is_an_answer(
        form_for(HASH, "?")(decision="approve", who="Ada Byron", plan_hash=HASH[:12] + "f" * 52), HASH
    )


def test_the_log_of_a_run_that_waits_says_which_button_answers() -> None:
    """Prefect's own line says only that the run is suspended."""
    told = how_to_answer("demo", "a2aa391b19a91d99fc7e", 240)
    assert "plan a2aa391b19a9 waits for a person: press Resume" in told
    assert "choose approve, refuse or hold" in told
    assert "steelyard approve demo" in told
    assert "240 minutes" in told


# --- the run that asked ---


def test_an_answer_says_when_no_run_was_woken_and_what_goes_on(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session was begun in another mode than the book's: without that word it would be decided anew."""
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    journal.decisions.record_request(HASH, "7f4f2f5e-0000-4000-8000-000000000001", NOON)
    done = CliRunner().invoke(app, ["approve", "demo", "--who", "Ada Byron", "--json"])
    told = json.loads(done.stdout)
    assert told["run_resumed"] is False
    assert told["run_lost"] == "the server of the run that asked does not answer at http://127.0.0.1:9/api"
    goes_on = "go on with: steelyard run books/demo.yaml --session 2022-12-28 --mode full_auto, or in the UI: "
    assert goes_on in told["next"]
    assert "Custom run, book books/demo.yaml, mode full_auto, session 2022-12-28" in told["next"]


def test_where_no_run_of_the_ui_asked_none_is_missed(journal: Journal) -> None:  # noqa: ARG001
    done = CliRunner().invoke(app, ["approve", "demo", "--who", "Ada Byron", "--json"])
    told = json.loads(done.stdout)
    assert (told["run_resumed"], told["run_lost"]) == (False, "")
    assert told["next"].endswith("go on with: steelyard run books/demo.yaml --session 2022-12-28 --mode full_auto")
