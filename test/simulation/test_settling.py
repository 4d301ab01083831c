"""When a world is judged."""

from types import SimpleNamespace
from typing import Any

import pytest

from simulation import world
from simulation.world import World


async def test_a_bot_that_died_after_the_last_fault_is_started_again_before_it_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seed 120288: a death that counts steps came late, and the next life was never stopped."""
    for name in ("SETTLE_AT_LEAST_S", "SETTLE_STEP_S"):
        monkeypatch.setattr(world, name, 0.0)

    class Dead:
        looks = 0

        @property
        def is_away(self) -> bool:
            self.looks += 1
            return self.looks < 3

    bot = Dead()
    judged: list[int] = []
    settling: Any = object.__new__(World)
    settling.loop = SimpleNamespace(true_s=0.0)
    settling.bots = {"bot": bot}
    settling._outcome = SimpleNamespace(findings=None)

    def judge(bot: Dead) -> list[str]:
        judged.append(bot.looks)
        return []

    settling._judge = judge
    await settling._settle()
    assert judged == [3]
