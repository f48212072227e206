"""Rebalances the book of many names once and says where the time went.

Used as a program: `python names_run.py BOOK SESSION`; prints one JSON object. With PROFILE=1 the slowest functions of
each step go to stderr.
"""

import cProfile
import json
import os
import pstats
import sys
import time
from datetime import date
from pathlib import Path

from flows.home import home
from flows.rebalance import rebalance
from tasks.journal import open_journal


def main() -> None:
    book, session = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
    profile = cProfile.Profile() if os.environ.get("PROFILE") else None
    began = time.perf_counter()
    if profile:
        told = profile.runcall(rebalance, book=book, session=session)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumulative").print_stats(90)
        pstats.Stats(profile, stream=sys.stderr).sort_stats("tottime").print_stats(40)
    else:
        told = rebalance(book=book, session=session)
    whole = time.perf_counter() - began
    journal = open_journal(home())
    try:
        cycle = journal.cycles.all(told["book"])[0]
        steps = {done.step: (done.seconds, done.output["sentence"]) for done in journal.cycles.checkpoints(cycle)}
    finally:
        journal.close()
    print(json.dumps({"whole": whole, "steps": steps, "told": told}))


if __name__ == "__main__":
    main()
