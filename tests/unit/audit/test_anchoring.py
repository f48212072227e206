"""The end of the chain is kept where whoever edits the database does not reach, and what fails never stops a run."""

import json
import sys
from pathlib import Path

import pytest
from recorded_day import CYCLE, NOON, desk_of, recorded

from tasks.audit.anchor import anchor_head, read_anchors
from tasks.audit.anchor_file import VARIABLE, Note, anchor_folder, filled_in, notes_in
from tasks.book.audit import AuditSettings
from tasks.context import StepEvent
from tasks.errors import ConfigError

NOTE = Note(NOON, "demo", 7, "e" * 64)


@pytest.fixture(autouse=True)
def _no_folder_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def test_a_run_leaves_one_line_with_the_end_of_the_chain(tmp_path: Path) -> None:
    journal, _ = recorded(tmp_path / "home")
    heard: list[StepEvent] = []
    done = anchor_head(desk_of(tmp_path / "home", AuditSettings(), heard))
    assert done.file == tmp_path / "home-anchors" / "demo.jsonl", "beside the home, never in it"
    [line] = done.file.read_text().splitlines()
    head = journal.audit.head()
    assert head.seq > 10
    assert json.loads(line) == {
        "at": "2022-12-28T17:00:00.000000+00:00",
        "book": "demo",
        "seq": head.seq,
        "sha256": head.sha256,
    }
    assert done.warnings == ()
    assert [(event.step, event.state) for event in heard] == [("anchor", "done")]


def test_anchors_are_added_and_all_of_them_are_read_back(tmp_path: Path) -> None:
    journal, _ = recorded(tmp_path / "home")
    desk = desk_of(tmp_path / "home", AuditSettings(), [])
    first = anchor_head(desk)
    journal.books.explain("b1", "Ada Byron", "a dividend", NOON)
    second = anchor_head(desk)
    found = read_anchors((tmp_path / "home-anchors", tmp_path / "nowhere"))
    assert [(a.seq, a.sha256) for a in found] == [(n.note.seq, n.note.sha256) for n in (first, second)]
    assert second.note.seq == first.note.seq + 1
    assert f"{second.file}, line 2" in found[1].told_by
    assert journal.audit.verify(found) == ()


def test_a_line_that_a_crash_cut_off_is_not_continued(tmp_path: Path) -> None:
    """The next anchor begins a line of its own; the torn one is named when anchors are read."""
    recorded(tmp_path / "home")
    desk = desk_of(tmp_path / "home", AuditSettings(), [])
    file = anchor_head(desk).file
    file.write_text(file.read_text() + '{"at": "2022')
    anchor_head(desk)
    lines = file.read_text().splitlines()
    assert len(lines) == 3
    assert json.loads(lines[2])["book"] == "demo"
    with pytest.raises(ConfigError, match="line 2 is no anchor"):
        read_anchors((file.parent,))


@pytest.mark.parametrize(
    "line",
    ["[]", "{}", "7", '{"at": "x", "seq": 1, "sha256": "e"}', '{"at": "2022-12-28", "seq": "one", "sha256": ""}'],
)
def test_a_line_that_is_no_anchor_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(ConfigError, match=r"demo\.jsonl, line 2 is no anchor"):
        list(notes_in(f"{NOTE.line}\n{line}\n", "demo.jsonl"))


def test_the_environment_comes_before_the_book_and_the_book_before_the_default(tmp_path: Path) -> None:
    home, base = tmp_path / "home", tmp_path / "books"
    named = AuditSettings(anchor_folder=Path("kept"))
    assert anchor_folder(home, AuditSettings(), base, {}) == tmp_path / "home-anchors"
    assert anchor_folder(home, named, base, {}) == base / "kept"
    assert anchor_folder(home, named, base, {VARIABLE: "/elsewhere"}) == Path("/elsewhere")


def test_the_books_command_gets_the_anchor_as_a_line_and_in_its_arguments(tmp_path: Path) -> None:
    recorded(tmp_path / "home")
    told = tmp_path / "told.txt"
    code = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read() + ' '.join(sys.argv[2:]))"
    settings = AuditSettings(command=(sys.executable, "-c", code, str(told), "{book}-{seq}", "{sha256}", "$HOME;{x}"))
    done = anchor_head(desk_of(tmp_path / "home", settings, []))
    assert done.warnings == ()
    line, words = told.read_text().splitlines()
    assert line == done.note.line
    assert words == f"demo-{done.note.seq} {done.note.sha256} $HOME;{{x}}", "no shell has read it"


def test_arguments_are_filled_in_wherever_they_stand() -> None:
    assert filled_in(("a", "{at}|{book}", "{seq}{seq}"), NOTE) == ["a", "2022-12-28T17:00:00+00:00|demo", "77"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/no/such/program",), "did not start"),
        ((sys.executable, "-c", "import sys; sys.exit('disk full\\nand more')"), "status 1: disk full"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "status 3: it said nothing"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "stopped after 1 s"),
    ],
)
def test_a_command_that_fails_is_a_warning_and_the_anchor_is_kept(
    tmp_path: Path, command: tuple[str, ...], words: str
) -> None:
    recorded(tmp_path / "home")
    heard: list[StepEvent] = []
    done = anchor_head(desk_of(tmp_path / "home", AuditSettings(command=command, command_timeout_s=1), heard))
    [warning] = done.warnings
    assert words in warning
    assert warning in heard[0].sentence
    assert len(done.file.read_text().splitlines()) == 1


def test_a_command_that_reads_nothing_is_no_failure(tmp_path: Path) -> None:
    recorded(tmp_path / "home")
    assert anchor_head(desk_of(tmp_path / "home", AuditSettings(command=("true",)), [])).warnings == ()


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    recorded(tmp_path / "home")
    (tmp_path / "home-anchors").write_text("a file where the folder should be")
    done = anchor_head(desk_of(tmp_path / "home", AuditSettings(), []))
    [warning] = done.warnings
    assert "not written" in warning
    assert CYCLE.book in warning
