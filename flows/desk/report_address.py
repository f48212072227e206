"""Where a browser finds a file of a home: at the desk's address while it is up, else only on the disk."""

from pathlib import Path
from urllib.parse import quote

from flows.desk.state import Stage, standing

FOLDER = "reports"


def report_address(home: Path, file: Path) -> str:
    """Of a file below the home's reports; empty where no desk serves them now, or for any other file."""
    desk = standing(home)
    folder = home / FOLDER
    if desk is None or desk.stage is not Stage.UP or not desk.reports_url or not file.is_relative_to(folder):
        return ""
    return f"{desk.reports_url}/{quote(file.relative_to(folder).as_posix())}"
