"""An option that cannot be read is wrong use, told in a sentence, whichever command it was given to."""

import json
import sys

import pytest

from flows.cli.main import main

WORDS = ["--who", "Ada Byron", "--because", "looked through"]


@pytest.mark.parametrize(
    "command",
    [
        ["exceptions", "demo"],
        ["dispose", "demo", "KEY", "--as", "explained", *WORDS],
        ["sign", "demo", "--as", "accepted", *WORDS],
        ["export", "demo"],
        ["restatements", "demo"],
        ["review", "books/demo.yaml"],
        ["approve", "demo", "--who", "Ada Byron"],
    ],
    ids=lambda words: words[0],
)
def test_a_wrong_date_is_wrong_use(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["steelyard", *command, "--session", "2022-13-01", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "2022-13-01 is not a date" in json.loads(capsys.readouterr().out)["message"]


def test_an_empty_name_of_a_book_is_no_book(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["steelyard", "sign", "", "--as", "accepted", *WORDS])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "BOOK is empty" in capsys.readouterr().err
