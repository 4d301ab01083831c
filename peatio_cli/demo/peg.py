"""The cycles of the demo's pegged coin: twenty of them, spread over the time in which the bots trade."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from peatio_cli.demo.accounts import total_balances
from peatio_sandbox import Sandbox, SandboxConfig
from peatio_sandbox.peg.coin import PeggedCoin, with_pegged_coin
from peatio_sandbox.peg.columns import COIN
from peatio_sandbox.peg.market import PeggedMarket

COIN_CODES = ("BAY", "BAYR")
FIRST_PEG = 51
#: The peg moves by three at most: up, so that liquid coins become fewer; down, so that reserve does; and back.
PEGS = (54, 57, 60, 63, 60, 57, 54, 51, 48, 45, 42, 39, 42, 45, 48, 51, 54, 57, 54, 51)
POLL_INTERVAL_S = 0.05
#: After the last cycle, so that a bot that asks for balances every few seconds can have seen it. Not a divisor of the
#: usual times: bots place orders at whole seconds, and would meet all cycles or none if these kept in step.
QUIET_S = 8.3


def interval_s(seconds: float) -> float:
    """The time between two cycles in a demo of so many seconds."""
    return (seconds - min(QUIET_S, seconds / 8)) / len(PEGS)


def pegged_config(config: SandboxConfig, seconds: float) -> SandboxConfig:
    """The exchange with the pegged coin.

    Its cycles are some thousand times as frequent as real ones. So that orders meet a busy exchange now and then, and
    not most of the time, a cycle is busy for a twenty-fifth of the time between two.

    Raises:
        ValueError: the exchange has a currency of that code.
    """
    every_s = interval_s(seconds)
    coin = PeggedCoin(pegs=(FIRST_PEG,), busy_s=every_s / 40, updating_s=every_s / 80)
    return with_pegged_coin(config, coin)


def write_settings(instance: Path, pairs: Sequence[str]) -> None:
    """Name the coin's markets in the instance's settings; those of an earlier demo stay as they are.

    Raises:
        OSError: they cannot be written.
    """
    file = instance / "conf" / "peatio.yml"
    if not file.exists():
        file.write_text(f"pegged: [{', '.join(pairs)}]\n", encoding="utf-8")


class PegCycles:
    """Begins the cycles when they are due. Its times are the event loop's."""

    def __init__(self, pegged: PeggedMarket, seconds: float) -> None:
        self._pegged = pegged
        self._interval_s = interval_s(seconds)
        self._begun = 0
        self._shown = 0
        self._start_s: float | None = None

    def start(self, now_s: float) -> None:
        """The bots trade from now on."""
        self._start_s = now_s

    def step(self, now_s: float) -> Iterator[str]:
        """Begin the cycle that is due; a line for each one that has ended since the last call."""
        # In the middle of its share of the time: at first the bots place their orders.
        if (
            self._start_s is not None
            and self._begun < len(PEGS)
            and now_s >= self._start_s + (self._begun + 0.5) * self._interval_s
            and not self._pegged.tracker.is_busy
        ):
            self._pegged.begin_cycle(PEGS[self._begun])
            self._begun += 1
        yield from self._new_lines()

    async def finish(self) -> list[str]:
        """Wait for the end of a cycle that has begun; its line."""
        while self._pegged.tracker.is_busy:  # noqa: ASYNC110
            await asyncio.sleep(POLL_INTERVAL_S)
        return list(self._new_lines())

    def _new_lines(self) -> Iterator[str]:
        for done in self._pegged.described()["last_cycles"][self._shown :]:
            self._shown += 1
            yield f"cycle {self._shown}: peg {done['peg']}, {done['resized']} orders resized"

    def in_vain(self) -> Iterator[str]:
        """A discrepancy if all cycles came and changed no order: then the demo has shown nothing about them."""
        if self._pegged.cycles == len(PEGS) and self._pegged.resizes == 0:
            yield f"no order was resized in {len(PEGS)} cycles"


def compare_with_tracker(sandbox: Sandbox, members: Iterable[str]) -> Iterator[str]:
    """A discrepancy for each balance of the coin that is another in the exchange's ledger than with its tracker."""
    assert sandbox.pegged is not None
    for member in members:
        held = sandbox.pegged.tracker.balance(sandbox.members[member].uid)
        assert isinstance(held, dict)
        ledger = total_balances(sandbox, member)
        for code, style in zip(COIN_CODES, ("liquid", "reserve"), strict=True):
            tracked = Decimal(held[style]) / COIN
            if tracked != ledger[code]:
                yield f"balance {code} of {member}: {tracked:f} with the tracker, {ledger[code]:f} on the exchange"
