"""Which planned faults are due on one call, and the record that each has struck."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from tasks.brokers.simulated.faults import Call, Fault, FaultKind, FaultPlan
from tasks.brokers.simulated.memory import Memory


@dataclass(frozen=True, slots=True)
class Due:
    """One fault that may strike on this call."""

    name: str
    fault: Fault
    number: int
    """Of the fault's matching calls, from 1."""


class Strikes:
    """The faults due on one call: counted when made, fired only when they can really lie."""

    def __init__(self, plan: FaultPlan, memory: Memory, call: Call, symbols: Collection[str], key: str) -> None:
        self._memory = memory
        self._due: list[Due] = []
        for name, fault in plan.concerned(call, symbols, key):
            number, fired = memory.counted(name)
            if plan.strikes(name, fault, number, fired):
                self._due.append(Due(name, fault, number))

    def all(self, *kinds: FaultKind, do: Callable[[Fault], bool]) -> None:
        """Let every due fault of these kinds strike that can; `do` says whether it could."""
        for due in self._of(kinds):
            self._fire(due, do)

    def first(self, *kinds: FaultKind, do: Callable[[Fault], bool] = lambda _: True) -> Due | None:
        """Let the first that can strike do so; the others wait for a later call."""
        return next((due for due in self._of(kinds) if self._fire(due, do)), None)

    def _of(self, kinds: Collection[FaultKind]) -> Iterator[Due]:
        return (due for due in self._due if due.fault.kind in kinds)

    def _fire(self, due: Due, do: Callable[[Fault], bool]) -> bool:
        struck = do(due.fault)
        if struck:
            self._memory.add_fired(due.name)
        return struck
