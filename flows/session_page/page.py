"""One page that answers at a glance: what was decided and why, what is done now, what is left, who must do what."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from tasks.context import SESSION, StepEvent

REBALANCE = (
    *("recover", "download", "check", "holdings", "optimize", "drift", "orders"),
    *("approve", "schedule", "waves", "confirm", "reconcile", "report"),
)
LIQUIDATION = ("recover", "holdings", "orders", "approve", "schedule", "waves", "confirm", "reconcile", "report")
REVIEW = ("collect", "reconcile", "report")
RECONCILIATION = ("collect", "reconcile")
CHAINS = {
    "rebalance": REBALANCE,
    "liquidation": LIQUIDATION,
    "review": REVIEW,
    "reconciliation": RECONCILIATION,
}
PLAN_ENDS_WITH = "orders"
WITHOUT_A_CARD = ("recover", "collect")
"""Steps that attach nothing to look at."""
WRITES_A_FILE = ("report", "check")
"""What a person opens in a browser of its own: the most wanted first."""
MARKS = {"started": "▶", "done": "✓", "loaded": "↺", "stopped": "✗", "waiting": "?"}
TO_COME = "·"
FOUND_BY = ("Decided", "orders"), ("Why", "drift"), ("Filled", "confirm"), ("Agrees with the broker", "reconcile")
"""Whose words answer what was found out so far."""
ENDED = ("done", "loaded")
_WAVE = re.compile(r"wave \d+")


@dataclass
class SessionPage:
    """Hears what a run tells of itself, and says it again as one page."""

    book: str
    session: date
    kind: str
    """One of `CHAINS`."""
    link: Callable[[str], str]
    """Where the UI shows what a step has attached."""
    paper: Callable[[str], str] = lambda _step: ""
    """The link, or the place, of what a step has written as a file; empty for one that has written none."""
    planning: bool = False
    """The run ends with the plan."""
    first: str = ""
    """The step that the run begins with; empty for that of its chain."""
    steps: dict[str, StepEvent] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    """What was said beside the steps: a slow broker, a breaker, where the audit chain ends."""
    end: StepEvent | None = None

    def hear(self, event: StepEvent) -> None:
        """Keep the newest of each step."""
        step = "waves" if _WAVE.fullmatch(event.step) else event.step
        if step == SESSION:
            self.end = event
        elif step not in self.chain:
            self.remarks.append(f"{event.step}: {event.sentence}")
        else:
            self.steps[step] = self._joined(step, event)

    @property
    def chain(self) -> tuple[str, ...]:
        """The steps of this run, in their order."""
        chain = CHAINS[self.kind]
        chain = chain[chain.index(self.first) :] if self.first else chain
        return chain[: chain.index(PLAN_ENDS_WITH) + 1] if self.planning else chain

    @property
    def title(self) -> str:
        """E.g. `demo 2022-12-28`; a liquidation and a review say so."""
        kind = "" if self.kind == "rebalance" else f" {self.kind}"
        return f"{self.book} {self.session}{kind}"

    @property
    def headline(self) -> str:
        """The page in a line, for its card."""
        return f"{self.title}: {self._now()}"

    def markdown(self) -> str:
        """The answers first, then a line for each step in the order of the chain."""
        answers = [("Now", self._now()), ("Needs from you", self._needs()), *self._found(), ("Left", self._left())]
        answers += [("Report", papers)] if (papers := self._papers()) else []
        lines = [f"# {self.title}", *(f"**{name}:** {words}" for name, words in answers)]
        if not self._was_done():
            lines.append("\n".join(self._row(step, self.steps.get(step)) for step in self.chain))
        if self.remarks:
            lines.append("\n".join(["**Beside it:**", "", *(f"- {remark}" for remark in self.remarks)]))
        return "\n\n".join(lines)

    def _joined(self, step: str, event: StepEvent) -> StepEvent:
        """Waves are one step: it took the sum of them, and between two of them the last one's words stand."""
        before = self.steps.get(step)
        if step != "waves" or before is None:
            return event
        sentence = event.sentence or before.sentence
        return StepEvent(step, event.state, sentence, before.seconds + event.seconds)

    def _now(self) -> str:
        if self.end is not None:
            return "done already; nothing was traded." if self._was_done() else f"{self.end.state}."
        going = [step for step, event in self.steps.items() if event.state in ("started", "waiting")]
        if going:
            return f"{going[-1]} is {'waiting for a person' if self._waiting() else 'at work'}."
        if not self._not_ended():
            return "done."
        last = list(self.steps.values())[-1:]
        return f"{last[0].step} is {last[0].state}; the next step begins." if last else "begins."

    def _waiting(self) -> str:
        return next((event.sentence for event in self.steps.values() if event.state == "waiting"), "")

    def _needs(self) -> str:
        asks = self.end.sentence if self.end is not None else self._waiting()
        return asks or "nothing."

    def _found(self) -> list[tuple[str, str]]:
        return [(name, words) for name, step in FOUND_BY if (words := self._said(step))]

    def _said(self, step: str) -> str:
        return self.steps[step].sentence if step in self.steps else ""

    def _papers(self) -> str:
        written = [step for step in WRITES_A_FILE if self._was_done() or self._has_ended(step)]
        return ", ".join(words for step in written if (words := self.paper(step)))

    def _has_ended(self, step: str) -> bool:
        return step in self.steps and self.steps[step].state in ENDED

    def _was_done(self) -> bool:
        return self.end is not None and self.end.state == "done" and not self.steps

    def _left(self) -> str:
        left = [] if self._was_done() else self._not_ended()
        return f"{', '.join(left)}." if left else "nothing."

    def _not_ended(self) -> list[str]:
        return [step for step in self.chain if not self._has_ended(step)]

    def _row(self, step: str, event: StepEvent | None) -> str:
        """An item of a list: the UI breaks its lines, and never those of a table."""
        if event is None:
            return f"- {TO_COME} {step}"
        is_there = event.state in ENDED and step not in WITHOUT_A_CARD
        name = f"[{step}]({self.link(step)})" if is_there else step
        took = f" ({event.seconds:.1f} s)" if event.seconds else ""
        said = f": {event.sentence}".replace("\n", " ") if event.sentence else ""
        return f"- {MARKS[event.state]} **{name}**{took}{said}"
