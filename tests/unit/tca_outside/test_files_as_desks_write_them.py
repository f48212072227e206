"""Separators, byte order marks, spellings and suffixes: what is meant is read, what is not clear is refused."""

import re
from datetime import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from flows.commands.tca import analyse_files
from tasks.errors import BadDataError, ConfigError
from tests.unit.tca_outside.outside_desk import FILLS, ORDERS, Found, analysed, fills

HEAD = "execution_id,order_id,shares,price,time"


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    found = analysed(tmp_path, b"\xef\xbb\xbf" + FILLS.encode(), b"\xef\xbb\xbf" + ORDERS.encode())
    assert found.answer["shortfall_usd"] == "377.50"


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_than_the_comma_are_seen(tmp_path, separator):
    found = analysed(tmp_path, FILLS.replace(",", separator), ORDERS.replace(",", separator))
    assert found.answer["shortfall_usd"] == "377.50"


def test_lines_of_windows_and_empty_lines_are_no_rows(tmp_path):
    found = analysed(tmp_path, FILLS.replace("\n", "\r\n\r\n"), ORDERS.replace("\n", "\r\n"))
    assert found.answer["shortfall_usd"] == "377.50"
    assert found.answer["rows_left_out"] == 0


def test_separators_of_thousands_are_taken_out(tmp_path):
    orders = ORDERS.replace("ABC,BUY,1000", 'ABC,BUY,"1,000"')
    assert analysed(tmp_path, orders=orders).answer["shortfall_usd"] == "377.50"


def test_decimal_commas_are_read_where_the_yaml_says_so(tmp_path):
    executions, orders = (text.replace(",", ";").replace(".", ",") for text in (FILLS, ORDERS))
    found = analysed(tmp_path, executions, orders, columns='decimal: ","')
    assert found.answer["shortfall_usd"] == "377.50"


def test_a_comma_that_may_be_either_is_refused_between_semicolons(tmp_path):
    found = analysed(tmp_path, fills("1;A;600;10,250;2022-06-15T14:00:00Z", head=HEAD.replace(",", ";")))
    assert found.left_out == [
        ("fills.csv", 2, "price", "a comma that may be a decimal point or a separator of thousands")
    ]


def test_columns_side_words_and_units_come_from_the_yaml(tmp_path):
    executions = "no,parent,way,lots,cents,when\n1,A,KAUF,6,1025,2022-06-15 16:00\n"
    columns = """
executions: {execution_id: no, order_id: parent, side: way, shares: lots, price: cents, time: when}
orders: {order_id: parent, shares: lots, arrival_price: cents}
zone: Europe/Berlin
sides: {KAUF: BUY}
units: {price: 0.01, shares: 100}
"""
    orders = "parent,symbol,side,lots,cents\nA,ABC,KAUF,6,1020\n"
    found = analysed(tmp_path, executions, orders, columns=columns)
    (row,) = found.rows("fills.csv")
    assert (row["shares"], row["price_usd"], row["at_utc"]) == ("600", "10.25", "2022-06-15T14:00:00Z")
    assert found.answer["shortfall_usd"] == "30.00"


def test_a_missing_column_is_named_with_what_is_there_and_the_line_to_write(tmp_path):
    with pytest.raises(ConfigError) as stop:
        analysed(tmp_path, FILLS.replace("price", "Prce"))
    words = str(stop.value)
    assert "fills.csv: no column for price among execution_id, order_id, symbol, side, shares, Prce" in words
    assert 'Prce comes nearest; write into the file of --columns: executions: {price: "Prce"}' in words
    assert not (tmp_path / "report").exists()


def test_missing_columns_of_all_files_are_named_together(tmp_path):
    with pytest.raises(ConfigError) as stop:
        analysed(tmp_path, FILLS.replace("price", "a").replace("time", "b"), ORDERS.replace("symbol", "c"))
    assert [line.split(" among")[0] for line in str(stop.value).splitlines()] == [
        "fills.csv: no column for price",
        "fills.csv: no column for time",
        "orders.csv: no column for symbol",
    ]


def test_the_line_that_a_missing_column_asks_for_is_a_line_that_helps(tmp_path):
    executions = FILLS.replace("price", "Prce")
    found = analysed(tmp_path, executions, columns='executions: {price: "Prce"}')
    assert found.answer["shortfall_usd"] == "377.50"


def test_a_mapped_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"fills.csv: executions.price: no column Px; the columns are execution_id"):
        analysed(tmp_path, columns="executions: {price: Px}")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("zone: Mars/Phobos", r"zone = Mars/Phobos: Mars/Phobos is no time zone; write an IANA name"),
        ("zones: UTC", r"zones: no such setting; the settings are executions, orders"),
        ("executions: {prize: Px}", r"executions = .*prize: no such field; the fields are execution_id"),
        ("units: {price: 0}", r"units.price = 0: "),
        ("- a list", r"holds no settings"),
        ("zone: [", r"not YAML"),
    ],
)
def test_a_mistake_in_the_yaml_is_named(tmp_path, columns, sentence):
    with pytest.raises(ConfigError, match=sentence):
        analysed(tmp_path, columns=columns)


def test_a_zone_of_the_command_line_that_is_none_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"--zone: zone = Nowhere: Nowhere is no time zone"):
        analysed(tmp_path, zone="Nowhere")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", r"fills.csv: the file is empty; export it again"),
        (b"\n1,2,3\n", r"fills.csv: the first line is empty; it must name the columns"),
        (b"PAR1....PAR1", r"fills.csv: is called CSV and holds Parquet"),
        (b"PK\x03\x04....", r"fills.csv: is called CSV and holds a workbook or a ZIP archive"),
        ("\ufeffexecution_id".encode("utf-16-le"), r"fills.csv: is called CSV and holds UTF-16 text"),
        (b"execution_id,execution_id\n1,2\n", r"fills.csv: column execution_id is there twice"),
        (b"execution_id,order\xff_id,shares,price,time\n1,A,1,1,1\n", r"fills.csv: .*; save it as CSV, UTF-8"),
    ],
)
def test_a_file_that_is_not_what_its_suffix_says_is_refused(tmp_path, data, sentence):
    with pytest.raises(ConfigError, match=sentence):
        analysed(tmp_path, data)
    assert not (tmp_path / "report").exists()


def test_csv_that_is_called_parquet_is_refused(tmp_path):
    (tmp_path / "fills.parquet").write_text(FILLS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    with pytest.raises(ConfigError, match=r"is called Parquet and holds CSV"):
        analyse_files(
            [tmp_path / "fills.parquet"], [tmp_path / "orders.csv"], [], None, None, tmp_path / "out",
            strict=False, as_json=True,
        )  # fmt: skip


def test_a_file_that_is_not_there_is_named_with_all_others(tmp_path):
    with pytest.raises(ConfigError) as stop:
        analyse_files([tmp_path / "a.csv"], [tmp_path / "b.xlsx"], [], None, None, tmp_path, strict=False, as_json=True)
    assert [line.rpartition("/")[2].split(":")[0] for line in str(stop.value).splitlines()] == ["a.csv", "b.xlsx"]


def test_a_header_without_rows_leaves_every_order_unfilled(tmp_path):
    found = analysed(tmp_path, fills())
    assert {row["filled_shares"] for row in found.rows("orders.csv")} == {"0"}
    assert found.report["total"]["fill_pct"] == "0.00"


def test_ids_that_parquet_keeps_as_numbers_match_those_of_a_csv(tmp_path):
    orders = pd.DataFrame(
        {"order_id": [1.0, None], "symbol": "ABC", "side": "BUY", "shares": 10.0, "arrival_price": 5.0}
    )
    orders.to_parquet(tmp_path / "orders.parquet")
    (tmp_path / "fills.csv").write_text(f"{HEAD}\n7,1,10,5.5,2022-06-15T14:00:00Z\n")
    executions, known = tmp_path / "fills.csv", tmp_path / "orders.parquet"
    answer = analyse_files([executions], [known], [], None, None, tmp_path / "out", strict=False, as_json=True)
    assert (answer["fills"], answer["shortfall_usd"], answer["rows_left_out"]) == (1, "5.00", 1)


BASE = {"execution_id": ["1", "2"], "order_id": ["A", "A"], "shares": ["600", "400"], "price": ["10.25", "10.30"]}
AT = ["2022-06-15T14:00:00Z", "2022-06-15T15:00:00Z"]


def of_parquet(folder, **columns):
    pa_parquet.write_table(pa.table({**BASE, "time": AT, **columns}), folder / "fills.parquet")
    (folder / "orders.csv").write_text(ORDERS)
    analyse_files(
        [folder / "fills.parquet"], [folder / "orders.csv"], [], None, None, folder / "report",
        strict=False, as_json=True,
    )  # fmt: skip
    return Found(folder / "report", {})


ODD = {
    "time of day in ns": pa.array([1, 2], pa.time64("ns")),
    "bytes": pa.array([b"\xff", b"1"], pa.binary()),
    "far instant": pa.array([10**13, 1655301605], pa.timestamp("s")),
    "far instant of a zone": pa.array([10**13, 1655301605], pa.timestamp("s", "UTC")),
    "list": pa.array([[1], None]),
    "duration": pa.array([2**62, 1], pa.duration("s")),
}


@pytest.mark.parametrize("kind", list(ODD))
def test_a_column_that_is_not_used_may_hold_anything(tmp_path, kind):
    found = of_parquet(tmp_path, other=ODD[kind])
    assert (found.left_out, found.counted) == ([], ["1", "2"])


@pytest.mark.parametrize("kind", ["far instant", "far instant of a zone", "time of day in ns", "list", "duration"])
@pytest.mark.parametrize("field", ["time", "price", "venue", "execution_id"])
def test_a_value_that_is_none_of_its_field_is_named_and_ends_nothing(tmp_path, kind, field):
    found = of_parquet(tmp_path, **{field: ODD[kind]})
    assert {row for _, row, *_ in found.left_out} <= {1, 2}
    if field == "time":
        assert found.left_out[0] == ("fills.parquet", 1, "time", "not a time")


def test_an_instant_that_no_clock_shows_leaves_the_others_of_its_column(tmp_path):
    found = of_parquet(tmp_path, time=ODD["far instant of a zone"])
    assert found.left_out == [("fills.parquet", 1, "time", "not a time")]
    assert [row["at_utc"] for row in found.rows("fills.csv")] == ["2022-06-15T14:00:05Z"]


def test_bytes_that_are_utf_8_are_text(tmp_path):
    found = of_parquet(tmp_path, execution_id=pa.array([b"1", b"2"], pa.binary()))
    assert found.counted == ["1", "2"]


def test_bytes_that_are_no_text_in_a_column_that_is_used_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"fills.parquet: column execution_id \(execution_id\): binary that cannot"):
        of_parquet(tmp_path, execution_id=ODD["bytes"])


WITH_NOTE = "1,A,ABC,BUY,600,10.25,2022-06-15T14:00:00Z,3.00,XNYS,{note}"
NOTED = fills(
    WITH_NOTE.format(note='"all well'),
    "2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,2.00,XNYS,",
    '3,B,XYZ,SELL,500,49.80,2022-06-15T14:30:00Z,2.50,XNAS,"again"',
    head=f"{FILLS.splitlines()[0]},note",
)


def test_a_quote_that_is_not_closed_is_named_and_not_taken_for_a_cell(tmp_path):
    found = analysed(tmp_path, NOTED)
    assert found.left_out == [("fills.csv", 2, "", "a quote that is not closed swallowed 2 lines")]


def test_strict_stops_at_a_quote_that_is_not_closed(tmp_path):
    with pytest.raises(BadDataError, match=r"fills.csv: row 2 = .*: a quote that is not closed swallowed 2 lines"):
        analysed(tmp_path, NOTED, strict=True)


def test_a_quote_that_swallows_the_end_of_its_own_row_is_named(tmp_path):
    executions = fills('1,A,"ABC,BUY,600,10.25,2022-06-15T14:00:00Z,3.00,XNYS', *FILLS.splitlines()[2:])
    assert analysed(tmp_path, executions).left_out == [
        ("fills.csv", 2, "", "a quote that is not closed swallowed 2 lines")
    ]


def test_a_quote_that_swallows_more_than_can_be_read_is_an_error_that_says_so(tmp_path):
    rows = [WITH_NOTE.format(note='"all well'), *[WITH_NOTE.format(note="")] * 50_000]
    with pytest.raises(ConfigError, match=r"fills.csv: a cell goes on for .* by a quote that is not closed; close the"):
        analysed(tmp_path, fills(*rows, head=f"{FILLS.splitlines()[0]},note"))


def test_a_note_over_two_lines_is_a_cell(tmp_path):
    executions = fills(WITH_NOTE.format(note='"all\nwell, so far"'), head=f"{FILLS.splitlines()[0]},note")
    found = analysed(tmp_path, executions)
    assert (found.left_out, found.counted) == ([], ["1"])


@pytest.mark.parametrize("row", ["2,A,ABC,BUY,400,10.30,2022-06-15T15:00:00Z,2.00,\xff", "2,\xff,too,few"])
def test_a_row_that_is_not_utf_8_is_left_out_and_the_others_are_read(tmp_path, row):
    rows = [*FILLS.splitlines()[:2], row, *FILLS.splitlines()[3:]]
    text = "\n".join(rows).replace("XNAS", "Zürich").encode()
    found = analysed(tmp_path, text.replace("\xff".encode(), b"\xff") + b"\n")
    assert [(file, line) for file, line, *_ in found.left_out] == [("fills.csv", 3)]
    assert found.counted == ["1", "3"]
    assert found.rows("fills.csv")[1]["venue"] == "Zürich"


def test_bytes_that_are_not_utf_8_are_named_with_their_column(tmp_path):
    found = analysed(tmp_path, FILLS.encode().replace(b"XNAS", b"Z\xfcrich"))
    assert found.left_out == [("fills.csv", 4, "venue", "bytes that are not UTF-8")]
    assert found.problems[0]["value"] == "Z\ufffdrich"


@pytest.mark.parametrize(
    ("form", "columns"),
    [
        ("%d.%m.%Y %H:%M:%S", 'time_format: "%d.%m.%Y %H:%M:%S"\nzone: UTC'),
        ("%m/%d/%y %I:%M:%S %p", 'time_format: "%m/%d/%y %I:%M:%S %p"\nzone: UTC'),
        ("%d.%m.%Y %H:%M:%S +0000", 'time_format: "%d.%m.%Y %H:%M:%S %z"'),
        ("%Y%m%dT%H%M%SZ", ""),
        ("%Y%m%dT%H%M%S.000+0000", ""),
    ],
)
def test_times_are_read_as_the_yaml_says_and_iso_8601_always(tmp_path, form, columns):
    executions, orders = FILLS, ORDERS
    for text in set(re.findall(r"2022[^,]*Z", FILLS + ORDERS)):
        written = datetime.fromisoformat(text).strftime(form)
        executions, orders = executions.replace(text, written), orders.replace(text, written, 3)
    found = analysed(tmp_path, executions, orders, columns=columns)
    assert found.left_out == []
    assert found.answer["shortfall_usd"] == "377.50"


def test_days_of_prices_are_read_by_what_the_time_format_says_of_days(tmp_path):
    prices = "symbol,date,open,close\nABC,14.06.2022,9.00,9.50\nABC,15.06.2022,9.90,10.40\n"
    found = analysed(tmp_path, prices=prices, columns='time_format: "%d.%m.%Y %H:%M:%S"')
    assert found.left_out == []
    assert found.order("A")["previous close price"] == "9.500000"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ("%d.%m.%Y %Q", r"time_format = %d.%m.%Y %Q: %Q is no part of a time; the parts are %d, %m"),
        ("%d.%m.%Y %", r"% is no part of a time"),
        ("%d.%d.%m.%Y", r"%d is there twice; write it once"),
        ("%H:%M", r"year, month and day are not all in it"),
    ],
)
def test_a_time_format_that_cannot_be_read_by_is_refused(tmp_path, form, sentence):
    with pytest.raises(ConfigError, match=sentence):
        analysed(tmp_path, columns=f'time_format: "{form}"')
