"""Splits that the book's data has and its ledger lacks: booked when the broker has them, else they stop the symbol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tasks.model.executions import standing_executions
from tasks.model.ledger_ids import action_name, entry_id
from tasks.model.ledger_records import LedgerRow
from tasks.model.orders import Execution
from tasks.model.plan import Finding, Severity

ZERO, ONE = Decimal(0), Decimal(1)
NEAR = timedelta(days=10)
"""A split on a statement may be dated some days from its ex-date."""
RATIOS = [Decimal(n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 50)]
"""New shares per old of usual splits; a reverse split has the inverse."""
SMALL_RATIOS = (Decimal("1.5"), Decimal(4) / 3, Decimal("1.25"))
"""Three for two, four for three, five for four: prices move that much without a split, so it takes more to see one."""
LEAST_ADDED = 5
"""Shares that a small split adds at least before a difference of shares looks like one."""
VALUATIONS = 3
"""So many of the last ones are looked at: the one of the day itself may have the new price already."""
CLOSE = Decimal("0.03")
"""How far a price may move on the day of a split and still show it, as a fraction."""


@dataclass(frozen=True, slots=True)
class Split:
    """A split that the book's data knows of."""

    ex_date: date
    symbol: str
    ratio: Decimal
    """New shares per old one."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What to book, what to hold still and why, and how many shares a held one stands for while it does."""

    rows: Sequence[LedgerRow] = ()
    locked: Mapping[str, str] = field(default_factory=dict[str, str])
    factors: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    findings: Sequence[Finding] = ()


def missed_splits(
    splits: Sequence[Split],
    entries: Sequence[LedgerRow],
    fills: Sequence[Execution],
    ours: Mapping[str, Decimal],
    theirs: Mapping[str, Decimal],
    where: str,
) -> Missed:
    """Of a book's splits since it was opened; `where` names the file that lists them. Pure.

    Booked when the broker has the new shares, to the fraction that it pays out. Otherwise the symbol is not traded,
    and is valued as if it were split: its price is of new shares already.
    """
    rows, locked, factors = list[LedgerRow](), dict[str, str](), dict[str, Decimal]()
    opened = max((e.at.date() for e in entries if e.kind == "opening"), default=date.max)
    for split in splits:
        before = _held_before(split, entries, fills)
        if split.ex_date <= opened or not before or _is_booked(split, before, entries):
            continue
        added, held = before * (split.ratio - ONE), ours.get(split.symbol, ZERO)
        apart = theirs.get(split.symbol, ZERO) - held
        if apart and abs(apart - added) < ONE:
            rows.append(_row(split, apart, entries[0]))
        elif held:
            locked[split.symbol] = _sentence(split, held, held + added, where)
            factors[split.symbol] = (held + added) / held
    findings = [Finding(Severity.WARN, "missed_split", s, why, s) for s, why in locked.items()]
    return Missed(rows, locked, factors, findings)


def looks_like_a_split(
    symbol: str,
    ours: Decimal,
    theirs: Decimal,
    before: Sequence[Decimal],
    now: Decimal | None,
    where: str,
    *,
    quiet: bool = False,
) -> Finding | None:
    """A holding whose shares at the broker, or whose price, changed by a usual ratio that no action tells of.

    `before` are the prices of the last valuations, `now` the one to decide on, USD per share. A small ratio is seen in
    the shares to the fraction that a broker pays out, and in a price only where its volume is known and `quiet`.
    """
    if not ours or not theirs:
        return None
    if theirs != ours:
        ratio = _ratio(theirs / ours) or _small_ratio_of_shares(ours, theirs)
        what = f"the broker has {theirs} shares where our ledger has {ours}"
    else:
        seen = [(price, found) for price in before if now and (found := _ratio_of_prices(price / now, quiet=quiet))]
        was, ratio = seen[0] if seen else (ZERO, None)
        what = f"its price went from {was} to {now} with {ours} shares held"
    if ratio is None:
        return None
    message = (
        f"{symbol}: {what}: this looks like a split of {ratio:f} new shares for an old one, and no action is on file. "
        f"It is not traded. If it is one, add its line to {where}: ex_date, {symbol}, split, {ratio:f}; if it is none, "
        f"it goes on by itself {VALUATIONS} sessions later"
    )
    return Finding(Severity.WARN, "looks_like_split", symbol, message, symbol)


def _ratio_of_prices(found: Decimal, *, quiet: bool) -> Decimal | None:
    small = next((r for r in _both_ways(SMALL_RATIOS) if abs(found / r - ONE) <= CLOSE), None) if quiet else None
    return _ratio(found) or (small and _to_six_places(small))


def _small_ratio_of_shares(ours: Decimal, theirs: Decimal) -> Decimal | None:
    """A broker's count is exact: it is the ratio's own, less the fraction of a share that is paid out."""
    if abs(theirs - ours) < LEAST_ADDED:
        return None
    fits = (r for r in _both_ways(SMALL_RATIOS) if abs(theirs - ours * r) < ONE)
    return next((_to_six_places(ratio) for ratio in fits), None)


def _both_ways(ratios: Sequence[Decimal]) -> list[Decimal]:
    return [one for ratio in ratios for one in (ratio, ONE / ratio)]


def _to_six_places(ratio: Decimal) -> Decimal:
    """As a person may write it into the file: to six places."""
    return ratio.quantize(Decimal("0.000001")).normalize()


def _ratio(found: Decimal) -> Decimal | None:
    """The usual ratio that this is within three percent of; small ones are asked for apart."""
    for ratio in RATIOS:
        for one in (ratio, ONE / ratio):
            if found > 0 and abs(found / one - ONE) <= CLOSE and not Decimal("0.6") < found < Decimal("1.6"):
                return ratio if one == ratio else one.quantize(Decimal("0.000001"))
    return None


def _held_before(split: Split, entries: Sequence[LedgerRow], fills: Sequence[Execution]) -> Decimal:
    """Signed shares at the close before the ex-date, by our ledger."""
    booked = [e.shares or ZERO for e in entries if e.symbol == split.symbol and e.at.date() < split.ex_date]
    own = [f for f in standing_executions(fills) if f.symbol == split.symbol and f.at.date() < split.ex_date]
    return sum(booked, ZERO) + sum((f.side.sign * f.shares for f in own), ZERO)


def _is_booked(split: Split, before: Decimal, entries: Sequence[LedgerRow]) -> bool:
    """By the statement, by this rule, or by a person who explained the shares."""
    own = [e for e in entries if e.symbol == split.symbol and e.at.date() > split.ex_date - NEAR]
    added = before * (split.ratio - ONE)
    near = any(e.kind == "split" and e.at.date() < split.ex_date + NEAR for e in own)
    return near or any(e.kind in ("split", "balance") and abs((e.shares or ZERO) - added) < ONE for e in own)


def _row(split: Split, shares: Decimal, like: LedgerRow) -> LedgerRow:
    at = datetime.combine(split.ex_date, time(), UTC)
    name = entry_id(like.book, action_name(split.symbol, split.ex_date))
    because = f"{split.symbol} split {split.ratio:f} for 1 of {split.ex_date}, as the broker's position shows"
    return LedgerRow(name, like.book, like.account, "split", at, split.symbol, shares, None, None, because)


def _sentence(split: Split, held: Decimal, then: Decimal, where: str) -> str:
    return (
        f"{split.symbol}: {where} has a split of {split.ratio:f} new shares for an old one with ex-date "
        f"{split.ex_date}, which neither our ledger nor the broker has: {held:f} shares should be {then:f}. It is not "
        f"traded, and valued as if it were split. It is booked once the broker shows {then:f} shares; if it is no "
        f"split, take the line {split.ex_date}, {split.symbol}, split, {split.ratio:f} out of {where}"
    )
