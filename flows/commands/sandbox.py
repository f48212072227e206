"""`steelyard venue`: a local paper broker that speaks Alpaca or TWS, until it is interrupted."""

import json
import threading
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.book_file import load_book
from flows.commands.sandbox_server import RunningSandbox, as_plain, open_venue
from flows.home import home
from tasks.model.typed_commands import shell_word


def serve_venue(name: str, book: Path, port: int, session: date | None, *, as_json: bool) -> dict[str, Any]:
    """Stand until Ctrl-C; with `as_json` the one object on stdout is printed as soon as the venue answers."""
    loaded = load_book(book)
    with open_venue(name, loaded, home(), port, session) as standing:
        if as_json:
            print(json.dumps(as_plain(standing)), flush=True)
        else:
            _print_instructions(Console(), name, standing, loaded.path)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return {}
    raise AssertionError("nothing but an interrupt ends the wait")


def _print_instructions(console: Console, name: str, standing: RunningSandbox, book: Path) -> None:
    at = f"{standing.exchange.now():%Y-%m-%d %H:%M} UTC"
    console.print(f"[bold]{name}[/bold] is simulated here; its clock stands at {at} and goes on as a book waits.")
    console.print("\nIn the shell that runs the book:\n")
    for variable, value in standing.environment.items():
        console.print(f"export {variable}={shell_word(value)}", soft_wrap=True, highlight=False, markup=False)
    console.print("\nIn the book:\n\nbroker:", highlight=False)
    for line in standing.book_lines:
        console.print(f"  {line}", highlight=False, markup=False)
    session = standing.exchange.session()
    console.print(f"\nThen: steelyard run {shell_word(book)} --session {session}", soft_wrap=True)
    console.print("Ctrl-C here stops the venue; its account stays for the next time.")
