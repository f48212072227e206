"""The only door to the database: everything the program remembers goes through here."""

from tasks.journal.journal import Journal, JournalUnreachableError, open_journal, where

__all__ = ["Journal", "JournalUnreachableError", "open_journal", "where"]
