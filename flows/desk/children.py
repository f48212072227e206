"""A program that a supervisor started and minds: its start, its sign of life, its end."""

import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flows.desk.decisions import Sight, falls_in_a_row
from flows.lifeline import started
from tasks.journal.lease_owners import name_of_process

ENDS_WITHIN_SECONDS = 15
"""For an orderly end; after that there is none."""
LAST_LINES = 20


@dataclass
class Child:
    """`python -m` of its words; it ends with this process, however that one ends."""

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str]
    patience_s: float
    """Of silence, once it has given a sign of life."""
    starts_within_s: float
    """Of silence before that."""
    print_line: Callable[[str], None] | None = None
    """What is done with each line that it prints; without, it prints where this process does."""
    process: subprocess.Popen[bytes] | None = None
    last: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    """Its newest lines, where somebody is given them."""
    falls: int = 0
    _began: float = 0.0
    _sign: float = 0.0
    _signed: bool = False
    _noted: float | None = None

    def start(self) -> None:
        self.process = started(*self.words, environment=self.environment, piped=self.print_line is not None)
        self._began = self._sign = time.monotonic()
        self._signed, self._noted = False, None
        if self.print_line is not None:
            threading.Thread(target=self._pass_on, args=(self.process,), daemon=True).start()

    @property
    def status(self) -> int | None:
        """How it ended; None while it lives."""
        return self.process.poll() if self.process is not None else None

    @property
    def holder(self) -> str:
        """The name of its process, which no later one can have."""
        return name_of_process(self.process.pid) if self.process is not None else ""

    def gave_sign(self) -> None:
        self._sign, self._signed = time.monotonic(), True

    def excuse(self) -> None:
        """Its silence is not its own fault: it is counted from now."""
        self._sign = time.monotonic()

    def seen(self) -> Sight:
        now = time.monotonic()
        patience = self.patience_s if self._signed else self.starts_within_s
        ended = now - self._noted if self._noted is not None else None
        return Sight(self.status, now - self._sign, patience, ended, self.falls)

    def note_end(self) -> None:
        self._noted = time.monotonic()
        self.falls = falls_in_a_row(self.falls, self._noted - self._began)

    def kill(self) -> None:
        """At once, and it alone: what it started goes on."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self) -> None:
        """In order; Ctrl-C's own signal is ignored by whatever a shell started in the background."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=ENDS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None or self.print_line is None:
            return
        for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            self.last.append(line)
            self.print_line(line)
