"""Which of IB's data farms TWS says are broken, and since when: a quote of a broken one is as old as that; pure."""

import re
from datetime import datetime

from tasks.brokers.remarks import Remark, RemarkKind

QUOTES_BROKEN, HISTORY_BROKEN = 2103, 2105
QUOTES_BACK, HISTORY_BACK = frozenset({2104, 2108}), frozenset({2106, 2107})
"""2107 and 2108 call a farm inactive that comes when it is asked: nobody asked it for a while, and it is not broken."""
NAME = re.compile(r"(?:broken|ok|demand)\s*[:.]\s*([\w.\-]+)\s*$", re.IGNORECASE)
OF_OTHER_MARKETS = ("cashfarm", "eufarm", "hfarm", "jfarm", "cafarm", "usfuture", "usopt", "usbond", "fundfarm")
"""How names of farms begin that have no quotes of US stocks; any other may have them."""


class Farms:
    """What TWS has said of its farms on one connection; on the next it says it all again.

    Heard in the connection's loop and read from any thread: what is kept is replaced and never changed.
    """

    def __init__(self) -> None:
        self._quotes: dict[str, datetime] = {}
        self._history: dict[str, datetime] = {}

    def hear(self, code: int, words: str, at: datetime) -> None:
        """One system message, heard at `at`; most are about something else. One that names no farm means every farm."""
        named = NAME.search(words)
        farm = named[1] if named else ""
        if code == QUOTES_BROKEN and not farm.lower().startswith(OF_OTHER_MARKETS):
            self._quotes = {farm: at, **self._quotes}
        elif code == HISTORY_BROKEN:
            self._history = {farm: at, **self._history}
        elif code in QUOTES_BACK:
            self._quotes = _without(self._quotes, farm)
        elif code in HISTORY_BACK:
            self._history = _without(self._history, farm)

    def quotes_are_of(self, now: datetime) -> datetime:
        """The instant that a quote asked for now is of: the first break that lasts, or now."""
        return min([now, *self._quotes.values()])

    def remarks(self) -> tuple[Remark, ...]:
        """One for each farm that is broken, oldest first."""
        stale = (
            Remark(
                RemarkKind.QUOTES_STALE,
                f"TWS says that its market data farm{_called(farm)} is broken since {since:%H:%M:%S} UTC: quotes count "
                "as of then until it says that the farm is back",
            )
            for farm, since in sorted(self._quotes.items(), key=_oldest)
        )
        missing = (
            Remark(
                RemarkKind.BARS_MISSING,
                f"TWS says that its historical data farm{_called(farm)} is broken since {since:%H:%M:%S} UTC: bars of "
                "the market may be missing until it says that the farm is back",
            )
            for farm, since in sorted(self._history.items(), key=_oldest)
        )
        return (*stale, *missing)


def _without(broken: dict[str, datetime], farm: str) -> dict[str, datetime]:
    """What is left when a farm is back, and with it one that was not named; all of them where this one is not."""
    return {name: since for name, since in broken.items() if farm and name not in (farm, "")}


def _called(farm: str) -> str:
    return f" {farm}" if farm else ""


def _oldest(row: tuple[str, datetime]) -> tuple[datetime, str]:
    return row[1], row[0]
