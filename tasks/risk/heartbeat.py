"""The dead man's switch: a book whose operator or desk gives no sign of life is halted, between two slices too."""

from dataclasses import dataclass, replace

from tasks.book.heartbeat import HeartbeatSettings
from tasks.context import StepContext
from tasks.heartbeats import NEVER_S, Giver, silence_s
from tasks.model.account import HaltState
from tasks.model.desk_event import BREAKER_TRIPPED, DeskEvent
from tasks.model.halts import BREAKER, STRICTNESS, Halt
from tasks.model.plan import Severity

WHO = f"{BREAKER}heartbeat"


@dataclass(frozen=True, slots=True)
class DeadMansSwitch:
    """Of one session; the context is the one that its steps have."""

    context: StepContext

    def check(self) -> None:
        """Halt the book where the silence has lasted too long; what stands already is not said again.

        A liquidation is the way out of the market: it goes on, and only reduces.
        """
        settings = self.context.book.risk.heartbeat
        if settings.max_silence_s is None:
            return
        now = self.context.clock()
        silent = silence_s(self.context.home, Giver(settings.of), now)
        if silent <= settings.max_silence_s:
            return
        state = HaltState.REDUCING if self.context.cycle.kind == "liquidation" else HaltState(settings.then)
        stands = self.context.journal.halts.state(self.context.book.book)
        if STRICTNESS.index(stands) < STRICTNESS.index(state):
            self._trip(Halt(self.context.book.book, state, WHO, sentence(settings, silent), {}, now), silent)

    def _trip(self, halt: Halt, silent: float) -> None:
        settings = self.context.book.risk.heartbeat
        figures = {
            "breaker": "heartbeat",
            "measured": round(silent, 1),
            "limit": settings.max_silence_s,
            "unit": "seconds",
            "session": self.context.session.isoformat(),
        }
        self.context.journal.halts.record(replace(halt, figures=figures))
        told = f"{halt.who}: {halt.why}. The book is {halt.state} now"
        self.context.announce([DeskEvent(BREAKER_TRIPPED, told, Severity.HALT, figures=figures)])


def sentence(settings: HeartbeatSettings, silent: float) -> str:
    """What is missing, and since when."""
    since = "has never given a sign of life" if silent >= NEVER_S else f"gave no sign of life for {silent:.0f} s"
    who, remedy = (
        ("its operator", '`steelyard heartbeat --who "your name"` gives one')
        if settings.of == Giver.OPERATOR
        else ("its desk", "`steelyard up` gives one as long as it is up")
    )
    return f"{who} {since}, the limit is {settings.max_silence_s:g} s; {remedy}"
