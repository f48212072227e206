"""What the runs of a desk take of a machine while they work: processes, memory and the processor, from /proc."""

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

LOOKS_EVERY_S = 0.5
RUN = b"PREFECT__FLOW_RUN_ID="
TICKS = os.sysconf("SC_CLK_TCK")
Environment = dict[bytes, bytes]


@dataclass
class WatchedRuns:
    """Of one home; looks twice a second until the block ends, so that the last half second of a process is missed."""

    home: str
    most_runs: int = 0
    most_processes: int = 0
    most_megabytes: float = 0.0
    """Of server, worker and runs together; what they share is counted once."""
    _cpu: dict[tuple[int, bytes], float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "WatchedRuns":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def runs(self) -> int:
        return len({run for _, run in self._cpu if run})

    @property
    def seconds_of_runs(self) -> float:
        """Of the processor, all runs together."""
        return sum(seconds for (_, run), seconds in self._cpu.items() if run)

    @property
    def seconds_of_desk(self) -> float:
        """Of the processor: server, worker and whatever else is not of a run."""
        return sum(seconds for (_, run), seconds in self._cpu.items() if not run)

    def _watch(self) -> None:
        while not self._over.wait(LOOKS_EVERY_S):
            self._look()

    def _look(self) -> None:
        mine = [(pid, run) for pid in _processes() if (run := _run_of(pid, self.home)) is not None]
        self.most_processes = max(self.most_processes, len(mine))
        self.most_runs = max(self.most_runs, len({run for _, run in mine if run}))
        self.most_megabytes = max(self.most_megabytes, sum(_megabytes(pid) for pid, _ in mine))
        self._cpu |= {(pid, run): seconds for pid, run in mine if (seconds := _seconds(pid))}


def _processes() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def _run_of(pid: int, home: str) -> bytes | None:
    """The run whose process it is, empty for server and worker; None for a process of somebody else."""
    said = _read(pid, "environ").split(b"\0")
    if f"STEELYARD_HOME={home}".encode() not in said:
        return None
    return next((one.removeprefix(RUN) for one in said if one.startswith(RUN)), b"")


def _megabytes(pid: int) -> float:
    lines = _read(pid, "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(b"Pss:")) / 1024


def _seconds(pid: int) -> float:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS if fields else 0.0


def _read(pid: int, name: str) -> bytes:
    """Empty for a process that ended meanwhile."""
    try:
        return (Path("/proc") / str(pid) / name).read_bytes()
    except OSError:
        return b""
