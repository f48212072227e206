"""Who holds a lease: a name for this process, and whether another one on this machine is known to be dead."""

import os
import socket
from pathlib import Path


def this_process() -> str:
    """`host:pid:start:table`; the start tells a process from a later one that got the same number.

    The table is the kernel's own name for the process table: two containers of one host name have two.
    """
    return name_of_process(os.getpid())


def name_of_process(pid: int) -> str:
    """The same for another process of this machine that lives now."""
    return f"{socket.gethostname()}:{pid}:{_start_of(pid)}:{_process_table()}"


def machine_of(holder: str) -> str:
    """The host name in the name of a process."""
    return holder.partition(":")[0]


def is_dead(holder: str) -> bool:
    """True only with proof: the holder was a process of this machine and is not there any more.

    A process on another machine, or one that is merely slow, is not dead: its lease has to run out.
    """
    host, _, rest = holder.partition(":")
    pid, _, rest = rest.partition(":")
    start, _, table = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit() or table != _process_table():
        return False
    if int(pid) == os.getpid():
        return start != _start_of(os.getpid())
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    now = _start_of(int(pid))
    return (bool(now and start) and now != start) or _is_zombie(int(pid))


def _process_table() -> str:
    """Empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return f"{Path('/proc/self/ns/pid').stat().st_ino}-{boot[:8]}"
    except OSError:
        return ""


def _start_of(pid: int) -> str:
    """Clock ticks after boot at which a process began; empty where the system does not say."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def _is_zombie(pid: int) -> bool:
    """Ended, and only waiting for its parent to notice."""
    fields = _stat(pid)
    return bool(fields) and fields[0] == "Z"


def _stat(pid: int) -> list[str]:
    """What follows the process's name in /proc/PID/stat; the name itself may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []
