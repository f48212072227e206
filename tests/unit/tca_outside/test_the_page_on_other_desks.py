"""docs/tca.md: its example is run as it stands, and its tables have every field and name that is known."""

import re
from pathlib import Path

from typer.testing import CliRunner

from flows.cli.main import app
from flows.commands.tca import analyse_files
from tasks.tca.outside.column_names import NAMES, REQUIRED, Kind

PAGE = (Path(__file__).parents[3] / "docs" / "tca.md").read_text()


def blocks(kind: str) -> list[str]:
    """What stands in the fences of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_example_prints_what_the_page_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("fills.csv", "orders.csv"), blocks("csv"), strict=True):
        Path(name).write_text(text)
    (command,) = blocks("sh")
    told = CliRunner().invoke(app, command.split()[1:])
    assert told.exit_code == 0
    missing = [line for line in blocks("text")[0].splitlines() if line not in told.output.splitlines()]
    assert missing == []
    assert {file.name for file in Path("costs").iterdir()} == {
        "report.html", "report.json", "orders.csv", "fills.csv", "left_out.csv",
    }  # fmt: skip


def test_a_missing_column_ends_with_wrong_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("fills.csv").write_text("id\n1\n")
    Path("orders.csv").write_text(blocks("csv")[1])
    told = CliRunner().invoke(app, ["tca", "fills.csv", "--orders", "orders.csv"])
    assert told.exit_code == 2
    assert not Path("tca-report").exists()


def test_the_yaml_of_the_page_is_taken(tmp_path):
    (tmp_path / "columns.yaml").write_text(blocks("yaml")[0])
    (tmp_path / "f.csv").write_text("id,order,qty,Fill Px,time\n1,A,1,1000,2022-06-15T16:00:00\n")
    (tmp_path / "o.csv").write_text("id,ticker,side,qty,arrival price\nA,ABC,KAUF,1,1000\n")
    answer = analyse_files(
        [tmp_path / "f.csv"], [tmp_path / "o.csv"], [], tmp_path / "columns.yaml", None, tmp_path / "r",
        strict=True, as_json=True,
    )  # fmt: skip
    assert answer["shortfall_usd"] == "0.00"


def test_every_field_and_every_name_of_it_stands_in_the_tables():
    for kind in Kind:
        for field, names in NAMES[kind].items():
            need = " (needed)" if field in REQUIRED[kind] else ""
            others = ", ".join(name for name in names if name != field.replace("_", ""))
            assert f"| {field}{need} | {others} | " in PAGE
