#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: the profit of a completed XEMMExecutor is what it sold for less what it bought for, whichever of the two orders
# was the maker's.
# What happens: it is the taker's money less the maker's. With the maker on the sell side the sign is wrong: a profit is
# reported as a loss and a loss as a profit, and goes like that into the sums of the controller. Only the fees have the
# right sign.
#
# Observed:
#   maker buys at 99, taker sells at 101: PnL 2
#   maker sells at 101, taker buys at 99: PnL -2
#   maker sells at 99, taker buys at 101: PnL 2
#   maker sells at 101, taker buys at 99, fees 0.5: PnL -2.5
#   the report of a controller with the two profits of 2: realized PnL 0
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
from decimal import Decimal
from types import SimpleNamespace

from hummingbot.core.data_type.common import OrderType, TradeType
from hummingbot.core.data_type.in_flight_order import InFlightOrder, OrderState, TradeUpdate
from hummingbot.core.data_type.trade_fee import AddedToCostTradeFee, TokenAmount
from hummingbot.core.rate_oracle.rate_oracle import RateOracle
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator
from hummingbot.strategy_v2.executors.data_types import ConnectorPair
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.executors.xemm_executor.xemm_executor import XEMMExecutor
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType, TrackedOrder

PAIR, ONE = "BAY-USD", Decimal(1)
RateOracle.get_instance()._prices = {}
exchange = SimpleNamespace(supported_order_types=lambda: [OrderType.LIMIT, OrderType.MARKET])
strategy = SimpleNamespace(
    connectors={"maker": exchange, "taker": exchange}, markets={}, controllers={}, current_timestamp=2.0,
    market_data_provider=SimpleNamespace(get_price_by_type=lambda *_: Decimal(100)),
)


def filled(side: TradeType, price: int, fee: Decimal) -> TrackedOrder:
    """An order of 1 that is filled."""
    order = InFlightOrder(side.name, PAIR, OrderType.LIMIT, side, ONE, 1.0, Decimal(price), side.name, OrderState.OPEN)
    fees = AddedToCostTradeFee(flat_fees=[TokenAmount("USD", fee)])
    order.update_with_trade_update(
        TradeUpdate("fill", side.name, side.name, PAIR, 1.0, order.price, ONE, order.price, fees)
    )
    order.current_state = OrderState.FILLED
    tracked = TrackedOrder(side.name)
    tracked.order = order
    return tracked


def completed(side: TradeType, maker_price: int, taker_price: int, fees: str = "0") -> XEMMExecutor:
    """An executor whose two orders are filled, the maker's on that side."""
    buys = side is TradeType.BUY
    markets = [ConnectorPair(connector_name=name, trading_pair=PAIR) for name in ("maker", "taker")]
    buying, selling = markets if buys else reversed(markets)
    executor = XEMMExecutor(
        strategy,
        XEMMExecutorConfig(
            timestamp=1.0, buying_market=buying, selling_market=selling, maker_side=side, order_amount=ONE,
            min_profitability=Decimal("0.005"), target_profitability=Decimal("0.01"), max_profitability=Decimal("0.05"),
        ),
    )
    executor.maker_order = filled(side, maker_price, Decimal(fees) / 2)
    executor.taker_order = filled(TradeType.SELL if buys else TradeType.BUY, taker_price, Decimal(fees) / 2)
    executor.close_type, executor._status = CloseType.COMPLETED, RunnableStatus.TERMINATED
    return executor


def show(side: TradeType, maker_price: int, taker_price: int, fees: str = "0") -> XEMMExecutor:
    """Prints what such an executor reports as its profit."""
    executor = completed(side, maker_price, taker_price, fees)
    verbs = ("buys", "sells") if side is TradeType.BUY else ("sells", "buys")
    fee_text = f", fees {fees}" if fees != "0" else ""
    print(
        f"maker {verbs[0]} at {maker_price}, taker {verbs[1]} at {taker_price}{fee_text}:"
        f" PnL {executor.net_pnl_quote.normalize():f}"
    )
    return executor


wins = [show(TradeType.BUY, 99, 101), show(TradeType.SELL, 101, 99)]
show(TradeType.SELL, 99, 101)
show(TradeType.SELL, 101, 99, fees="0.5")
orchestrator = ExecutorOrchestrator.__new__(ExecutorOrchestrator)
orchestrator.__dict__.update(
    strategy=strategy, active_executors={"main": wins}, positions_held={"main": []}, executors_ids_position_held=[],
    cached_performance={},
)
report = orchestrator.get_all_reports()["main"]["performance"]
print(f"the report of a controller with the two profits of 2: realized PnL {report.realized_pnl_quote.normalize():f}")
PYTHON
