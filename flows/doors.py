"""Opens the doors of a book to the world: its prices and its broker, with the secrets and allowances they share."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from flows.book import Book
from tasks.brokers.factory import open_broker
from tasks.brokers.protocol import Broker
from tasks.brokers.secrets import secrets_of
from tasks.journal import Journal
from tasks.journal.allowances import JournalAllowance
from tasks.market_data import calendar
from tasks.market_data.patient import PatientSource
from tasks.market_data.protocol import Source
from tasks.market_data.source import open_source

if TYPE_CHECKING:
    from tasks.brokers.alpaca.allowance import Allowances


def allowances_of(journal: Journal) -> "Allowances":
    """What keys may ask in a minute, counted for all processes of this journal."""
    return lambda scope, limit: JournalAllowance(journal.engine, scope, limit)


def prices_of(
    book: Book, folder: Path, journal: Journal | None = None, environment: Mapping[str, str] = os.environ
) -> Source:
    """The source of a book's prices; relative paths are taken from `folder`.

    Where prices and broker are the same house, its key is the broker's: from the block that the book names for it.
    What comes over a wire is asked for with patience.
    """
    if book.data.source == "ibkr":
        return PatientSource(open_source(book.data, folder, environment))
    if book.data.source != "alpaca":
        return open_source(book.data, folder, environment)
    parts = [part for part in book.broker.parts.values() if part.name == "alpaca"]
    trades_there = bool(parts) or book.broker.name == "alpaca"
    block = (parts[0] if parts else book.broker).credentials_block if trades_there else ""
    counted = allowances_of(journal) if journal is not None else None
    live = book.broker.live and trades_there
    return PatientSource(open_source(book.data, folder, secrets_of(block, environment), counted, live=live))


def broker_of(
    book: Book, home: Path, source: Source, journal: Journal, environment: Mapping[str, str] = os.environ
) -> Broker:
    """The broker of a book, not connected yet."""
    return open_broker(book.broker, home, source, calendar.session_hours, environment, allowances_of(journal))
