"""Which other journals of this user a person should know of: those that are still there, real money first."""

from pathlib import Path

from flows.register import Entry, entries, register_file

SHOWN = 3
OF_A_FILE = "sqlite:///"
"""How the address of a journal begins that is a file of this machine."""


def other_journals(mine: str) -> str:
    """A short sentence on all journals in the register but the one at this address; empty where there are none."""
    found: dict[str, list[Entry]] = {}
    for entry in entries().values():
        if entry.where != mine:
            found.setdefault(entry.where, []).append(entry)
    there = sorted((where for where in found if _is_there(where)), key=lambda where: _rank(found[where]), reverse=True)
    gone, more = len(found) - len(there), len(there) - SHOWN
    told = [f"{where} ({', '.join(sorted({entry.book for entry in found[where]}))})" for where in there[:SHOWN]]
    parts = [", ".join(told) + (f" and {more} more" if more > 0 else "")] if told else []
    parts += [f"{gone} that {'is' if gone == 1 else 'are'} gone"] if gone else []
    return f"other journals of this user: {', '.join(parts)} (all in {register_file()})" if parts else ""


def _is_there(where: str) -> bool:
    """Whether a journal can still be worked with; of one at a server only the server knows."""
    file = where.removeprefix(OF_A_FILE)
    return file == where or Path(file).is_file()


def _rank(of_one: list[Entry]) -> tuple[bool, str]:
    return any("real money" in entry.subject for entry in of_one), max(entry.at for entry in of_one)
