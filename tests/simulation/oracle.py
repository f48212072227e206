"""What must be true when a world is over: the journal against the exchange's own book, law by law; never acts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tasks.model.ledger import LedgerState
from tests.simulation.memory import Exchange, JournalReader, Row, exact
from tests.simulation.witness import Violation

ZERO = Decimal(0)
CENT = Decimal("0.005")
BROKERS_OWN = "LIQUIDATION-"
BELIEVED_EMPTY = 7
"""One answer, and then twice three that agree, are the broker's word: what `record_comparison` asks for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both memories at the end of a world."""

    exchange: Exchange
    slices: list[Row]
    orders: list[Row]
    events: list[Row]
    fills: list[Row]
    entries: list[Row]
    breaks: list[Row]
    ledger_cash: Decimal
    """By the program's own ledger."""
    ledger_shares: Mapping[str, Decimal]
    empty_answers: int
    """How often the exchange said that there are no positions."""
    overfilled: frozenset[str]
    """Keys that the exchange itself filled beyond what was asked."""

    @property
    def keys(self) -> set[str]:
        return {row["key"] for row in self.slices}


def gathered(journal: JournalReader, exchange: Exchange, ledger: LedgerState, empty_answers: int = 0) -> Evidence:
    asked = {row["key"]: exact(row["shares"]) for row in exchange.orders}
    filled = _shares_by_key(standing(exchange.executions))
    return Evidence(
        exchange=exchange,
        slices=journal.rows("SELECT * FROM slices"),
        orders=journal.rows("SELECT * FROM orders"),
        events=journal.rows("SELECT * FROM order_events ORDER BY id"),
        fills=journal.rows("SELECT * FROM fills"),
        entries=journal.rows("SELECT * FROM ledger_entries"),
        breaks=journal.rows(
            "SELECT breaks.*, explanations.who FROM breaks"
            " LEFT JOIN explanations ON explanations.break_id = breaks.break_id"
        ),
        ledger_cash=ledger.cash_usd,
        ledger_shares=ledger.shares(),
        empty_answers=empty_answers,
        overfilled=frozenset(key for key, shares in filled.items() if key in asked and shares > asked[key]),
    )


def standing(executions: list[Row]) -> list[Row]:
    """Executions that no later report corrects; of several corrections of one the last stands, a bust as nothing."""
    last = {row["supersedes"]: row["execution_id"] for row in executions if row.get("supersedes")}
    return [
        row
        for row in executions
        if row["execution_id"] not in last and last.get(row.get("supersedes")) in (None, row["execution_id"])
    ]


def judge(evidence: Evidence) -> list[Violation]:
    return [Violation(law, what) for law, check in LAWS.items() for what in check(evidence)]


def _shares_by_key(executions: list[Row]) -> dict[str, Decimal]:
    filled: dict[str, Decimal] = defaultdict(Decimal)
    for row in executions:
        filled[row["key"]] += exact(row["shares"])
    return filled


def _foreign(seen: Evidence) -> set[str]:
    """Symbols in which the exchange did what no key of ours asked for: there, and in cash, ours may differ."""
    keys = seen.keys
    return {row["symbol"] for row in seen.exchange.executions if row["key"] not in keys}


# ---- the laws ------------------------------------------------------------------------------------------------------


def _no_key_twice(seen: Evidence) -> Iterator[str]:
    for key, times in Counter(row["key"] for row in seen.exchange.orders).items():
        if times > 1:
            yield f"{key} is {times} orders at the exchange"


def _an_intent_for_every_order(seen: Evidence) -> Iterator[str]:
    keys = seen.keys
    for row in seen.exchange.orders:
        if row["key"] not in keys and not row["key"].startswith(BROKERS_OWN):
            yield f"the exchange has {row['key']}, the journal has no intent for it"


def _not_beyond_the_order(seen: Evidence) -> Iterator[str]:
    order_of = {row["key"]: row["order_id"] for row in seen.slices}
    done: dict[str, Decimal] = defaultdict(Decimal)
    for row in standing(seen.exchange.executions):
        if row["key"] in order_of and row["key"] not in seen.overfilled:
            done[order_of[row["key"]]] += exact(row["shares"])
    for order in seen.orders:
        if done[order["order_id"]] > exact(order["shares"]):
            yield f"{order['order_id']}: {done[order['order_id']]} shares done of {exact(order['shares'])} ordered"


def _every_execution_once(seen: Evidence) -> Iterator[str]:
    keys = seen.keys
    theirs = {row["execution_id"]: row for row in seen.exchange.executions if row["key"] in keys}
    ours = Counter(row["execution_id"] for row in seen.fills)
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"execution {name} of {theirs[name]['key']} is not in the ledger"
    for name, times in ours.items():
        if times > 1 or name not in theirs:
            yield f"execution {name} is {times} times in the ledger, {int(name in theirs)} times at the exchange"
            continue
        row = next(fill for fill in seen.fills if fill["execution_id"] == name)
        for field in ("shares", "price", "fee"):
            if exact(row[field]) != exact(theirs[name][field]):
                yield f"execution {name}: {field} is {exact(row[field])} here and {theirs[name][field]} there"


def _ledger_agrees(seen: Evidence) -> Iterator[str]:
    """Summed here from the rows, not by the program's own ledger."""
    cash = sum((exact(row["amount_usd"]) for row in seen.entries), ZERO)
    shares: dict[str, Decimal] = defaultdict(Decimal)
    for row in seen.entries:
        if row["symbol"]:
            shares[row["symbol"]] += exact(row["shares"])
    for row in standing(seen.fills):
        sign = 1 if row["side"] == "BUY" else -1
        cash -= sign * exact(row["shares"]) * exact(row["price"]) + exact(row["fee"])
        shares[row["symbol"]] += sign * exact(row["shares"])
    yield from _apart(seen, cash, shares, "the rows of the journal")
    yield from _apart(seen, seen.ledger_cash, seen.ledger_shares, "the program's ledger")


def _apart(seen: Evidence, cash: Decimal, shares: Mapping[str, Decimal], whose: str) -> Iterator[str]:
    """What differs from the exchange; what the exchange did by itself must at least be a break on record."""
    foreign, disputed = _foreign(seen), {row["symbol"] for row in seen.breaks}
    if abs(cash - seen.exchange.cash) >= CENT and not (foreign and None in disputed):
        yield f"cash is {cash} by {whose} and {seen.exchange.cash} at the exchange"
    for symbol in sorted({*shares, *seen.exchange.positions}):
        mine, real = shares.get(symbol, ZERO), seen.exchange.positions.get(symbol, ZERO)
        if mine != real and not (symbol in foreign and symbol in disputed):
            yield f"{symbol}: {mine} shares by {whose} and {real} at the exchange"


def _breaks_are_real(seen: Evidence) -> Iterator[str]:
    """Nobody is called because one answer was empty: a position that was never gone is not said to be gone.

    Who is told so again and again has to believe it: that is then the broker's word.
    """
    if seen.empty_answers >= BELIEVED_EMPTY:
        return
    opened = {row["symbol"]: exact(row["shares"]) for row in seen.entries if row["kind"] == "opening" and row["symbol"]}
    for row in seen.breaks:
        held = opened.get(row["symbol"], ZERO)
        never_gone = held and seen.exchange.positions.get(row["symbol"], ZERO) and row["symbol"] not in _foreign(seen)
        if row["kind"] == "shares" and exact(row["theirs"]) == 0 and never_gone:
            yield f"{row['symbol']}: a break says that {row['ours']} shares are gone, and they never were"


def _older_tokens_are_silent(seen: Evidence) -> Iterator[str]:
    highest = 0
    for event in seen.events:
        if event["token"] < highest:
            yield f"an event of {event['key']} was recorded under token {event['token']} after token {highest}"
        highest = max(highest, event["token"])


def _generations_need_proof(seen: Evidence) -> Iterator[str]:
    arrived = {row["key"] for row in seen.exchange.orders}
    for piece in seen.slices:
        earlier = [
            s
            for s in seen.slices
            if (s["order_id"], s["wave"]) == (piece["order_id"], piece["wave"])
            and s["generation"] < piece["generation"]
        ]
        for older in earlier:
            if older["key"] in arrived:
                yield f"{piece['key']} was made although {older['key']} is at the exchange"


def _dead_is_dead(seen: Evidence) -> Iterator[str]:
    """Nothing that the journal calls never sent or refused has traded, and nothing is left open."""
    state = {event["key"]: event["state"] for event in seen.events}
    refused = {event["key"] for event in seen.events if event["state"] == "rejected"}
    for key in sorted(refused & {row["key"] for row in seen.exchange.orders}):
        yield f"{key} was called rejected although the exchange had taken it"
    traded = _shares_by_key(standing(seen.exchange.executions))
    for row in seen.exchange.orders:
        if row["key"] not in state:
            continue
        if state[row["key"]] == "rejected" and traded.get(row["key"]):
            yield f"{row['key']} is rejected in the journal and has {traded[row['key']]} shares at the exchange"
        if row["is_working"]:
            yield f"{row['key']} still works at the exchange when all is done"
    for key, word in state.items():
        if word in ("intended", "sent", "unknown", "accepted", "partially_filled"):
            yield f"{key} is still {word} when all is done"


def _plan_is_what_is_ordered(seen: Evidence) -> Iterator[str]:
    by_order: dict[str, Row] = {row["order_id"]: row for row in seen.orders}
    for piece in seen.slices:
        order = by_order[piece["order_id"]]
        if (piece["symbol"], piece["side"]) != (order["symbol"], order["side"]):
            yield f"{piece['key']} trades {piece['side']} {piece['symbol']} for {piece['order_id']}"


LAWS: dict[str, Callable[[Evidence], Iterator[str]]] = {
    "no key twice": _no_key_twice,
    "an intent for every order": _an_intent_for_every_order,
    "not beyond the order": _not_beyond_the_order,
    "every execution once": _every_execution_once,
    "ledger agrees": _ledger_agrees,
    "breaks are real": _breaks_are_real,
    "older tokens are silent": _older_tokens_are_silent,
    "generations need proof": _generations_need_proof,
    "dead is dead": _dead_is_dead,
    "what was approved": _plan_is_what_is_ordered,
}
