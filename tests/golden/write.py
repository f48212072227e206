"""Writes the frozen days anew: `python -m tests.golden.write`, after a change that is meant to change them.

Read the difference before it is committed: every line of it is what a desk would see otherwise tomorrow.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.day import two_days
from tests.golden.text import text_of

GOLDEN = Path(__file__).parent / "demo.txt"
HEAD = """Two sessions of books/demo.yaml, frozen. `python -m tests.golden.write` writes this file, a test compares it.

Times are UTC, money USD, a cost is positive when it hurts. Left out because they differ by run or by machine: the wall
clock (report, steps, latencies), the holder of the lease, the folder, hashes of files and of the plan's last digits,
the solver's dual values and terms.

"""


def written_anew(home: Path) -> str:
    return HEAD + "\n\n\n".join(map(text_of, two_days(home))) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        text = written_anew(Path(folder) / "home")
    GOLDEN.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{GOLDEN}: {len(text):,} characters; read `git diff {GOLDEN.name}` before you commit it\n")
