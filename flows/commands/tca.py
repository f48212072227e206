"""`steelyard tca`: orders and executions of any desk, measured and reported as our own sessions are."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from tasks.errors import BadDataError, ConfigError
from tasks.tca.outside.column_names import Kind
from tasks.tca.outside.out_folder import check_out, refusing
from tasks.tca.outside.outside_files import outside_contents
from tasks.tca.outside.outside_report import OutsideAnalysis, OutsideCover, analyse
from tasks.tca.outside.prepare import Prepared, prepare
from tasks.tca.outside.problems import ProblemLine, shown
from tasks.tca.outside.read_files import read_tables
from tasks.tca.outside.settings import ColumnSettings, settings_of
from tasks.tca.outside.write_outside import write_outside
from tasks.tca.shortfall import Convention
from tasks.wording import counted, spoken

MOST_PRINTED = 20
NOTHING_MEASURED = 1


def analyse_files(
    executions: Sequence[Path],
    orders: Sequence[Path],
    prices: Sequence[Path],
    columns: Path | None,
    zone: str | None,
    out: Path,
    *,
    strict: bool,
    as_json: bool,
) -> dict[str, Any]:
    """Read, check, measure, write.

    Raises: ConfigError for files that cannot be read or written, BadDataError with `strict`.
    """
    check_out(out, [*executions, *orders, *prices, *([columns] if columns else [])])
    settings = _settings(columns, zone)
    kinds = ((Kind.EXECUTIONS, executions), (Kind.ORDERS, orders), (Kind.PRICES, prices))
    found = prepare(read_tables([(kind, path) for kind, paths in kinds for path in paths]), settings)
    analysis = analyse(found, cover_of(found, settings), Convention.WHOLE_ORDER)
    report = analysis.report
    if strict and report.rows_left_out:
        lines = "\n".join(_sentence(line) for line in report.problems if not line.counted)
        raise BadDataError(
            f"{lines}\n{counted(report.rows_left_out, 'row')} left out: mend them, or go without --strict"
        )
    contents = outside_contents(analysis)
    with refusing(out):
        hashes = write_outside(contents, out)
    if not as_json:
        _print(analysis, out)
    return _answer(analysis, out, hashes)


def folder_of(out: str) -> Path:
    """Where the report goes. Raises: ConfigError for an empty name, which would be the folder one stands in."""
    if not out.strip():
        raise ConfigError("--out is empty; write the name of a folder, e.g. --out tca-report")
    return Path(out)


def _settings(columns: Path | None, zone: str | None) -> ColumnSettings:
    values = {} if columns is None else _yaml(columns)
    if zone is not None:
        values = {**values, "zone": zone}
    return settings_of(values, "--zone" if columns is None else shown(columns))


def _yaml(path: Path) -> dict[str, Any]:
    place = spoken(str(path))
    try:
        values = yaml.load(
            path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader
        )  # all text: a column may be called `no`
    except OSError as error:
        raise ConfigError(f"{place}: {error.strerror or error}; correct the name after --columns") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{place}: not YAML ({shown(str(error).splitlines()[0])}); see docs/tca.md") from error
    if not values:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{place}: holds no settings; write e.g. executions: {{price: LastPx}}")
    return {str(name): value for name, value in values.items()}


def cover_of(found: Prepared, settings: ColumnSettings) -> OutsideCover:
    """What the report says of its files."""
    first, last = found.days
    days = "" if first is None else f", {first}" if first == last else f", {first} to {last}"
    names = [file.name for file in found.files if file.kind == Kind.PRICES]
    note = f"as given in {', '.join(names)}" if names else "none was given: only what the files name is measured."
    return OutsideCover(
        title=f"{counted(found.count, 'order')}{days}",
        first=first,
        last=last,
        files=found.files,
        zone=settings.zone,
        sessions=settings.sessions,
        code_version=version("steelyard"),
        market_note=note,
        convention=Convention.WHOLE_ORDER,
        currency="USD",
    )


def _sentence(line: ProblemLine) -> str:
    where = f"{line.file}: row {line.first_row}" + (f" and {line.rows - 1:,} more" if line.rows > 1 else "")
    field = f", {line.field}" if line.field else ""
    value = f" = {line.value}" if line.value else ""
    return f"{where}{field}{value}: {line.problem}; {line.remedy}"


def _print(analysis: OutsideAnalysis, out: Path) -> None:
    console = Console()
    report = analysis.report
    told = [*report.summary, *(f"  {_sentence(line)}" for line in report.problems[:MOST_PRINTED])]
    if len(report.problems) > MOST_PRINTED:
        told.append(f"  {counted(len(report.problems) - MOST_PRINTED, 'problem')} more in the report")
    for line in [*told, str(out / "report.html")]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _answer(analysis: OutsideAnalysis, out: Path, hashes: dict[str, str]) -> dict[str, Any]:
    report = analysis.report
    costs = report.total.costs
    return {
        "status": "done" if report.orders else "nothing measured",
        "folder": str(out),
        "sha256": hashes,
        "orders": report.orders_in_all,
        "fills": analysis.found.fills,
        "rows_left_out": report.rows_left_out,
        "files": [
            {"file": f.name, "rows": f.rows, "left_out": f.left_out, "sha256": f.sha256} for f in report.cover.files
        ],
        "problems": [_sentence(line) for line in report.problems],
        "shortfall_usd": None if costs.total_usd is None else str(costs.total_usd),
        "shortfall_bps": None if costs.total_bps is None else str(costs.total_bps),
        "exit_status": 0 if report.orders else NOTHING_MEASURED,
    }
