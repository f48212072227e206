"""Which executions of an order count, corrections and busts followed, and what they come to.

A function of their set, in whatever order they came.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks.model.fill_totals import FillTotals, added_up
from tasks.model.order_records import Slice
from tasks.model.orders import Execution, Side


@dataclass(frozen=True, slots=True)
class Count:
    """What the executions of one order come to."""

    counted: tuple[Execution, ...]
    """Oldest first; busts among them, with no shares."""
    foreign: tuple[Execution, ...]
    """Standing, but not of this order: another symbol, the other side, or shares below zero."""
    last_trade_at: datetime | None
    """When the newest counted shares changed hands; a correction keeps the time of the trade that it corrects."""
    surprises: tuple[str, ...]

    @property
    def totals(self) -> FillTotals:
        """Fees of busts count, those of what was superseded do not."""
        return added_up(self.counted)


def count(executions: Iterable[Execution], symbol: str | None = None, side: Side | None = None) -> Count:
    """Count each execution id once, without what another one supersedes, by the rule of the ledger.

    What stands under another symbol or side than the order's is set aside, and said.
    """
    told = set(executions)
    known = {e.execution_id: e for e in sorted(told, key=_version)}
    gone = superseded((e.execution_id, e.supersedes, e.at) for e in known.values())
    standing = sorted((e for e in known.values() if e.execution_id not in gone), key=_order)
    foreign = [e for e in standing if _is_foreign(e, symbol, side)]
    counted = [e for e in standing if not _is_foreign(e, symbol, side)]
    return Count(
        counted=tuple(counted),
        foreign=tuple(foreign),
        last_trade_at=max((_traded_at(e, known) for e in counted if e.shares), default=None),
        surprises=(*_contradictions(told, known), *_bad_corrections(known), *map(_not_ours, foreign)),
    )


def _order(execution: Execution) -> tuple[object, ...]:
    """Total, so that sums depend on nothing but the set."""
    e = execution
    return e.at, e.execution_id, e.shares, e.supersedes, e.price, e.fee, e.symbol, e.side, e.key, e.account, e.venue


def _version(execution: Execution) -> tuple[object, ...]:
    """Of two versions of one id the one with more shares counts: what is believed filled is not sent again."""
    return execution.shares, *_order(execution)


def _is_foreign(execution: Execution, symbol: str | None, side: Side | None) -> bool:
    if not execution.shares:
        return False  # a bust moves nothing, whatever it is labelled
    other = symbol not in (None, execution.symbol) or side not in (None, execution.side)
    return other or execution.shares < 0


def _traded_at(execution: Execution, known: Mapping[str, Execution]) -> datetime:
    return min(e.at for e in _chain(execution, known))


def _chain(execution: Execution, known: Mapping[str, Execution]) -> list[Execution]:
    """An execution, what it corrects, and so on back, as far as it has been told; a circle is walked once."""
    chain = [execution]
    while (before := known.get(chain[-1].supersedes)) is not None and before not in chain:
        chain.append(before)
    return chain


def _contradictions(told: Iterable[Execution], known: Mapping[str, Execution]) -> list[str]:
    twice = sorted({e.execution_id for e in told if known[e.execution_id] != e})
    return [f"execution {i} was told with different figures: look which are right" for i in twice]


def _bad_corrections(known: Mapping[str, Execution]) -> list[str]:
    corrected = Counter(e.supersedes for e in known.values() if e.supersedes)
    missing = sorted(set(corrected) - set(known))
    forked = sorted(i for i, times in corrected.items() if times > 1)
    circular = sorted(i for i, e in known.items() if _chain(e, known)[-1].supersedes in known)
    return [
        *(f"execution {i} is corrected but was not told: if it corrects another, that one is counted" for i in missing),
        *(f"execution {i} was corrected twice, and one of the corrections counts: look which is right" for i in forked),
        *(f"execution {i} is corrected in a circle, and one of it counts: look which is right" for i in circular),
    ]


def _not_ours(execution: Execution) -> str:
    e = execution
    what = f"{e.side} {e.shares.normalize():f} {e.symbol}"
    return f"execution {e.execution_id} ({what}) cannot be of this order, and is not counted: look what it is"


BOOKED = "~"
"""Stands in the id of a correction that a person booked, between the broker's own id and a digest."""


def booked_id(execution_id: str, digest: str) -> str:
    """Of the correction that a person books; the digest is of what it says."""
    return f"{broker_id(execution_id)}{BOOKED}{digest}"


def broker_id(execution_id: str) -> str:
    """The broker's id of an execution, also where a person booked a correction of it."""
    return execution_id.partition(BOOKED)[0]


Report = tuple[str, str, datetime]
"""(id, id that it corrects or nothing, when)."""


def totals_of(executions: Iterable[Execution]) -> FillTotals:
    """Of what counts among them."""
    return added_up(standing_executions(executions))


def totals_by_key(executions: Iterable[Execution]) -> dict[str, FillTotals]:
    """By client order id: of every slice that has an execution that counts."""
    return _totals_by(executions, lambda fill: fill.key)


def totals_by_symbol(executions: Iterable[Execution]) -> dict[str, FillTotals]:
    """Buys and sells together."""
    return _totals_by(executions, lambda fill: fill.symbol)


def totals_by_order(executions: Iterable[Execution], slices: Sequence[Slice]) -> dict[str, FillTotals]:
    """By order id; executions of none of these slices are left out."""
    return {order_id: added_up(fills) for order_id, fills in standing_by_order(executions, slices).items()}


def standing_by_order(executions: Iterable[Execution], slices: Sequence[Slice]) -> dict[str, list[Execution]]:
    """What counts of every order that has any, in the given order; executions of none of these slices are left out."""
    order_of = {piece.request.key: piece.order_id for piece in slices}
    return _grouped((e for e in standing_executions(executions) if e.key in order_of), lambda fill: order_of[fill.key])


def _totals_by(executions: Iterable[Execution], name: Callable[[Execution], str]) -> dict[str, FillTotals]:
    return {one: added_up(fills) for one, fills in _grouped(standing_executions(executions), name).items()}


def _grouped(fills: Iterable[Execution], name: Callable[[Execution], str]) -> dict[str, list[Execution]]:
    groups: dict[str, list[Execution]] = {}
    for fill in fills:
        groups.setdefault(name(fill), []).append(fill)
    return groups


def standing_executions(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """What counts, in the given order: no execution that was corrected, no bust (unless it cost a fee), none twice."""
    return tuple(e for e in last_words(executions) if e.shares or e.fee)


def last_words(executions: Iterable[Execution]) -> tuple[Execution, ...]:
    """The last report of every execution, busts included."""
    known = {e.execution_id: e for e in executions}
    gone = superseded((e.execution_id, e.supersedes, e.at) for e in known.values())
    return tuple(e for e in known.values() if e.execution_id not in gone)


def superseded(reports: Iterable[Report]) -> frozenset[str]:
    """Ids that no longer count."""
    return frozenset(replaced_by(reports))


def replaced_by(reports: Iterable[Report]) -> dict[str, str]:
    """Ids that no longer count, each with the one that counts instead.

    All corrections of one original, and corrections of those, are one family, whether the original has arrived or not.
    Of a family only one report stands: the end of its chain, and where several end it, the broker's word before a
    person's, then the newest.
    """
    known = {name: (before, at) for name, before, at in reports}
    if not any(before for before, _ in known.values()):
        return {}
    families: dict[str, list[str]] = {}
    for name in known:
        families.setdefault(_root(name, known), []).append(name)
    last = {root: _the_last(members, known) for root, members in families.items()}
    return {name: last[root] for root, members in families.items() for name in members if name != last[root]}


def _root(name: str, known: dict[str, tuple[str, datetime]]) -> str:
    seen = {name}
    while name in known and (before := known[name][0]):
        if before in seen:  # they correct each other: one family all the same
            return min(seen)
        seen.add(before)
        name = before
    return name


def _the_last(members: list[str], known: dict[str, tuple[str, datetime]]) -> str:
    corrected = {known[name][0] for name in members}
    ends = [name for name in members if name not in corrected] or members
    last = max(ends, key=lambda name: (BOOKED not in name, known[name][1], name))
    return last
