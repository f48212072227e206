"""Reads the two memories of a run: our journal, and the simulated broker's own book."""

import json
import os
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from typer.testing import CliRunner, Result

from flows.cli.main import app

SESSION = "2022-12-28"


@contextmanager
def inside(environment: dict[str, str]) -> Iterator[None]:
    """This process as a program of that environment would be: the server and the home are the environment's."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    server = temporary_settings({PREFECT_API_URL: environment["PREFECT_API_URL"]})
    with patch.dict(os.environ, environment, clear=True), server:
        yield


def answered(environment: dict[str, str], *words: str) -> Result:
    """The command as typed, in this process, where everything is imported already."""
    with inside(environment):
        return CliRunner().invoke(app, words)


def steelyard(environment: dict[str, str], *words: str, status: int = 0) -> dict[str, Any]:
    """The command with --json; the one object it prints."""
    done = answered(environment, *words, "--json")
    assert done.exit_code == status, f"exit {done.exit_code}\n{done.stdout}\n{done.stderr[-3000:]}"
    return json.loads(done.stdout)


def commands_in(message: str) -> list[list[str]]:
    """What a message tells a person to type, each as its words after `steelyard`."""
    found = re.findall(r'steelyard ([a-z-]+(?: (?:--[a-z-]+|"[^"]*"|[\w./:-]*\w))*)', message)
    return [shlex.split(words) for words in found]


def steelyard_here(*words: str) -> dict[str, Any]:
    """The command in this process; the one object it prints."""
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 0, f"{words}\n{done.output}"
    return json.loads(done.stdout)


def typed(message: str) -> dict[str, Any]:
    """Do it here, in this process: the first command of a message, and its answer."""
    return steelyard_here(*commands_in(message)[0])


def journal_rows(home: str, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(Path(home) / "journal.sqlite") as connection:
        return connection.execute(query).fetchall()


def broker_rows(home: str, query: str, account: str = "small") -> list[tuple[Any, ...]]:
    with sqlite3.connect(Path(home) / "broker" / f"{account}.sqlite") as connection:
        return connection.execute(query).fetchall()


def orders_at_work(home: str, account: str = "small") -> int:
    """By the broker's own book; none before it has one."""
    if not (Path(home) / "broker" / f"{account}.sqlite").exists():
        return 0
    try:
        return int(broker_rows(home, "SELECT count(*) FROM orders WHERE is_working = 1", account)[0][0])
    except sqlite3.OperationalError as error:
        if "no such table" not in str(error):
            raise
        return 0  # the file is there a moment before its tables are


def assert_every_order_was_sent_once(home: str) -> None:
    """The broker's book and ours name the same orders and the same executions, each once."""
    ours = sorted(key for (key,) in journal_rows(home, "SELECT key FROM slices"))
    theirs = sorted(key for (key,) in broker_rows(home, "SELECT key FROM orders"))
    assert ours == theirs
    assert len(set(theirs)) == len(theirs) > 0
    mine = sorted(i for (i,) in journal_rows(home, "SELECT execution_id FROM fills"))
    real = sorted(i for (i,) in broker_rows(home, "SELECT execution_id FROM executions"))
    assert mine == real
    assert len(real) > 0
    assert journal_rows(home, "SELECT count(*) FROM breaks") == [(0,)]
