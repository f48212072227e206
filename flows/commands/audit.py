"""Commands of whoever checks: is the record as it was written, and what does a number rest on?"""

import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.tree import Tree

from flows.book_file.load import recorded_book
from flows.commands.lookup import journal_here
from flows.home import home
from tasks.audit.anchor import read_anchors
from tasks.audit.anchor_file import anchor_folder
from tasks.audit.report_files import State, reports_on_disk
from tasks.audit.trace import trace
from tasks.audit.tree import Node
from tasks.book.audit import AuditSettings
from tasks.errors import ConfigError
from tasks.journal import Journal
from tasks.model.audit_flaws import Anchor, Flaw
from tasks.model.cycle import Cycle
from tasks.wording import counted

WIDEST = 2000
SHOWN = 100
"""Flaws printed to a person; --json has them all."""
COLOURS = {
    "report": "cyan",
    "session": "bold",
    "order": "green",
    "plan": "magenta",
    "snapshot": "yellow",
    "break": "red",
}


def verify_record(folder: Path | None, *, as_json: bool) -> dict[str, Any]:
    """Hold the record against its chain and every anchor; exit status 1 when something is not as it was written.

    Report files are held against a record that is whole.
    """
    with journal_here() as journal:
        folders = (folder.absolute(),) if folder else anchor_folders(journal)
        anchors = read_anchors(folders)
        head = journal.audit.head()
        flaws = _verified(journal, anchors, head, watched=not as_json)
        changed, notes = ((), ()) if flaws else reports_on_disk(journal)
    flaws += changed
    if not as_json:
        _print_flaws(flaws, head, anchors, folders)
        for note in notes:
            Console(soft_wrap=True).print(f"[yellow]![/yellow] {escape(note.sentence)}", highlight=False)
    return {
        "status": "changed" if flaws else "intact",
        "entries": head.seq,
        "sha256": head.sha256,
        "anchors": len(anchors),
        "anchor_folders": [str(folder) for folder in folders],
        "reports_not_there": [note.path for note in notes if note.state is State.GONE],
        "reports_not_finished": [note.path for note in notes if note.state is State.UNFINISHED],
        "reports_not_hashed": [note.path for note in notes if note.state is State.UNHASHED],
        "flaws": [{name: getattr(flaw, name) for name in Flaw.__slots__} for flaw in flaws],
        "exit_status": 1 if flaws else 0,
    }


def anchor_folders(journal: Journal) -> tuple[Path, ...]:
    """Where each book on record keeps its anchors, by its newest session; the default too."""
    newest = {cycle.book: cycle for cycle in reversed(journal.cycles.all())}
    folders = {anchor_folder(home(), AuditSettings(), home(), os.environ)}
    for cycle in newest.values():
        settings = _recorded(cycle)
        folders.add(anchor_folder(home(), settings, Path(cycle.book_file).absolute().parent, os.environ))
    return tuple(sorted(folders))


def _recorded(cycle: Cycle) -> AuditSettings:
    try:
        return recorded_book(cycle.book_text, cycle.book_file).audit
    except ValueError as error:
        raise ConfigError(
            f"the book recorded for {cycle.cycle_id} cannot be read any more, so where its anchors are is not known; "
            "name their folder with --anchors"
        ) from error


def _verified(journal: Journal, anchors: tuple[Anchor, ...], head: Anchor, *, watched: bool) -> tuple[Flaw, ...]:
    with Progress(console=Console(stderr=True), transient=True, disable=not watched) as progress:
        bar = progress.add_task("entries", total=head.seq)
        return journal.audit.verify(anchors, lambda looked_at: progress.update(bar, completed=looked_at))


def _print_flaws(flaws: tuple[Flaw, ...], head: Anchor, anchors: tuple[Anchor, ...], folders: tuple[Path, ...]) -> None:
    console = Console(soft_wrap=True)
    for flaw in flaws[:SHOWN]:
        console.print(f"[red]✗[/red] {escape(flaw.sentence)}")
    if len(flaws) > SHOWN:
        console.print(f"and {len(flaws) - SHOWN} more; see all with --json")
    if not flaws:
        console.print(f"[green]✓[/green] {head.seq} rows are as they were written; the chain ends with {head.sha256}")
    where = ", ".join(map(str, folders))
    console.print(f"compared with {counted(len(anchors), 'anchor')} in {escape(where)}", highlight=False)
    if not anchors:
        console.print("without an anchor a cut end or a rewritten chain cannot be seen: keep one outside the database")


def trace_id(name: str, *, as_json: bool) -> dict[str, Any]:
    """Everything that a report, order, execution ... rests on, and what rests on a snapshot."""
    with journal_here() as journal:
        found = trace(journal, home() / "snapshots", name)
    if not as_json:
        # A terminal folds long lines; in a pipe each thing stays on one.
        console = Console() if sys.stdout.isatty() else Console(width=WIDEST)
        console.print(as_tree(found))
    return found.as_plain()


def as_tree(node: Node) -> Tree:
    colour = COLOURS.get(node.kind, "dim")
    named = f" {escape(node.name)}" if node.name else ""
    tree = Tree(f"[{colour}]{node.kind}[/{colour}]{named}  {escape(node.words)}", highlight=False)
    for child in node.children:
        tree.children.append(as_tree(child))
    return tree
