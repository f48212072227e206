"""`python -m flows.desk.run`: Prefect's engine of one run, which looks for garbage less often.

Imports make some hundred thousand objects that stay, and Python would look through all of them again and again: a sixth
of what a run needs before it begins.
"""

import gc
import runpy

NEW_OBJECTS = 50_000
"""After which it looks; Python's own figure is 700."""


def main() -> None:
    gc.set_threshold(NEW_OBJECTS)
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
