"""`steelyard audit ask`: the standing questions of `sql/queries`, asked of the record by their names."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from flows.commands.lookup import journal_here
from flows.commands.rows_shown import show_rows
from tasks.errors import ConfigError
from tasks.journal.audit import needs, questions


def list_questions(*, as_json: bool) -> dict[str, Any]:
    """Every question by its name, with what it needs. No journal is opened."""
    listed = [{"name": name, "question": words, "needs": list(needs(name))} for name, words in questions().items()]
    if not as_json:
        console = Console(soft_wrap=True)
        for entry in listed:
            wanted = " ".join(f"{name}=..." for name in entry["needs"])
            console.print(f"[bold]{entry['name']}[/bold] {wanted}\n    {entry['question']}", highlight=False)
    return {"questions": listed, "exit_status": 0}


def ask_record(question: str, words: Sequence[str], *, as_json: bool) -> dict[str, Any]:
    """The rows of the answer. Raises: ConfigError for a question that is not there, or values that it does not take."""
    if question not in questions():
        raise ConfigError(f"{question!r} is no question of the record; `steelyard audit ask` lists them")
    values = _values(question, words)
    with journal_here() as journal:
        rows = journal.audit.ask(question, **values)
    if not as_json:
        _show(questions()[question], rows)
    return {"question": question, "values": values, "rows": [dict(row) for row in rows], "exit_status": 0}


def _values(question: str, words: Sequence[str]) -> dict[str, str]:
    given = dict(word.split("=", 1) for word in words if "=" in word)
    wrong = [word for word in words if "=" not in word] + sorted(set(given) - set(needs(question)))
    missing = [name for name in needs(question) if not given.get(name)]
    if wrong or missing:
        wanted = " ".join(f"{name}=..." for name in needs(question)) or "nothing more"
        said = f"{', '.join(map(repr, wrong))} is not among it" if wrong else f"{', '.join(missing)} is missing"
        raise ConfigError(f"{question} needs {wanted}: {said}")
    return given


def _show(words: str, rows: Sequence[Mapping[str, Any]]) -> None:
    console = Console()
    if not rows:
        console.print(f"{words} Nothing on record.", highlight=False)
        return
    console.print(words, highlight=False, style="bold")
    show_rows(console, rows)
