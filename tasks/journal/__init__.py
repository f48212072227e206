"""The only door to the database: everything the program remembers goes through here."""

from tasks.journal.journal import Journal, open_journal

__all__ = ["Journal", "open_journal"]
