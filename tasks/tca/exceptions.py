"""What went another way than straight through, from the session's rows in the order of the record; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from tasks.model.account import HaltState
from tasks.model.orders import OrderState
from tasks.model.plan import Plan
from tasks.model.recorded_row import RecordedRow
from tasks.tca.session_record import SessionException
from tasks.wording import counted

LONGEST_GAP = timedelta(minutes=1)
"""Between the end of a step and the beginning of the next: more is worth a line."""
RECONCILE = "reconcile"


def exceptions(rows: Sequence[RecordedRow], attempt: int, plan: Plan) -> tuple[SessionException, ...]:
    """Of a session whose rows these are, the first written first within each kind.

    What was written after the attempt's reconciliation counts only where it is a fill: whoever looks at the session
    later, or works another one, is no exception of this one.
    """
    last = closing_entry(rows, attempt)
    known = [row for row in rows if row.seq <= last]
    return (
        *_attempts(known),
        *_taken_up(known),
        *_gaps(known, attempt),
        *_halts(known),
        *_words(known),
        *_held_back(plan),
        *_short_of_cash(plan),
        *_waves(known),
        *_child_orders(known),
        *_tickets(known),
        *_fills(rows, last),
        *_write_offs(known),
    )


def closing_entry(rows: Sequence[RecordedRow], attempt: int) -> int:
    """Number of the entry with which the session's books were closed; 0 before that."""
    done = (
        row.seq for row in _of("steps", rows) if (row.values["step"], row.values["attempt"]) == (RECONCILE, attempt)
    )
    return next(done, 0)


def _of(table: str, rows: Iterable[RecordedRow]) -> list[RecordedRow]:
    return [row for row in rows if row.table == table]


def _at(values: Mapping[str, Any], name: str = "at") -> datetime:
    return datetime.fromisoformat(values[name])


# --- the runs ---------------------------------------------------------------------------------------------------------


def _attempts(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    for before, row in pairwise(_of("attempts", rows)):
        was, now = before.values, row.values
        changed = " by another text of the book file" if was["book_sha256"] != now["book_sha256"] else ""
        sentence = f"Attempt {now['attempt']} decided the session anew{changed}; attempt {was['attempt']} sent nothing."
        yield SessionException("attempt", str(now["attempt"]), _at(now, "began_at"), sentence, entry=row.seq)


def _taken_up(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    """Each run takes the book's lease once: a second one follows a run that was killed, stopped, or waited."""
    for row in _of("lease_log", rows)[1:]:
        words = row.values
        sentence = (
            f"The session was taken up again under token {words['token']}: the run before it had been killed or had "
            "ended before the report."
        )
        yield SessionException("taken up again", words["holder"], _at(words, "taken_at"), sentence, entry=row.seq)


def _gaps(rows: Sequence[RecordedRow], attempt: int) -> Iterator[SessionException]:
    steps = [row for row in _of("steps", rows) if row.values["attempt"] == attempt]
    for before, row in pairwise(steps):
        ended = _at(before.values, "finished_at")
        began = _at(row.values, "finished_at") - timedelta(seconds=row.values["seconds"])
        if began - ended > LONGEST_GAP:
            waited = counted(round((began - ended).total_seconds()), "second")
            sentence = f"Nothing was done for {waited} between {before.values['step']} and {row.values['step']}."
            yield SessionException("gap", row.values["step"], began, sentence, entry=row.seq)


# --- people and breakers ----------------------------------------------------------------------------------------------


def _halts(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    """What stood for a scope when the session was taken up, and every change after that."""
    takes = _of("lease_log", rows)
    begun = takes[0].seq if takes else 0
    standing: dict[str, RecordedRow] = {}
    later: list[RecordedRow] = []
    for row in _of("halts", rows):
        if row.seq < begun:
            standing[row.values["scope"]] = row
        else:
            later.append(row)
    stood = [row for row in standing.values() if row.values["state"] != HaltState.NORMAL]
    for row in (*stood, *later):
        words = row.values
        since = "already in force" if row.seq < begun else "said while the session was open"
        scope = "every book" if words["scope"] == "*" else words["scope"]
        sentence = f"{words['state']}, {since}: {words['why']}."
        yield SessionException("halt", scope, _at(words), sentence, words["who"], row.seq)


def _words(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    for row in _of("cancellations", rows):
        words = row.values
        sentence = f"Attempt {words['attempt']} was {words['said']}: {words['why']}."
        yield SessionException(words["said"], "session", _at(words), sentence, words["who"], row.seq)
    for row in _of("reruns", rows):
        words = row.values
        sentence = f"Done again from {words['from_step']} on: {words['because']}."
        yield SessionException("rerun", words["from_step"], _at(words), sentence, words["who"], row.seq)


def _write_offs(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    newest = {row.values["symbol"]: row for row in _of("write_offs", rows)}
    for symbol, row in newest.items():
        words = row.values
        if "price" in words:
            sentence = f"Written off at {words['price']} USD a share: {words['because']}."
            yield SessionException("write-off", symbol, _at(words), sentence, words["who"], row.seq)


# --- orders -----------------------------------------------------------------------------------------------------------


def _held_back(plan: Plan) -> Iterator[SessionException]:
    for line in plan.lines:
        if line.reason.startswith("locked"):
            yield SessionException("locked symbol", line.symbol, plan.decided_at, line.sentence)
        elif line.reason in ("refused_by_gate", "cut_by_gate"):
            yield SessionException(line.reason.replace("_", " "), line.symbol, plan.decided_at, line.sentence)


def _short_of_cash(plan: Plan) -> Iterator[SessionException]:
    for finding in plan.findings:
        if finding.check == "cash_short":
            yield SessionException("cut for cash", finding.subject, plan.decided_at, f"{finding.message.rstrip('.')}.")


def _waves(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    """What waves held back, by symbol: how often, and the first reason."""
    found: dict[str, list[tuple[RecordedRow, str]]] = {}
    for row in _of("waves", rows):
        for note in row.values["notes"].get("notes", ()):
            symbol, colon, why = str(note).partition(": ")
            found.setdefault(symbol if colon else "session", []).append((row, why if colon else symbol))
    for symbol, notes in sorted(found.items()):
        first, why = notes[0]
        sentence = f"Less than planned was sent in {counted(len(notes), 'wave')}, the first time: {why}."
        yield SessionException(
            "held back in a wave", symbol, _at(first.values, "decided_at"), sentence, entry=first.seq
        )


_UNUSUAL = {
    OrderState.REJECTED: "refused by the broker",
    OrderState.CANCELLED: "cancelled",
    OrderState.EXPIRED: "expired",
    OrderState.UNKNOWN: "of unknown fate for a while",
    OrderState.REPLACED: "replaced",
}


def _child_orders(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    """By symbol and what became of them, with the first reason that was given."""
    symbols = {row.key: row.values["symbol"] for row in _of("slices", rows)}
    found: dict[tuple[str, str], list[RecordedRow]] = {}
    for row in _of("order_events", rows):
        what = _UNUSUAL.get(OrderState(row.values["state"]))
        if what and row.values["key"] in symbols:
            found.setdefault((symbols[row.values["key"]], what), []).append(row)
    for row in _of("slices", rows):
        if row.values["generation"]:
            found.setdefault((row.values["symbol"], "sent again under a new id"), []).append(row)
    for (symbol, what), events in sorted(found.items()):
        reason = next((event.values["reason"] for event in events if event.values.get("reason")), "")
        many = len({event.values["key"] for event in events})
        sentence = f"{counted(many, 'child order')} {what}{f': {reason}' if reason else ''}."
        first = events[0].values
        yield SessionException(
            what, symbol, _at(first, "at" if "at" in first else "due_at"), sentence, "", events[0].seq
        )


def _tickets(rows: Sequence[RecordedRow]) -> Iterator[SessionException]:
    for row in _of("tickets", rows):
        yield SessionException(
            "fate unknown", row.key, _at(row.values, "opened_at"), row.values["sentence"], entry=row.seq
        )
    for row in _of("resolutions", rows):
        words = row.values
        sentence = f"A person said that it is {words['said']}: {words['because']}."
        yield SessionException("fate resolved", words["key"], _at(words), sentence, words["who"], row.seq)


def _fills(rows: Sequence[RecordedRow], last: int) -> Iterator[SessionException]:
    for row in _of("fills", rows):
        words = row.values
        what = f"execution {words['execution_id']}: {words['shares']} shares at {words['price']} USD"
        if words.get("supersedes"):
            sentence = f"{what}, corrects {words['supersedes']}, which no longer counts."
            yield SessionException("corrected fill", words["symbol"], _at(words), sentence, entry=row.seq)
        elif last and row.seq > last:
            sentence = f"{what}, on record only after the reconciliation."
            yield SessionException("late booking", words["symbol"], _at(words), sentence, entry=row.seq)
