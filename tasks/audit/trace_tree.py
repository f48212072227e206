"""Turns a session on record into the tree that begins with whatever was asked for."""

from dataclasses import dataclass
from datetime import datetime

from tasks.audit.trace_record import Decided, Report, Row, Session
from tasks.audit.tree import Node
from tasks.journal.write_offs import WriteOff
from tasks.model.executions import replaced_by, totals_by_order
from tasks.model.fill_totals import NOTHING_FILLED
from tasks.model.ledger_records import BreakRow
from tasks.model.order_records import OrderEvent, ParentOrder, Slice
from tasks.model.orders import Execution
from tasks.model.plan import Finding


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the session belongs to what was asked for; None is everything."""

    plan_hash: str | None = None
    order_id: str | None = None
    key: str | None = None
    execution_id: str | None = None
    symbol: str | None = None


def scope_of(session: Session, kind: str, name: str) -> Scope:
    """From an order, slice or execution the symbol is what the plan, the targets and the findings are about."""
    order_of = {piece.request.key: piece.order_id for piece in session.slices}
    orders = {order.order_id: order for order in session.orders}
    if kind == "plan":
        return Scope(plan_hash=name)
    if kind == "break":
        return Scope(symbol=next(row.symbol for row in session.breaks if row.break_id == name))
    if kind == "order":
        return Scope(orders[name].plan_hash, name, symbol=orders[name].symbol)
    if kind == "slice":
        order = orders[order_of[name]]
        return Scope(order.plan_hash, order.order_id, name, symbol=order.symbol)
    if kind == "execution":
        fill = next(fill for fill in session.fills if fill.execution_id == name)
        found = orders.get(order_of.get(fill.key, ""))
        return Scope(found and found.plan_hash, found.order_id if found else "", fill.key, name, fill.symbol)
    return Scope()


def tree_of(session: Session, kind: str, name: str) -> Node:
    """The tree under a report, session, order, slice, execution, plan or break of this session."""
    scope = scope_of(session, kind, name)
    orders = [o for o in session.orders if _is(scope.order_id, o.order_id) and _is(scope.symbol, o.symbol)]
    orders = [order for order in orders if _is(scope.plan_hash, order.plan_hash)]
    hashes = {order.plan_hash for order in orders} if scope.plan_hash is None and orders else {scope.plan_hash}
    decided = [d for d in session.decided if d.plan["plan_hash"] in hashes] or list(session.decided[:1])
    breaks = [row for row in session.breaks if _is(scope.symbol, row.symbol)]
    below = (
        *(_report(report) for report in session.reports if kind != "report" or report.row.sha256 == name),
        *(_break(row) for row in breaks if kind != "break" or row.break_id == name),
        *(_write_off(word) for word in session.write_offs if _is(scope.symbol, word.symbol)),
        *(_order(session, order, scope) for order in orders),
        *(_decided(decision, scope.symbol) for decision in decided),
    )
    cycle = session.cycle
    words = f"{cycle.kind} of {cycle.book} on {cycle.session}, {cycle.status}, account {cycle.account}, {cycle.mode}"
    facts = {"book": cycle.book, "session": cycle.session.isoformat(), "status": cycle.status, "asked_for": name}
    return Node("session", cycle.cycle_id, words, facts, below)


def _is(wanted: str | None, found: str | None) -> bool:
    return wanted is None or wanted == found


# --- what was done ----------------------------------------------------------------------------------------------------


def _report(report: Report) -> Node:
    row = report.row
    words = f"{row.path}, written {_when(row.created_at)}; {report.file}"
    return Node("report", row.sha256, words, {"path": row.path, "file": report.file, **row.summary})


def _break(row: BreakRow) -> Node:
    said = ()
    if row.explained_by is not None:
        said = (Node("explanation", "", f"{row.explained_by}: {row.because}", {"who": row.explained_by}),)
    facts = {"symbol": row.symbol, "ours": row.ours, "theirs": row.theirs, "cause": row.cause}
    return Node("break", row.break_id, f"{row.sentence} ({row.cause})", facts, said)


def _write_off(word: WriteOff) -> Node:
    what = "taken back" if word.price is None else f"written off at {word.price:f} USD a share"
    words = f"{word.symbol} {what} by {word.who} on {_when(word.at)}: {word.because}"
    facts = {"symbol": word.symbol, "said": word.said, "who": word.who, "at": word.at.isoformat()}
    return Node("write_off", word.symbol, words, facts)


def _order(session: Session, order: ParentOrder, scope: Scope) -> Node:
    own = [piece for piece in session.slices if piece.order_id == order.order_id]
    filled = totals_by_order(session.fills, own).get(order.order_id, NOTHING_FILLED).shares
    words = (
        f"{order.side.value} {order.shares} {order.symbol}, {order.algorithm.value}, {order.reason}, decided at "
        f"{order.decision_price} on {_when(order.decided_at)}; {filled} filled"
    )
    facts = {
        "symbol": order.symbol,
        "side": order.side.value,
        "shares": str(order.shares),
        "filled_shares": str(filled),
        "decision_price": str(order.decision_price),
        "plan_hash": order.plan_hash,
    }
    pieces = (_slice(session, piece, scope) for piece in own if _is(scope.key, piece.request.key))
    return Node("order", order.order_id, words, facts, tuple(pieces))


def _slice(session: Session, piece: Slice, scope: Scope) -> Node:
    request = piece.request
    price = "at the market" if request.limit_price is None else f"limit {request.limit_price}"
    words = (
        f"wave {piece.wave}: {request.shares} {request.symbol} {price}, {request.time_in_force.value}, due "
        f"{_when(piece.due_at)}; {piece.state.value}"
    )
    corrected = replaced_by((fill.execution_id, fill.supersedes, fill.at) for fill in session.fills)
    facts = {"shares": str(request.shares), "state": piece.state.value, "broker_order_id": piece.broker_order_id}
    below = (
        *(_event(event) for event in session.events if event.key == request.key),
        *(
            _fill(fill, corrected.get(fill.execution_id))
            for fill in session.fills
            if fill.key == request.key and _is(scope.execution_id, fill.execution_id)
        ),
    )
    return Node("slice", request.key, words, facts, below)


def _event(event: OrderEvent) -> Node:
    why = f": {event.reason}" if event.reason else ""
    facts = {"state": event.state.value, "at": event.at.isoformat(), "broker_order_id": event.broker_order_id}
    return Node("event", "", f"{_when(event.at)} {event.state.value}{why}", facts)


def _fill(fill: Execution, corrected_by: str | None) -> Node:
    words = f"{fill.shares} at {fill.price}, fee {fill.fee}, {_when(fill.at)} {fill.venue}".rstrip()
    words += f", corrects {fill.supersedes}" if fill.supersedes else ""
    words += f"; does not count: corrected by {corrected_by}" if corrected_by else ""
    facts = {"shares": str(fill.shares), "price": str(fill.price), "fee": str(fill.fee), "at": fill.at.isoformat()}
    return Node("execution", fill.execution_id, words, {**facts, "corrected_by": corrected_by})


# --- what it rests on -------------------------------------------------------------------------------------------------


def _decided(decision: Decided, symbol: str | None) -> Node:
    plan = decision.plan
    lines = [line for line in plan["body"].get("lines", ()) if _is(symbol, line["symbol"])]
    below = (
        *(_line(line) for line in lines),
        *(_answer(answer) for answer in decision.answers),
        *(_target(name, *weights) for name, weights in decision.targets.items() if _is(symbol, name)),
        *(_finding(found) for found in decision.findings if found.symbol is None or _is(symbol, found.symbol)),
        *((_prices(decision),) if decision.prices else ()),
    )
    words = f"plan {plan['revision']} of {_when(plan['created_at'])}"
    return Node("plan", plan["plan_hash"], words, {"revision": plan["revision"]}, below)


def _line(line: Row) -> Node:
    facts = {name: line[name] for name in ("side", "shares", "reason", "decision_price")}
    return Node("line", line["symbol"], line["sentence"], facts)


def _answer(answer: Row) -> Node:
    words = (
        f"{answer['decision']} by {answer['who']} on {_when(answer['decided_at'])}, until "
        f"{_when(answer['expires_at'])}, within {answer['price_band_pct']:g} %"
    )
    words += f": {answer['note']}" if answer["note"] else ""
    return Node("answer", "", words, {"decision": answer["decision"], "who": answer["who"], "note": answer["note"]})


def _target(symbol: str, current: float, target: float) -> Node:
    words = f"{100 * current:.2f} % held, {100 * target:.2f} % wanted"
    return Node("target", symbol, words, {"current_weight": current, "target_weight": target})


def _finding(found: Finding) -> Node:
    words = f"{found.severity.value} {found.check}: {found.subject}: {found.message}"
    return Node("finding", "", words, {"severity": found.severity.value, "check": found.check, "symbol": found.symbol})


def _prices(decision: Decided) -> Node:
    prices = decision.prices
    assert prices is not None, "asked by the caller"
    return Node("snapshot", prices.sha256, f"{prices.sentence}; {prices.file}", {"file": prices.file})


def _when(at: datetime) -> str:
    return f"{at:%F %T} UTC"
