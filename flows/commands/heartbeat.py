"""`steelyard heartbeat`: the operator's sign of life, once or again and again until somebody ends it."""

import time
from typing import Any

from rich.console import Console

from flows.bootstrap import wall_clock
from flows.commands.halt import signed
from flows.home import home
from tasks.errors import ConfigError
from tasks.heartbeats import Giver, beat


def give_heartbeat(who: str, every_s: float | None, *, as_json: bool) -> dict[str, Any]:
    """For every book whose `risk.heartbeat` is of its operator. With `every_s` it goes on until Ctrl-C.

    Raises: ConfigError without a name; StorageError where the home cannot be written.
    """
    who = signed(who)
    if every_s is not None and every_s < 1:
        raise ConfigError(f"--every {every_s:g}: write a second or more, and less than the book's risk.heartbeat")
    at = wall_clock()
    beat(home(), Giver.OPERATOR, who, at)
    if not as_json:
        again = f", and again every {every_s:g} s until Ctrl-C" if every_s else ""
        Console().print(f"{who} is there since {at:%Y-%m-%d %H:%M:%S} UTC{again}", soft_wrap=True)
    while every_s:
        time.sleep(every_s)
        beat(home(), Giver.OPERATOR, who, wall_clock())
    return {"who": who, "at": at.isoformat(), "every_s": every_s}
