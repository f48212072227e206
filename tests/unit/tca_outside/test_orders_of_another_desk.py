"""Orders and executions of any desk come to the figures that our own measures give."""

import pandas as pd
import pytest

from flows.commands.tca import analyse_files
from tasks.tca.report import build_report
from tasks.tca.write import write_report
from tests.unit.tca.tca_desk import report_inputs
from tests.unit.tca_outside.outside_desk import FILLS, ORDERS, Found, analysed

COSTS = ("paper_notional_usd", "delay_usd", "trading_usd", "opportunity_usd", "fees_usd", "total_usd", "total_bps")


def test_a_shortfall_is_split_by_hand(tmp_path):
    """A: 1000 x 0.20, 600 x 0.05 + 400 x 0.10, fees 5. B: 500 x 0.10, 500 x 0.10, fees 2.50."""
    found = analysed(tmp_path)
    a, b = found.order("A"), found.order("B")
    assert [a[name] for name in COSTS[1:6]] == ["200.00", "70.00", "0.00", "5.00", "275.00"]
    assert [b[name] for name in COSTS[1:6]] == ["50.00", "50.00", "0.00", "2.50", "102.50"]
    assert found.answer["shortfall_usd"] == "377.50"


def test_the_files_of_one_of_our_reports_give_its_figures_to_the_cent(tmp_path):
    ours = build_report(report_inputs())
    write_report(ours, tmp_path)
    out = tmp_path / "again"
    analyse_files([tmp_path / "fills.csv"], [tmp_path / "orders.csv"], [], None, None, out, strict=True, as_json=True)
    theirs = Found(out, {})
    shown = theirs.report["total"]["costs"]
    assert {name: shown[name] for name in COSTS} == {name: f"{getattr(ours.total.costs, name):f}" for name in COSTS}
    own = {line.order_id: [f"{getattr(line.costs, name):f}" for name in COSTS] for line in ours.orders}
    assert {row["order_id"]: [row[name] for name in COSTS] for row in theirs.rows("orders.csv")} == own


def test_a_report_made_again_is_the_same_to_the_byte(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        analysed(folder)
    for name in ("report.html", "report.json", "orders.csv", "fills.csv", "left_out.csv"):
        assert (first / "report" / name).read_bytes() == (second / "report" / name).read_bytes()


def test_what_only_a_session_of_a_book_has_is_absent(tmp_path):
    found = analysed(tmp_path)
    assert {"plan", "approval", "waves", "breaks", "steps", "findings", "targets", "scorecard"}.isdisjoint(found.report)
    for words in ("Approval", "Plan hash", "Waves", "breaks", "Steps", "Sign-off", "steelyard</dd>"):
        assert words not in found.page


def test_columns_with_the_names_of_fix_are_read(tmp_path):
    executions = """ExecID,ClOrdID,Symbol,Side,LastQty,LastPx,TransactTime,Commission,LastMkt,ExecTransType,ExecRefID
1,A,ABC,1,600,10.25,20220615-14:00:00.000,3.00,XNYS,0,
2,A,ABC,1,400,10.30,20220615-15:00:00.000,2.00,XNYS,0,
3,B,XYZ,2,500,49.80,20220615-14:30:00.000,2.50,XNAS,0,
"""
    orders = """ClOrdID,Symbol,Side,OrderQty,TransactTime,ArrivalPx,Decision Price
A,ABC,1,1000,20220615-13:35:00,10.20,10.00
B,XYZ,2,500,20220615-13:40:00,49.90,50.00
"""
    found = analysed(tmp_path, executions, orders, zone="UTC")
    assert found.left_out == []
    assert found.answer["shortfall_usd"] == "377.50"


def test_parquet_gives_the_same_figures_as_csv(tmp_path):
    for name, text in (("fills", FILLS), ("orders", ORDERS)):
        (tmp_path / f"{name}.csv").write_text(text)
        frame = pd.read_csv(tmp_path / f"{name}.csv")
        for column in frame.columns:
            if column == "time" or column.endswith("_at"):
                frame[column] = pd.to_datetime(frame[column])
        frame.to_parquet(tmp_path / f"{name}.parquet")
    executions, orders = tmp_path / "fills.parquet", tmp_path / "orders.parquet"
    answer = analyse_files([executions], [orders], [], None, None, tmp_path / "out", strict=True, as_json=True)
    assert answer["shortfall_usd"] == "377.50"


@pytest.mark.parametrize("name", ["fills.csv", "orders.csv"])
def test_the_report_names_its_files_with_hash_and_rows(tmp_path, name):
    from hashlib import sha256

    found = analysed(tmp_path)
    file = next(file for file in found.report["cover"]["files"] if file["name"] == name)
    assert file["sha256"] == sha256((tmp_path / name).read_bytes()).hexdigest()
    assert file["rows"] == {"fills.csv": 3, "orders.csv": 2}[name]
    assert file["sha256"] in found.page


def test_an_order_says_nothing_of_what_only_our_own_have(tmp_path):
    """Neither a slice nor a quote, a forecast or an entry of the journal: not even an empty one."""
    (first, *_) = analysed(tmp_path).report["orders"]
    assert set(first) == {
        *("order_id", "symbol", "sector", "side", "algorithm", "worked_by", "account", "shares", "filled_shares"),
        *(
            "unfilled_shares",
            "fill_pct",
            "average_price",
            "decided_at",
            "decision_price",
            "arrival_at",
            "arrival_price",
        ),
        *("first_fill_at", "last_fill_at", "ended_at", "end_price", "end_price_source", "filled_value_usd", "costs"),
        *("costs_other_convention", "working", "benchmarks", "participation", "share_of_adv", "relative_performance"),
        *("reversions", "outlier_z", "flags", "fills", "adv_shares", "daily_volatility"),
    }


NAMED = """order_id,symbol,side,shares,decision_price,arrival_price,algorithm,account,broker,sector
A,ABC,BUY,1000,10.00,10.20,vwap,fund one,eBroker,tech
B,XYZ,SELL,500,50.00,,twap,iFund,eBroker,tech
"""


def test_names_are_printed_as_they_are_written(tmp_path):
    page = analysed(tmp_path, orders=NAMED).page
    for name in ("vwap", "twap", "fund one", "iFund", "eBroker", "tech"):
        assert f'<th scope="row">{name}</th>' in page
    assert '<td class="w tag">vwap</td>' in page
    assert '<tr class="total"><th scope="row">Total</th>' in page


def test_remarks_and_the_dearest_order_name_the_order(tmp_path):
    found = analysed(tmp_path, orders=NAMED)
    assert "<li><b>SELL XYZ, order B</b>: no arrival price" in found.page
    assert "The dearest order was A, BUY ABC, at $275.00 (275.00 bps)." in found.report["summary"]
