"""Which faults are in force, and the dice that decide whether one strikes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

from peatio_sandbox.faults.kinds import Fault, FaultKind


class Strikes:
    """The faults in force, asked at every place where something can break.

    Attributes:
        hits: how often each kind has struck.
        on_spent: called with a fault that has struck as often as it was to.
    """

    def __init__(self, seed: int) -> None:
        self.hits: Counter[FaultKind] = Counter()
        self.on_spent: Callable[[Fault], None] = lambda _fault: None
        self._rng = random.Random(f"faults {seed}")
        self._active: dict[int, Fault] = {}

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._active[fault.id] = fault

    def remove(self, fault_id: int) -> Fault | None:
        """Take a fault out of force; None if it was not."""
        return self._active.pop(fault_id, None)

    @property
    def is_calm(self) -> bool:
        """Return whether no fault is in force."""
        return not self._active

    def active(self) -> list[Fault]:
        """Return the faults in force, oldest first."""
        return list(self._active.values())

    def of_kind(self, *kinds: FaultKind) -> Iterator[Fault]:
        """Yield the faults of some kinds in force, oldest first."""
        if not self._active:  # nearly always
            return iter(())
        return (fault for fault in self.active() if fault.kind in kinds)

    def strike(self, kind: FaultKind, concerns: Callable[[Fault], bool]) -> Fault | None:
        """Return the first fault of a kind that is about the matter in hand and strikes now."""
        if not self._active:
            return None
        for fault in self.of_kind(kind):
            if concerns(fault) and (fault.probability == 1 or self._rng.random() < fault.probability):
                self.note_hit(fault)
                return fault
        return None

    def note_hit(self, fault: Fault) -> None:
        """Count that a fault has struck."""
        fault.hits += 1
        self.hits[fault.kind] += 1
        if fault.count is not None and fault.hits >= fault.count:
            self.on_spent(fault)

    def draw_s(self, most_s: float) -> float:
        """Draw a time between 0 and ``most_s`` seconds."""
        return self._rng.uniform(0.0, most_s)
