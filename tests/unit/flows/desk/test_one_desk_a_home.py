"""One desk a home: its lock ends with its process, and nobody is signalled who does not hold it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from flows.commands.down import close_desk
from flows.desk.close_desk import end_desk
from flows.desk.lock import DeskIsUpError, held, is_held
from flows.desk.open_desk import wait_until_over, wait_until_up
from flows.desk.state import FILE, DeskState, Stage, begun, on_file, standing, write
from tasks.errors import ConfigError, SteelyardError
from tests.unit.flows.test_lifeline import lives

ROOT = Path(__file__).parents[4]
HOLDS = """
import sys
from pathlib import Path
from flows.desk.lock import held
from flows.desk.state import begun, write
home = Path(sys.argv[1])
with held(home):
    write(home, begun(4200, "http://127.0.0.1:4200"))
    print("held", flush=True)
    sys.stdin.read()
"""
"""Its own end, by any signal, is the end of a supervisor."""


@contextmanager
def supervisor_of(home: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDS, str(home)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_supervisor_is_refused_while_the_first_lives_and_no_longer(tmp_path: Path) -> None:
    with supervisor_of(tmp_path) as first:
        assert is_held(tmp_path)
        with pytest.raises(DeskIsUpError, match="steelyard down"), held(tmp_path):
            pass
        first.send_signal(signal.SIGKILL)
        first.wait()
        assert not is_held(tmp_path)
        with held(tmp_path):
            assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_what_it_says_of_itself_comes_back_as_it_was_written(tmp_path: Path) -> None:
    state = replace(begun(4300, "http://127.0.0.1:4300"), stage=Stage.UP, children={"server": "vm:1:2:"})
    for number in range(9):
        state = state.with_event(f"worker started again, {number}")
    write(tmp_path, state)
    assert on_file(tmp_path) == state
    assert state.events == tuple(f"worker started again, {number}" for number in range(4, 9))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert on_file(tmp_path) is None


def test_a_state_counts_only_under_the_lock_of_the_process_that_wrote_it(tmp_path: Path) -> None:
    """Left behind by a killed one, or beside a lock that a new one has taken and not written under yet."""
    with supervisor_of(tmp_path) as first:
        state = standing(tmp_path)
        assert state is not None
        assert state.pid == first.pid
    assert on_file(tmp_path) == state
    assert standing(tmp_path) is None
    with held(tmp_path):
        assert standing(tmp_path) is None


def test_a_number_that_another_process_has_now_is_not_signalled(tmp_path: Path) -> None:
    """The state of a dead supervisor names the number of a process that lives, and the lock is somebody else's."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        mine = begun(4200, "http://127.0.0.1:4200")
        machine, _, _, table = mine.holder.split(":")
        write(tmp_path, replace(mine, pid=stranger.pid, holder=f"{machine}:{stranger.pid}:1:{table}"))
        stale = on_file(tmp_path)
        assert stale is not None
        end_desk(tmp_path, stale)
        assert close_desk_in(tmp_path)["ended"] is False
        assert lives(stranger.pid)
        stranger.kill()


def close_desk_in(home: Path) -> dict[str, object]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("STEELYARD_HOME", str(home))
        return close_desk(now=True, as_json=True)


def test_down_ends_the_holder_of_the_lock_and_a_second_one_says_that_nothing_is_up(tmp_path: Path) -> None:
    with supervisor_of(tmp_path) as process:
        first, second = close_desk_in(tmp_path), close_desk_in(tmp_path)
        assert process.wait() == -signal.SIGTERM
    assert (first["ended"], second["ended"]) == (True, False)
    assert not is_held(tmp_path)


def test_the_desk_of_another_machine_is_left_alone(tmp_path: Path) -> None:
    """A home on a shared disk: its lock is held, and its number is somebody else's here."""
    state = replace(begun(4200, ""), holder="elsewhere:1:2:3")
    write(tmp_path, state)
    with held(tmp_path):
        assert standing(tmp_path) == state
        with pytest.raises(SteelyardError, match="up on elsewhere: run `steelyard down` there"):
            close_desk_in(tmp_path)


def test_whoever_waits_is_told_why_it_did_not_come_up(tmp_path: Path) -> None:
    write(tmp_path, replace(begun(4200, ""), stage=Stage.FAILED, message="the server ended with status 3"))
    with pytest.raises(ConfigError, match=r"the server ended with status 3\nIts logs are .*desk\.log"):
        wait_until_up(tmp_path, lambda: True)


def test_whoever_asks_while_it_comes_up_waits_for_it(tmp_path: Path) -> None:
    with held(tmp_path):
        write(tmp_path, begun(4200, ""))
        looks = iter(range(3))

        def comes_up() -> bool:
            if next(looks) == 2:
                write(tmp_path, replace(begun(4200, ""), stage=Stage.UP))
            return False

        assert wait_until_up(tmp_path, comes_up).stage is Stage.UP


def test_a_desk_that_is_not_ending_is_not_waited_for(tmp_path: Path) -> None:
    with held(tmp_path):
        write(tmp_path, begun(4200, ""))
        wait_until_over(tmp_path)
    assert isinstance(on_file(tmp_path), DeskState)
    assert os.getpid() == begun(1, "").pid
