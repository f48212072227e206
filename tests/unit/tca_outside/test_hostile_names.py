"""A name that came from outside can run, break or spoof nothing: not in the page, a spreadsheet or the terminal."""

import csv
import io
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.errors import ConfigError
from tests.unit.tca_outside.outside_desk import FILLS, HEAD, ORDERS, analysed

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://x.test","1")'
TURNED = "A\u202egnihton"
STEERS = "A\x1b[2J\x1b[31mred\x07"


def as_cell(text: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([text, ""])
    return out.getvalue()[:-1]


def named(symbol: str, order_id: str = "A", venue: str = "X"):
    """The files with one order that somebody named with care."""
    cells = [as_cell(text) for text in (order_id, symbol, venue)]
    head = "order_id,symbol,side,shares,arrival_price,algorithm,broker"
    orders = f"{head}\n{cells[0]},{cells[1]},BUY,1000,10,{cells[1]},{cells[2]}\n"
    executions = f"{HEAD}\n1,{cells[0]},{cells[1]},BUY,1000,10.25,2022-06-15T14:00:00Z,3.00,{cells[2]}\n"
    return executions, orders


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.handlers: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.seen.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def test_html_in_a_name_is_text(tmp_path):
    found = analysed(tmp_path, *named(SCRIPT, SCRIPT, SCRIPT))
    tags = Tags()
    tags.feed(found.page)
    assert found.left_out == []
    assert not tags.seen & {"script", "img"}
    assert tags.handlers == []
    assert "&lt;script&gt;" in found.page


@pytest.mark.parametrize("name", [FORMULA, "+1+1", "-1+1", "@SUM(A1)", "|calc", "=1+1"])
def test_no_cell_of_a_csv_is_a_formula(tmp_path, name):
    found = analysed(tmp_path, *named(name, name, name))
    for file in ("orders.csv", "fills.csv"):
        texts = [cell for row in found.rows(file) for cell in row.values()]
        assert f"'{name}" in texts
        assert not [cell for cell in texts if cell.startswith(("=", "+", "@", "|")) or cell.startswith("-1+")]


def test_a_formula_in_a_row_left_out_is_none_either(tmp_path):
    found = analysed(tmp_path, FILLS.replace("10.25", "=1+1"))
    assert found.problems[0]["value"] == "'=1+1"


@pytest.mark.parametrize(
    ("name", "written"), [(TURNED, "A<U+202E>gnihton"), (STEERS, "A<U+001B>[2J<U+001B>[31mred<U+0007>")]
)
def test_characters_that_turn_or_steer_a_text_are_written_out(tmp_path, name, written):
    found = analysed(tmp_path, *named(name))
    assert found.rows("orders.csv")[0]["symbol"] == written
    everything = "".join(file.read_text() for file in found.folder.iterdir())
    assert not {"\u202e", "\x1b", "\x07"} & set(everything)


def test_a_name_of_ten_thousand_characters_is_refused_and_shortened_where_it_is_said(tmp_path):
    found = analysed(tmp_path, *named("N" * 10_000))
    assert ("orders.csv", 2, "symbol", "longer than 128 characters") in found.left_out
    assert "N" * 200 not in found.page
    assert all(len(row["value"]) < 200 for row in found.problems)


def test_the_terminal_gets_no_control_characters_and_no_markup(tmp_path):
    executions, orders = named(STEERS, "[bold]A[/bold]")
    (tmp_path / "f\x1b[2J.csv").write_text(executions + f"2,{TURNED},[red]X,{TURNED},x,{STEERS},,,\n")
    (tmp_path / "o.csv").write_text(orders)
    told = CliRunner().invoke(
        app, ["tca", str(tmp_path / "f\x1b[2J.csv"), "--orders", str(tmp_path / "o.csv"), "--out", str(tmp_path / "r")]
    )
    assert told.exit_code == 0
    assert not {"\x1b", "\x07", "\u202e"} & set(told.output)
    assert "f<U+001B>[2J.csv" in told.output


def test_a_header_that_steers_the_terminal_is_written_out_in_the_error(tmp_path):
    with pytest.raises(ConfigError) as stop:
        analysed(tmp_path, FILLS.replace("price", "pr\x1b[2Jice\u202e"), ORDERS)
    assert not {"\x1b", "\u202e"} & set(str(stop.value))


def test_a_hostile_name_cannot_forge_another_order_by_its_line_break(tmp_path):
    found = analysed(tmp_path, *named("ABC\nA,ABC,SELL"))
    assert found.rows("orders.csv")[0]["symbol"] == "ABC A,ABC,SELL"
    assert len(found.rows("orders.csv")) == 1
