"""What a run says while it happens: a moving display on a terminal, else a line for each event, written at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tasks.context import SESSION, StepEvent

MARKS = {"done": "[green]✓[/green]", "loaded": "[cyan]↺[/cyan]", "stopped": "[red]✗[/red]"}
WAVES = "waves"


class Story:
    """Collects step events and draws them; the newest sentence of each step stays visible."""

    def __init__(self) -> None:
        self._lines: dict[str, StepEvent] = {}
        self._spinner = Spinner("dots")
        self.waves_total = 0
        self.waves_done = 0
        self.wave_seconds = 0.0

    def hear(self, event: StepEvent) -> None:
        if event.step == SESSION:
            return  # how it ended is told in full below
        if not event.step.startswith("wave "):
            self._lines[event.step] = event
            return
        if event.state in ("done", "loaded"):
            self.waves_done += 1
            self.wave_seconds += event.seconds
        state = "started" if event.state == "done" else event.state
        self._lines[WAVES] = StepEvent(WAVES, state, event.sentence, self.wave_seconds)

    def finished(self) -> None:
        """Nothing runs any more: the bar of the waves becomes a line like the others."""
        waves = self._lines.get(WAVES)
        if waves is not None and waves.state == "started":
            self._lines[WAVES] = StepEvent(WAVES, "done", waves.sentence, waves.seconds)

    def __rich__(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(width=11)
        table.add_column(width=7, justify="right")
        table.add_column(overflow="fold")
        for step, event in self._lines.items():
            mark: RenderableType = self._spinner if event.state == "started" else Text.from_markup(MARKS[event.state])
            seconds = f"{event.seconds:.1f} s" if event.seconds else ""
            table.add_row(mark, Text(step, style="bold"), seconds, self._words(step, event))
        return Group(table)

    def _words(self, step: str, event: StepEvent) -> RenderableType:
        if step != WAVES or event.state != "started" or not self.waves_total:
            return Text(event.sentence.partition("\n")[0])  # a stop is told in full below
        bar = ProgressBar(total=self.waves_total, completed=self.waves_done, width=24)
        return Group(bar, Text(event.sentence))


class Log(Story):
    """For a file or a pipe: every event is a line of its own as soon as it is heard, so that a kill loses none."""

    def __init__(self, console: Console, clock: Callable[[], datetime] = lambda: datetime.now().astimezone()) -> None:
        super().__init__()
        self._console, self._clock = console, clock
        self._idle: list[StepEvent] = []
        """Waves with nothing left to send, one after another: the first is told, the others in one line behind it."""

    def hear(self, event: StepEvent) -> None:
        super().hear(event)
        if event.step == SESSION or self._is_repeated(event):
            return
        if self._idle[1:]:
            first, last = self._idle[1].step, self._idle[-1].step
            named = first if first == last else f"{first} to {last.removeprefix('wave ')}"
            self._say(StepEvent(named, "done", "nothing was left to send", sum(e.seconds for e in self._idle[1:])))
        self._idle = [event] if event.idle else []
        self._say(event)

    def _is_repeated(self, event: StepEvent) -> bool:
        """A wave after one that had nothing to send begins unsaid, and ends so if it has nothing to send either."""
        if not self._idle or not event.step.startswith("wave ") or event.state == "stopped":
            return False
        if event.idle:
            self._idle.append(event)
        return event.idle or event.state == "started"

    def _say(self, event: StepEvent) -> None:
        took = f" ({event.seconds:.1f} s)" if event.seconds else ""
        said = f": {event.sentence}" if event.sentence else ""
        line = f"{self._clock():%H:%M:%S} {event.step} {event.state}{took}{said}"
        self._console.print(line, soft_wrap=True, markup=False, highlight=False)


@contextmanager
def live_story(console: Console) -> Iterator[Story]:
    """Show the story while it happens; what is not a terminal gets a line for each event, flushed."""
    if not console.is_terminal:
        yield Log(console)
        return
    story = Story()
    with Live(story, console=console, refresh_per_second=8, transient=False):
        try:
            yield story
        finally:
            story.finished()
