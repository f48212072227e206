"""The one error tree, sorted by what the operator does next.

SteelyardError
 |- ConfigError              the book file is wrong: file, field, value, remedy; nothing was touched
 |- BadDataError             nothing was traded: fix the data, rerun the same session
 |- NoPlanError              holdings stand: which limits conflict, and what would make them agree
 |- HaltedError              the book is halted or only reducing: find out why, then `steelyard resume`
 |   '- SessionCancelledError  a person cancelled this session: its plan goes on only by a person's word
 |- StorageError             the disk is full, or state may not be written: make room or permit it, then rerun
 |- JournalError             the database failed: wait, free space or restore, as it says; then run the same again
 |- LeaseError               another process works this book: leave it alone, or end it first
 |   |- LeaseHeldError       it has the lease: this process has done nothing
 |   '- LeaseLostError       it took the lease over: this process must not write any more
 |- SecondJournalError       another journal works this book: go on with that one, or adopt the book by name
 |- NotApprovedError         a person said no, or nothing in time
 |   '- WaitsForPersonError  nobody has answered yet: approve or refuse, then run again
 '- BrokerError
     |- NoAccessError        key, login or client id is refused: asking again changes nothing; a person must act
     |- OrderRefusedError    known outcome: go on with the others, report it
     |   '- StandingRefusalError   it would be refused again: leave the symbol alone for the session
     '- OrderUnknownError    unknown outcome: stop, look at the broker, only then act
         '- OrderInDoubtError      the broker said something that nobody understands: a person looks

A difference between our ledger and the broker's is a value (a break), not an exception: it locks its symbol.
"""


class SteelyardError(Exception):
    """Root of everything this program stops for on purpose; the message ends with what to do."""


class ConfigError(SteelyardError):
    """What was asked for cannot be read or does not make sense; nothing was touched."""


class BadDataError(SteelyardError):
    """The data cannot carry a decision; nothing was traded."""


class NoPlanError(SteelyardError):
    """No portfolio satisfies the limits; holdings stand."""


class HaltedError(SteelyardError):
    """Nothing, or nothing that enlarges a position, may be sent."""


class SessionCancelledError(HaltedError):
    """Nothing more of this session's plan is sent, until a person lets it go on."""


class StorageError(SteelyardError):
    """A file of ours could not be written or read; what was on record stands."""


class JournalError(SteelyardError):
    """The database, or the way to it, failed; what was committed stands, and nothing else was done."""

    def __init__(self, words: str, *, passing: bool = False) -> None:
        super().__init__(words)
        self.passing = passing
        """Whether trying the same again may help by itself: the connection was ended, or somebody held a lock."""


class LeaseError(SteelyardError):
    """One book has one writer, and it is another process."""


class LeaseHeldError(LeaseError):
    """The lease is taken; nothing was touched."""


class LeaseLostError(LeaseError):
    """A newer process has taken the lease over; what this one still wanted to write was refused."""


class SecondJournalError(SteelyardError):
    """The book's account belongs to another journal; nothing was sent."""


class NotApprovedError(SteelyardError):
    """The plan was refused, expired, or nobody answered in time; silence means no."""


class WaitsForPersonError(NotApprovedError):
    """Nobody has answered yet; the session goes on when somebody does."""


class NotSignedError(SteelyardError):
    """A word on a report was not taken: something stands against it; what was said before stands."""


class BrokerError(SteelyardError):
    """The broker, or the way to it, failed."""


class NoAccessError(BrokerError):
    """The broker let nobody in: the same question would get the same answer until a person has acted."""


class OrderRefusedError(BrokerError):
    """The broker said no: this order is dead, the others go on."""


class StandingRefusalError(OrderRefusedError):
    """The broker said no for a reason that lasts (no permission, no such contract): asking again changes nothing."""


class OrderUnknownError(BrokerError):
    """Nobody knows whether the order lives; it is never sent again before the broker was asked."""


class OrderInDoubtError(OrderUnknownError):
    """The broker named the order in words that nobody understands: not finding it anywhere proves nothing."""
