"""What a kind of fault is."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

Given = Mapping[str, Any]


@dataclass(frozen=True)
class FaultType:
    """
    :ivar draw: yields (seconds since the start, what it is given) of each fault of this kind in a seed. What is given
        is plain values, so that a plan can be written down
    :ivar begin: begins the fault now; it ends by itself or at `World.calm`
    """

    name: str
    draw: "Callable[[random.Random, Plan], Iterable[tuple[float, Given]]]"
    begin: "Callable[[World, Given], None]"
