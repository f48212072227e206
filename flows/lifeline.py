"""Runs a module as a program that ends with whoever started it, however that one ends: killed, it says no goodbye.

The pipe on its stdin has its other end in the process that started it, and nobody writes into it. The system closes it
with that process, on every system alike.
"""

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping

from flows.garbage import look_less_often

PATIENCE_SECONDS = 10
"""For an orderly end; after that there is none."""


def started(*words: str, environment: Mapping[str, str] | None = None, piped: bool = False) -> subprocess.Popen[bytes]:
    """`python -m` of these words, by this same Python. Kept out of the search path: the folder of this file.

    What it prints goes where this process prints, or, `piped`, to whoever reads its `stdout`.
    A terminal's Ctrl-C reaches whoever started it, and not the program: it is ended in its turn.
    """
    command = [sys.executable, "-P", __file__, *words]
    told = None if environment is None else dict(environment)
    out, errors = (subprocess.PIPE, subprocess.STDOUT) if piped else (None, None)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=errors, env=told, start_new_session=True)


def _end_with_the_other_end() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE_SECONDS)
    os._exit(1)


def main() -> None:
    """The module named first, with the words after it.

    It hears an interrupt also where a shell started all of this in the background, whose children ignore it: Prefect's
    worker ends by one that it sends itself.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_the_other_end, daemon=True).start()
    sys.path.insert(0, os.getcwd())  # as `python -m` has it
    sys.argv = sys.argv[1:]
    look_less_often()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
