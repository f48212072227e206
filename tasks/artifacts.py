"""What a step shows in the Prefect UI: a heading, a few words and a table."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from tasks.model.artifact import Artifact
from tasks.wording import counted

if TYPE_CHECKING:
    from prefect.client.schemas.objects import Artifact as ArtifactResponse


MOST_CHARACTERS = 500_000
"""Of a table: some thousands of rows. A page of megabytes is slow to open."""


def publish(cycle_id: str, step: str, artifact: Artifact) -> None:
    """Attach the artifact to the running flow; outside a flow there is nobody to show it to."""
    from prefect.context import FlowRunContext

    if FlowRunContext.get() is None:
        return
    from prefect.artifacts import create_markdown_artifact

    key = re.sub(r"[^a-z0-9-]+", "-", f"{cycle_id}-{step}".lower()).strip("-")
    create_markdown_artifact(key=key, markdown=as_markdown(artifact), description=artifact.title)


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
    """Show how far the session's trades have come: one artifact a run, which moves."""
    from prefect.context import FlowRunContext

    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return
    from prefect.artifacts import Artifact as Published
    from prefect.artifacts import create_progress_artifact, update_progress_artifact

    key = re.sub(r"[^a-z0-9-]+", "-", f"{cycle_id}-execution".lower())
    told = f"{percent:.0f} % of the planned notional, {words}"
    newest = cast("ArtifactResponse | None", Published.get(key))
    if newest is not None and newest.flow_run_id == context.flow_run.id:
        update_progress_artifact(artifact_id=newest.id, progress=percent, description=told)
    else:
        create_progress_artifact(progress=percent, key=key, description=told)


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
