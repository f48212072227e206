"""A setting, variable, option, file, flow or package that a message names is there under that name."""

import contextlib
import importlib.metadata
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from sentences import ROOT, VALUE, Sentence, pages, sentences, source

from flows.book_file.schema import field_at
from flows.cli.main import app
from flows.commands.doctor import PACKAGES
from tasks.book.model import Book
from tasks.brokers.registry import BROKERS
from tasks.packages import installed_by

SECTIONS = "|".join(Book.model_fields)
SETTING = re.compile(rf"(?<![\w./])(?:{SECTIONS})\.[a-z_{VALUE}]+(?:\.\w+|\.{VALUE})*(?![\w/])")
VARIABLE = re.compile(r"\b(?:STEELYARD|APCA)_[A-Z_]+\b")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
PAGE = re.compile(r"(?<![\w/.])(?:docs/)?[a-z_]+\.md|\bbooks/[a-z_]+\.\w+")
FLOW = re.compile(r"`(\w+)` (?:flow|deployment)|(?:flow|deployment) `(\w+)`")
INSTALLED = re.compile(r"pip install '?[\w-]+")
NO_SETTINGS = ("optimizer/problem.py", "tasks/model/desk_event.py", "tasks/tca/write.py", "sql/")
"""Their dotted names are arrays of the optimizer, events, files of a report and columns of tables."""
WRITTEN_FIRST = {"books/mine.yaml", "methodology.md"}
"""What `steelyard init` and `steelyard export` make."""
OF_THE_VERIFIER = "--anchor"
"""Of `verify.py`, which an export holds."""
OF_OTHERS = {
    "docs/production.md",
    "flows/commands/temporary_server.py",
    "flows/desk/register.py",
    "flows/desk/supervisor.py",
    "flows/desk/worker.py",
    "tasks/tca/pdf.py",
}
"""Their options are Prefect's or Chromium's."""


def named(what: re.Pattern[str], *texts: Sentence, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Everything named, and where first."""
    found: dict[str, str] = {}
    for each in texts:
        if not each.where.startswith(without):
            for name in what.finditer(each.text):
                found.setdefault(next(filter(None, name.groups()), name[0]), each.where)
    return found


SETTINGS = named(SETTING, *sentences(), *pages(), without=NO_SETTINGS)


@pytest.mark.parametrize("name", sorted(name for name in SETTINGS if not name.endswith((".csv", ".html", ".json"))))
def test_a_setting_that_is_named_is_one_of_the_book(name: str) -> None:
    path = tuple(name.partition(f".{VALUE}")[0].split("."))
    assert field_at(Book, path) is not None, f"{SETTINGS[name]} names the setting {name}"


VARIABLES = named(VARIABLE, *sentences(), *pages())


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_variable_that_is_named_is_read(name: str) -> None:
    """Under its name, or under a constant that holds it."""
    code = source() + "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("*.py"))
    constants = [one for line in re.findall(rf'([A-Z_, ]+) = .*"{name}"', code) for one in line.split(", ")]
    asked = "|".join([f'"{name}"', *constants])
    reads = rf"(?:environ|environment|secrets)(?:\.get\(|\[)(?:{asked})(?=\W)|for name in \((?:{asked})(?=\W)"
    assert re.search(reads, code), f"{VARIABLES[name]} names {name}, which nothing reads"


def _options() -> Iterator[str]:
    waiting = [typer.main.get_command(app)]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        yield from (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))


OPTIONS = named(OPTION, *sentences(), *pages(), without=tuple(OF_OTHERS))


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_an_option_that_is_named_is_one_of_the_program(name: str) -> None:
    assert name in {*_options(), "--help", OF_THE_VERIFIER}, f"{OPTIONS[name]} names {name}"


FILES = named(PAGE, *sentences(), *pages())


@pytest.mark.parametrize("name", sorted(FILES.keys() - WRITTEN_FIRST))
def test_a_page_or_example_that_is_named_is_there(name: str) -> None:
    beside = (ROOT / FILES[name].partition(":")[0]).parent
    places = [folder / name for folder in (ROOT, ROOT / "docs", beside)]
    assert any(place.is_file() for place in places), f"{FILES[name]} names {name}"


FLOWS = named(FLOW, *sentences(), *pages())


@pytest.mark.parametrize("name", sorted(FLOWS))
def test_a_flow_that_is_named_can_be_started_in_the_ui(name: str) -> None:
    deployed = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    known = {one["name"] for one in deployed} | {one["entrypoint"].rpartition(":")[2] for one in deployed}
    assert name in known, f"{FLOWS[name]} names {name}"


@pytest.mark.parametrize("name", [*PACKAGES, *(name for broker in BROKERS.values() for name in broker.libraries)])
def test_a_package_is_installed_by_the_name_and_the_range_that_are_told(name: str) -> None:
    """What is told fits what is installed here, where it is; an index knows it under this name."""
    told = Requirement(installed_by(name).removeprefix("pip install ").strip("'"))
    assert told.name == name
    assert told.specifier, "a range is told, else a release that does not fit may be taken"
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        assert importlib.metadata.version(name) in told.specifier


def test_no_message_tells_to_install_the_program_from_an_index() -> None:
    assert named(INSTALLED, *sentences(), *pages()) == {}


def test_the_names_are_found_at_all() -> None:
    assert min(map(len, (VARIABLES, FILES))) > 5
    assert min(map(len, (SETTINGS, OPTIONS))) > 20
    assert Path(ROOT / "docs").is_dir()
