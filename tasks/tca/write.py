"""Puts a report on disk: four files, each whole or not there, the same bytes for the same report."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import NamedTemporaryFile

from tasks.audit.report_files import JSON, SOMETIMES, staged
from tasks.tca.export import breaks_csv, csv_text, fills_csv, orders_csv, report_json
from tasks.tca.render import report_html
from tasks.tca.report import TcaReport
from tasks.tca.what_if_summary import replay_rows


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the files are, and the SHA-256 of each by file name, for the audit chain."""

    html: Path
    json: Path
    orders_csv: Path
    fills_csv: Path
    sha256: dict[str, str]


def write_report(
    report: TcaReport, folder: Path, record: Callable[[ReportFiles], None] = lambda _files: None
) -> ReportFiles:
    """Write report.html, report.json, orders.csv, fills.csv and what_if.csv; an earlier version goes file by file.

    breaks.csv is there where the report has breaks, and gone where it has none. Everything is rendered before the first
    file is touched, so a report that cannot be drawn leaves the old one alone. `record` as in `put_in_place`.
    """
    return put_in_place(contents(report), folder, record)


def contents(report: TcaReport) -> dict[str, bytes]:
    """Every file of a report by its name. Raises: ValueError for one that cannot be drawn."""
    texts = {
        "report.html": report_html(report),
        JSON: report_json(report),
        "orders.csv": orders_csv(report),
        "fills.csv": fills_csv(report),
        "what_if.csv": csv_text(replay_rows(report.what_if)),
    }
    if report.breaks:
        texts[SOMETIMES] = breaks_csv(report)
    return {name: text.encode() for name, text in texts.items()}


def put_in_place(texts: Mapping[str, bytes], folder: Path, record: Callable[[ReportFiles], None]) -> ReportFiles:
    """Replace the files of a report; `record` puts their hashes on record.

    It is called once each file is whole on the disk under another name, before the first takes its place. So whoever is
    killed leaves what was recorded, or what was before and beside it what is: nothing that could as well be forged.
    """
    hashes = {name: sha256(text).hexdigest() for name, text in texts.items()}
    files = ReportFiles(
        folder / "report.html", folder / JSON, folder / "orders.csv", folder / "fills.csv", sha256=hashes
    )
    waiting = {name: staged(folder / name, hashed) for name, hashed in hashes.items()}
    for name, text in texts.items():
        waiting[name].parent.mkdir(parents=True, exist_ok=True)
        replace_file(waiting[name], text)
    if SOMETIMES not in texts:
        (folder / SOMETIMES).unlink(missing_ok=True)
    record(files)
    for name, path in waiting.items():
        os.replace(path, folder / name)
    rmtree(waiting["report.html"].parent)  # with what a killed writer left
    return files


def replace_file(path: Path, content: bytes) -> None:
    """Atomic on one file system: readers see the old file or the new one."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            # temporary files are private; a report is read by others
            os.chmod(part.name, 0o644)
            os.replace(part.name, path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise
