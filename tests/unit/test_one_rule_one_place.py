"""A rule that stands once is changed once: what may not be written a second time, and where it stands."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


Program = list[tuple[str, ast.AST]]


@pytest.fixture(scope="module")
def program() -> Program:
    """Every node of every file of the program, with the file it stands in; read once, and let go with this file."""
    paths = sorted(path for room in ("flows", "tasks", "optimizer", "sql") for path in (ROOT / room).rglob("*.py"))
    files = [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in paths]
    return [(file, node) for file, tree in files for node in ast.walk(tree)]


def test_commission_is_worked_out_by_its_own_formula_alone(program: Program) -> None:
    """Whoever needs it takes `settings.commission`, and none of the figures behind it."""
    fees = {"fee_per_share_usd", "fee_minimum_usd"}
    taken = {file for file, node in program if isinstance(node, ast.Attribute) and node.attr in fees}
    assert taken == {"tasks/book/broker.py", "tasks/book/orders.py"}


def test_the_reserve_of_cash_is_worked_out_by_its_own_formula_alone(program: Program) -> None:
    """The fixed amount is held against the share of the book in one place; everybody else passes it on to there."""
    formula = ("reserve_usd", "reserve_fraction")
    elsewhere = {
        file
        for file, node in program
        for part in ast.iter_child_nodes(node)
        if isinstance(part, ast.Attribute)
        and part.attr == "cash_reserve_usd"
        and not isinstance(node, ast.keyword)
        and not (isinstance(node, ast.Call) and ast.unparse(node.func) in formula)
    }
    assert elsewhere == set()


def test_the_states_of_an_order_are_grouped_in_their_own_table_alone(program: Program) -> None:
    """Open, working, over, in doubt: a group that is listed again forgets the state that comes next year."""

    def states(group: ast.Set | ast.Tuple | ast.List) -> int:
        return sum(isinstance(one, ast.Attribute) and ast.unparse(one.value) == "OrderState" for one in group.elts)

    listed = {
        f"{file}:{node.lineno}"
        for file, node in program
        if isinstance(node, ast.Set | ast.Tuple | ast.List) and states(node) > (0 if isinstance(node, ast.Set) else 1)
    }
    assert [place for place in sorted(listed) if not place.startswith("tasks/model/order_states.py")] == []


def test_how_often_something_is_asked_again_stands_in_the_table_of_patience_alone(program: Program) -> None:
    """No pauses and no number of looks or tries beside it, and no delays of a step written where the step is."""
    name = re.compile(r"(MOST_)?(LOOKS|TRIES|ATTEMPTS|PATIENCE|PAUSES?|ROUNDS)(_S)?")
    elsewhere = set()
    for file, node in program:
        if not file.startswith("tasks/") or file == "tasks/retry.py":
            continue
        targets = node.targets if isinstance(node, ast.Assign) else []
        named = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        delays = (
            isinstance(node, ast.keyword) and node.arg == "retry_delay_seconds" and isinstance(node.value, ast.List)
        )
        if delays or any(name.fullmatch(one) for one in named):
            elsewhere.add(f"{file}:{getattr(node, 'lineno', 0)}")
    assert elsewhere == set()


ADDS_UP_FILLS = {
    "tasks/model/fill_totals.py": "the reduction itself",
    "tasks/orders/collect.py": "what was told first, before any correction: a word of the broker is held against that",
    "tasks/holdings/missed_splits.py": "signed, and up to a date: a position, not what was traded",
    "tasks/tca/spreads.py": "each fill weighed with the quote beside it",
    "tasks/brokers/simulated": "the exchange's own book: the measure that ours is held against shares nothing with it",
    "tasks/brokers/sandbox": "the other side of the wire: what a broker tells is not worked out by who is told",
}


def test_what_fills_come_to_is_added_up_in_one_place(program: Program) -> None:
    """Anybody else takes `totals_of`, or those by key, order or symbol: corrections and busts are followed there."""
    fills = {"e", "f", "fill", "execution", "r", "row"}

    def of_a_fill(part: ast.AST) -> bool:
        return (
            isinstance(part, ast.Attribute)
            and part.attr in ("shares", "price", "fee")
            and isinstance(part.value, ast.Name)
            and part.value.id in fills
        )

    def adds_up(node: ast.AST) -> bool:
        summed = isinstance(node, ast.Call) and ast.unparse(node.func) in ("sum", "exact_sum") and bool(node.args)
        elements = [node.args[0]] if summed and isinstance(node, ast.Call) else []
        elements += [node.value] if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) else []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and ".get(" in ast.unparse(node.left):
            elements.append(node.right)
        return any(of_a_fill(part) for element in elements for part in ast.walk(element))

    elsewhere = {f"{file}:{getattr(node, 'lineno', 0)}" for file, node in program if adds_up(node)}
    assert [place for place in sorted(elsewhere) if not place.startswith(tuple(ADDS_UP_FILLS))] == []


IDS_ARE_MADE_IN = {
    "tasks/model/cycle.py": "a cycle's id",
    "tasks/model/client_order_ids.py": "an order's id, a slice's key, a leg's key",
    "tasks/model/broker_tags.py": "which of several brokers a key or number belongs to",
    "tasks/model/executions.py": "the id of a correction that a person booked",
    "tasks/model/ledger_ids.py": "a ledger entry's id",
    "tasks/model/review.py": "the key of a point under review",
    "tasks/reconciliation/lifecycle.py": "a break's id",
    "tasks/artifacts.py": "the name of an artifact",
    "tasks/journal/lease_owners.py": "the holder of a lease",
    "tasks/brokers/simulated/exchange_ids.py": "the simulated exchange's own numbers",
    "tasks/brokers/alpaca/corrections.py": "Alpaca's activity ids, by its documentation",
    "tasks/brokers/ibkr/parse_orders.py": "IB's execution ids, by its documentation",
}


def test_a_hash_is_cut_short_in_one_place(program: Program) -> None:
    """What a person types back is as long as what they were shown."""
    cut = {
        f"{file}:{node.lineno}"
        for file, node in program
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and re.search(r"hash|sha256$", ast.unparse(node.value))
        and not ast.unparse(node.value).endswith("hexdigest()")
    }
    assert cut == set()


def test_an_id_is_built_and_taken_apart_in_one_module_alone(program: Program) -> None:
    """Whoever splits an id, or writes one down again, forgets the form that it gets next year."""
    takes_apart = {"split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix", "startswith"}

    def is_id(part: ast.AST) -> bool:
        words = ast.unparse(part).replace("()", "")
        return re.fullmatch(r"([\w.]*[._])?(key|id|holder|book\.book)", words) is not None

    def is_taken_apart(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in takes_apart
            and is_id(node.func.value)
        )

    def is_built(node: ast.AST) -> bool:
        """A text of an id, one of the signs between its parts, and more behind it."""
        if not isinstance(node, ast.JoinedStr):
            return False
        return any(
            isinstance(part, ast.FormattedValue)
            and is_id(part.value)
            and isinstance(sign, ast.Constant)
            and re.match(r"[:/+~-](\S|$)", str(sign.value)) is not None
            for part, sign in zip(node.values, node.values[1:], strict=False)
        )

    elsewhere = {f"{file}:{getattr(n, 'lineno', 0)}" for file, n in program if is_taken_apart(n) or is_built(n)}
    assert [place for place in sorted(elsewhere) if place.partition(":")[0] not in IDS_ARE_MADE_IN] == []
