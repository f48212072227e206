"""Sends what is newest of a page from a thread of its own: a slow server never holds up a wave."""

import contextvars
import threading
from collections.abc import Callable
from types import TracebackType

LAST_WORDS_SECONDS = 5
"""How long the end of a run waits for its last page; the journal and the log have all of it anyway."""


class Publisher:
    """Shows a page; one that was not sent yet is replaced by a newer one. What fails is told once and never raised."""

    def __init__(self, send: Callable[[str], None], complain: Callable[[Exception], None]) -> None:
        self._send, self._complain = send, complain
        self._changed = threading.Condition()
        self._newest: str | None = None
        self._closing = False
        context = contextvars.copy_context()  # Prefect's settings and its run travel in it
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="session page", daemon=True)

    def __enter__(self) -> "Publisher":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(LAST_WORDS_SECONDS)

    def show(self, markdown: str) -> None:
        """Returns at once."""
        with self._changed:
            self._newest = markdown
            self._changed.notify()

    def _work(self) -> None:
        has_complained = False
        while (markdown := self._next()) is not None:
            try:
                self._send(markdown)
            except Exception as fault:  # noqa: BLE001 - whatever ails a view of the session, the session goes on
                if not has_complained:
                    self._complain(fault)
                has_complained = True

    def _next(self) -> str | None:
        """Waits for a page; None when the run is over and everything was sent."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._closing)
            newest, self._newest = self._newest, None
            return newest
