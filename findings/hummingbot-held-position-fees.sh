#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the global PnL that a V2 controller is shown with is what is left after fees, whatever its executors do with
# what they trade.
# What happens: that of an executor that closes its position is; that of one that leaves it to be held, as each
# OrderExecutor does, is not. A comment says that the position is net of fees, but its fees are only counted beside. The
# position itself, asked for its own global PnL, subtracts them.
#
# Observed:
#   bought and sold 1 at 100 for fees of 1
#   by one executor that closes: global PnL -1
#   by two executors whose positions are held: global PnL 0
#   the held position in the same report: global PnL -1
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import DeductedFromReturnsTradeFee, TokenAmount
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator
from hummingbot.strategy_v2.executors.order_executor.data_types import ExecutionStrategy, OrderExecutorConfig
from hummingbot.strategy_v2.executors.order_executor.order_executor import OrderExecutor
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig
from hummingbot.strategy_v2.executors.position_executor.position_executor import PositionExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType, TrackedOrder

NAME, PAIR, PRICE = "any", "BAY-USD", Decimal(100)
TERMS = {"timestamp": 1.0, "connector_name": NAME, "trading_pair": PAIR, "amount": Decimal(1)}
RateOracle.get_instance()._prices = {"USD-BAY": 1 / PRICE}
exchange = SimpleNamespace(
    trading_rules={PAIR: SimpleNamespace()}, get_price_by_type=lambda *_: PRICE, remove_listener=lambda *_: None,
    quantize_order_amount=lambda trading_pair, amount: amount,
)
strategy = SimpleNamespace(
    connectors={NAME: exchange}, markets={NAME: {PAIR}}, controllers={}, current_timestamp=2.0,
    market_data_provider=SimpleNamespace(get_price_by_type=lambda *_: PRICE),
)


def filled(side: TradeType) -> TrackedOrder:
    """An order of 1 at PRICE that is filled, for a fee of 0.5 USD."""
    order = InFlightOrder(
        f"a-{side.name}", PAIR, OrderType.LIMIT, side, Decimal(1), 1.0, PRICE, side.name, OrderState.OPEN
    )
    fee = DeductedFromReturnsTradeFee(flat_fees=[TokenAmount("USD", Decimal("0.5"))])
    order.update_with_trade_update(
        TradeUpdate("fill", order.client_order_id, side.name, PAIR, 1.0, PRICE, Decimal(1), PRICE, fee)
    )
    order.current_state = OrderState.FILLED
    tracked = TrackedOrder(order.client_order_id)
    tracked.order = order
    return tracked


def closes() -> PositionExecutor:
    """An executor that has bought and sold."""
    executor = PositionExecutor(strategy, PositionExecutorConfig(**TERMS, side=TradeType.BUY))
    executor._open_order, executor._close_order = filled(TradeType.BUY), filled(TradeType.SELL)
    executor.close_type, executor._status = CloseType.TAKE_PROFIT, RunnableStatus.TERMINATED
    return executor


def holds(side: TradeType) -> OrderExecutor:
    """An executor whose order is filled: told so, it ends."""
    settings = OrderExecutorConfig(**TERMS, side=side, price=PRICE, execution_strategy=ExecutionStrategy.LIMIT)
    executor = OrderExecutor(strategy, settings)
    executor._order = filled(side)
    executor.get_in_flight_order = lambda *_: executor._order.order
    executor.process_order_completed_event(0, None, SimpleNamespace(order_id=executor._order.order_id))
    return executor


def report(*executors: object) -> object:
    """Returns what the orchestrator reports of a controller with these executors."""
    orchestrator = ExecutorOrchestrator.__new__(ExecutorOrchestrator)
    orchestrator.__dict__.update(
        strategy=strategy, active_executors={"main": list(executors)}, positions_held={"main": []},
        executors_ids_position_held=[], cached_performance={},
    )
    return orchestrator.get_all_reports()["main"]["performance"]


fees = sum(filled(side).cum_fees_quote for side in (TradeType.BUY, TradeType.SELL))
print(f"bought and sold 1 at {PRICE} for fees of {fees.normalize():f}")
print(f"by one executor that closes: global PnL {report(closes()).global_pnl_quote.normalize():f}")
held = report(holds(TradeType.BUY), holds(TradeType.SELL))
print(f"by two executors whose positions are held: global PnL {held.global_pnl_quote.normalize():f}")
(position,) = held.positions_summary
print(f"the held position in the same report: global PnL {position.global_pnl_quote.normalize():f}")
PYTHON
