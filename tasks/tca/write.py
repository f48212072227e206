"""Puts a report on disk: four files, each whole or not there, the same bytes for the same report."""

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from tasks.tca.export import breaks_csv, fills_csv, orders_csv, report_json
from tasks.tca.render import report_html
from tasks.tca.report import TcaReport


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the files are, and the SHA-256 of each by file name, for the audit chain."""

    html: Path
    json: Path
    orders_csv: Path
    fills_csv: Path
    sha256: dict[str, str]


def write_report(report: TcaReport, folder: Path) -> ReportFiles:
    """Write report.html, report.json, orders.csv and fills.csv; an earlier version is replaced file by file.

    breaks.csv is there where the report has breaks, and gone where it has none.

    Everything is rendered before the first file is touched, so a report that cannot be drawn leaves the old one alone.
    """
    texts = {
        "report.html": report_html(report),
        "report.json": report_json(report),
        "orders.csv": orders_csv(report),
        "fills.csv": fills_csv(report),
    }
    if report.breaks:
        texts["breaks.csv"] = breaks_csv(report)
    folder.mkdir(parents=True, exist_ok=True)
    if not report.breaks:
        (folder / "breaks.csv").unlink(missing_ok=True)
    for name, text in texts.items():
        _replace(folder / name, text.encode())
    return ReportFiles(
        html=folder / "report.html",
        json=folder / "report.json",
        orders_csv=folder / "orders.csv",
        fills_csv=folder / "fills.csv",
        sha256={name: sha256(text.encode()).hexdigest() for name, text in texts.items()},
    )


def _replace(path: Path, content: bytes) -> None:
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
