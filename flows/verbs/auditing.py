"""Commands of whoever checks the record."""

from pathlib import Path
from typing import Annotated

import typer

from flows.options import JSON, answer, verbs

app = verbs()


@app.command(epilog="Example: steelyard audit verify")
def verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="Folder of anchors; default: where each book keeps its own")
    ] = None,
    json: JSON = False,
) -> None:
    """Find every edited, removed, inserted or cut row, and say which; exit status 1 when there is one."""
    from flows.commands.auditing import verify_record

    answer(lambda: verify_record(anchors, as_json=json), json)


@app.command(epilog="Example: steelyard audit trace demo:2022-11-29")
def trace(
    name: Annotated[
        str, typer.Argument(help="A session, order, slice, execution or break; the hash of a report, plan or snapshot")
    ],
    json: JSON = False,
) -> None:
    """From a report to its orders, fills, plan, approval, targets, findings and prices; from prices to reports."""
    from flows.commands.auditing import trace_id

    answer(lambda: trace_id(name, as_json=json), json)
