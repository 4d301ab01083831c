"""What goes wrong in a seed: a storm of every fault the sandbox knows, one after the other and some at once."""

import asyncio
import random
from collections.abc import Collection

from peatio_sandbox import FaultKind, Sandbox
from peatio_sandbox.faults.faults import STORM_KINDS

# A fault every so often, lasting so long; both vary, and faults overlap.
MEAN_PAUSE_S = 0.9
MEAN_DURATION_S = 0.5
LONGEST_WAIT_S = 5.0
# Long against CANCEL_PENDING_LIMIT_S, REQUEST_TIMEOUT_S and LOOKUP_LIMIT_S, scaled.
HARD_PAUSE_S = (1.5, 5.0)
HARD_DURATION_S = (1.3, 3.0)
HELD_UP_S = (2.0, 3.5)


class Storm:
    """Blows from `begin` to `end`; same seed, same faults.

    The storm's faults are short, as most are. Some things only come of long ones, so `blow_hard` adds those.
    """

    def __init__(self, sandbox: Sandbox, seed: int, member: str) -> None:
        self._random = random.Random(f"hard blows {seed}")
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

    async def blow_hard(self) -> None:
        """Until cancelled: outages longer than the connector's patience.

        An order processor that stands still outlasts a cancel's wait for `wait` (it leaves a ghost), and a create that
        the exchange handles only when the connector has long given it up.
        """
        faults = self._sandbox.faults
        while True:
            for blow in self._random.sample((0, 1), 2):
                await asyncio.sleep(self._random.uniform(*HARD_PAUSE_S))
                if blow == 0:
                    resumes = self._random.random() < 0.5
                    duration_s = self._random.uniform(*HARD_DURATION_S)
                    faults.start(FaultKind.PROCESSOR_PAUSED, duration_s=duration_s, resume=resumes)
                else:
                    faults.start(
                        FaultKind.LATENCY,
                        duration_s=HARD_DURATION_S[0],
                        path="/market/orders",
                        method="POST",
                        count=self._random.randint(1, 5),
                        delay_s=self._random.uniform(*HELD_UP_S),
                        before=True,
                    )

    def end(self) -> None:
        """The storm and everything it broke."""
        self._sandbox.faults.end_storm()
        self._sandbox.faults.stop()

    async def next_blow(self, kinds: Collection[FaultKind]) -> None:
        """Waits until one of these faults strikes, but no longer than a storm may spare them."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + LONGEST_WAIT_S
        before = self._count(kinds)
        while self._count(kinds) == before and loop.time() < until_s:  # noqa: ASYNC110 - faults tell nobody
            await asyncio.sleep(0.01)

    def _count(self, kinds: Collection[FaultKind]) -> int:
        # Not only those that have hit: a pause is counted only when it is over.
        active = sum(1 for fault in self._sandbox.faults.active() if fault.kind in kinds)
        return active + sum(self._sandbox.faults.hits.get(kind, 0) for kind in kinds)

    @property
    def hits(self) -> int:
        """How often any fault has struck."""
        return sum(self._sandbox.faults.hits.values())

    @property
    def kinds(self) -> int:
        """How many kinds of faults have struck."""
        return sum(1 for count in self._sandbox.faults.hits.values() if count)
