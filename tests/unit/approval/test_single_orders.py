"""Which orders of an approved plan go: each named in `manual`, the large ones in `semi_auto`; one struck out never."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from flows.approval_form import form_for, words_of
from flows.approval_question import question_of
from flows.cli.main import app
from tasks.approval.single_orders import single_orders, understood, unsent_orders
from tasks.approval.verdict import answer, rule_says
from tasks.book.approval import ApprovalSettings
from tasks.errors import NotApprovedError
from tasks.journal import Journal, open_journal
from tasks.model.cycle import Cycle
from tasks.model.order_records import ParentOrder
from tasks.model.orders import Algorithm, Side
from tasks.model.plan import Plan, PlanLine
from tasks.model.plan_json import plan_hash, plan_to_json
from tasks.model.plan_records import ACCEPTED, STRUCK, Approval, PlanRecord
from tasks.plan.plan_list import plan_list
from tasks.plan.recorded_list import without

NOON = datetime(2022, 12, 28, 17, 0, tzinfo=UTC)
BOOK = "book: demo\nuniverse: {symbols: [AAPL, XOM]}\nobjective: {kind: risk_parity}\n"
LATER = "approval: {single_order_usd: 100}\n"
SETTINGS = ApprovalSettings()
ADA, GRACE = "Ada Byron", "Grace Hopper"
SYMBOLS = ("AAPL", "KO", "XOM")


def trade(symbol: str, shares: int, side: Side = Side.BUY) -> PlanLine:
    return PlanLine(
        symbol, side, Decimal(shares), "toward_target", symbol, Decimal(500), Decimal(100), 0.1, 0.2, Algorithm.TWAP,
        adv_shares=10_000,
    )  # fmt: skip


PLAN = Plan(
    "demo", "main", date(2022, 12, 28), 1, NOON, Decimal(1_000_000), Decimal(900_000),
    (trade("AAPL", 600), trade("KO", 20, Side.SELL), trade("XOM", 30)),
)  # fmt: skip
HASH = plan_hash(PLAN)


def cycle(mode: str = "manual", kind: str = "rebalance", book: str = BOOK) -> Cycle:
    return Cycle(
        "demo:d", "demo", PLAN.session, "main", mode, 1, "waiting", "", "books/demo.yaml", "0" * 64, book, NOON, NOON,
        kind=kind,
    )  # fmt: skip


def yes(who: str = ADA, note: str = "", **orders: str) -> Approval:
    return answer(HASH, approved=True, who=who, note=note, now=NOON, settings=SETTINGS, orders=orders)


def left(*said: Approval, mode: str = "manual", four_eyes: bool = False, now: datetime = NOON) -> dict[str, str]:
    settings = ApprovalSettings(four_eyes=four_eyes)
    return unsent_orders(PLAN, said, single_orders(cycle(mode), PLAN, settings), settings, now)


# --- which must be named ---


def test_manual_wants_each_order_and_semi_auto_the_large_ones_with_the_figure() -> None:
    assert tuple(single_orders(cycle("manual"), PLAN, SETTINGS)) == SYMBOLS
    by_volume = single_orders(cycle("semi_auto"), PLAN, SETTINGS)
    assert by_volume == {"AAPL": "6.0 % of a day's volume is more than 5 % (approval.single_order_adv_pct)"}
    dear = ApprovalSettings(single_order_usd=Decimal(2_999), single_order_adv_pct=100)
    assert single_orders(cycle("semi_auto"), PLAN, dear) == {
        "AAPL": "$60,000 is more than $2,999 (approval.single_order_usd)",
        "XOM": "$3,000 is more than $2,999 (approval.single_order_usd)",
    }
    assert single_orders(cycle("full_auto"), PLAN, dear) == {}


def test_a_liquidation_is_approved_as_a_whole() -> None:
    assert single_orders(cycle("manual", kind="liquidation"), PLAN, SETTINGS) == {}


def test_a_small_turnover_approves_itself_only_where_no_order_is_large() -> None:
    small = replace(PLAN, lines=(trade("XOM", 30),))
    assert rule_says("semi_auto", small, SETTINGS)
    assert rule_says("semi_auto", PLAN, SETTINGS) == "", "6 % turnover, and one order that a person must name"


# --- what goes ---


def test_in_manual_nothing_goes_that_nobody_named() -> None:
    assert set(left(yes())) == set(SYMBOLS)
    assert left(yes(AAPL=ACCEPTED, KO=ACCEPTED)) == {
        "XOM": "XOM: BUY 30 is not sent: the mode is manual, and nobody named it; silence means no"
    }


def test_in_semi_auto_the_yes_to_the_plan_covers_the_small_orders() -> None:
    assert set(left(yes(), mode="semi_auto")) == {"AAPL"}
    assert left(yes(AAPL=ACCEPTED), mode="semi_auto") == {}


def test_a_struck_order_stays_with_who_when_and_why_whoever_else_accepts_it() -> None:
    everything = dict.fromkeys(SYMBOLS, ACCEPTED)
    told = left(yes(note="earnings", **{**everything, "KO": STRUCK}), yes(GRACE, **everything), mode="full_auto")
    assert told == {"KO": "KO: SELL 20 is refused by Ada Byron on 2022-12-28 17:00 UTC: earnings"}
    expired = NOON + timedelta(days=9)
    assert set(left(yes(note="earnings", KO=STRUCK), now=expired, mode="full_auto")) == {"KO"}, "a no does not end"


def test_with_four_eyes_two_people_name_an_order() -> None:
    both = yes(AAPL=ACCEPTED, KO=ACCEPTED, XOM=ACCEPTED), yes(GRACE, AAPL=ACCEPTED, KO=ACCEPTED)
    assert left(*both, four_eyes=True) == {
        "XOM": "XOM: BUY 30 is not sent: the mode is manual, and only Ada Byron named it; two must"
    }
    same = yes(AAPL=ACCEPTED), yes("ada  byron", AAPL=ACCEPTED)
    assert "AAPL" in left(*same, four_eyes=True), "one person in other letters is one"


def test_a_name_holds_as_long_as_the_yes_that_gave_it() -> None:
    named = yes(**dict.fromkeys(SYMBOLS, ACCEPTED))
    assert left(named, now=named.expires_at) == {}
    assert set(left(named, now=named.expires_at + timedelta(seconds=1))) == set(SYMBOLS)


# --- what a person writes ---


@pytest.mark.parametrize(
    ("single", "strike", "accepted", "struck"),
    [
        ("all", "none", "AAPL KO XOM", ""),
        ("all", "ko", "AAPL XOM", "KO"),
        ("aapl, XOM", "rest", "AAPL XOM", "KO"),
        ("none", "all", "", "AAPL KO XOM"),
        ("KO", "all", "KO", "AAPL XOM"),
        ("AAPL;KO", "XOM", "AAPL KO", "XOM"),
    ],
)
def test_words_for_single_orders(single: str, strike: str, accepted: str, struck: str) -> None:
    said = understood(single, strike, "why", symbols=SYMBOLS, singles=SYMBOLS, is_manual=True)
    assert (said.problem, said.orders) == (
        "", dict.fromkeys(accepted.split(), ACCEPTED) | dict.fromkeys(struck.split(), STRUCK)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("single", "strike", "note", "problem"),
    [
        ("all", "ZZZ", "why", "ZZZ: no order of this plan; its orders are AAPL, KO, XOM"),
        ("AAPL, KO", "KO, XOM", "why", "KO: accepted and struck out"),
        ("all", "KO", " ", "say why orders are struck out"),
        ("AAPL", "none", "", "KO, XOM: neither accepted nor struck out"),
        ("", "", "", "AAPL, KO, XOM: neither accepted nor struck out"),
    ],
)
def test_words_that_are_no_answer_say_what_would_be_one(single: str, strike: str, note: str, problem: str) -> None:
    said = understood(single, strike, note, symbols=SYMBOLS, singles=SYMBOLS, is_manual=True)
    assert said.orders == {}
    assert problem in said.problem


def test_in_semi_auto_all_means_the_orders_that_must_be_named_and_none_is_an_answer() -> None:
    def said(single: str) -> set[str]:
        words = understood(single, "", "", symbols=SYMBOLS, singles=["AAPL"], is_manual=False)
        assert words.problem == ""
        return set(words.orders)

    assert (said("all"), said("none"), said("XOM")) == ({"AAPL"}, set(), {"XOM"})


# --- the form ---


@pytest.mark.parametrize("wrong", [{"single": "ZZZ"}, {"single": ""}, {"strike": "AAPL, ZZZ"}, {"strike": ""}])
def test_the_server_itself_takes_no_form_that_names_a_stranger_or_nothing(wrong: dict[str, str]) -> None:
    schema = form_for(HASH, "?", SYMBOLS, SYMBOLS).model_json_schema()
    filled = {"decision": "approve", "who": ADA, "plan_hash": HASH[:12], "single": "AAPL, KO", "strike": "rest"}
    jsonschema.validate(filled, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**filled, **wrong}, schema)
    del filled["single"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(filled, schema)


def test_without_orders_to_name_the_form_asks_for_none() -> None:
    filled = {"decision": "approve", "who": ADA, "plan_hash": HASH[:12]}
    form = form_for(HASH, "?", SYMBOLS, ())
    jsonschema.validate(filled, form.model_json_schema())
    assert words_of(form.model_validate(filled), PLAN, {}, is_manual=False).orders == {}


def test_the_form_says_which_orders_it_wants_named_and_what_was_wrong_with_the_last() -> None:
    listed = plan_list(PLAN)
    manual = question_of(listed, SETTINGS, NOON, "", singles=dict.fromkeys(SYMBOLS, ""), problem="say why")
    assert "Each order wants a yes of its own:\n\n- **BUY 600 AAPL**" in manual
    assert "**The last form was not taken: say why.**" in manual
    semi = question_of(listed, SETTINGS, NOON, "", singles=single_orders(cycle("semi_auto"), PLAN, SETTINGS))
    assert "These orders go only when you name them:\n\n- **BUY 600 AAPL**" in semi
    assert "6.0 % of a day's volume" in semi
    assert "**BUY 30 XOM**" not in semi


# --- the record, and the command ---


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    monkeypatch.setenv("STEELYARD_HOME", str(tmp_path))
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    journal = open_journal(tmp_path)
    journal.fence.take("demo", "this test", lambda: NOON)
    journal.cycles.open(cycle())
    journal.decisions.record_plan(PlanRecord(HASH, "demo:d", 1, json.loads(plan_to_json(PLAN)), NOON))
    yield journal
    journal.close()


def say(*options: str, status: int = 0) -> dict[str, object]:
    done = CliRunner().invoke(app, ["approve", "demo", "--who", ADA, *options, "--json"])
    assert done.exit_code == status, done.output
    return json.loads(done.stdout)


def order(symbol: str) -> ParentOrder:
    return ParentOrder(
        f"o/{symbol}", "demo:d", HASH, symbol, Side.BUY, Decimal(60), Algorithm.TWAP, "toward_target",
        Decimal(130), NOON, None, None, ((1, Decimal(60)),), {"main": Decimal(60)},
    )  # fmt: skip


def test_the_command_names_and_strikes_like_the_form_and_the_answer_carries_both(journal: Journal) -> None:
    told = say("--single", "all", "--strike", "KO", "--because", "earnings")
    assert told["orders"] == {"AAPL": ACCEPTED, "XOM": ACCEPTED, "KO": STRUCK}
    assert told["refused_orders"] == {"KO": f"KO: SELL 20 is refused by Ada Byron on {_when(journal)}: earnings"}
    (said,) = journal.decisions.answers(HASH)
    assert (said.struck, said.note) == ({"KO"}, "earnings")
    assert not [flaw for flaw in journal.audit.verify() if flaw.table == "approvals"]


def _when(journal: Journal) -> str:
    return f"{journal.decisions.answers(HASH)[0].decided_at:%Y-%m-%d %H:%M} UTC"


def test_a_yes_by_command_that_leaves_an_order_out_records_nothing_and_lists_the_orders(journal: Journal) -> None:
    told = say(status=2)
    assert "AAPL, KO, XOM: neither accepted nor struck out" in str(told["message"])
    assert "BUY 600 AAPL ($60,000), SELL 20 KO ($2,000)" in str(told["message"])
    assert '`steelyard approve demo --session 2022-12-28 --single all --who "your name"`' in str(told["message"])
    assert journal.decisions.answers(HASH) == ()


def test_single_orders_belong_to_a_yes(journal: Journal) -> None:
    assert "leave --refuse or --hold out" in str(say("--refuse", "--strike", "KO", status=2)["message"])
    assert journal.decisions.answers(HASH) == ()


def test_no_order_is_recorded_that_was_struck_out_and_none_is_struck_once_it_is_worked(journal: Journal) -> None:
    """Whoever comes first, by the database: a strike between the step that decided and the one that writes."""
    journal.decisions.record_approval("demo:d", yes(note="earnings", KO=STRUCK))
    with pytest.raises(NotApprovedError, match="Ada Byron has struck out KO"):
        journal.orders.record_orders([order("AAPL"), order("KO")])
    assert journal.orders.orders("demo:d") == ()
    journal.orders.record_orders([order("AAPL")])
    with pytest.raises(NotApprovedError, match="being worked already"):
        journal.decisions.record_approval("demo:d", yes(note="late", AAPL=STRUCK))


def test_the_list_of_the_plan_says_of_a_line_that_nobody_let_it_go() -> None:
    refused = {"KO": "KO: SELL 20 is refused by Ada Byron"}
    shown = {row.symbol: (row.reason, row.sentence) for row in without(plan_list(PLAN), refused).lines}
    assert shown["KO"] == ("not_approved", "KO: SELL 20 is refused by Ada Byron")
    assert shown["AAPL"] == ("toward_target", "AAPL")
