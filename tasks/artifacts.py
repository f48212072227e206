"""What a step shows in the Prefect UI: a heading, a few words and a table."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from tasks.model.artifact import Artifact
from tasks.wording import counted

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from prefect.client.schemas.objects import Artifact as ArtifactResponse
    from prefect.client.schemas.objects import FlowRun


MOST_CHARACTERS = 500_000
"""Of a table: some thousands of rows. A page of megabytes is slow to open."""
_cards: "dict[tuple[UUID, str], UUID]" = {}
"""The artifact of each run and key that this process knows of."""


def key_of(cycle_id: str, step: str) -> str:
    """Under which the UI keeps what a step shows of a session: `/artifacts/key/<key>` is the newest of it."""
    return slug(f"{cycle_id}-{step}")


def slug(words: str) -> str:
    """As Prefect takes a key: lower-case letters, numbers and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def file_link(name: str, path: "Path", address: str) -> str:
    """Of a file that a browser finds at `address`; without one, where it lies."""
    return f"[{name}]({address})" if address else f"{name}: `{path}`"


def publish(cycle_id: str, step: str, artifact: Artifact, sentence: str = "") -> None:
    """Show the artifact on the page of the running flow, one card a step: what is shown again is written anew.

    Among the cards of a run it says the sentence of its step, where there is one. Outside a flow nobody could see it.
    """
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    key, shown, described = key_of(cycle_id, step), as_markdown(artifact), sentence or artifact.title
    before = _card_of(context.flow_run, key)
    if before is None:
        from prefect.artifacts import create_markdown_artifact

        made = create_markdown_artifact(key=key, markdown=shown, description=described)
        _cards[context.flow_run.id, key] = cast("UUID", made)
        return
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactUpdate

    with get_client(sync_client=True) as client:
        client.update_artifact(before, ArtifactUpdate(data=shown, description=described))


def publish_apart(key: str, artifact: Artifact, *, on_run: bool = False) -> None:
    """Keep a version of what belongs to a book; outside a flow there is no server to keep it.

    on_run: it is what the run was there for, and is shown on its page too.
    """
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    if context is None:
        return
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.actions import ArtifactCreate

    run = context.flow_run.id if on_run and context.flow_run is not None else None
    made = ArtifactCreate(
        key=key, type="markdown", description=artifact.title, data=as_markdown(artifact), flow_run_id=run
    )
    with get_client(sync_client=True) as client:
        client.create_artifact(made)


def card_path(cycle_id: str, step: str, run: "FlowRun") -> str:
    """The address, in the UI, of what a step shows: its card in this run where that is known, else all of its kind."""
    key = key_of(cycle_id, step)
    card = _cards.get((run.id, key))
    return f"/artifacts/artifact/{card}" if card else f"/artifacts/key/{key}"


def as_markdown(artifact: Artifact) -> str:
    """Heading, words, picture and a table; rows beyond MOST_CHARACTERS are counted in a line below it."""
    parts = [f"# {artifact.title}"]
    parts += [text for text in (artifact.words, artifact.picture) if text]
    if artifact.rows:
        columns = list(artifact.rows[0])
        lines = [_row(columns), _row(["---"] * len(columns))]
        room = MOST_CHARACTERS
        for row in artifact.rows:
            line = _row([row.get(c, "") for c in columns])
            room -= len(line)
            if room < 0:
                break
            lines.append(line)
        parts.append("\n".join(lines))
        more = len(artifact.rows) - (len(lines) - 2)
        if more:
            parts.append(f"{counted(more, 'row is', 'rows are')} not shown here: {artifact.whole}.")
    return "\n\n".join(parts)


def _row(cells: Sequence[Any]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def publish_progress(cycle_id: str, percent: float, words: str) -> None:
    """Show how far the session's trades have come: one artifact a run, which moves, at 100 % when nothing is left."""
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    key = key_of(cycle_id, "execution")
    described = f"{math.floor(percent)} % of the planned notional, {words}"
    before = _card_of(context.flow_run, key)
    if before is not None:
        update_progress_artifact(artifact_id=before, progress=percent, description=described)
    else:
        made = create_progress_artifact(progress=percent, key=key, description=described)
        _cards[context.flow_run.id, key] = cast("UUID", made)


def _card_of(run: "FlowRun", key: str) -> "UUID | None":
    """The card of this run, also one that an earlier life of the same run has made."""
    if (run.id, key) not in _cards and run.run_count > 1:
        from prefect.artifacts import Artifact as Published

        newest = cast("ArtifactResponse | None", Published.get(key))
        if newest is not None and newest.flow_run_id == run.id:
            _cards[run.id, key] = newest.id
    return _cards.get((run.id, key))


def bar_chart(values: Sequence[tuple[str, float]], unit: str) -> str:
    """Signed bars in a code block: left of the axis below zero, right of it above."""
    if not values:
        return ""
    longest = max(abs(value) for _, value in values) or 1.0
    lines: list[str] = []
    for name, value in values:
        bar = "█" * round(abs(value) / longest * 20)
        left, right = (bar, "") if value < 0 else ("", bar)
        lines.append(f"{name:<8}{left:>20}│{right:<20} {value:+.2f} {unit}")
    return "```\n" + "\n".join(lines) + "\n```"
