"""The report as data and as files: sums that agree, words that fit, bytes that repeat, nothing that runs."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from tca_desk import CLOSE, PLAN_HASH, fill, order, plan_for, report_inputs, seen, worked_order

from tasks.errors import BadDataError
from tasks.model.orders import Algorithm, OrderState, Side
from tasks.model.plan import CostEstimate, Finding, Severity
from tasks.tca.export import fills_csv, orders_csv, plain, report_json
from tasks.tca.inputs import Break, IndexMove
from tasks.tca.latencies import latency_lines
from tasks.tca.render import report_html
from tasks.tca.report import build_report
from tasks.tca.shortfall import Convention
from tasks.tca.write import write_report

PARTS = ("delay_usd", "trading_usd", "opportunity_usd", "fees_usd")


def as_json(**known: Any) -> dict[str, Any]:
    return json.loads(report_json(build_report(report_inputs(**known))))


def cents(amount: str | None) -> Decimal:
    return Decimal(amount or 0)


class Page(HTMLParser):
    """Collects tags with their attributes, and what a reader would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("convention", Convention)
def test_parts_and_totals_agree_to_the_cent_at_every_level_of_the_json(convention):
    found = json.loads(report_json(build_report(report_inputs(), convention)))
    levels = [found["total"], *found["by_side"], *found["by_algorithm"], *found["by_sector"], *found["orders"]]
    for level in levels:
        costs = level["costs"]
        assert cents(costs["total_usd"]) == sum(cents(costs[part]) for part in PARTS)
        assert Decimal(costs["total_usd"]).as_tuple().exponent == -2
    for groups in ("by_side", "by_algorithm", "by_sector", "orders"):
        for part in (*PARTS, "total_usd", "paper_notional_usd"):
            assert cents(found["total"]["costs"][part]) == sum(cents(g["costs"][part]) for g in found[groups])
    assert sum(g["orders"] for g in found["by_sector"]) == len(found["orders"]) == 11


def test_each_orders_json_drills_down_to_its_fills():
    for line in as_json()["orders"]:
        value = sum(Decimal(f["shares"]) * Decimal(f["price"]) for f in line["fills"])
        fees = sum(Decimal(f["fee"]) for f in line["fills"])
        assert round(value, 2) == cents(line["filled_value_usd"])
        assert abs(cents(line["costs"]["fees_usd"]) - fees) < Decimal("0.01")
        assert {f["key"] for f in line["fills"]} <= {s["key"] for s in line["slices"]}


def test_both_conventions_have_the_same_total():
    report = build_report(report_inputs())
    assert report.total_other_convention.total_usd == report.total.costs.total_usd
    assert report.total_other_convention.delay_usd != report.total.costs.delay_usd


def test_a_worked_shortfall_can_be_recomputed_from_its_formula():
    line = build_report(
        report_inputs((worked_order("KO", "Staples", Side.BUY, 5200, 59.35, Algorithm.TWAP, 0.6),))
    ).orders[0]
    for part in line.working[:3]:
        expression = part.formula.replace("−", "-").replace("×", "*").replace(",", "")
        assert eval(expression, {"__builtins__": {}}) == pytest.approx(float(part.usd or 0), abs=0.01)


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    first = write_report(build_report(report_inputs()), tmp_path / "a")
    again = write_report(build_report(report_inputs()), tmp_path / "b")
    assert first.sha256 == again.sha256
    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()
    }


def test_the_order_in_which_orders_arrive_changes_no_byte():
    inputs = report_inputs()
    turned = replace(inputs, orders=inputs.orders[::-1])
    assert report_json(build_report(inputs)) == report_json(build_report(turned))


def test_a_changed_fill_changes_the_hash(tmp_path):
    inputs = report_inputs()
    first = inputs.orders[0]
    dearer = replace(first.fills[0], price=first.fills[0].price + Decimal("0.0001"))
    changed = replace(first, fills=(dearer, *first.fills[1:]))
    before = write_report(build_report(inputs), tmp_path).sha256
    after = write_report(build_report(replace(inputs, orders=(changed, *inputs.orders[1:]))), tmp_path).sha256
    assert all(before[name] != after[name] for name in ("report.json", "report.html", "fills.csv"))


def test_a_rerun_replaces_the_files_and_leaves_nothing_else_behind(tmp_path):
    for _ in range(2):
        files = write_report(build_report(report_inputs()), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("fills.csv", "orders.csv", "report.html", "report.json", "what_if.csv")
    ]
    assert json.loads(files.json.read_text())["cover"]["plan_hash"] == PLAN_HASH


def test_a_report_that_cannot_be_drawn_leaves_the_old_one_alone(tmp_path):
    write_report(build_report(report_inputs()), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="relative"):
        write_report(build_report(report_inputs(links={"x": "https://example.org"}, book="other")), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("target", ["https://example.org/x", "//example.org/x", "javascript:alert(1)", "/etc/passwd"])
def test_a_link_out_of_the_folder_is_refused(target):
    with pytest.raises(ValueError, match="relative to the report"):
        report_html(build_report(report_inputs(links={"Data docs": target})))


def test_the_page_loads_nothing_and_runs_nothing():
    text = report_html(build_report(report_inputs()))
    page = Page(text)
    assert "http:" not in text
    assert "https:" not in text
    assert not {"script", "link", "iframe", "img", "object", "embed"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        assert tag == "use" or "src" not in attributes
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", text)
    assert "@import" not in text


def test_ids_are_unique_and_every_inner_link_has_its_target():
    page = Page(report_html(build_report(report_inputs())))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    inner = {href for tag, attributes in page.tags if (href := attributes.get("href")) and href.startswith("#")}
    assert {href[1:] for href in inner} <= set(ids)


def test_every_chart_has_a_title_and_a_description():
    page = Page(report_html(build_report(report_inputs())))
    charts = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(charts) == 4
    assert all(chart["role"] == "img" and chart["aria-labelledby"] for chart in charts)
    assert sum(tag == "desc" for tag, _ in page.tags) == 4


EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>$\\frac$'


def test_hostile_text_is_shown_as_text_everywhere():
    hostile = replace(
        worked_order("KO", EVIL, Side.BUY, 5200, 59.35, Algorithm.TWAP), symbol="KO", reason=EVIL, order_id=EVIL
    )
    evil_symbol = replace(
        worked_order("AMD", "Tech", Side.SELL, 3900, 80.0, Algorithm.VWAP),
        symbol=EVIL,
        fills=tuple(
            replace(f, symbol=EVIL, venue=EVIL)
            for f in worked_order("AMD", "T", Side.SELL, 10, 80.0, Algorithm.VWAP).fills
        ),
    )
    inputs = report_inputs(
        (hostile, evil_symbol),
        book=EVIL,
        market_note=EVIL,
        drift_sentence=EVIL,
        findings=(Finding(Severity.WARN, EVIL, EVIL, EVIL),),
        breaks=(Break(EVIL, EVIL, Decimal(1), Decimal(2), Decimal(3)),),
        explanations={EVIL: EVIL},
    )
    page = Page(report_html(build_report(inputs)))
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert any("<script>alert" in words for words in page.words)


def test_the_forecast_is_held_against_the_filled_part_only():
    """Forecast 8.00 for 1,000 shares, 500 filled: 4.00, against 500 * 0.10 of trading and 1.00 of fees."""
    half = order(
        shares=1000,
        fills=(fill(1, 500, "10.30", fee="1"),),
        estimate=CostEstimate(5.0, 2.0, 1.0, "3/2"),
        adv_shares=5e4,
    )
    estimate = build_report(report_inputs((half,))).orders[0].estimate
    assert estimate is not None
    assert (estimate.estimate_usd, estimate.realised_usd, estimate.difference_usd) == (4, 51, 47)
    assert (estimate.estimate_bps, estimate.realised_bps) == (8, 102)
    assert estimate.surprise_z is None


def test_the_summary_says_cost_for_a_cost_and_gain_for_a_gain():
    paid = order(fills=(fill(1, 1000, "10.25"),))
    saved = order(fills=(fill(1, 1000, "9.95"),))
    cost, gain = (" ".join(build_report(report_inputs((one,))).summary) for one in (paid, saved))
    assert "Together they cost $250.00, 250.00 bps of what was decided." in cost
    assert "Of this, delay $200.00, trading $50.00, opportunity $0.00, fees $0.00." in cost
    assert "Together they gained $50.00, 50.00 bps of what was decided." in gain
    assert "1 order worth $10,000.00 at decision prices: 1 filled in full, 0 in part, 0 not at all" in gain


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0"])
def test_a_spreadsheet_runs_no_text_of_ours(text):
    report = build_report(report_inputs((order(reason=text, fills=(fill(1, 10, "10"),)),)))
    cell = next(csv.DictReader(io.StringIO(orders_csv(report))))
    assert cell["reason"] in (f"'{text}", f"<U+{ord(text[0]):04X}>{text[1:]}")
    assert cell["trading_usd"] == "-2.00"


def test_the_csv_files_hold_every_order_and_every_fill():
    report = build_report(report_inputs())
    orders = list(csv.DictReader(io.StringIO(orders_csv(report))))
    fills = list(csv.DictReader(io.StringIO(fills_csv(report))))
    assert [row["order_id"] for row in orders] == [line.order_id for line in report.orders]
    assert sum(Decimal(row["total_usd"]) for row in orders) == report.total.costs.total_usd
    assert {row["execution_id"] for row in fills} == {f.execution_id for line in report.orders for f in line.fills}
    assert all(row["at_utc"].endswith("Z") for row in fills)


def test_a_session_without_orders_still_has_a_report(tmp_path):
    report = build_report(report_inputs((), approval=None, targets=None, waves=()))
    files = write_report(report, tmp_path)
    assert report.open_points == ()
    assert report.total.costs.total_usd is None
    assert "No order was sent in this session" in files.html.read_text()


@pytest.mark.parametrize(
    "missing",
    [
        {"arrival_at": None, "arrival_price": None},
        {"end_price": None},
        {"end_price": None, "session_close": None},
        {"market": ()},
        {"market": (), "adv_shares": None, "estimate": None, "daily_volatility": None, "schedule": (), "slices": ()},
        {"fills": ()},
        {"previous_close": None, "session_open": None, "half_spread_bps": None, "sector": ""},
    ],
    ids=", ".join,
)
def test_missing_facts_show_as_not_available(missing, tmp_path):
    partial = worked_order("KO", "Staples", Side.BUY, 5200, 59.35, Algorithm.TWAP, 0.6)
    files = write_report(build_report(report_inputs((replace(partial, **missing),))), tmp_path)
    assert "n/a" in files.html.read_text()
    assert "NaN" not in files.json.read_text()


def test_the_unfilled_rest_falls_back_on_the_close_and_says_so():
    partial = replace(worked_order("KO", "S", Side.BUY, 5200, 59.35, Algorithm.TWAP, 0.6), end_price=None)
    line = build_report(report_inputs((partial,))).orders[0]
    assert line.end_price == partial.session_close
    assert "unfilled rest valued at the close" in line.flags


def kinds(**known: Any) -> list[str]:
    """Beside the orders that were not filled, of which the desk has some."""
    found = [point.kind for point in build_report(report_inputs(**known)).open_points]
    unfilled = found.count("not filled")
    assert unfilled == sum(order.filled_shares < order.shares for order in report_inputs(**known).orders)
    return [kind for kind in found if kind != "not filled"]


def test_what_was_not_filled_refused_or_never_seen_to_arrive_is_an_open_point():
    line = worked_order("KO", "Staples", Side.BUY, 5200, 59.35, Algorithm.TWAP, 0.6)
    first, *others = line.slices
    refused = replace(first, state=OrderState.REJECTED, reason="not enough buying power")
    order = replace(line, arrival_price=None, arrival_at=None, slices=(refused, *others))
    told = {point.kind: point.sentence for point in build_report(report_inputs((order,))).open_points}
    unfilled = line.shares - line.filled_shares
    assert told["not filled"] == f"{unfilled:,} shares were not filled, of 5,200 that order {line.order_id} was for."
    assert told["refused by the broker"] == "1 of 13 child orders refused by the broker: not enough buying power."
    assert "its delay is n/a" in told["missing arrival"]


def test_what_must_be_explained_stands_on_the_first_page():
    a_break = Break("KO", "position", Decimal(100), Decimal(90), Decimal("593.50"))
    inputs = report_inputs()
    assert kinds() == []
    assert kinds(approval=None) == ["approval"]
    assert kinds(plan_hash="0" * 64) == ["approval"]
    assert kinds(breaks=(a_break,)) == ["break"]
    assert kinds(breaks=(replace(a_break, explanation="late booking, settled"),)) == []
    assert kinds(findings=(Finding(Severity.HALT, "stale", "KO", "no price"),)) == ["finding"]
    assert kinds(orders=inputs.orders[1:], plan=inputs.plan) == ["plan"]


def test_what_the_gate_let_stand_over_is_an_open_point_and_in_the_summary():
    """All that was ordered was executed, and the session is not at its targets all the same."""
    inputs = report_inputs()
    cut, refused, *others = inputs.plan.lines
    cut = replace(cut, reason="cut_by_gate", standing_over=Decimal("1090.5"), sentence="cut: 1,090.5 stand over")
    refused = replace(refused, side=None, shares=Decimal(0), reason="refused_by_gate", sentence="refused: too dear")
    ordered = tuple(order for order in inputs.orders if order.symbol != refused.symbol)
    report = build_report(replace(inputs, orders=ordered, plan=replace(inputs.plan, lines=(cut, refused, *others))))
    told = [(point.kind, point.subject, point.sentence) for point in report.open_points if point.kind != "not filled"]
    assert told == [
        ("stands over", cut.symbol, "cut: 1,090.5 stand over"),
        ("stands over", refused.symbol, "refused: too dear"),
    ]
    told = " ".join(report.summary)
    assert f"2 trades stand over: {cut.symbol} 1,090.5 shares, {refused.symbol}." in told
    assert "% of their value was executed" in told
    assert f"{len(report.open_points)} open points are explained or accepted before this report is signed." in told


def test_a_break_of_an_earlier_session_stands_in_page_json_csv_and_open_points(tmp_path):
    earlier = Break(
        "KO", "shares", Decimal(100), Decimal(90), Decimal("-593.50"), "", date(2022, 6, 14), "KO: ten shares short"
    )
    inputs = report_inputs(breaks=(earlier,))
    report = build_report(inputs)
    assert "worth $593.50, 1 of them since an earlier session" in " ".join(report.summary)
    [point] = [point for point in report.open_points if point.kind == "break"]
    assert point.sentence == "KO: ten shares short; worth -593.50 USD, unexplained since 2022-06-14."
    files = write_report(report, tmp_path)
    assert "2022-06-14" in files.html.read_text()
    assert json.loads(files.json.read_text())["breaks"][0]["found_on"] == "2022-06-14"
    [row] = csv.DictReader((tmp_path / "breaks.csv").open())
    assert (row["symbol"], row["found_on"], row["words"]) == ("KO", "2022-06-14", "KO: ten shares short")
    write_report(build_report(report_inputs()), tmp_path)
    assert not (tmp_path / "breaks.csv").exists()


def test_a_break_that_went_away_in_its_session_is_on_record_and_differs_no_more():
    gone = Break("KO", "shares", Decimal(100), Decimal(90), Decimal("593.50"), "agrees again", went_away=True)
    report = build_report(report_inputs(breaks=(gone,)))
    assert "Our ledger and the broker's agree: no breaks." in report.summary
    assert report.breaks == (gone,)


def test_an_outlier_blocks_until_somebody_explains_it():
    prices = {"S4": "10.04", "S5": "10.05", "S6": "10.06", "S7": "10.07", "WILD": "12"}
    orders = tuple(
        order(order_id=name.lower(), symbol=name, fills=(fill(1, 1000, price, symbol=name),))
        for name, price in prices.items()
    )
    assert kinds(orders=orders) == ["outlier"]
    assert kinds(orders=orders, explanations={"wild": "halted and reopened higher"}) == []


def test_an_overfill_is_an_open_point():
    too_much = order(shares=100, fills=(fill(1, 110, "10"),))
    plan = plan_for((too_much,))
    assert kinds(orders=(too_much,), plan=plan) == ["overfill"]


def test_quotes_bring_spread_measures_and_the_split_of_trading():
    bought = fill(1, 1000, "10.25")
    report = build_report(report_inputs((order(fills=(bought,), quotes=(seen(bought, "10.19", "10.23"),)),)))
    line = report.orders[0]
    split = line.spread
    assert (split.spread_usd, split.beyond_touch_usd, split.timing_usd) == (20, 20, 10)
    assert line.costs.trading_usd == 20 + 20 + 10
    text = report_html(report)
    assert "Effective spread" in text
    assert "1 of 1 fill measured" in text


def test_without_quotes_spreads_are_not_available_and_the_reason_is_said():
    text = report_html(build_report(report_inputs((order(fills=(fill(1, 1000, "10.25"),)),))))
    assert "0 of 1 fill measured: left out are 1 without a quote on record" in text


@pytest.mark.parametrize(
    ("facts", "complaint"),
    [
        ({"shares": Decimal(0)}, "must be positive"),
        ({"arrival_price": Decimal(-1)}, "must be positive or unknown"),
        ({"fills": (fill(1, 1, "10", Side.SELL),)}, "another symbol or side"),
        ({"fills": (fill(1, 1, "10"), fill(1, 1, "10"))}, "one execution id twice"),
        ({"fills": (fill(1, -5, "10"),)}, "corrections take away more"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused_by_name(facts, complaint):
    with pytest.raises(BadDataError, match=rf"order core-20220615-1-ABC \(ABC\): .*{complaint}"):
        order(**facts)


def test_a_busted_fill_taken_back_leaves_no_trace_in_the_cost():
    good, bust = fill(1, 1000, "10.30"), fill(2, 500, "12")
    taken_back = replace(bust, execution_id="XABC0003", shares=-bust.shares)
    with_bust = build_report(report_inputs((order(fills=(good, bust, taken_back)),))).total.costs
    assert with_bust == build_report(report_inputs((order(fills=(good,)),))).total.costs


def test_the_cover_says_how_the_market_was_made_and_what_the_signs_mean():
    words = " ".join(Page(report_html(build_report(report_inputs()))).words)
    assert "modelled from daily bars" in words
    assert "A positive cost hurts the book" in words
    assert PLAN_HASH in words
    assert "2022-06-15 20:30:00 UTC" in words


def test_every_plan_line_stands_in_the_report_with_its_sentence():
    report = build_report(report_inputs())
    words = " ".join(Page(report_html(report)).words)
    assert all(line.sentence in words for line in report.plan.lines)


def test_instants_are_utc_whatever_zone_they_came_in():
    from datetime import timedelta, timezone

    local = CLOSE.astimezone(timezone(timedelta(hours=-4)))
    assert plain(local) == plain(CLOSE) == "2022-06-15T20:00:00Z"


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError, match="no place in a report"):
        plain(object())


def test_a_market_that_rose_with_us_excuses_beta_times_its_move():
    """Bought at 10.302, 100 bps above arrival, while an index of beta 0.5 averaged 40 bps above its arrival level."""
    index = IndexMove(Decimal("0.5"), Decimal(1000), Decimal(1004))
    line = build_report(report_inputs((order(fills=(fill(1, 1000, "10.302"),), index=index),))).orders[0]
    assert line.market_adjusted_bps == 80


# ---- how the broker answered, and what it worked by itself ----


def test_each_brokers_answers_have_a_line_with_median_percentile_and_slow_ones():
    taken = {"paper": [0.010 * n for n in range(1, 21)], "b (ibkr)": [1.5, 0.5, 1.0], "silent": []}
    lines = [(x.broker, x.submits, x.median_s, x.p95_s, x.worst_s, x.slow) for x in latency_lines(taken)]
    assert lines == [("b (ibkr)", 3, 1.0, 1.5, 1.5, 1), ("paper", 20, 0.105, 0.19, 0.2, 0)]


def test_the_page_shows_the_answers_and_leaves_them_out_where_nothing_was_measured():
    shown = Page(report_html(build_report(report_inputs(submit_seconds={"paper": [0.25, 1.75]})))).words
    assert "Answers of the broker" in shown
    assert {"0.250", "1.750", "1.000"} & set(shown) == {"1.000", "1.750"}, "median 1.0, slowest 1.75"
    assert "Answers of the broker" not in Page(report_html(build_report(report_inputs()))).words


@pytest.mark.parametrize(
    ("natives", "said"),
    [
        ((), "steelyard"),
        (("",), "steelyard"),
        (("vwap",), "the broker's vwap"),
        (("percent_of_volume", ""), "the broker's percent of volume and steelyard"),
    ],
)
def test_an_order_says_who_worked_it(natives, said):
    whole = worked_order("KO", "Staples", Side.BUY, 5200, 59.35, Algorithm.TWAP)
    slices = tuple(replace(piece, native=name) for piece, name in zip(whole.slices, natives, strict=False))
    report = build_report(report_inputs((replace(whole, slices=slices),)))
    assert report.orders[0].worked_by == said
    assert said in Page(report_html(report)).words
    assert ("broker's vwap, " in " ".join(Page(report_html(report)).words)) == ("vwap" in natives)
