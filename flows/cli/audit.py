"""Commands of whoever checks the record."""

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import JSON, answer, verbs

app = verbs()


@app.command(epilog="Example: steelyard audit verify")
def verify(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="Folder of anchors; default: where each book keeps its own")
    ] = None,
    json: JSON = False,
) -> None:
    """Find every edited, removed, inserted or cut row, and say which; exit status 1 when there is one."""
    from flows.commands.audit import verify_record

    answer(lambda: verify_record(anchors, as_json=json), json)


@app.command(epilog="Example: steelyard audit trace demo:2022-11-29")
def trace(
    name: Annotated[
        str, typer.Argument(help="A session, order, slice, execution or break; the hash of a report, plan or snapshot")
    ],
    json: JSON = False,
) -> None:
    """From a report to its orders, fills, plan, approval, targets, findings and prices; from prices to reports."""
    from flows.commands.audit import trace_id

    answer(lambda: trace_id(name, as_json=json), json)


@app.command(epilog="Example: steelyard audit ask who_approved_what book=demo")
def ask(
    question: Annotated[str, typer.Argument(help="Name of a question; without it, all of them are listed")] = "",
    values: Annotated[list[str] | None, typer.Argument(help="What the question needs, as name=value")] = None,
    json: JSON = False,
) -> None:
    """Ask the record a standing question: fills of an order, halts in force, who approved what, and others."""
    from flows.commands.audit_questions import ask_record, list_questions

    answer(lambda: ask_record(question, values or [], as_json=json) if question else list_questions(as_json=json), json)
