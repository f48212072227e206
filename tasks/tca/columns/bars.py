"""The market's bars in columns, and which of them the windows of many orders touch: `benchmarks.bars_touched`.

A tape is one symbol in one session. Bars do not overlap, so a window is one range of them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tasks.tca.columns.exact import Exact, Ints, Places, times


class OverlapError(ValueError):
    """A tape is no sequence of bars that follow each other."""


@dataclass(frozen=True)
class BarColumns:
    """(k,) bars by tape and then by start, an auction before the bar that starts with it.

    Instants are microseconds since 1970, UTC; prices USD per share, volumes shares of everybody.
    Raises: OverlapError where they are in another order, or overlap.
    """

    tape: Places
    start: Places
    end: Places
    is_auction: NDArray[np.bool_]
    close: Exact
    vwap: Exact
    volume: Places

    def __post_init__(self) -> None:
        for name, keys in (("start", self._starts), ("end", self._ends)):
            if (np.diff(keys) < 0).any():
                raise OverlapError(f"bars of one tape overlap, or are not in the order of their {name}")

    @cached_property
    def base(self) -> int:
        """The earliest instant; all of them are kept as what has passed since."""
        return int(self.start.min()) if len(self.start) else 0

    @cached_property
    def span(self) -> int:
        """Keys of a tape: every instant of all tapes, one for all that is earlier and one for all that is later."""
        return int(self.end.max()) - self.base + 3 if len(self.end) else 3

    def key(self, tape: Places, instant: Places) -> Ints:
        """One rising number for tape and instant; an instant outside of all bars stays in its own tape."""
        within = np.clip(instant - self.base, -1, self.span - 2) + 1
        return times(tape, self.span) + within

    @cached_property
    def _starts(self) -> Ints:
        """Twice the key of the start, and one more where trading is continuous."""
        return 2 * self.key(self.tape, self.start) + (~self.is_auction).astype(np.int64)

    @cached_property
    def _ends(self) -> Ints:
        return self.key(self.tape, self.end)

    def tapes(self, tape: Places) -> tuple[Places, Places]:
        """[first, last) of all bars of a tape."""
        first = np.searchsorted(self.tape, tape, "left").astype(np.int64)
        return first, np.searchsorted(self.tape, tape, "right").astype(np.int64)

    def ended_by(self, tape: Places, at: Places) -> Places:
        """How many bars of all tapes before this one, and of this one by then, are over: the place after the last."""
        return np.searchsorted(self._ends, self.key(tape, at), "right").astype(np.int64)

    def from_instant(self, tape: Places, start: Places) -> Places:
        """The first bar of a tape that trades at or after an instant."""
        at = self.key(tape, start)
        over = np.searchsorted(self._ends, at, "right")
        begun = np.searchsorted(self._starts, 2 * at, "left")
        first, last = self.tapes(tape)
        return np.clip(np.minimum(over, begun), first, last).astype(np.int64)

    def touched(self, tape: Places, start: Places, end: Places) -> tuple[Places, Places]:
        """[first, last) of the bars in each window; `end` is not before `start`."""
        first = self.from_instant(tape, start)
        before: Ints = 2 * self.key(tape, end) + 1 + (start == end).astype(np.int64)
        last: Places = np.searchsorted(self._starts, before, "left").astype(np.int64)
        return first, np.clip(last, first, self.tapes(tape)[1])
