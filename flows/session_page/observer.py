"""Lets the page of a run hear what its watcher hears, and keeps it in the Prefect UI."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flows.prefect_run import current_run, hush_tasks, run_log
from flows.run_name import AGAIN
from flows.session_page.page import SessionPage
from flows.session_page.publisher import Publisher
from tasks.artifacts import card_path, file_link, slug
from tasks.context import StepContext, StepEvent

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

TIMEOUT_SECONDS = 10


@contextmanager
def session_page(
    context: StepContext, kind: str = "", *, planning: bool = False, first: str = ""
) -> Iterator[StepContext]:
    """The same context, whose steps are told on the run's page too; outside a run of Prefect there is none.

    Args:
        kind: what the run does, where that is not the kind of its cycle: `review` or `reconciliation`
        planning: the run ends with the plan
        first: the step that the run begins with, where that is not the first of its chain
    """
    run = current_run()
    if run is None:
        yield context
        return
    hush_tasks()
    cycle = context.cycle
    page = SessionPage(
        book=cycle.book,
        session=cycle.session,
        kind=kind or cycle.kind,
        link=lambda step: card_path(cycle.cycle_id, step, run),
        paper=partial(_paper, context),
        planning=planning or cycle.mode == "research",
        first=first,
    )
    with Publisher(_Card(page, run).write, _complain) as publisher:

        def hear(event: StepEvent) -> None:
            context.observer(event)
            page.hear(event)
            publisher.show(page.markdown())

        publisher.show(page.markdown())
        yield replace(context, observer=hear)


def _paper(context: StepContext, step: str) -> str:
    name, file = {
        "report": ("TCA report", _newest_report(context)),
        "check": ("Data Docs", context.data_docs / "index.html"),
    }[step]
    return file_link(name, file, context.address_of(file)) if file.is_file() else ""


def _newest_report(context: StepContext) -> Path:
    """A correction of a signed report lies in a folder of its own."""
    newest = context.journal.books.newest_report(context.cycle_id)
    return Path(newest.path) if newest else context.report_folder / "report.html"


def _complain(fault: Exception) -> None:
    run_log().warning("the session's page in the UI is behind: %s; the log and the journal have everything", fault)


class _Card:
    """The page's artifact: one a run, on the run itself and on no task; a run that goes on finds its own again."""

    def __init__(self, page: SessionPage, run: "FlowRun") -> None:
        self._page, self._run = page, run
        self._key = f"session-{slug(page.book)}"
        self._id: UUID | None = None

    def write(self, markdown: str) -> None:
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.actions import ArtifactCreate, ArtifactUpdate

        with get_client(httpx_settings={"timeout": TIMEOUT_SECONDS}, sync_client=True) as client:
            if self._id is None:
                if AGAIN not in self._run.name:
                    client.update_flow_run(self._run.id, name=self._page.title)
                self._id = self._found(client)
            if self._id is not None:
                client.update_artifact(self._id, ArtifactUpdate(data=markdown, description=self._page.headline))
                return
            made = ArtifactCreate(
                key=self._key,
                type="markdown",
                description=self._page.headline,
                data=markdown,
                flow_run_id=self._run.id,
            )
            self._id = client.create_artifact(made).id

    def _found(self, client: "SyncPrefectClient") -> "UUID | None":
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey

        own = ArtifactFilter(
            flow_run_id=ArtifactFilterFlowRunId(any_=[self._run.id]), key=ArtifactFilterKey(any_=[self._key])
        )
        found = client.read_artifacts(artifact_filter=own)
        return found[0].id if found else None
