"""All kinds of faults by name."""

from collections.abc import Mapping

from simulation.faults import clock, disk, exchange, market, network, operator, peg, process
from simulation.faults.kind import FaultType

#: Name → kind. A seed draws the faults of each kind from a stream of its own.
FAULTS: Mapping[str, FaultType] = {
    kind.name: kind
    for part in (exchange, network, process, disk, clock, market, operator, peg)
    for kind in part.KINDS
}
