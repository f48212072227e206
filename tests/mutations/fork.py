"""Runs something in a forked process and brings its answer back as JSON."""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def in_a_fork(work: Callable[[], Any], what: str) -> Any:
    """The answer of `work`, which nothing else of this process ever notices.

    Raises: RuntimeError when the forked process fell over.
    """
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reads)
            answer = json.dumps(work()).encode()
            with os.fdopen(writes, "wb") as pipe:
                pipe.write(answer)
            os._exit(0)
        except BaseException:  # noqa: BLE001 (nothing may leave a fork)
            traceback.print_exc(file=sys.stderr)
            os._exit(1)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{what}: the forked process ended with status {status}")
    return json.loads(told)
