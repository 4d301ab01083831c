#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: when a stop-loss or the time limit ends a PositionExecutor, it closes what is still open: what was bought less
# what its take-profit order has sold.
# What happens: a limit take-profit order counts only when it is filled completely. What it has sold before it is
# cancelled is sold once more.
#
# Observed:
#   bought 1, take-profit sold 0.75: at the stop-loss it cancels the take-profit and sells 1
#   bought 1, take-profit sold all: it sells nothing
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, PositionAction, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # the order of the imports
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor
from hummingbot.strategy_v2.models.executors import CloseType, TrackedOrder


def order(side: TradeType, filled: str) -> TrackedOrder:
    """An order of 1 on the exchange, of which that much is filled."""
    amount = Decimal(filled)
    tracked = TrackedOrder(side.name)
    tracked.order = InFlightOrder(
        client_order_id=side.name, exchange_order_id="1", trading_pair="BAY-USD", order_type=OrderType.LIMIT,
        trade_type=side, amount=Decimal(1), price=Decimal(100), creation_timestamp=1.0,
        initial_state=OrderState.FILLED if amount == 1 else OrderState.OPEN,
    )
    tracked.order.executed_amount_base = amount
    return tracked


class Executor(PositionExecutor):
    """In the middle of its life; what it asks of the exchange is noted."""

    def __init__(self, sold: str) -> None:
        self.config = PositionExecutorConfig(
            timestamp=1.0, connector_name="any", trading_pair="BAY-USD", side=TradeType.BUY, amount=Decimal(1)
        )
        self.connectors = {"any": SimpleNamespace(quantize_order_amount=lambda trading_pair, amount: amount)}
        self.trading_rules = SimpleNamespace(min_order_size=Decimal("0.01"))
        self._strategy = SimpleNamespace(
            current_timestamp=2.0, cancel=lambda *_, **__: self.did.append("cancels the take-profit")
        )
        self.did: list[str] = []
        self._open_order, self._close_order = order(TradeType.BUY, "1"), None
        self._take_profit_limit_order = order(TradeType.SELL, sold)
        self._total_executed_amount_backup = Decimal(0)

    def get_in_flight_order(self, _connector: str, _order_id: str) -> InFlightOrder:
        return self._take_profit_limit_order.order

    def place_order(self, amount: Decimal, **_: object) -> str:
        self.did.append(f"sells {amount.normalize():f}")
        return "closing"


partly = Executor(sold="0.75")
partly.place_close_order_and_cancel_open_orders(CloseType.STOP_LOSS)
print(f"bought 1, take-profit sold 0.75: at the stop-loss it {' and '.join(partly.did)}")

wholly = Executor(sold="1")
event = SimpleNamespace(order_id=TradeType.SELL.name, base_asset_amount=Decimal(1))
wholly.process_order_completed_event(0, None, event)
wholly.place_close_order_and_cancel_open_orders(CloseType.STOP_LOSS)
print(f"bought 1, take-profit sold all: it {' and '.join(wholly.did) or 'sells nothing'}")
PYTHON
