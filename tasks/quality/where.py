"""Names the file in findings about daily bars that come from the book's own files; pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tasks.model.plan import Finding

SHOWN = 3


def in_files(
    findings: Sequence[Finding], files_of: Callable[[str], tuple[Path, ...]], whole: Path, base: Path
) -> list[Finding]:
    """The same findings, each with its symbol's files behind the symbol, or else with all that is read.

    files_of: by symbol; whole: the file or folder of `data.daily_path`; base: the folder that the book's paths are of.
    """
    return [_named(finding, files_of(finding.symbol) if finding.symbol else (), whole, base) for finding in findings]


def _named(finding: Finding, files: Sequence[Path], whole: Path, base: Path) -> Finding:
    where = ", ".join(_shown(file, base) for file in files[:SHOWN]) or _shown(whole, base)
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    start = f"{finding.symbol}: "
    if finding.symbol and finding.message.startswith(start):
        return replace(finding, message=f"{start}{where}{more}: {finding.message.removeprefix(start)}")
    return replace(finding, message=f"{where}{more}: {finding.message}")


def _shown(path: Path, base: Path) -> str:
    """As a book beside it names it."""
    whole, folder = path.absolute(), base.absolute()
    return str(whole.relative_to(folder) if whole.is_relative_to(folder) else path)
