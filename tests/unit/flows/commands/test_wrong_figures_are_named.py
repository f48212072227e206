"""A figure that an option cannot take is told with the figure itself and what to write instead."""

import json
import sys

import pytest

from flows.cli import main as cli


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["steelyard", *typed.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


@pytest.mark.parametrize(
    ("typed", "figure", "remedy"),
    [
        ("venue alpaca --port 99999", "99999", "from 0 to 65535; 0 takes any that is free"),
        ("venue ibkr --port -1", "-1", "from 0 to 65535"),
        ("up --port 70000", "70000", "from 1 to 65535, e.g. 4300"),
        ("up --port 0", "0", "from 1 to 65535, e.g. 4300"),
        ("up --port 42OO", "42OO", "write a whole number"),
        ("write-off demo DEAD --who A --because b --price 1,5", "1,5", "a plain number with a point"),
        ("explain demo B --who A --because b --book-it --proceeds-usd nan", "nan", "a plain number with a point"),
    ],
)
def test_a_wrong_figure_is_told_with_its_value_and_what_to_write(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, figure: str, remedy: str
) -> None:
    status, out = told(monkeypatch, capsys, f"{typed} --json")
    assert status == 2
    message = json.loads(out)["message"]
    assert f"{figure} is no " in message
    assert remedy in message


def test_a_terminal_shows_the_value_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, out = told(monkeypatch, capsys, "venue alpaca --port 99999")
    assert status == 2
    assert "99999 is no port" in " ".join(out.split())
