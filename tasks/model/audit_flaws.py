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
        return f"{self.table_name} {self.row_key}"


# --- rows -------------------------------------------------------------------------------------------------------------


def edited(entry: Entry) -> Flaw:
    sentence = f"{entry.row} was edited: it is not what entry {entry.seq} recorded; {FROM_BACKUP}"
    return Flaw("edited", entry.table_name, entry.row_key, entry.seq, sentence)


def illegible(entry: Entry) -> Flaw:
    sentence = f"{entry.row} was edited: it holds what cannot be read, entry {entry.seq} recorded it; {FROM_BACKUP}"
    return Flaw("edited", entry.table_name, entry.row_key, entry.seq, sentence)


def removed(entry: Entry) -> Flaw:
    sentence = f"{entry.row} was removed: entry {entry.seq} recorded it, and it is gone; {FROM_BACKUP}"
    return Flaw("removed", entry.table_name, entry.row_key, entry.seq, sentence)


def inserted(table: str, key: str) -> Flaw:
    sentence = f"{table} {key} was put in: the audit chain has no entry for it; find out who wrote it"
    return Flaw("inserted", table, key, None, sentence)


def table_gone(table: str) -> Flaw:
    return Flaw("removed", table, "", None, f"the table {table} is gone; {FROM_BACKUP}")


def unreadable(table: str, reason: str) -> Flaw:
    return Flaw("unreadable", table, "", None, f"{table} cannot be read to its end: {reason}; {FROM_BACKUP}")


# --- the chain --------------------------------------------------------------------------------------------------------


def broken(entry: Entry) -> Flaw:
    sentence = (
        f"the audit chain is broken at entry {entry.seq} ({entry.row}): it, or the one before it, is not as it was "
        f"written; {FROM_BACKUP}"
    )
    return Flaw("chain", entry.table_name, entry.row_key, entry.seq, sentence)


def foreign(entry: Entry) -> Flaw:
    sentence = f"entry {entry.seq} of the audit chain ({entry.row}) was put in: the program writes no such entry"
    return Flaw("chain", entry.table_name, entry.row_key, entry.seq, f"{sentence}; find out who wrote it")


def missing(first: int, last: int) -> Flaw:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Flaw("chain", AUDIT, "", first, f"{which} missing from the audit chain; {FROM_BACKUP}")


def truncated(last: int, anchor: Anchor) -> Flaw:
    sentence = (
        f"the audit chain was cut off: it ends at entry {last}, and had {anchor.seq} when it was anchored{_in(anchor)}"
        f"; {FROM_BACKUP}, or, if this is another database, give it another folder of anchors (STEELYARD_ANCHORS)"
    )
    return Flaw("truncated", AUDIT, "", last + 1, sentence)


def rewritten(anchor: Anchor) -> Flaw:
    sentence = (
        f"the audit chain was rewritten at or before entry {anchor.seq}: its hash is not the anchored one{_in(anchor)}"
        f"; {FROM_BACKUP}"
    )
    return Flaw("rewritten", AUDIT, "", anchor.seq, sentence)


def _in(anchor: Anchor) -> str:
    return f" ({anchor.told_by})" if anchor.told_by else ""
