"""Runs worlds with one fault of an operator or a death under guard, and prints what happened as JSON.

For a process of its own: `python -m test.simulation.operator_worlds`.
"""

import json
import os
import sys
from dataclasses import replace
from typing import Any

if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, "-m", "test.simulation.operator_worlds"])

# The packages of the wheel come from where it is installed.
sys.path.append(sys.path.pop(0))

from simulation import runner

runner.install()

from peatio_sandbox import FaultKind  # noqa: E402
from peatio_sandbox.exchange.records import TradeRecord  # noqa: E402
from simulation.plan import PlannedFault, plan_of  # noqa: E402
from simulation.seeds import run_plan  # noqa: E402
from simulation.world import World  # noqa: E402

TRADING_S, AT_S = 45.0, 12.0
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "quiet restart": (
        "quiet restart", {"exchange": 0, "before_s": 6.0, "after_s": 6.0, "down_s": 1.0, "engines": False}
    ),
    "key rotation": ("key rotation", {"bot": "bot", "is_killed": False, "refused_s": 2.0, "pause_s": 3.0}),
    "stop and start": ("stop and start", {"bot": "bot", "pause_s": 5.0}),
    "death under guard": ("kill", {"bot": "bot", "steps": 0, "is_machine": False, "down_s": 25.0}),
}


def facts_of(name: str) -> dict[str, Any]:
    """What happened in the world of that fault."""
    kind, given = FAULTS[name]
    plan = plan_of(1)
    bot = replace(plan.bots[0], guard_after_s=3.0 if name == "death under guard" else None, leftovers="cancel")
    plan = replace(plan, bots=(bot,), faults=(PlannedFault(1, 1, AT_S, kind, given),), trading_s=TRADING_S)
    # Trades of others, and when each life begins.
    facts: dict[str, Any] = {"traded_at_s": [], "lives": [], "open_at_start": []}

    class Watched(World):
        async def run(self) -> Any:
            (bot,) = self.bots.values()
            (exchange,) = self.exchanges
            uid = exchange.sandbox.members["bot"].uid

            def traded(trade: TradeRecord) -> None:
                if uid not in (trade.maker_order.member.uid, trade.taker_order.member.uid):
                    facts["traded_at_s"].append(self.loop.true_s)

            exchange.sandbox.exchange.on_trade(traded)
            start = bot.start

            def started(*arguments: Any) -> None:
                open_orders = [order for order in exchange.sandbox.orders("bot") if order.state in ("pending", "wait")]
                facts["open_at_start"].append(len(open_orders))
                start(*arguments)
                assert bot.life is not None
                facts["lives"].append([self.loop.true_s, bot.host, bot.life.plan.api_key])

            bot.start = started  # type: ignore[assignment,method-assign]
            outcome = await super().run()
            assert exchange.sandbox._gateway is not None
            facts["is_old_key_refused"] = not exchange.sandbox._gateway._keys[facts["lives"][0][2]].is_active
            facts["restarts"] = exchange.sandbox.faults.hits.get(FaultKind.SERVER_RESTART, 0)
            facts["guard_ends"] = [int(end) for guard in self.guards for end in guard.ends]
            return outcome

    run = run_plan(plan, world=Watched)
    outcome = run.outcome
    facts["complaints"] = [
        *map(str, outcome.findings), *map(str, outcome.violations), *outcome.stuck, *outcome.failed
    ]
    return facts


if __name__ == "__main__":
    print(json.dumps({name: facts_of(name) for name in FAULTS}))
