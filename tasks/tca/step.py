"""The step that writes the report: gathered from the journal and the market, computed purely, written atomically."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.artifacts import file_link
from tasks.audit.report_files import JSON
from tasks.checkpoints import StepResult, run_again, run_once
from tasks.context import StepContext
from tasks.model.artifact import Artifact
from tasks.model.ledger_records import FILES, PREPARED_BY, VERSION, ReportRow
from tasks.tca.cost_sentence import cost_sentence
from tasks.tca.gather import gather
from tasks.tca.inputs import FIRST, Version
from tasks.tca.preparer import this_preparer
from tasks.tca.session_record import Preparer
from tasks.tca.under_review import PAGE, is_signed, write_review_page
from tasks.wording import short_hash

if TYPE_CHECKING:
    from tasks.tca.report import TcaReport
    from tasks.tca.write import ReportFiles


@task(name="report", cache_policy=NO_CACHE, persist_result=False)
def report(context: StepContext) -> dict[str, object]:
    """The session's TCA report as HTML, JSON and CSV."""
    return run_once(context, "report", _report)


@task(name="report again", cache_policy=NO_CACHE, persist_result=False)
def report_again(context: StepContext) -> dict[str, object]:
    """The same from what is on record now; an unchanged record gives the same file and adds no row."""
    return run_again(context, "report", _report)


def _report(context: StepContext) -> StepResult:
    from tasks.tca.write import write_report

    built = _built(context)
    folder = folder_of(context, built.cover.version)
    facts = _facts(built, folder / PAGE)
    files = write_report(built, folder, lambda files: _record(context, built, files, facts))
    write_review_page(context.journal, context.cycle)
    named = short_hash(files.sha256[PAGE])
    link = file_link("The whole report", files.html, context.address_of(files.html))
    words = "\n".join([link, "", *(f"- {sentence}" for sentence in built.summary)])
    return StepResult(
        f"{cost_sentence(built.total.costs)}; report {named} written", facts, Artifact("TCA report", words)
    )


def folder_of(context: StepContext, version: int) -> Path:
    """Of one version: the second and later ones lie inside of the first one's folder, which then stays as it is."""
    return context.report_folder if version == 1 else context.report_folder / f"v{version}"


def _facts(built: "TcaReport", page: Path) -> dict[str, object]:
    costs = built.total.costs
    return {
        "shortfall_usd": None if costs.total_usd is None else float(costs.total_usd),
        "shortfall_bps": None if costs.total_bps is None else float(costs.total_bps),
        "report": str(page),
        VERSION: built.cover.version,
        "open_points": [f"{point.subject}: {point.kind}: {point.sentence}" for point in built.open_points],
    }


def _record(context: StepContext, built: "TcaReport", files: "ReportFiles", facts: Mapping[str, object]) -> None:
    """The hash of every file, and with them the figures that summaries show."""
    summary = {**facts, FILES: files.sha256, PREPARED_BY: asdict(built.cover.provenance.preparer)}
    page = files.sha256[PAGE]
    row = ReportRow(context.cycle_id, str(files.html), page, summary, built.cover.generated_at)
    context.journal.books.record_report(row)


def _built(context: StepContext) -> "TcaReport":
    """What is on record now, generated now; where that says nothing new, the newest report with its own time.

    A report that somebody signed stays as it is: what is new then is another version, which names the signed one.
    """
    from tasks.tca.render import report_html
    from tasks.tca.report import build_report

    now = context.clock()
    newest = context.journal.books.newest_report(context.cycle_id)
    if newest is None:
        return build_report(gather(context, now, this_preparer(now)))
    version = _version_of(context, newest)
    same = build_report(gather(context, newest.created_at, _prepared_by(newest), version))
    if sha256(report_html(same).encode()).hexdigest() == newest.sha256:
        return same
    if is_signed(context.journal, newest):
        version = Version(newest.version + 1, newest.hashes.get(JSON, newest.sha256))
    return build_report(gather(context, now, this_preparer(now), version))


def _prepared_by(row: ReportRow) -> Preparer:
    """Of that report itself: a newer program that finds nothing new writes no other one."""
    return Preparer(**row.summary.get(PREPARED_BY, {"version": ""}))


def _version_of(context: StepContext, newest: ReportRow) -> Version:
    """As the newest report says of itself: it corrects the last one of the version before."""
    if newest.version == 1:
        return FIRST
    rows = context.journal.books.reports(context.cycle_id)
    corrected = next(row for row in rows if row.version < newest.version)
    return Version(newest.version, corrected.hashes.get(JSON, corrected.sha256))
