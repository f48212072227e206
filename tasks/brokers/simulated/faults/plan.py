"""The plan of faults: which strikes on which call. The same seed and the same calls have the same faults."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from tasks.book.faults import Call, Fault, FaultKind
from tasks.brokers.simulated.faults.store import FaultStore


@dataclass(frozen=True)
class FaultPlan:
    """Faults in the order in which they strike, and the seed of their chances."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    named: tuple[tuple[str, Fault], ...] = field(init=False, repr=False, compare=False)
    """Each fault under a name that says all about it; a fault keeps its name, whatever stands before it."""

    def __post_init__(self) -> None:
        texts = [fault.model_dump_json(exclude_defaults=True) for fault in self.faults]
        names = [f"{text} {texts[:place].count(text) + 1}" for place, text in enumerate(texts)]
        object.__setattr__(self, "named", tuple(zip(names, self.faults, strict=True)))

    def concerned(self, call: Call, symbols: Collection[str], key: str) -> Iterator[tuple[str, Fault]]:
        """The faults that count this call."""
        return ((name, fault) for name, fault in self.named if fault.concerns(call, symbols, key))

    def strikes(self, name: str, fault: Fault, number: int, fired: int) -> bool:
        """Whether the fault strikes on its `number`-th matching call (from 1), having fired `fired` times before."""
        if fault.times is not None and fired >= fault.times:
            return False
        if fault.probability is None:
            return number >= (fault.nth or 1)
        return self.chance(name, number) < fault.probability

    def chance(self, *names: object) -> float:
        """A number in [0, 1) that depends on the seed and the names alone."""
        digest = sha256("|".join(map(str, (self.seed, *names))).encode()).digest()
        return int.from_bytes(digest[:8]) / 2**64


@dataclass(frozen=True, slots=True)
class DueFault:
    """One fault that may strike on this call."""

    name: str
    fault: Fault
    number: int
    """Of the fault's matching calls, from 1."""


class DueFaults:
    """The faults due on one call: counted when made, fired only when they can really lie."""

    def __init__(self, plan: FaultPlan, memory: FaultStore, call: Call, symbols: Collection[str], key: str) -> None:
        self._memory = memory
        self._due: list[DueFault] = []
        for name, fault in plan.concerned(call, symbols, key):
            number, fired = memory.counted(name)
            if plan.strikes(name, fault, number, fired):
                self._due.append(DueFault(name, fault, number))

    def all(self, *kinds: FaultKind, do: Callable[[Fault], bool]) -> None:
        """Let every due fault of these kinds strike that can; `do` says whether it could."""
        for due in self._of(kinds):
            self._fire(due, do)

    def first(self, *kinds: FaultKind, do: Callable[[Fault], bool] = lambda _: True) -> DueFault | None:
        """Let the first that can strike do so; the others wait for a later call."""
        return next((due for due in self._of(kinds) if self._fire(due, do)), None)

    def _of(self, kinds: Collection[FaultKind]) -> Iterator[DueFault]:
        return (due for due in self._due if due.fault.kind in kinds)

    def _fire(self, due: DueFault, do: Callable[[Fault], bool]) -> bool:
        struck = do(due.fault)
        if struck:
            self._memory.add_fired(due.name)
        return struck
