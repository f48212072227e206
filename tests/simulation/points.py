"""Kill points: a numbered stream of every moment before and after a commit of ours or a call of the broker."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

FREE_OF_POINTS = frozenset({"now", "session_hours"})
"""Looks at a clock and a calendar: no message goes out, so dying around them is dying around their neighbours."""


WATCHED = "watched_by"


class Killed(BaseException):
    """A life that ended: nothing behind it, no `except` and no `finally`, reaches the world any more."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of a life."""

    number: int
    """From 1, over the whole life."""
    step: str
    moment: str
    """`before` or `after`."""
    what: str
    """`commit`, or the broker's method."""
    ordinal: int
    """Which of its kind in this step, from 1."""

    @property
    def name(self) -> str:
        return f"{self.number:03d} {self.step}: {self.moment} {self.what} {self.ordinal}"


Fate = Callable[[Point], None]
"""What happens to a life at a point: it returns and lives on, or it does not return."""


def lives(_point: Point) -> None:
    """Nothing happens."""


def dies_for_real(at: int) -> Fate:
    """SIGKILL of the process itself, in which nothing of ours runs any more."""

    def fate(point: Point) -> None:
        if point.number == at:
            os.kill(os.getpid(), signal.SIGKILL)

    return fate


def dies_in_process(at: int) -> Fate:
    """`Killed` at the point and at every later one, so that a dead life's `finally` cannot write."""

    def fate(point: Point) -> None:
        if point.number >= at:
            raise Killed(point.name)

    return fate


def pauses(at: Callable[[Point], bool], rest: Callable[[], None]) -> Fate:
    """Stand still once, at the first point that `at` names; `rest` returns when the life wakes up again."""
    rested = False

    def fate(point: Point) -> None:
        nonlocal rested
        if not rested and at(point):
            rested = True
            rest()

    return fate


@dataclass
class Points:
    """The stream of one life."""

    fate: Fate = lives
    step: str = "opening"
    passed: list[Point] = field(default_factory=list)
    _kinds: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def reach(self, moment: str, what: str) -> None:
        """Come to the next point; the life may end or stand still here."""
        kind = (self.step, moment, what)
        self._kinds[kind] += 1
        point = Point(len(self.passed) + 1, self.step, moment, what, self._kinds[kind])
        self.passed.append(point)
        self.fate(point)

    def enter(self, step: str) -> None:
        """The points that follow belong to this step."""
        self.step = step


class _Nobody(Points):
    """Where nobody watches, no moment counts."""

    def reach(self, moment: str, what: str) -> None:
        del moment, what


NOBODY = _Nobody()


def watch_commits(engine: Engine, points: Points) -> None:
    """A point before and after every commit of this engine, and of no other that shares its dialect."""
    event.listen(engine, "checkout", lambda _connection, record, _proxy: record.info.update({WATCHED: points}))
    if hasattr(engine.dialect, WATCHED):
        return
    really = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        watching = connection.info.get(WATCHED, NOBODY)
        watching.reach("before", "commit")
        really(connection)
        watching.reach("after", "commit")

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]
    setattr(engine.dialect, WATCHED, True)


class WatchedBroker:
    """A broker with a point before and after every call, and somebody who looks at each call before it goes out."""

    def __init__(self, inner: Any, points: Points, witness: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._inner = inner
        self._points = points
        self._witness = witness

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name in FREE_OF_POINTS:
            return found

        def called(*words: Any, **more: Any) -> Any:
            self._witness(name, words)
            self._points.reach("before", name)
            try:
                return found(*words, **more)
            finally:
                self._points.reach("after", name)

        return called
