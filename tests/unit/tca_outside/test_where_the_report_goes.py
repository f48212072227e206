"""A report overwrites nothing but an earlier one of its own, and says of each folder that it cannot take what to do."""

import pytest
from typer.testing import CliRunner

from flows.cli.main import app
from tasks.tca.outside.outside_files import FILES
from tests.unit.tca_outside.outside_desk import FILLS, ORDERS


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fills.csv").write_text(FILLS)
    (tmp_path / "orders.csv").write_text(ORDERS)
    return tmp_path


def told(out, fills="fills.csv"):
    return CliRunner().invoke(app, ["tca", fills, "--orders", "orders.csv", "--out", str(out)])


def refused(out, sentence, fills="fills.csv"):
    found = told(out, fills)
    assert found.exit_code == 2, found.output
    assert sentence in found.stderr
    assert "STEELYARD_HOME" not in found.stderr
    assert found.exception is None or isinstance(found.exception, SystemExit)


@pytest.mark.parametrize("out", [".", "../{name}", "link"])
def test_an_input_is_never_overwritten(desk, out):
    (desk / "link").symlink_to(desk)
    refused(
        out.format(name=desk.name), "the report would overwrite orders.csv, which it reads; give --out another folder"
    )
    assert (desk / "fills.csv").read_text() == FILLS
    assert not (desk / "report.json").exists()


def test_an_input_that_is_a_link_to_the_place_of_an_output_is_not_overwritten(desk):
    (desk / "costs").mkdir()
    (desk / "costs" / "fills.csv").write_text(FILLS)
    (desk / "linked.csv").symlink_to(desk / "costs" / "fills.csv")
    refused("costs", "would overwrite linked.csv", fills="linked.csv")


@pytest.mark.parametrize("report", [None, "", "[]", "{", '{"schema": "steelyard.tca/1"}', "[" * 100_000])
def test_a_file_of_the_same_name_that_no_earlier_report_wrote_is_kept(desk, report):
    (desk / "mine").mkdir()
    (desk / "mine" / "orders.csv").write_text("mine")
    if report is not None:
        (desk / "mine" / "report.json").write_text(report)
    refused("mine", "orders.csv, of no earlier report of this command; give --out another folder")
    assert (desk / "mine" / "orders.csv").read_text() == "mine"


def test_an_earlier_report_is_replaced(desk):
    assert told("costs").exit_code == 0
    (desk / "costs" / "orders.csv").write_text("old")
    assert told("costs").exit_code == 0
    assert (desk / "costs" / "orders.csv").read_text() != "old"
    assert {file.name for file in (desk / "costs").iterdir()} == set(FILES)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("out", ["", "  "])
def test_an_empty_name_is_refused(out):
    refused(out, "--out is empty; write the name of a folder")


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("x" * 300, "File name too long"),
        ("x/" * 3000, "File name too long"),
        ("/proc/x", "--out /proc/x: "),
        ("orders.csv", "orders.csv is no folder; give --out another folder"),
        ("orders.csv/in/it", "orders.csv is no folder; give --out another folder"),
        ("circle/x", "Too many levels of symbolic links"),
    ],
)
def test_a_folder_that_cannot_be_is_an_error_of_this_option(desk, out, sentence):
    (desk / "circle").symlink_to(desk / "circle")
    refused(out, sentence)


def test_a_folder_in_the_place_of_a_file_is_named_before_anything_is_written(desk):
    (desk / "costs" / "report.html").mkdir(parents=True)
    refused("costs", "costs/report.html is a folder in the place of a file")
    assert [file.name for file in (desk / "costs").iterdir()] == ["report.html"]


def test_it_is_looked_at_before_any_file_is_read(desk):
    (desk / "fills.csv").write_text("")
    refused(".", "would overwrite")
