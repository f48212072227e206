"""The page of a run answers at a glance: what was decided, why, what is done now, what is left, what is wanted."""

from datetime import date

from flows.session_page.page import SessionPage
from tasks.context import SESSION, StepEvent

DAY = date(2022, 12, 28)


def page(kind: str = "rebalance", *, planning: bool = False) -> SessionPage:
    return SessionPage("demo", DAY, kind, lambda step: f"/artifacts/{step}", planning=planning)


def told(shown: SessionPage, *events: StepEvent) -> list[str]:
    for event in events:
        shown.hear(event)
    return shown.markdown().splitlines()


def done(step: str, sentence: str = "", seconds: float = 0.0) -> StepEvent:
    return StepEvent(step, "done", sentence, seconds)


def test_a_run_that_has_begun_shows_everything_that_is_to_come():
    lines = told(page())
    assert lines[0] == "# demo 2022-12-28"
    assert "**Now:** begins." in lines
    assert "**Needs from you:** nothing." in lines
    assert lines[-1] == "- · report"


def test_what_was_decided_stands_with_its_reason_above_the_steps():
    lines = told(page(), done("drift", "KO is 2 points over"), done("orders", "3 trades; plan abc"))
    assert lines.index("**Decided:** 3 trades; plan abc") < lines.index("**Why:** KO is 2 points over")
    assert lines.index("**Why:** KO is 2 points over") < lines.index("- · recover")
    assert "- ✓ **[drift](/artifacts/drift)**: KO is 2 points over" in lines
    assert (
        "**Left:** recover, download, check, holdings, optimize, approve, schedule, waves, confirm, reconcile, report."
        in lines
    )


def test_waves_are_one_step_with_the_newest_words_and_the_sum_of_their_time():
    one, two = done("wave 01", "4 slices sent, 40 % done", 0.5), done("wave 02", "4 slices sent, 80 % done", 0.7)
    lines = told(page(), StepEvent("wave 01", "started"), one, StepEvent("wave 02", "started"), two)
    assert "- ✓ **[waves](/artifacts/waves)** (1.2 s): 4 slices sent, 80 % done" in lines
    assert not any("wave 01" in line for line in lines)


def test_between_two_waves_the_words_of_the_last_one_stay():
    lines = told(page(), done("wave 01", "40 % done", 0.5), StepEvent("wave 02", "started"))
    assert "- ▶ **waves** (0.5 s): 40 % done" in lines
    assert "**Now:** waves is at work." in lines


def test_a_question_says_what_is_needed_and_goes_when_it_is_answered():
    asks = StepEvent("approve", "waiting", "press Resume on this page")
    shown = page()
    lines = told(shown, done("orders", "3 trades"), asks)
    assert "**Now:** approve is waiting for a person." in lines
    assert "**Needs from you:** press Resume on this page" in lines
    assert "**Needs from you:** nothing." in told(shown, done("approve", "approved by Ada Byron"))


def test_a_stop_says_its_remedy_as_what_is_needed():
    remedy = "data.prices_path prices.csv: not found; correct the path"
    shown = page()
    lines = told(shown, StepEvent("download", "stopped", remedy), StepEvent(SESSION, "stopped", remedy))
    assert "**Now:** stopped." in lines
    assert f"**Needs from you:** {remedy}" in lines
    assert f"- ✗ **download**: {remedy}" in lines
    assert shown.headline == "demo 2022-12-28: stopped."


def test_a_finished_run_needs_somebody_only_for_its_open_breaks():
    steps = [done(step) for step in page().chain]
    assert "**Needs from you:** nothing." in told(page(), *steps, StepEvent(SESSION, "done", ""))
    asks = "1 break stands open: steelyard breaks demo"
    lines = told(page(), *steps, StepEvent(SESSION, "done", asks))
    assert f"**Needs from you:** {asks}" in lines
    assert "**Left:** nothing." in lines


def test_a_session_that_was_done_before_shows_no_steps_as_to_come():
    lines = told(page(), StepEvent(SESSION, "done", ""))
    assert "**Now:** done already; nothing was traded." in lines
    assert "- · download" not in lines


def test_a_run_that_ends_with_the_plan_has_nothing_left_after_it():
    assert told(page(planning=True))[-1] == "- · orders"


def test_liquidation_and_review_have_chains_of_their_own_and_say_so():
    assert told(page("liquidation"))[0] == "# demo 2022-12-28 liquidation"
    assert "download" not in page("liquidation").chain
    assert page("review").chain == ("collect", "reconcile", "report")


def test_what_is_said_beside_the_steps_stands_below_them():
    lines = told(page(), StepEvent("slow broker", "done", "submit took 4.1 s"))
    assert lines[-1] == "- slow broker: submit took 4.1 s"


def test_the_report_is_named_once_it_is_written_and_for_a_session_that_was_done():
    def paper(step: str) -> str:
        return {"report": "[TCA report](http://r/report.html)", "check": "[Data Docs](http://r/docs)"}[step]

    shown = SessionPage("demo", DAY, "rebalance", lambda step: step, paper)
    assert not [line for line in told(shown) if line.startswith("**Report")]
    assert "**Report:** [Data Docs](http://r/docs)" in told(shown, done("check"))
    both = "**Report:** [TCA report](http://r/report.html), [Data Docs](http://r/docs)"
    assert both in told(shown, done("report"))
    again = SessionPage("demo", DAY, "rebalance", lambda step: step, paper)
    assert both in told(again, StepEvent(SESSION, "done"))


def test_what_came_out_stands_above_the_steps_too():
    lines = told(page(), done("confirm", "204 fills; 15 of 15 orders filled in full"), done("reconcile", "no breaks"))
    assert "**Filled:** 204 fills; 15 of 15 orders filled in full" in lines
    assert lines.index("**Agrees with the broker:** no breaks") < lines.index("- · recover")


def test_a_sentence_of_several_lines_stays_in_its_item():
    assert "- ✓ **[check](/artifacts/check)**: a b" in told(page(), done("check", "a\nb"))


def test_a_run_without_an_end_of_its_own_is_done_with_the_last_step_of_its_chain():
    lines = told(page("review"), done("collect"), done("reconcile"), done("report"))
    assert "**Now:** done." in lines
    assert "**Left:** nothing." in lines


def test_a_run_that_begins_in_the_middle_of_its_chain_has_nothing_left_of_what_stands_before_it():
    shown = SessionPage("demo", DAY, "review", lambda step: f"/artifacts/{step}", first="reconcile")
    lines = told(shown, done("reconcile"))
    assert "**Left:** report." in lines
    assert "**Now:** reconcile is done; the next step begins." in lines
    assert "**Now:** done." in told(shown, done("report"))
