"""A night of worlds: `python -m tests.simulation.soak --seeds 100000 --start 0`; ends at the first broken law."""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from tests.simulation.databases import SqliteDatabases, on_tmpfs
from tests.simulation.seeds import Tally, failure, run_seeds

BATCH = 50


def batch(seeds: range) -> tuple[Tally, str]:
    """One batch in a process of the pool; the text is empty when every law held."""
    with tempfile.TemporaryDirectory(dir=on_tmpfs(), prefix="soak-") as name:
        folder = Path(name)
        databases = SqliteDatabases(folder)
        tally, broken = run_seeds(seeds, databases, folder)
        return tally, failure(broken, databases, folder) if broken else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--start", type=int, default=0)
    asked = parser.parse_args()
    workers = os.cpu_count() or 1
    whole, began = Tally(), time.perf_counter()
    with ProcessPoolExecutor(workers) as pool:
        for tally, broken in _results(pool, asked.start, asked.start + asked.seeds, workers):
            whole.worlds += tally.worlds
            whole.happened += tally.happened
            whole.seconds = time.perf_counter() - began
            _progress(whole, asked.seeds)
            if broken:
                pool.shutdown(wait=False, cancel_futures=True)
                print(f"\n{broken}")
                return 1
    print(f"\n{whole}\ngo on with: make soak SEEDS={asked.seeds} START={asked.start + asked.seeds}")
    return 0


def _results(pool: ProcessPoolExecutor, first: int, end: int, workers: int) -> Iterator[tuple[Tally, str]]:
    """Batches as they end, no more on their way than the pool can hold."""
    batches = (range(at, min(at + BATCH, end)) for at in range(first, end, BATCH))
    under_way: set[Future[tuple[Tally, str]]] = set()
    for seeds in batches:
        under_way.add(pool.submit(batch, seeds))
        if len(under_way) >= 2 * workers:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    yield from (one.result() for one in under_way)


def _progress(tally: Tally, wanted: int) -> None:
    rate = tally.worlds / tally.seconds
    left = (wanted - tally.worlds) / rate / 60
    struck = sum(count for what, count in tally.happened.items() if what.startswith("fault "))
    print(
        f"\r{tally.worlds:,} of {wanted:,} worlds, {rate:.1f} a second, {tally.happened['kills']:,} kills, "
        f"{struck:,} faults, {left:.0f} min left ",
        end="",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
