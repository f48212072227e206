"""Separators, byte order marks, spellings and suffixes: what is meant is read, what is not clear is refused."""

import pandas as pd
import pytest

from flows.commands.tca import analyse_files
from tasks.errors import ConfigError
from tests.unit.tca_outside.outside_desk import FILLS, ORDERS, analysed, fills

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
        (b"execution_id,order_id,shares,price,time\n\xff\xfe,A,1,1,1\n", r"fills.csv: .*; save it as UTF-8"),
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
