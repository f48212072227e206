"""What an audit may find, and the words for it."""

from dataclasses import dataclass, field

AUDIT = "audit"
"""The table of the chain itself."""
FROM_BACKUP = "restore it from a backup"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest entry of the chain as it was at some moment; number 0 of an empty chain."""

    seq: int
    sha256: str
    told_by: str = field(default="", compare=False)
    """Where it was kept, for a person."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not as the program wrote it."""

    kind: str
    """`edited`, `removed` or `inserted` for a row; `chain`, `truncated` or `rewritten` for the chain; `unreadable`."""
    table: str
    row_key: str
    seq: int | None
    """Number of the entry it is about."""
    sentence: str
    expected: str = ""
    """SHA-256 (hex) of a file as it was recorded."""
    found: str = ""
    """The same of the file as it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chain, as it is found."""

    seq: int
    table_name: str
    row_key: str
    row_sha256: str
    sha256: str

    @property
    def row(self) -> str:
        """Table and key, as every sentence about a flaw names the row."""
        return f"{self.table_name} {self.row_key}"


# --- rows -------------------------------------------------------------------------------------------------------------


def edited(entry: Entry) -> Flaw:
    """The row is there and no longer what was recorded."""
    sentence = f"{entry.row} was edited: it is not what entry {entry.seq} recorded; {FROM_BACKUP}"
    return Flaw("edited", entry.table_name, entry.row_key, entry.seq, sentence)


def illegible(entry: Entry) -> Flaw:
    """The row is there and holds a value that its column cannot hold."""
    sentence = f"{entry.row} was edited: it holds what cannot be read, entry {entry.seq} recorded it; {FROM_BACKUP}"
    return Flaw("edited", entry.table_name, entry.row_key, entry.seq, sentence)


def removed(entry: Entry) -> Flaw:
    """The entry is there, its row is not."""
    sentence = f"{entry.row} was removed: entry {entry.seq} recorded it, and it is gone; {FROM_BACKUP}"
    return Flaw("removed", entry.table_name, entry.row_key, entry.seq, sentence)


def inserted(table: str, key: str) -> Flaw:
    """The row is there, no entry ever recorded it."""
    sentence = f"{table} {key} was put in: the audit chain has no entry for it; find out who wrote it"
    return Flaw("inserted", table, key, None, sentence)


def row_gone(table: str, key: str, evidence: str) -> Flaw:
    """A row outside the chain is gone, chained rows say that it was there."""
    return Flaw("removed", table, key, None, f"{table} {key} was removed: {evidence}; {FROM_BACKUP}")


def unproven(table: str, key: str, said: str) -> Flaw:
    """A row outside the chain says what the chained rows do not; `said` has what, and the remedy."""
    return Flaw("edited", table, key, None, f"{table} {key} is not what the chained rows say: {said}")


def table_gone(table: str) -> Flaw:
    """No row of the table can be compared."""
    return Flaw("removed", table, "", None, f"the table {table} is gone; {FROM_BACKUP}")


def unreadable(table: str, reason: str) -> Flaw:
    """Reading broke off: rows behind that place were not compared."""
    return Flaw("unreadable", table, "", None, f"{table} cannot be read to its end: {reason}; {FROM_BACKUP}")


# --- the chain --------------------------------------------------------------------------------------------------------


def broken(entry: Entry) -> Flaw:
    """The entry's hash does not follow from its content and the entry before."""
    sentence = (
        f"the audit chain is broken at entry {entry.seq} ({entry.row}): it, or the one before it, is not as it was "
        f"written; {FROM_BACKUP}"
    )
    return Flaw("chain", entry.table_name, entry.row_key, entry.seq, sentence)


def foreign(entry: Entry) -> Flaw:
    """The entry fits the chain, but names a table or key that the program never enters."""
    sentence = f"entry {entry.seq} of the audit chain ({entry.row}) was put in: the program writes no such entry"
    return Flaw("chain", entry.table_name, entry.row_key, entry.seq, f"{sentence}; find out who wrote it")


def missing(first: int, last: int) -> Flaw:
    """`first` to `last`, both included; entries count up by one."""
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Flaw("chain", AUDIT, "", first, f"{which} missing from the audit chain; {FROM_BACKUP}")


def truncated(last: int, anchor: Anchor) -> Flaw:
    """The chain is shorter than a note outside of the database says it was."""
    sentence = (
        f"the audit chain was cut off: it ends at entry {last}, and had {anchor.seq} when it was anchored{_in(anchor)}"
        f"; {FROM_BACKUP}, or, if this is another database, give it another folder of anchors (STEELYARD_ANCHORS)"
    )
    return Flaw("truncated", AUDIT, "", last + 1, sentence)


def rewritten(anchor: Anchor) -> Flaw:
    """Consistent in itself, but not the chain of which a note was taken outside."""
    sentence = (
        f"the audit chain was rewritten at or before entry {anchor.seq}: its hash is not the anchored one{_in(anchor)}"
        f"; {FROM_BACKUP}"
    )
    return Flaw("rewritten", AUDIT, "", anchor.seq, sentence)


def _in(anchor: Anchor) -> str:
    return f" ({anchor.told_by})" if anchor.told_by else ""
