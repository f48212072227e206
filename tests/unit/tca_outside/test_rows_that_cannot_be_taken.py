"""A row that cannot be taken is named with file, row, field and problem, and stops none of the good ones."""

import pytest

from tasks.errors import BadDataError
from tests.unit.tca_outside.outside_desk import FILLS, HEAD, ORDERS, WITH_STATUS, analysed, fills

GOOD = "1,A,ABC,BUY,600,10.25,2022-06-15T14:00:00Z,3.00,XNYS"
NO_ZONE = "a time without a zone"


def bad_fill(field: str, value: str) -> str:
    """The second row of a file, good but for one field."""
    good = "9,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,2.00,XNYS"
    cells = dict(zip(HEAD.split(","), good.split(","), strict=True))
    return ",".join({**cells, field: value}.values())


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("time", "2022-06-15T15:00:00", NO_ZONE),
        ("time", "2022-06-15 25:00:00Z", "not a time"),
        ("time", "15/06/2022 15:00", "not a time"),
        ("time", "", "empty"),
        ("shares", "0", "zero or negative"),
        ("shares", "-400", "zero or negative"),
        ("shares", "many", "not a number"),
        ("shares", "nan", "empty"),
        ("shares", "1e99", "beyond 1,000,000,000,000"),
        ("price", "0", "zero or negative"),
        ("price", "", "empty"),
        ("price", "1e300", "not a number"),
        ("fee", "free", "not a number"),
        ("side", "HOLD", "no word for a side"),
        ("side", "SELL", "another side than its order's"),
        ("symbol", "DEF", "another symbol than its order's"),
        ("order_id", "Z", "an order that is in no file of orders"),
        ("order_id", "1.23E+15", "an id in scientific notation"),
        ("execution_id", "1.2E+10", "an id in scientific notation"),
        ("execution_id", "", "empty"),
        ("venue", "V" * 129, "longer than 128 characters"),
    ],
)
def test_a_bad_cell_is_named_and_the_good_row_is_counted(tmp_path, field, value, problem):
    found = analysed(tmp_path, fills(GOOD, bad_fill(field, value)))
    assert found.left_out == [("fills.csv", 3, field, problem)]
    assert found.counted == ["1"]
    assert found.problems[0]["remedy"]


def test_a_bad_row_is_said_in_the_report_and_its_counts(tmp_path):
    found = analysed(tmp_path, fills(GOOD, bad_fill("price", "zero")))
    assert [(one["field"], one["rows"], one["first_row"], one["value"]) for one in found.report["problems"]] == [
        ("price", 1, 3, "zero")
    ]
    assert found.report["rows_left_out"] == found.answer["rows_left_out"] == 1
    assert "not a number" in found.page
    assert "1 row left out" in found.page


def test_a_row_with_two_mistakes_names_both_and_is_one_row(tmp_path):
    found = analysed(tmp_path, fills(GOOD, "9,A,ABC,BUY,none,zero,2022-06-15T15:00:00Z,2.00,XNYS"))
    assert [field for _, _, field, _ in found.left_out] == ["shares", "price"]
    assert found.answer["rows_left_out"] == 1


def test_strict_writes_nothing_where_a_row_would_be_left_out(tmp_path):
    with pytest.raises(BadDataError, match=r"fills.csv: row 3, price = zero: not a number; write a plain number"):
        analysed(tmp_path, fills(GOOD, bad_fill("price", "zero")), strict=True)
    assert not (tmp_path / "report").exists()


def test_strict_takes_files_without_a_bad_row(tmp_path):
    assert analysed(tmp_path, strict=True).answer["shortfall_usd"] == "377.50"


def test_a_zone_on_the_command_line_is_that_of_times_without_one(tmp_path):
    found = analysed(tmp_path, fills(bad_fill("time", "2022-06-15T10:00:00")), zone="America/New_York")
    assert found.rows("fills.csv")[0]["at_utc"] == "2022-06-15T14:00:00Z"


def test_a_time_with_its_own_zone_keeps_it(tmp_path):
    found = analysed(tmp_path, fills(bad_fill("time", "2022-06-15T10:00:00-05:00")), zone="America/New_York")
    assert found.rows("fills.csv")[0]["at_utc"] == "2022-06-15T15:00:00Z"


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        ("2022-03-13T02:30:00", "a time that the clocks skipped when they went forward"),
        ("2022-11-06T01:30:00", "a time that came twice when the clocks went back"),
    ],
)
def test_a_time_that_no_clock_showed_once_is_named(tmp_path, time, problem):
    found = analysed(tmp_path, fills(GOOD, bad_fill("time", time)), zone="America/New_York")
    assert found.left_out == [("fills.csv", 3, "time", problem)]


def test_the_second_of_two_equal_rows_is_counted_once_and_said(tmp_path):
    found = analysed(tmp_path, fills(GOOD, GOOD))
    assert found.left_out == [("fills.csv", 3, "execution_id", "the same execution again")]
    assert found.problems[0]["value"] == "1, as in fills.csv row 2"
    assert found.counted == ["1"]


def test_one_id_with_two_contents_is_left_out_twice(tmp_path):
    found = analysed(tmp_path, fills(GOOD, bad_fill("execution_id", "1"), bad_fill("execution_id", "2")))
    problem = "an id that another execution has too"
    assert found.left_out == [("fills.csv", row, "execution_id", problem) for row in (2, 3)]
    assert found.counted == ["2"]


def test_one_order_id_with_two_contents_leaves_out_both_and_their_executions(tmp_path):
    again = ORDERS.splitlines()[1].replace("1000", "2000")
    found = analysed(tmp_path, FILLS, ORDERS + again + "\n")
    assert [row["order_id"] for row in found.rows("orders.csv")] == ["B"]
    assert ("fills.csv", 2, "order_id", "its order was left out") in found.left_out


@pytest.mark.parametrize(
    ("row", "field", "problem"),
    [
        ("9,A,ABC,BUY,100,10.30,2022-06-15T13:34:59Z,0,X", "time", "before its order's arrival"),
        ("9,A,ABC,BUY,100,10.30,2022-06-15T20:00:01Z,0,X", "time", "after its order's end"),
        ("9,A,ABC,BUY,401,10.30,2022-06-15T15:00:00Z,0,X", "shares", "beyond its order's shares"),
    ],
)
def test_a_doubtful_execution_is_named_and_counted(tmp_path, row, field, problem):
    found = analysed(tmp_path, fills(GOOD, row))
    assert found.in_doubt == [("fills.csv", 3, field, problem)]
    assert found.left_out == []
    assert found.counted == ["1", "9"]


def test_a_busted_execution_is_in_no_figure(tmp_path):
    bust = "2,A,ABC,BUY,,,2022-06-15T15:00:00Z,,XNYS,bust,1"
    found = analysed(tmp_path, fills(f"{GOOD},new,", f"{bad_fill('execution_id', '7')},new,", bust, head=WITH_STATUS))
    assert found.counted == ["7"]
    assert found.left_out == [("fills.csv", 2, "execution_id", "busted or corrected by a later report")]


def test_a_corrected_execution_counts_as_corrected_at_its_own_time(tmp_path):
    correct = "2,A,ABC,BUY,600,10.24,2022-06-15T19:00:00Z,3.00,XNYS,correct,1"
    found = analysed(tmp_path, fills(f"{GOOD},new,", correct, head=WITH_STATUS))
    (row,) = found.rows("fills.csv")
    assert (row["execution_id"], row["price_usd"], row["at_utc"]) == ("2", "10.24", "2022-06-15T14:00:00Z")


def test_a_correction_of_a_correction_counts_alone_whatever_the_order_of_rows(tmp_path):
    first = "2,A,ABC,BUY,600,10.24,2022-06-15T16:00:00Z,3.00,XNYS,correct,1"
    second = "3,A,ABC,BUY,600,10.23,2022-06-15T17:00:00Z,3.00,XNYS,correct,2"
    found = analysed(tmp_path, fills(second, f"{GOOD},new,", first, head=WITH_STATUS))
    (row,) = found.rows("fills.csv")
    assert (row["execution_id"], row["price_usd"], row["at_utc"]) == ("3", "10.23", "2022-06-15T14:00:00Z")


def test_a_bust_of_a_corrected_execution_leaves_nothing(tmp_path):
    correct = "2,A,ABC,BUY,600,10.24,2022-06-15T16:00:00Z,3.00,XNYS,correct,1"
    bust = "3,A,ABC,BUY,600,10.24,2022-06-15T17:00:00Z,0,XNYS,bust,2"
    found = analysed(tmp_path, fills(f"{GOOD},new,", correct, bust, head=WITH_STATUS))
    assert found.counted == []


def test_a_bust_of_an_unknown_execution_is_named(tmp_path):
    bust = "2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,0,XNYS,bust,77"
    found = analysed(tmp_path, fills(f"{GOOD},new,", bust, head=WITH_STATUS))
    assert found.left_out == [("fills.csv", 3, "refers_to", "busts an execution that is in none of the files")]
    assert found.counted == ["1"]


def test_a_correction_of_an_unknown_execution_is_counted_and_named(tmp_path):
    correct = "2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,0,XNYS,correct,77"
    found = analysed(tmp_path, fills(f"{GOOD},new,", correct, head=WITH_STATUS))
    assert found.in_doubt == [("fills.csv", 3, "refers_to", "corrects an execution that is in none of the files")]
    assert found.counted == ["1", "2"]


def test_a_bust_that_names_nothing_is_named(tmp_path):
    bust = "2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,0,XNYS,bust,"
    found = analysed(tmp_path, fills(f"{GOOD},new,", bust, head=WITH_STATUS))
    assert found.left_out == [("fills.csv", 3, "refers_to", "a bust or correction of nothing")]


@pytest.mark.parametrize("status", ["bust", "correct"])
def test_a_report_that_refers_to_itself_is_named(tmp_path, status):
    report = f"2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,0,XNYS,{status},2"
    found = analysed(tmp_path, fills(f"{GOOD},new,", report, head=WITH_STATUS))
    assert found.left_out == [("fills.csv", 3, "refers_to", "a bust or correction of itself")]
    assert found.counted == ["1"]


def test_an_order_that_ends_before_it_arrives_is_left_out(tmp_path):
    found = analysed(tmp_path, orders=ORDERS.replace("2022-06-15T20:00:00Z,10.40", "2022-06-15T13:00:00Z,10.40"))
    assert ("orders.csv", 2, "ended_at", "ends before it arrives") in found.left_out


def test_an_order_without_any_price_to_start_from_is_left_out_with_its_executions(tmp_path):
    orders = "order_id,symbol,side,shares,arrival_price\nA,ABC,BUY,1000,\nB,XYZ,SELL,500,49.90\n"
    found = analysed(tmp_path, orders=orders)
    assert found.left_out[:2] == [
        ("fills.csv", 2, "order_id", "its order was left out"),
        ("fills.csv", 3, "order_id", "its order was left out"),
    ]
    assert found.left_out[2] == ("orders.csv", 2, "arrival_price", "no price to measure from")


def test_an_amount_in_another_currency_is_left_out(tmp_path):
    rows = (f"{GOOD},USD", f"{bad_fill('price', '9')},EUR")
    found = analysed(tmp_path, fills(*rows, head=f"{HEAD},currency"))
    assert found.left_out == [("fills.csv", 3, "currency", "not in USD")]


def test_a_row_with_too_many_cells_is_named_by_its_own_number(tmp_path):
    found = analysed(tmp_path, fills(f"{GOOD},1,234", bad_fill("price", "x"), bad_fill("venue", "X")))
    assert found.left_out == [
        ("fills.csv", 2, "", "another number of cells than the header"),
        ("fills.csv", 3, "price", "not a number"),
    ]
    assert found.counted == ["9"]


def test_where_nothing_can_be_measured_the_report_says_so_and_the_status_is_not_zero(tmp_path):
    found = analysed(tmp_path, fills(GOOD), ORDERS.replace("ABC,BUY,1000", "ABC,BUY,0").replace("500", "0"))
    assert found.answer["exit_status"] == 1
    assert found.report["summary"][0] == "No order can be measured."
