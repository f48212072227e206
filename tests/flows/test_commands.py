"""The command line as a user and as a program meet it; every command of the README is run."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.conftest import ROOT, small_book
from tests.flows.worlds import SESSION, answered, steelyard

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.S)
COMMANDS = [line.split("#")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
STEELYARD = [line.split("steelyard ", 1)[1] for line in COMMANDS if "steelyard " in line]
MAKE = [line.split()[1] for line in COMMANDS if line.startswith("make ")]


def test_every_command_of_the_readme_works_in_the_order_it_is_written(
    desk_home: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a copy of the books' folder, so that `init` writes nowhere else; the first one is a program of its own."""
    assert len(STEELYARD) >= 9
    (tmp_path / "books").mkdir()
    for file in (ROOT / "books").iterdir():
        (tmp_path / "books" / file.name).write_bytes(file.read_bytes())
    first, *others = [shlex.split(words) for words in STEELYARD]
    program = [sys.executable, "-m", "flows.cli.main", *first]
    done = subprocess.run(program, env=desk_home, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"steelyard {first}\n{done.stdout}\n{done.stderr[-2000:]}"
    monkeypatch.chdir(tmp_path)
    for words in others:
        told = answered(desk_home, *words)
        assert told.exit_code == 0, f"steelyard {words}\n{told.output}"


@pytest.mark.parametrize("target", sorted(set(MAKE)))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert link.startswith("https://") or (ROOT / link).exists()


def test_wrong_use_is_answered_with_one_object_and_status_two(desk_home: dict[str, str], tmp_path: Path) -> None:
    """A day without trading, an unknown mode, a book that is not there, a book without sessions."""
    book = str(small_book(tmp_path))
    cases = {
        ("run", book, "--session", "2022-12-25"): "2022-12-23",
        ("run", book, "--session", "2031-01-02"): "within",
        ("run", book, "--mode", "yolo"): "full_auto",
        ("run", str(tmp_path / "none.yaml")): "no such file",
        ("orders", "nobody"): "nobody",
    }
    for words, remedy in cases.items():
        told = steelyard(desk_home, *words, status=2)
        assert told["status"] == "stopped"
        assert remedy in told["message"], told["message"]


def test_a_book_that_cannot_be_met_is_a_business_stop(desk_home: dict[str, str], tmp_path: Path) -> None:
    """The limits that conflict are named; nothing was sent; a corrected book is decided anew."""
    book = small_book(tmp_path)
    text = book.read_text()
    book.write_text(text.replace("cash_reserve_pct: 1", "cash_reserve_pct: 1, max_turnover_pct: 1, max_weight_pct: 30"))
    told = steelyard(desk_home, "run", str(book), status=1)
    assert told["error"] == "NoPlanError"
    assert "max_weight" in told["message"]
    assert "turnover" in told["message"]
    book.write_text(text)
    assert steelyard(desk_home, "run", str(book))["status"] == "done"


def test_plan_sends_nothing_and_run_takes_it_from_there(desk_home: dict[str, str], tmp_path: Path) -> None:
    book = str(small_book(tmp_path))
    planned = steelyard(desk_home, "plan", book)
    assert (planned["status"], planned["slices"], planned["fills"]) == ("planned", 0, 0)
    done = steelyard(desk_home, "run", book)
    assert done["plan_hash"] == planned["plan_hash"]
    rows = steelyard(desk_home, "orders", "small", "--session", SESSION)["orders"]
    assert len(rows) == done["orders"]
    held = steelyard(desk_home, "status", "small")["books"][0]
    worth = sum(float(row["value_usd"]) for row in held["positions"]) + held["cash_usd"]
    assert worth == pytest.approx(held["nav_usd"], abs=0.05)


def test_a_replay_goes_on_a_day_at_a_time_to_the_end_of_its_prices(desk_home: dict[str, str], tmp_path: Path) -> None:
    """The first session, the next, and after the last one the plan for tomorrow, which nothing can be traded on yet."""
    path = small_book(tmp_path)
    path.write_text(path.read_text().replace("{lookback_sessions", "{replay_from: 2022-12-27, lookback_sessions"))
    book = str(path)
    assert steelyard(desk_home, "run", book)["session"] == "2022-12-27"
    assert steelyard(desk_home, "run", book)["status"] == "already_done"
    following = steelyard(desk_home, "run", book, "--session", "next")
    assert (following["session"], following["status"]) == ("2022-12-28", "done")
    assert following["plan"]["plan_hash"] == following["plan_hash"]
    assert "bundled sample ends" in steelyard(desk_home, "run", book, "--session", "next", status=2)["message"]
    planned = steelyard(desk_home, "plan", book, "--session", "2022-12-29")
    assert {line["symbol"] for line in planned["plan"]["lines"]} == {"AAPL", "KO", "XOM", "PG", "JNJ"}
    assert "has no prices yet" in steelyard(desk_home, "run", book, "--session", "2022-12-29", status=2)["message"]


def test_help_names_every_command_with_an_example() -> None:
    """A command without a sentence or an example is not finished."""
    from typer.main import get_command

    from flows.cli.main import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert {"run", "status", "plan", "orders", "report", "sessions", "doctor", "init"} <= set(commands)
    for name, command in commands.items():
        assert command.help, name
        assert command.epilog.startswith(f"Example: steelyard {name}"), name


def test_help_needs_no_heavy_import() -> None:
    """Prefect, pandas, cvxpy and Great Expectations stay asleep until a room needs them."""
    code = (
        "import sys; from typer.testing import CliRunner; from flows.cli.main import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print([m for m in ('prefect', 'pandas', 'cvxpy', 'great_expectations', 'sqlalchemy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
