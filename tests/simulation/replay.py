"""Lives one world again and prints its facts, timeline and verdict: `python -m tests.simulation.replay SEED`.

Over a wire (`--wire`) two processes' messages meet in real time: the facts are the same again, the moments nearly so.
"""

import argparse
import tempfile
from pathlib import Path

from tests.simulation.databases import Databases, PostgresDatabases, SqliteDatabases, on_tmpfs
from tests.simulation.facts import Facts
from tests.simulation.shrinking import shrunk, told
from tests.simulation.wires import NATURES, draw_over
from tests.simulation.worlds import Verdict, live


def main() -> int:
    asked = _arguments()
    with tempfile.TemporaryDirectory(dir=on_tmpfs(), prefix="replay-") as name:
        folder = Path(name)
        if not asked.postgresql:
            return _show(asked, SqliteDatabases(folder), folder)
        from tests.databases import postgres_server

        with postgres_server(folder / "postgres") as url:
            return _show(asked, PostgresDatabases(url), folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seed", type=int)
    parser.add_argument("--postgresql", action="store_true", help="keep the journal on PostgreSQL")
    parser.add_argument("--wire", choices=sorted(NATURES), default="", help="the broker's own library and server")
    parser.add_argument("--whole", action="store_true", help="do not shrink a failing world")
    return parser.parse_args()


def _show(asked: argparse.Namespace, databases: Databases, folder: Path) -> int:
    verdict = live(draw_over(asked.wire)(asked.seed), databases, folder)
    if verdict.violations and not asked.whole:
        laws = {violation.law for violation in verdict.violations}

        def fails(facts: Facts) -> bool:
            return bool(laws & {violation.law for violation in live(facts, databases, folder).violations})

        verdict = live(shrunk(verdict.facts, fails), databases, folder)
    _print(verdict)
    return 1 if verdict.violations else 0


def _print(verdict: Verdict) -> None:
    print(told(verdict.facts))
    print("\n".join(verdict.timeline))
    for what, count in sorted(verdict.happened.items()):
        print(f"  {count:>6}  {what}")
    print("\n".join(f"BROKEN {violation}" for violation in verdict.violations) or "no law is broken")


if __name__ == "__main__":
    raise SystemExit(main())
