"""The commands that a sentence tells a person to type: a path is one word of them, whatever is in it. Pure."""

from pathlib import Path
from shlex import quote

from tasks.model.cost_model import CostModel
from tasks.model.cycle import Cycle
from tasks.wording import short_hash


def shell_word(path: Path | str) -> str:
    """A path as one word of a command line: quoted where it has a space or another character that parts words."""
    return quote(str(path))


def works_session(cycle: Cycle) -> str:
    """What goes on with a session: a rebalance, or a liquidation by name and with a reason."""
    if cycle.kind == "liquidation":
        return (
            f"steelyard liquidate {shell_word(cycle.book_file)} --session {cycle.session} "
            '--who "your name" --because "..."'
        )
    return f"steelyard run {shell_word(cycle.book_file)} --session {cycle.session}"


def goes_on_with(cycle: Cycle, mode: str) -> str:
    """The same, in the mode in which the session was begun where the book, whose own is `mode`, says another one."""
    is_other = cycle.kind == "rebalance" and cycle.mode != mode
    return f"{works_session(cycle)} --mode {cycle.mode}" if is_other else works_session(cycle)


def goes_on_in_ui(cycle: Cycle, mode: str) -> str:
    """The same, pressed in the UI."""
    flow = "liquidate" if cycle.kind == "liquidation" else "rebalance"
    words = f"mode {cycle.mode}, " if flow == "rebalance" and cycle.mode != mode else ""
    return f"a deployment of the flow {flow}, Custom run, book {cycle.book_file}, {words}session {cycle.session}"


def approves_singly(cycle: Cycle) -> str:
    """What accepts every order of a session's plan that has to be named."""
    return f'steelyard approve {cycle.book} --session {cycle.session} --single all --who "your name"'


def reviews_session(cycle: Cycle) -> str:
    """What compares a finished session with the broker once more and writes its report anew."""
    return f"steelyard review {shell_word(cycle.book_file)} --session {cycle.session}{_kind(cycle)}"


def lists_exceptions(cycle: Cycle) -> str:
    """What shows the points of a session's report, and what was said of each."""
    return f"steelyard exceptions {cycle.book} --session {cycle.session}{_kind(cycle)}"


def disposes_point(cycle: Cycle, key: str) -> str:
    """What says of one point of a session's report what it came to."""
    return (
        f"steelyard dispose {cycle.book} {key} --session {cycle.session}{_kind(cycle)} --as explained "
        '--who "your name" --because "..."'
    )


def signs_report(cycle: Cycle, said: str) -> str:
    """What puts a name under a session's report."""
    return (
        f"steelyard sign {cycle.book} --session {cycle.session}{_kind(cycle)} --as {said} "
        '--who "your name" --because "..."'
    )


def approves_cost_model(model: CostModel, *, doubted: bool) -> str:
    """What puts a version of a book's cost model in force."""
    despite = " --despite-doubts" if doubted else ""
    return (
        f"steelyard calibrate {model.book} --approve {short_hash(model.model_id)}{despite} "
        '--who "your name" --because "..."'
    )


def plans_session(cycle: Cycle) -> str:
    """What makes a session's plan anew and sends nothing."""
    if cycle.kind == "liquidation":
        return f"{works_session(cycle)} --plan-only"
    return f"steelyard plan {shell_word(cycle.book_file)} --session {cycle.session}"


def lists_plan(cycle: Cycle) -> str:
    """What prints every line of a session's plan, however many there are."""
    return f"{plans_session(cycle)} {'--json' if cycle.kind == 'liquidation' else '--csv'}"


def reruns_session(cycle: Cycle, step: str) -> str:
    """What does the steps of a session again, from one on."""
    return (
        f"steelyard rerun {shell_word(cycle.book_file)} --session {cycle.session} --from {step} "
        '--who "your name" --because "..."'
    )


def resumes_session(cycle: Cycle) -> str:
    """What lets a session that a person cancelled go on with the rest of its plan."""
    return f'steelyard resume {cycle.book} --session {cycle.session}{_kind(cycle)} --who "your name" --because "..."'


def halts_book(book: str) -> str:
    """What stops a book and cancels its orders."""
    return f'steelyard halt {book} --who "your name" --why "..."'


def _kind(cycle: Cycle) -> str:
    return " --liquidation" if cycle.kind == "liquidation" else ""
