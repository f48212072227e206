"""Every public name of the brain and the hands says what its signature cannot."""

import ast
from collections.abc import Iterator
from pathlib import Path

HOUSE = Path(__file__).parents[2]
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_public_function_and_class_of_tasks_and_optimizer_has_a_docstring():
    """Private names, property setters, a vendor's callbacks and what a port has said already need none."""
    files = sorted(path for room in ("tasks", "optimizer") for path in (HOUSE / room).rglob("*.py"))
    trees = {path.relative_to(HOUSE): ast.parse(path.read_text(encoding="utf-8")) for path in files}
    ports = [node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef) and _is_port(node)]
    mute = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in trees.items()
        for node in _public(tree, ports)
        if not ast.get_docstring(node)
    ]
    assert not mute, "write what the types cannot say: unit, sign, order, failure, what a second call does"


def _public(tree: ast.Module, ports: list[ast.ClassDef]) -> Iterator[FUNCTION | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, FUNCTION | ast.ClassDef) and _is_ours(node):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            said = _said_by_ports(node, ports)
            yield from (method for method in _methods(node) if _is_ours(method) and method.name not in said)


def _is_ours(node: FUNCTION | ast.ClassDef) -> bool:
    """A function with a capital in its name, `openOrder` or `do_GET`, is a callback: its library says what it means."""
    is_callback = not isinstance(node, ast.ClassDef) and node.name != node.name.lower()
    is_setter = any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list)
    return not (node.name.startswith("_") or is_callback or is_setter)


def _said_by_ports(node: ast.ClassDef, ports: list[ast.ClassDef]) -> set[str]:
    """Methods of the ports that a class implements in full; a property of a port may be a field of the class."""
    if _is_port(node):
        return set()
    own = {method.name for method in _methods(node)}
    implemented = [port for port in ports if (asked := _calls(port)) and asked <= own]
    return {method.name for port in implemented for method in _methods(port)}


def _is_port(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).partition("[")[0] == "Protocol" for base in node.bases)


def _calls(port: ast.ClassDef) -> set[str]:
    return {method.name for method in _methods(port) if not method.decorator_list}


def _methods(node: ast.ClassDef) -> list[FUNCTION]:
    return [child for child in node.body if isinstance(child, FUNCTION)]
