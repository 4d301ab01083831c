"""What a bot's operator does: `stop` and `start`, another API key."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.faults.kind import FaultType, Given

if TYPE_CHECKING:
    from simulation.plan import Plan
    from simulation.world import World

#: Between `stop` and `start`.
PAUSE_S = (0.0, 15.0)
#: How long a bot runs on with a key that is refused.
REFUSED_S = (0.0, 20.0)


def _restarts(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    for bot in plan.bots:
        if rng.random() < 0.5:
            yield rng.uniform(5.0, plan.trading_s), {"bot": bot.name, "pause_s": rng.uniform(*PAUSE_S)}


def _restart(world: "World", given: Given) -> None:
    world.bots[given["bot"]].restart(given["pause_s"])


def _rotations(rng: random.Random, plan: "Plan") -> Iterator[tuple[float, Given]]:
    """At most one for each bot that is alone on its account: others would go on with the old key."""
    accounts = Counter((bot.exchange, bot.member) for bot in plan.bots)
    for bot in plan.bots:
        if rng.random() < 0.25 and accounts[bot.exchange, bot.member] == 1:
            yield rng.uniform(5.0, plan.trading_s), {
                "bot": bot.name,
                "is_killed": rng.random() < 0.5,
                "refused_s": rng.choice((None, rng.uniform(*REFUSED_S))),
                "pause_s": rng.uniform(*PAUSE_S),
            }


def _rotate(world: "World", given: Given) -> None:
    """The old key is refused while the bot still runs, or once it has stopped."""
    bot = world.bots[given["bot"]]
    refuse = bot.change_key()

    def end() -> None:
        if given["is_killed"]:
            bot.die(is_machine=False, down_s=given["pause_s"])
        else:
            bot.restart(given["pause_s"])

    if given["refused_s"] is None:
        bot.before_next_life(refuse)
        end()
    else:
        refuse()
        world.until_calm(given["refused_s"], end)


KINDS = (FaultType("stop and start", _restarts, _restart), FaultType("key rotation", _rotations, _rotate))
