"""What can go wrong at a simulated broker, as a book may order it: kinds of faults, and on which calls they strike."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Self

from pydantic import Field, model_validator

from tasks.book.section import Section

ARRIVES_WITHIN = timedelta(seconds=60)
"""No request is delayed longer, and no order is denied longer, than this after it was sent."""


class Call(StrEnum):
    """The calls of the exchange that a fault can wait for."""

    PLACE = "place"
    CANCEL = "cancel"
    ORDER = "order"
    WORKING = "working"
    EXECUTIONS = "executions"
    ACCOUNT = "account"
    QUOTES = "quotes"


class FaultKind(StrEnum):
    """What goes wrong; `MEANINGS` says what each one imitates."""

    REPLY_LOST = "reply_lost"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    SERVER_ERROR = "server_error"
    DELAYED = "delayed"
    REFUSED_CANCEL = "refused_cancel"
    FILL_AFTER_CANCEL = "fill_after_cancel"
    NO_ANSWER = "no_answer"
    NOT_FOUND = "not_found"
    DUPLICATED_EXECUTIONS = "duplicated_executions"
    SHUFFLED_EXECUTIONS = "shuffled_executions"
    LATE_EXECUTIONS = "late_executions"
    PARTIAL_THEN_SILENCE = "partial_then_silence"
    EMPTY_ACCOUNT = "empty_account"
    STALE_ACCOUNT = "stale_account"
    BUST = "bust"
    CORRECTION = "correction"
    LIQUIDATION = "liquidation"
    HALT = "halt"
    AUCTION_EXPIRES = "auction_expires"
    DISCONNECT = "disconnect"
    CLOCK_SKEW = "clock_skew"


WRITES = (Call.PLACE, Call.CANCEL)
READS = (Call.ORDER, Call.WORKING, Call.EXECUTIONS, Call.ACCOUNT, Call.QUOTES)
ANY = WRITES + READS
SUBJECTLESS = frozenset({Call.WORKING, Call.EXECUTIONS, Call.ACCOUNT})
"""Calls about the whole account: a fault's symbol and client order id choose what it hits, not whether it strikes."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a kind imitates, the calls it can wait for (the usual one first), and how long it lasts unless told."""

    imitates: str
    calls: tuple[Call, ...]
    seconds: float | None = None
    """None: `seconds` says nothing here."""


MEANINGS: Mapping[FaultKind, Meaning] = MappingProxyType(
    {
        FaultKind.REPLY_LOST: Meaning("The request is done, its reply never comes: a read timeout.", WRITES),
        FaultKind.RESET_BEFORE: Meaning("The connection is reset before the request is read: not done.", WRITES),
        FaultKind.RESET_AFTER: Meaning("The connection is reset after the request was done.", WRITES),
        FaultKind.SERVER_ERROR: Meaning("The request is done, a gateway answers 502 or 504 for it.", WRITES),
        FaultKind.DELAYED: Meaning(
            "The request waits in a queue: the caller gives up at once, the request arrives `seconds` later.",
            WRITES,
            20,
        ),
        FaultKind.REFUSED_CANCEL: Meaning(
            "The broker refuses a cancel, whether the order lives or is long done.", (Call.CANCEL,)
        ),
        FaultKind.FILL_AFTER_CANCEL: Meaning(
            "The cancel is acknowledged, yet `fraction` of the rest had filled: that execution shows `seconds` later.",
            (Call.CANCEL,),
            30,
        ),
        FaultKind.NO_ANSWER: Meaning("A question is never answered: the caller gets an error.", READS),
        FaultKind.NOT_FOUND: Meaning(
            "A young order is denied: the search index is behind the order book.", (Call.ORDER,)
        ),
        FaultKind.DUPLICATED_EXECUTIONS: Meaning("Every execution is listed twice.", (Call.EXECUTIONS,)),
        FaultKind.SHUFFLED_EXECUTIONS: Meaning("Executions are listed in no order.", (Call.EXECUTIONS,)),
        FaultKind.LATE_EXECUTIONS: Meaning(
            "Executions reach the list `seconds` after they happened: those around the call, or of the order placed.",
            (Call.EXECUTIONS, Call.PLACE),
            60,
        ),
        FaultKind.PARTIAL_THEN_SILENCE: Meaning(
            "After an order's first partial fill nothing is heard of it for `seconds`: neither state nor executions.",
            (Call.PLACE,),
            300,
        ),
        FaultKind.EMPTY_ACCOUNT: Meaning(
            "Positions timed out and the client library says `none`, without an error.", (Call.ACCOUNT,)
        ),
        FaultKind.STALE_ACCOUNT: Meaning("Cash and positions as they were `seconds` ago.", (Call.ACCOUNT,), 600),
        FaultKind.BUST: Meaning("The venue breaks the newest trade: it never happened.", ANY),
        FaultKind.CORRECTION: Meaning(
            "The venue corrects the newest trade: `fraction` of its shares stand, at a price off by `price_bps`.", ANY
        ),
        FaultKind.LIQUIDATION: Meaning(
            "The broker closes `fraction` of a position by itself, as on a margin call.", ANY
        ),
        FaultKind.HALT: Meaning("A symbol is halted for `seconds`: no quotes, no fills; orders wait.", ANY, 300),
        FaultKind.AUCTION_EXPIRES: Meaning(
            "The auction passes an order by, as most orders at the open on a paper account.", (Call.PLACE,)
        ),
        FaultKind.DISCONNECT: Meaning("The connection is down for `seconds`: every call fails.", ANY, 120),
        FaultKind.CLOCK_SKEW: Meaning("The broker's clock is off by `skew_seconds` for `seconds`.", ANY, 3600),
    }
)


class Fault(Section):
    """One planned lie: from the n-th matching call on (or by chance on each) it strikes as soon as it can lie."""

    kind: FaultKind = Field(description="What goes wrong.")
    call: Call | None = Field(default=None, description="The call that sets it off; empty: the kind's usual one.")
    symbol: str = Field(default="", description="Only for this symbol.")
    client_order_id: str = Field(default="", description="Only for client order ids that contain this.")
    nth: int | None = Field(
        default=None, ge=1, description="From this matching call on; 1 unless a probability is given."
    )
    probability: float | None = Field(default=None, gt=0, le=1, description="Chance on each matching call instead.")
    times: int | None = Field(
        default=1, ge=1, description="How often at most over all runs on the account; null: every time."
    )
    seconds: float | None = Field(default=None, gt=0, le=86_400, description="How late or how long, exchange's clock.")
    fraction: Decimal = Field(default=Decimal("0.5"), gt=0, le=1, description="Part of the shares concerned.")
    price_bps: Decimal = Field(default=Decimal(10), gt=-10_000, lt=10_000, description="Of a correction's price.")
    skew_seconds: float = Field(default=-30, ge=-3600, le=3600, description="How far a skewed clock is ahead.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        meaning = MEANINGS[self.kind]
        if self.call is not None and self.call not in meaning.calls:
            raise ValueError(f"{self.kind} cannot wait for `{self.call}`; give one of {', '.join(meaning.calls)}")
        if self.nth is not None and self.probability is not None:
            raise ValueError("`nth` and `probability` are given, and a fault has one of them; leave one out")
        if self.seconds is not None and meaning.seconds is None:
            raise ValueError(f"{self.kind} takes no `seconds`; leave it out")
        if self.kind is FaultKind.DELAYED and self.lasting >= ARRIVES_WITHIN:
            raise ValueError(f"a request arrives within {ARRIVES_WITHIN.seconds} seconds; give fewer `seconds`")
        if self.trigger is Call.QUOTES and self.client_order_id:
            raise ValueError("a quote has no client order id; leave it out")
        return self

    @property
    def trigger(self) -> Call:
        """The call that sets it off: the one the book names, or else the first its kind allows."""
        return self.call or MEANINGS[self.kind].calls[0]

    @property
    def lasting(self) -> timedelta:
        """How late or how long; zero for kinds that take no time."""
        return timedelta(seconds=self.seconds or MEANINGS[self.kind].seconds or 0)

    def concerns(self, call: Call, symbols: Collection[str], key: str) -> bool:
        """Whether a call about these symbols and this client order id is one that the fault counts."""
        if call is not self.trigger:
            return False
        return call in SUBJECTLESS or ((not self.symbol or self.symbol in symbols) and self.client_order_id in key)

    def hits(self, symbol: str, key: str) -> bool:
        """Whether a trade or order of this symbol and client order id is one that the fault is after."""
        return (not self.symbol or self.symbol == symbol) and self.client_order_id in key
