"""Which orders of an approved plan go: those that a person has to name one by one, and those struck out. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tasks.approval.verdict import past_threshold
from tasks.book.approval import ApprovalSettings
from tasks.model.cycle import Cycle
from tasks.model.plan import Plan, PlanLine, plain
from tasks.model.plan_records import ACCEPTED, APPROVED, STRUCK, Approval
from tasks.wording import dollars, person

ALL, NONE, REST = "all", "none", "rest"
"""What a person writes in place of symbols."""


def single_orders(cycle: Cycle, plan: Plan, settings: ApprovalSettings) -> dict[str, str]:
    """Symbols whose order goes only when a person names it, each with why: all of `manual`, the large of `semi_auto`.

    A liquidation is approved as a whole: whoever wants out has named it.
    """
    if wants_each(cycle):
        return dict.fromkeys((line.symbol for line in plan.trades), "the mode is manual")
    return past_threshold(plan, settings) if needs_names(cycle) else {}


def wants_each(cycle: Cycle) -> bool:
    """Whether a yes has to say of every order whether it goes."""
    return cycle.kind == "rebalance" and cycle.mode == "manual"


def needs_names(cycle: Cycle) -> bool:
    """Whether there may be orders that go only when a person names them."""
    return cycle.kind == "rebalance" and cycle.mode in ("manual", "semi_auto")


def unsent_orders(
    plan: Plan, answers: Sequence[Approval], singles: Mapping[str, str], settings: ApprovalSettings, now: datetime
) -> dict[str, str]:
    """Symbols of an approved plan whose order does not go, each with a sentence: by whose word, when and why.

    `answers` are those to this plan, oldest first. A strike stands for good, whoever else accepts the order. Where the
    book asks for two people, both must name an order that has to be named.
    """
    yes = [said for said in answers if said.decision == APPROVED]
    struck = {symbol: said for said in reversed(yes) for symbol in said.struck}
    left: dict[str, str] = {}
    for line in plan.trades:
        if said := struck.get(line.symbol):
            left[line.symbol] = f"{_order(line)} is refused by {said.who} on {_at(said)}: {said.note}"
        elif line.symbol in singles and (missing := _missing(line.symbol, yes, settings, now)):
            left[line.symbol] = f"{_order(line)} is not sent: {singles[line.symbol]}, and {missing}"
    return left


def _missing(symbol: str, yes: Sequence[Approval], settings: ApprovalSettings, now: datetime) -> str:
    """Who has not named it; empty when enough people have, whose word still holds."""
    named = {person(said.who): said.who for said in yes if symbol in said.accepted and now <= said.expires_at}
    if not named:
        return "nobody named it; silence means no"
    return f"only {next(iter(named.values()))} named it; two must" if settings.four_eyes and len(named) < 2 else ""


def _order(line: PlanLine) -> str:
    return f"{line.symbol}: {line.side} {plain(line.shares)}"


def _at(said: Approval) -> str:
    return f"{said.decided_at:%Y-%m-%d %H:%M} UTC"


def order_lines(plan: Plan, singles: Mapping[str, str]) -> str:
    """The orders in question, for a person who is to name them."""
    return ", ".join(
        f"{line.side} {plain(line.shares)} {line.symbol} ({dollars(line.notional_usd, 0)})"
        for line in plan.trades
        if line.symbol in singles
    )


@dataclass(frozen=True, slots=True)
class OrderWords:
    """What a person wrote of single orders, understood."""

    orders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Symbol to ACCEPTED or STRUCK."""
    problem: str = ""
    """Why it is no answer, and what would be one; empty for an answer."""


def understood(
    single: str, strike: str, note: str, *, symbols: Sequence[str], singles: Collection[str], is_manual: bool
) -> OrderWords:
    """Of a yes: `single` names what goes, `strike` what does not; `symbols` are the plan's, `singles` must be named.

    With commas or spaces between; `all`, `none` and, to strike what is not named, `rest`. Nothing that contradicts
    itself, names no order of the plan, or strikes one without a reason is an answer; where the mode is manual, neither
    is one that leaves an order out.
    """
    accepted, strangers = _named(single, singles if singles else symbols, symbols)
    struck, more = _named(strike, symbols, symbols)
    if _is(strike, REST):
        struck = set(symbols) - accepted
    elif _is(single, ALL):
        accepted -= struck
    elif _is(strike, ALL) and accepted:
        struck -= accepted
    problem = (
        _unknown([*strangers, *more], symbols)
        or _both(accepted & struck)
        or ("say why orders are struck out" if struck and not note.strip() else "")
        or (_left_out([s for s in symbols if s not in accepted | struck]) if is_manual else "")
    )
    said = dict.fromkeys(sorted(accepted), ACCEPTED) | dict.fromkeys(sorted(struck), STRUCK)
    return OrderWords({} if problem else said, problem)


def _is(words: str, word: str) -> bool:
    return words.strip().lower() == word


def _named(words: str, all_of: Collection[str], symbols: Sequence[str]) -> tuple[set[str], list[str]]:
    """The symbols that are meant, as the plan spells them; and those that it does not have."""
    if _is(words, ALL):
        return set(all_of), []
    if _is(words, NONE) or _is(words, REST):
        return set(), []
    known = {symbol.upper(): symbol for symbol in symbols}
    written = [word for word in re.split(r"[\s,;]+", words) if word]
    return {known[word.upper()] for word in written if word.upper() in known}, [
        word for word in written if word.upper() not in known
    ]


def _unknown(strangers: Sequence[str], symbols: Sequence[str]) -> str:
    return f"{', '.join(strangers)}: no order of this plan; its orders are {', '.join(symbols)}" if strangers else ""


def _both(symbols: Collection[str]) -> str:
    return f"{', '.join(sorted(symbols))}: accepted and struck out; say one of the two" if symbols else ""


def _left_out(symbols: Sequence[str]) -> str:
    if not symbols:
        return ""
    return f"{', '.join(symbols)}: neither accepted nor struck out, and silence means no; name every order"
