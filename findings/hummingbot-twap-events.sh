#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: when an order of TWAPExecutor fails, that one is placed again, and the rest of the plan stays; events of other
# orders do not concern it.
# What happens: the failed order becomes the whole plan. What was placed before is forgotten, with what it filled, and
# what is due later is never placed. And as long as an order of the plan is not due, each event of an order that is not
# in the plan, of another executor for example, ends in an AttributeError.
#
# Observed:
#   plan of 3, 2 placed
#   an order of another executor is created: AttributeError
#   the second order fails: plan of 1, 0 placed
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from types import SimpleNamespace

from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.twap_executor.twap_executor import TWAPExecutor
from hummingbot.strategy_v2.models.executors import TrackedOrder


class Executor(TWAPExecutor):
    """Two orders of its plan are placed, the third is not due; it has as much else as the handlers read."""

    def __init__(self) -> None:
        self.config = SimpleNamespace(connector_name="any")
        self._order_plan = {0.0: TrackedOrder("first"), 10.0: TrackedOrder("second"), 20.0: None}
        self._failed_orders, self._current_retries = [], 0

    def plan(self) -> str:
        return f"plan of {len(self._order_plan)}, {len([each for each in self._order_plan.values() if each])} placed"


executor = Executor()
print(executor.plan())
try:
    executor.process_order_created_event(0, None, SimpleNamespace(order_id="of-another"))
    print("an order of another executor is created: nothing")
except AttributeError as error:
    print(f"an order of another executor is created: {type(error).__name__}")
executor.process_order_failed_event(0, None, SimpleNamespace(order_id="second"))
print(f"the second order fails: {executor.plan()}")
PYTHON
