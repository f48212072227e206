"""Deliberate mistakes in the product, each with the laws it breaks: a harness that misses them is worth nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Mutation:
    name: str
    module: str
    changes: tuple[tuple[str, str], ...]
    """(text that stands once in the source, what stands there instead)."""
    laws: tuple[str, ...]
    """Any of these says that the harness understood what went wrong."""
    needs: Callable[[Any], bool] = lambda _facts: True
    """Which worlds can show it at all; the others are not lived."""
    shaped: Callable[[Any, int], Any] = lambda facts, _number: facts
    """The n-th of these worlds, made to fit."""


def _faulty(*kinds: str) -> Callable[[Any], bool]:
    return lambda facts: any(fault["kind"] in kinds for fault in facts.faults)


def _blind(facts: Any) -> bool:
    """A broker that does not know its keys, and a request that gets lost on the way."""
    return not facts.unique_keys and _lost_on_the_way(facts)


def _lost_on_the_way(facts: Any) -> bool:
    lost = ("delayed", "reset_before", "reset_after", "reply_lost", "server_error")
    return any(fault["kind"] in lost and fault["call"] == "place" for fault in facts.faults)


def _late(facts: Any) -> bool:
    return not facts.unique_keys and any(f["kind"] == "delayed" and f["call"] == "place" for f in facts.faults)


def _killed(facts: Any) -> bool:
    return any(life.dies_at for life in facts.lives)


def _paused_in_hand(facts: Any) -> bool:
    return any(life.pauses_beside for life in facts.lives)


def _lost_and_long_silent(facts: Any) -> bool:
    """Nobody says for longer than patience lasts what became of a request that was lost."""
    silent = any(f["kind"] == "no_answer" and f["call"] == "order" and f["times"] > 30 for f in facts.faults)
    return silent and _lost_on_the_way(facts)


def _killed_at_each_point_in_turn(facts: Any, number: int, away_min: int = 0) -> Any:
    """A life that dies at point `number`, in a world without other trouble."""
    from tests.simulation.facts import Life

    return replace(facts, faults=(), halt=None, lives=(Life(dies_at=10 + number, away_min=away_min),))


def _killed_and_missed(facts: Any, number: int) -> Any:
    """The same, and it is away for longer than any wave."""
    return _killed_at_each_point_in_turn(facts, number, away_min=400)


def _empty_at_times(facts: Any) -> bool:
    """A few empty answers, as a client library gives after timeouts; whoever hears more has to believe them."""
    return sum(f["times"] for f in facts.faults if f["kind"] == "empty_account") in range(3, 7)


def _halted(facts: Any) -> bool:
    return facts.halt is not None


def _reducing(facts: Any) -> bool:
    return facts.halt is not None and facts.halt.state == "reducing"


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "the fence is not checked in the transaction",
        "tasks.journal.leases",
        (('leases.c.token == bindparam("held")', 'leases.c.token >= bindparam("held")'),),
        ("older tokens are silent",),
        lambda facts: any(life.pauses_at for life in facts.lives),
    ),
    Mutation(
        "the lease is not looked at before a call",
        "tasks.journal.leases",
        (("if newest != lease.token:", "if newest is None:"),),
        ("one writer",),
        _paused_in_hand,
    ),
    Mutation(
        "an unknown order is sent again without asking",
        "tasks.orders.unknown_orders",
        (("order = _evidence(context, piece)\n", "order = None\n"),),
        ("asked before sent again",),
        _killed,
    ),
    Mutation(
        "what an earlier life sent is sent again",
        "tasks.orders.submit",
        (
            (
                "fresh = [intent for intent in intents if intent.state is OrderState.INTENDED]\n    if not fresh:",
                "fresh = [i for i in intents if i.state in ('intended', 'sent', 'unknown')]\n    if not fresh:",
            ),
        ),
        ("asked before sent again", "never sent twice"),
        _killed,
    ),
    Mutation(
        "a next generation keeps the key",
        "tasks.execution.wave",
        (("asked.side, piece.wave, generation\n", "asked.side, piece.wave, piece.generation\n"),),
        ("never sent twice", "written before sent"),
        _blind,
    ),
    Mutation(
        "a next generation needs no proof",
        "tasks.orders.unknown_orders",
        (
            (
                "return piece.state is OrderState.REJECTED and piece.cause is Cause.NEVER_ARRIVED",
                "return piece.state in (OrderState.REJECTED, OrderState.UNKNOWN)",
            ),
        ),
        ("generations need proof", "unknown locks its symbol"),
        _lost_on_the_way,
    ),
    Mutation(
        "absence is proof at once",
        "tasks.orders.unknown_orders",
        (
            ("and _is_quiet(context, piece)]", "]"),
            (
                "        context.broker.wait_until("
                "context.broker.now() + context.broker.capabilities.absence_proves_after)\n",
                "",
            ),
        ),
        ("generations need proof", "dead is dead"),
        _late,
    ),
    Mutation(
        "sent is not committed before the call",
        "tasks.orders.submit",
        (
            (
                "record_events(context, [OrderEvent(i.request.key, OrderState.SENT, now) for i in fresh], quotes)",
                "del now, quotes",
            ),
        ),
        ("written before sent",),
    ),
    Mutation(
        "an unknown order does not lock its symbol",
        "tasks.orders.collect",
        (("if piece.state in UNRESOLVED:", "if False:"),),
        ("unknown locks its symbol",),
        lambda facts: facts.waves > 1 and _lost_and_long_silent(facts),
    ),
    Mutation(
        "the halt is not read before a call",
        "tasks.brokers.guard",
        (
            (
                "state = self.permission.halt_state()",
                "self.permission.require_lease()\n        state = HaltState.NORMAL",
            ),
        ),
        ("nothing while halted", "only reducing"),
        _halted,
    ),
    Mutation(
        "reducing lets everything through",
        "tasks.brokers.guard",
        (("if state is HaltState.REDUCING and self._surely_reduces(request):", "if state is HaltState.REDUCING:"),),
        ("only reducing",),
        _reducing,
    ),
    Mutation(
        "an execution that is told twice counts twice",
        "tasks.journal.order_rows",
        (('return {"broker": broker,', 'return {"broker": f"{broker[:8]}{id(execution) % 10**9}",'),),
        ("every execution once",),
    ),
    Mutation(
        "corrections and busts are ignored",
        "tasks.model.executions",
        (
            (
                "    known = {name: (before, at) for name, before, at in reports}\n",
                "    known = {name: ('', at) for name, _, at in reports}\n",
            ),
        ),
        ("ledger agrees",),
        _faulty("bust", "correction"),
    ),
    Mutation(
        "the schedule catches up beyond the cap",
        "optimizer.slicing.pov_cap",
        (("return cap_to_participation(behind, expected_volume, cap, step)", "return behind"),),
        ("within the participation cap",),
    ),
    Mutation(
        "participation follows our own volume too",
        "optimizer.slicing.pov_cap",
        (
            (
                "others = max(Fraction(market_volume_seen) - Fraction(own_volume_seen), Fraction(0))",
                "others = Fraction(market_volume_seen) * 2",
            ),
        ),
        ("within the participation cap",),
        lambda facts: any(trade.algorithm == "pov" for trade in facts.trades),
    ),
    Mutation(
        "an intent goes out after its time",
        "tasks.execution.wave",
        (
            (
                "if wave.kind is not WaveKind.SETTLING and context.broker.now() < wave.until:\n        return send",
                "if True:\n        return send",
            ),
        ),
        ("in its own time",),
        lambda facts: all(t.algorithm == "immediate" for t in facts.trades[:1]),
        _killed_and_missed,
    ),
    Mutation(
        "fills are taken from the order's status",
        "tasks.execution.wave",
        (
            (
                "totals_by_order(context.journal.orders.fills(context.cycle_id), slices_of(context))",
                "totals_by_order([replace(f, shares=s.request.shares) for s in slices_of(context)"
                " if s.state is OrderState.FILLED for f in context.journal.orders.fills(context.cycle_id)"
                " if f.key == s.request.key][:1], slices_of(context))",
            ),
        ),
        ("not beyond the order", "within the participation cap"),
    ),
    Mutation(
        "an empty answer about positions is believed",
        "tasks.brokers.account_snapshot",
        (("AGREEING = 2\n", "AGREEING = 1\n"), ("AGREEING_EMPTY = 3\n", "AGREEING_EMPTY = 1\n")),
        ("breaks are real", "ledger agrees"),
        _empty_at_times,
    ),
    Mutation(
        "a refused cancel is read as dead",
        "tasks.orders.collect",
        (
            (
                "    except OrderRefusedError:\n        return context.broker.find_order(key)\n",
                "    except OrderRefusedError:\n        a = piece.request\n"
                "        return BrokerOrder(key, '', a.symbol, a.side, a.shares, ZERO, OrderState.CANCELLED)\n",
            ),
        ),
        ("not beyond the order", "dead is dead"),
        _faulty("refused_cancel"),
    ),
    Mutation(
        "a lost reply is read as a refusal",
        "tasks.orders.submit",
        (("return came_to(OrderState.UNKNOWN, lost,", "return came_to(OrderState.REJECTED, lost,"),),
        ("dead is dead", "not beyond the order"),
        _lost_on_the_way,
    ),
    Mutation(
        "what an earlier life sent is taken for unsent",
        "tasks.orders.unknown_orders",
        (
            (
                'OrderEvent(p.request.key, OrderState.UNKNOWN, now, "", why.format(p.token)',
                'OrderEvent(p.request.key, OrderState.CANCELLED, now, "", why.format(p.token)',
            ),
        ),
        ("not beyond the order", "dead is dead"),
        lambda facts: _killed(facts) and _lost_on_the_way(facts),
    ),
    Mutation(
        "sent without an answer is left alone",
        "tasks.model.order_states",
        (
            (
                "UNRESOLVED = frozenset({SENT, UNKNOWN})",
                "UNRESOLVED = frozenset({UNKNOWN})",
            ),
        ),
        ("unknown locks its symbol", "dead is dead", "comes to its end"),
        _killed,
    ),
    Mutation(
        "fees are forgotten",
        "tasks.model.ledger",
        (("cash_usd=state.cash_usd - paid - entry.fee_usd", "cash_usd=state.cash_usd - paid"),),
        ("ledger agrees",),
    ),
)
