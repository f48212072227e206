"""What a database says when it fails, as one error with a remedy; what a program did wrong keeps its own error."""

import sqlite3
from enum import Enum
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from tasks.errors import JournalError


class Fault(Enum):
    """Why the database could not answer, and what a person does about it."""

    LOST = "the connection to it was ended: run the same command again, it goes on where it was"
    BUSY = "another program holds it: wait for that program or end it, then run the same command again"
    FULL = "its disk is full: free some space, then run the same command again, it goes on where it was"
    DAMAGED = "it is damaged: keep the file, restore it from a backup, then prove that with `steelyard audit verify`"
    READ_ONLY = "it cannot be written: make its file and folder, or its role, writable, then run the same command again"
    UNOPENED = (
        "it cannot be opened: make its folder, move away a folder that stands in its place, and see that it may be "
        "written, then run the same command again"
    )
    AWAY = "it cannot be reached or read: see that the disk or the server is there, then run the same command again"


PASSING = frozenset({Fault.LOST, Fault.BUSY})
"""Faults after which the same work may simply be tried again."""

_SQLITE = {
    sqlite3.SQLITE_BUSY: Fault.BUSY,
    sqlite3.SQLITE_LOCKED: Fault.BUSY,
    sqlite3.SQLITE_FULL: Fault.FULL,
    sqlite3.SQLITE_CORRUPT: Fault.DAMAGED,
    sqlite3.SQLITE_NOTADB: Fault.DAMAGED,
    sqlite3.SQLITE_READONLY: Fault.READ_ONLY,
    sqlite3.SQLITE_PERM: Fault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Fault.UNOPENED,
    sqlite3.SQLITE_IOERR: Fault.AWAY,
}
_SQLSTATES = {
    "08": Fault.LOST,  # connection exceptions
    "57P": Fault.LOST,  # ended by an administrator, crashing, starting up
    "25P03": Fault.LOST,  # ended for being idle
    "40001": Fault.BUSY,  # could not be serialised
    "40P01": Fault.BUSY,  # deadlock
    "53300": Fault.BUSY,  # too many connections
    "55P03": Fault.BUSY,  # a lock was not available
    "57014": Fault.BUSY,  # took too long
    "53100": Fault.FULL,
    "53200": Fault.AWAY,  # out of memory
    "58": Fault.AWAY,  # its own disk fails it
    "25006": Fault.READ_ONLY,
    "42501": Fault.READ_ONLY,  # the role may not
    "XX001": Fault.DAMAGED,
    "XX002": Fault.DAMAGED,
}


def fault_of(error: BaseException, *, disconnected: bool = False) -> Fault | None:
    """By the driver's own code; None for anything that is not the outside world's fault."""
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return _SQLITE.get(code & 0xFF) if code is not None else _by_words(str(error))
    state = getattr(error, "sqlstate", None) or ""
    for length in (5, 3, 2):
        if state[:length] in _SQLSTATES:
            return _SQLSTATES[state[:length]]
    return Fault.LOST if disconnected else None


def journal_error(fault: Fault, error: BaseException, address: str) -> JournalError:
    """The error that a person sees; `address` holds no password."""
    words = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return JournalError(f"the journal {address} failed ({words}): {fault.value}", passing=fault in PASSING)


def translate_faults(engine: Engine) -> None:
    """From here on every fault of this database is raised as a JournalError, and its dead connections are replaced."""
    address = engine.url.render_as_string(hide_password=True)

    def translated(context: ExceptionContext) -> None:
        error: Any = context.original_exception
        if context.is_pre_ping or not isinstance(error, Exception):
            return  # the pool asks whether a connection still lives and opens another; or somebody interrupts us
        fault = fault_of(error, disconnected=context.is_disconnect)
        if fault is not None:
            raise journal_error(fault, error, address) from error

    event.listen(engine, "handle_error", translated)


def _by_words(words: str) -> Fault | None:
    """Python's own errors about a database carry no code."""
    return Fault.UNOPENED if "unable to open" in words else None
