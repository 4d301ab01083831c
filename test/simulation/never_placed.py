"""Runs a world whose mirror fails while it sends a hedge, and prints what became of it as JSON.

For a process of its own: `python -m test.simulation.never_placed`.
"""

import json
import os
import sys
from dataclasses import replace
from typing import Any

if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, "-m", "test.simulation.never_placed"])

# The packages of the wheel come from where it is installed.
sys.path.append(sys.path.pop(0))

from simulation import runner

runner.install()

from peatio_liquidity.hedging import HedgeOrder  # noqa: E402
from peatio_liquidity.source_market import SourceMarket  # noqa: E402
from simulation.mirror.plan import mirror_plan_of  # noqa: E402
from simulation.mirror.world import MirrorWorld  # noqa: E402
from simulation.seeds import run_plan  # noqa: E402

SEED, TRADING_S = 3014, 30.0


def facts() -> dict[str, Any]:
    """What the operator settled, and what the judges complain of."""
    sends, operators = [], []
    send = SourceMarket.send

    def fail_once(self: SourceMarket, order: HedgeOrder) -> str:
        sends.append(order)
        if len(sends) == 1:
            raise RuntimeError("the connector failed")
        return send(self, order)

    class Watched(MirrorWorld):
        async def run(self) -> Any:
            operators.append(self._operator)
            return await super().run()

    SourceMarket.send = fail_once  # type: ignore[method-assign]
    plan = replace(mirror_plan_of(SEED), faults=(), trading_s=TRADING_S)
    outcome = run_plan(plan, world=Watched).outcome
    complaints = [*map(str, outcome.findings), *map(str, outcome.violations), *outcome.stuck, *outcome.failed]
    return {"settled": operators[0].settled, "hedges": len(sends), "complaints": complaints}


if __name__ == "__main__":
    print(json.dumps(facts()))
