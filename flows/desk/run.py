"""`python -m flows.desk.run`: Prefect's engine of one run, which looks for garbage less often."""

import runpy

from flows.garbage import look_less_often


def main() -> None:
    look_less_often()
    runpy.run_module("prefect.engine", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
