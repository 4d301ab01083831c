#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the `timestamp` of an executor's configuration may be left out: it is optional, and its validator sets the
# present time where it is None.
# What happens: pydantic does not validate a default, so it stays None. The executor works and orders, but it cannot be
# reported, because its report needs a time. Of the configurations of all executors none differs.
#
# Observed:
#   left out: None
#   given as None: a time
#   arbitrage_executor, dca_executor, grid_executor, lp_executor, order_executor, position_executor, twap_executor, xemm_executor: all the same default
#   its report: Input should be a valid number
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal

from pydantic import ValidationError

from hummingbot.core.data_type.common import TradeType
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors_info import AnyExecutorConfig, ExecutorInfo

ORDER = {
    "connector_name": "any",
    "trading_pair": "BAY-USD",
    "side": TradeType.BUY,
    "amount": Decimal(1),
    "execution_strategy": ExecutionStrategy.MARKET,
}
left_out = OrderExecutorConfig(**ORDER)
print(f"left out: {left_out.timestamp}")
print(f"given as None: {'a time' if OrderExecutorConfig(**ORDER, timestamp=None).timestamp else None}")

classes = {each.model_fields["type"].default: each for each in AnyExecutorConfig.__args__}
defaults = {each.model_fields["timestamp"].default for each in classes.values()}
print(f"{', '.join(sorted(classes))}: {'all the same default' if defaults == {None} else defaults}")

try:
    # As ExecutorBase.executor_info, of a new executor.
    ExecutorInfo(
        id=left_out.id, timestamp=left_out.timestamp, type=left_out.type, status=RunnableStatus.RUNNING,
        config=left_out, net_pnl_pct=Decimal(0), net_pnl_quote=Decimal(0), cum_fees_quote=Decimal(0),
        filled_amount_quote=Decimal(0), is_active=True, is_trading=False, custom_info={},
    )
    print("its report: made")
except ValidationError as error:
    print(f"its report: {error.errors()[0]['msg']}")
PYTHON
