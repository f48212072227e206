"""YAML text to plain values with the line of each: YAML 1.2's plain words only, so that a symbol ON stays a symbol."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import yaml

from flows.book_file.env_vars import fill, is_text
from flows.book_file.errors import Mistake, Path, place, shown

_MOST_NODES = 100_000
_MOST_DIGITS = 15
"""A decimal of this many digits survives a binary double and comes back exact."""
_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SAFE = re.compile(r"(?!-+$)[A-Za-z0-9_./+~-]+")
"""Means the same unquoted wherever a plain word may stand; dashes alone begin a list or a document."""
_ANCHOR = re.compile(r"(?:[&!]\S+\s+)+")
_NO_TEXT = ("half a character is written as an escape", "write the character itself")
_STRING, _MERGE = "tag:yaml.org,2002:str", "<<"
_KNOWN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map"))


@dataclass(slots=True)
class Parsed:
    """What a text says, where it says it, and what is wrong with its form."""

    values: dict[str, object] = field(default_factory=dict)
    """JSON-like: dict, list, str, int, float, bool and None; wrong values left out."""
    lines: dict[Path, int] = field(default_factory=dict)
    """Line of every key and list item, from 1."""
    mistakes: list[Mistake] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """Environment variables that went in."""
    fillings: dict[tuple[int, int], str] = field(default_factory=dict)
    """What stands in place of a text with variables: (start, end) in the text, end excluded."""

    def line_of(self, path: Path) -> int:
        """Line of the nearest thing that stands in the file: itself, else what would hold it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def filled(text: str, parsed: Parsed) -> str:
    """The same text with its variables filled in: what it says no longer depends on the environment."""
    for (start, end), instead in sorted(parsed.fillings.items(), reverse=True):
        text = text[:start] + instead + text[end:]
    return text


class _Composer(yaml.SafeLoader):
    """The safe loader without YAML 1.1's guesses: yes/no/on/off, dates, base-60 numbers and octals are plain text."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML's own class attribute)


def parse(text: str, environ: Mapping[str, str]) -> Parsed:
    """Read one YAML document that is a mapping; never raises for what a text may contain."""
    parsed = Parsed()
    try:
        root = yaml.compose(text, Loader=_Composer)
        _Reader(parsed, environ).document(root)
    except yaml.YAMLError as error:
        parsed.mistakes.append(_syntax_mistake(error, text))
    except RecursionError:
        parsed.mistakes.append(Mistake((), 0, None, "it is nested too deeply", "a book is at most four levels deep"))
    return parsed


class _Reader:
    """Walks the node tree once, filling a `Parsed`."""

    def __init__(self, parsed: Parsed, environ: Mapping[str, str]) -> None:
        self._parsed = parsed
        self._environ = environ
        self._nodes = 0
        self._open: set[int] = set()

    def document(self, root: yaml.Node | None) -> None:
        if root is None or (isinstance(root, yaml.ScalarNode) and not root.value.strip()):
            self._complain((), 0, None, "the file is empty", "copy books/demo.yaml or run `steelyard init`")
        elif not isinstance(root, yaml.MappingNode):
            self._complain((), _line(root), None, "a book is a mapping of `key: value` lines", "see books/demo.yaml")
        else:
            self._parsed.values = self._mapping(root, ())

    def _value(self, node: yaml.Node, path: Path) -> object:
        """Value of a node; a mistake leaves `_Wrong` behind, which the holder drops."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise yaml.MarkedYAMLError(problem="too many values", problem_mark=node.start_mark)
        if id(node) in self._open:
            return self._complain(path, _line(node), None, "an anchor holds itself", "write the value out")
        if node.tag not in _KNOWN_TAGS:
            return self._complain(
                path, _line(node), None, f"the tag {_tag(node)} is not allowed", "write a plain value"
            )
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                return self._sequence(node, path)
            return self._scalar(node, path)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        values: dict[str, object] = {}
        merged: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(path, _line(key_node), None, "a key is a list or a mapping", "write a word as the key")
                continue
            key, here = key_node.value, (*path, key_node.value)
            if not is_text(key):
                self._complain(path, _line(key_node), None, *_NO_TEXT)
                continue
            if key == _MERGE and key_node.style is None:
                merged |= self._merged(value_node, path)
                continue
            if key in values or (here in self._parsed.lines and self._is_mistaken(here)):
                self._repeated(here, _line(key_node), value_node)
                continue
            self._parsed.lines[here] = _line(key_node)
            value = self._value(value_node, here)
            if not isinstance(value, _Wrong):
                values[key] = value
        return merged | values

    def _is_mistaken(self, path: Path) -> bool:
        return any(mistake.path == path for mistake in self._parsed.mistakes)

    def _repeated(self, path: Path, line: int, value_node: yaml.Node) -> None:
        value = shown(value_node.value, path) if isinstance(value_node, yaml.ScalarNode) else None
        first = self._parsed.lines[path]
        self._complain(path, line, value, f"the key is already on line {first}", "keep one of the two")

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, object]:
        """Values of `<<: *anchor`; with a list of anchors the earlier one wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        values: dict[str, object] = {}
        for source in reversed(sources):
            value = self._value(source, path)
            if isinstance(value, dict):
                values |= value
            elif not isinstance(value, _Wrong):
                self._complain(path, _line(node), None, "`<<` takes an anchored mapping", "write `<<: *name`")
        return values

    def _sequence(self, node: yaml.SequenceNode, path: Path) -> list[object]:
        values: list[object] = []
        for index, item in enumerate(node.value):
            here = (*path, place(index))
            self._parsed.lines[here] = _line(item)
            value = self._value(item, here)
            # A wrong item keeps its place, so that later items keep their lines.
            values.append("" if isinstance(value, _Wrong) else value)
        return values

    def _scalar(self, node: yaml.Node, path: Path) -> object:
        if not is_text(node.value):
            return self._complain(path, _line(node), None, *_NO_TEXT)
        filled = fill(node.value, self._environ)
        if filled.complaints:
            for problem, remedy in filled.complaints:
                self._complain(path, _line(node), None, problem, remedy)
            return _Wrong()
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        if filled.used:
            self._parsed.variables |= filled.used
            self._record(node, filled.text, plain=plain)
        if not plain and node.tag == _STRING:
            return filled.text
        return self._word(filled.text, node, path)

    def _record(self, node: yaml.Node, text: str, *, plain: bool) -> None:
        """Remember how the value would be written without variables, on as many lines as it has now."""
        start, end = node.start_mark, node.end_mark
        written = text if plain and _SAFE.fullmatch(text) else _quoted(text)
        anchor = _ANCHOR.match(start.buffer or "", start.pointer)
        self._parsed.fillings[start.index, end.index] = (
            (anchor[0] if anchor else "") + written + "\n" * (end.line - start.line)
        )

    def _word(self, text: str, node: yaml.Node, path: Path) -> object:
        """A plain word: null, true, false, a number, or else text."""
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if not _DECIMAL.fullmatch(text):
            return text
        complaint = _unfit(text)
        if complaint:
            return self._complain(path, _line(node), shown(text, path), *complaint)
        return int(text) if _INTEGER.fullmatch(text) else float(text)

    def _complain(self, path: Path, line: int, value: str | None, problem: str, remedy: str) -> "_Wrong":
        self._parsed.mistakes.append(Mistake(path, line, value, problem, remedy))
        return _Wrong()


def _quoted(text: str) -> str:
    """The text in YAML's double quotes, on one line."""
    return yaml.safe_dump(text, default_style='"', width=10**9).strip()


def _unfit(number: str) -> tuple[str, str] | None:
    """(problem, remedy) when a number could not be kept exactly, or is beyond reason."""
    mantissa, _, exponent = number.lower().partition("e")
    digits = mantissa.replace(".", "").strip("+-").lstrip("0")
    if len(digits.rstrip("0")) > _MOST_DIGITS:
        return f"the number has more than {_MOST_DIGITS} digits", "round it"
    size = Decimal(number).adjusted() if len(exponent) <= 4 and len(mantissa) <= 60 else 999
    if digits and not -_MOST_DIGITS <= size < _MOST_DIGITS:
        return "the number is beyond anything a book needs", "stay between 1e-15 and 1e15"
    return None


class _Wrong:
    """Stands for a value that was complained about."""


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1


def _tag(node: yaml.Node) -> str:
    return node.tag.replace("tag:yaml.org,2002:", "!!")


def _syntax_mistake(error: yaml.YAMLError, text: str) -> Mistake:
    """The parser's complaint in a trader's words; its own excerpt is left out, it may hold a credential."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text[: error.position].count("\n") + 1
        return Mistake((), line, None, "the file holds a character YAML forbids", "delete it and type the line again")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = mark.line + 1 if mark else 0
    problem = str(getattr(error, "problem", "") or "the text is not YAML")
    lines = text.splitlines()
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    return Mistake((), line, None, *_plain_words(problem, written))


def _plain_words(problem: str, written: str) -> tuple[str, str]:
    """(problem, remedy) for the parser's words about a line."""
    if "\\t" in problem or "\t" in written[: len(written) - len(written.lstrip())]:
        return "the line is indented with a tab", "indent with spaces"
    if "${" in written and "expected ',' or" in problem:
        return "`${` stands bare between brackets", 'put it in quotes: "${NAME}"'
    if "another document" in problem:
        return "a second document begins", "one file is one book: remove the `---` and what follows"
    if "undefined alias" in problem:
        return "an alias names no anchor above it", "define it as `&name` before `*name`"
    if "duplicate anchor" in problem:
        return "an anchor is defined twice", "give one of the two another name"
    if "mapping values are not allowed" in problem:
        return "a colon stands where no key can be", "check the indentation, and put text with a colon in quotes"
    if "too many values" in problem:
        return "aliases blow the file up beyond reason", "write the values out"
    if "expected ',' or" in problem:
        return "a bracket is not closed or a comma is missing", "close it on this line or the next"
    return f"the text is not YAML ({problem})", "check indentation, quotes and brackets here and on the line above"
