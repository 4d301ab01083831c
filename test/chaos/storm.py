"""What goes wrong in a seed: a storm of every fault the sandbox knows, one after the other and some at once."""

from peatio_sandbox import Sandbox
from peatio_sandbox.faults import STORM_KINDS

# A fault every so often, lasting so long; both vary, and faults overlap.
MEAN_PAUSE_S = 0.7
MEAN_DURATION_S = 0.6


class Storm:
    """Blows from `begin` to `end`; same seed, same faults."""

    def __init__(self, sandbox: Sandbox, seed: int, member: str) -> None:
        self._sandbox = sandbox
        self._seed = seed
        self._member = member

    def begin(self) -> None:
        self._sandbox.faults.storm(
            self._seed,
            kinds=STORM_KINDS,
            mean_pause_s=MEAN_PAUSE_S,
            mean_duration_s=MEAN_DURATION_S,
            member=self._member,
        )

    def end(self) -> None:
        """The storm and everything it broke."""
        self._sandbox.faults.end_storm()
        self._sandbox.faults.stop()

    @property
    def hits(self) -> int:
        """How often any fault has struck."""
        return sum(self._sandbox.faults.hits.values())

    @property
    def kinds(self) -> int:
        """How many kinds of faults have struck."""
        return sum(1 for count in self._sandbox.faults.hits.values() if count)
