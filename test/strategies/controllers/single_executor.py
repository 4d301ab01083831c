"""Runs one executor of Hummingbot at a time, and the next when it has ended."""

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hummingbot.core.data_type.common import MarketDict, OrderType, PriceType, TradeType
from hummingbot.strategy_v2.controllers.controller_base import ControllerBase, ControllerConfigBase
from hummingbot.strategy_v2.executors.arbitrage_executor.data_types import ArbitrageExecutorConfig
from hummingbot.strategy_v2.executors.data_types import ConnectorPair, ExecutorConfigBase
from hummingbot.strategy_v2.executors.dca_executor.data_types import DCAExecutorConfig
from hummingbot.strategy_v2.executors.grid_executor.data_types import GridExecutorConfig
from hummingbot.strategy_v2.executors.order_executor.data_types import (
    ExecutionStrategy,
    LimitChaserConfig,
    OrderExecutorConfig,
)
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig, TripleBarrierConfig
from hummingbot.strategy_v2.executors.twap_executor.data_types import TWAPExecutorConfig, TWAPMode
from hummingbot.strategy_v2.executors.xemm_executor.data_types import XEMMExecutorConfig
from hummingbot.strategy_v2.models.executor_actions import CreateExecutorAction, ExecutorAction

PAUSE_S = 2.0
PIP = Decimal("0.0001")


class SingleExecutorConfig(ControllerConfigBase):
    """What to run.

    :param kind: one of `EXECUTORS`
    :param other_connector: the second exchange of those that need one
    :param buys_only: else it buys and sells in turn
    :param deducts_fees: the grid's `deduct_base_fees`
    """

    controller_name: str = "single_executor"
    controller_type: str = "generic"
    connector_name: str = "peatio"
    other_connector: str = ""
    trading_pair: str = "BTC-USD"
    kind: str = "order"
    amount: Decimal = Decimal("0.01")
    buys_only: bool = False
    deducts_fees: bool = True

    def update_markets(self, markets: MarketDict) -> MarketDict:
        """The markets to connect to."""
        for name in filter(None, (self.connector_name, self.other_connector)):
            markets = markets.add_or_update(name, self.trading_pair)
        return markets


class SingleExecutor(ControllerBase):
    """Buys and sells in turn."""

    def __init__(self, config: SingleExecutorConfig, *args: object, **kwargs: object) -> None:
        super().__init__(config, *args, **kwargs)
        self.config: SingleExecutorConfig = config
        self._started = 0

    async def update_processed_data(self) -> None:
        """Nothing: the price is read where it is used."""

    def determine_executor_actions(self) -> list[ExecutorAction]:
        """The next executor, if none is active and the last one ended a while ago."""
        ended_at_s = max((info.close_timestamp or 0 for info in self.executors_info), default=0)
        is_busy = any(info.is_active for info in self.executors_info)
        mid = self.market_data_provider.get_price_by_type(
            self.config.connector_name, self.config.trading_pair, PriceType.MidPrice
        )
        if is_busy or self.market_data_provider.time() - ended_at_s < PAUSE_S or not mid > 0:
            return []
        side = TradeType.BUY if self.config.buys_only else (TradeType.BUY, TradeType.SELL)[self._started % 2]
        self._started += 1
        config = EXECUTORS[self.config.kind](self.config, side, mid)
        return [CreateExecutorAction(controller_id=self.config.id, executor_config=config)]


def _away(side: TradeType, price: Decimal, pips: int) -> Decimal:
    """A price that many hundredths of a percent away from the market, on the side of a resting order."""
    return price * (1 - pips * PIP if side is TradeType.BUY else 1 + pips * PIP)


def _market(config: SingleExecutorConfig) -> dict[str, Any]:
    # Without a time Hummingbot cannot report an executor, and a controller that sees none would start another.
    return {"connector_name": config.connector_name, "trading_pair": config.trading_pair, "timestamp": time.time()}


def _order(strategy: ExecutionStrategy) -> Callable[[SingleExecutorConfig, TradeType, Decimal], ExecutorConfigBase]:
    def executor(config: SingleExecutorConfig, side: TradeType, mid: Decimal) -> ExecutorConfigBase:
        return OrderExecutorConfig(
            **_market(config),
            side=side,
            amount=config.amount,
            price=_away(side, mid, 3),
            execution_strategy=strategy,
            chaser_config=LimitChaserConfig(distance=3 * PIP, refresh_threshold=2 * PIP),
        )

    return executor


def _position(config: SingleExecutorConfig, side: TradeType, mid: Decimal) -> ExecutorConfigBase:
    return PositionExecutorConfig(
        **_market(config),
        side=side,
        amount=config.amount,
        entry_price=_away(side, mid, 3),
        triple_barrier_config=TripleBarrierConfig(
            take_profit=5 * PIP, stop_loss=20 * PIP, time_limit=15, take_profit_order_type=OrderType.LIMIT
        ),
    )


def _dca(config: SingleExecutorConfig, side: TradeType, mid: Decimal) -> ExecutorConfigBase:
    return DCAExecutorConfig(
        **_market(config),
        side=side,
        amounts_quote=[config.amount * mid, 2 * config.amount * mid],
        prices=[_away(side, mid, 3), _away(side, mid, 15)],
        take_profit=5 * PIP,
        stop_loss=40 * PIP,
        time_limit=15,
    )


def _grid(config: SingleExecutorConfig, side: TradeType, mid: Decimal) -> ExecutorConfigBase:
    return GridExecutorConfig(
        **_market(config),
        side=side,
        start_price=mid * (1 - 30 * PIP),
        end_price=mid * (1 + 30 * PIP),
        limit_price=_away(side, mid, 200),
        total_amount_quote=6 * config.amount * mid,
        min_order_amount_quote=config.amount * mid,
        min_spread_between_orders=5 * PIP,
        max_open_orders=3,
        leverage=1,
        deduct_base_fees=config.deducts_fees,
        triple_barrier_config=TripleBarrierConfig(
            take_profit=5 * PIP, time_limit=25, take_profit_order_type=OrderType.LIMIT
        ),
    )


def _twap(mode: TWAPMode) -> Callable[[SingleExecutorConfig, TradeType, Decimal], ExecutorConfigBase]:
    def executor(config: SingleExecutorConfig, side: TradeType, mid: Decimal) -> ExecutorConfigBase:
        return TWAPExecutorConfig(
            **_market(config),
            side=side,
            total_amount_quote=3 * config.amount * mid,
            total_duration=8,
            order_interval=4,
            mode=mode,
            limit_order_buffer=3 * PIP,
            order_resubmission_time=5,
        )

    return executor


def _pairs(config: SingleExecutorConfig, side: TradeType) -> dict[str, Any]:
    """Where a maker on `side` of the first exchange, and the opposite on the other, buys and sells."""
    first = ConnectorPair(connector_name=config.connector_name, trading_pair=config.trading_pair)
    other = ConnectorPair(connector_name=config.other_connector, trading_pair=config.trading_pair)
    buying, selling = (first, other) if side is TradeType.BUY else (other, first)
    return {"buying_market": buying, "selling_market": selling, "timestamp": time.time()}


def _xemm(config: SingleExecutorConfig, side: TradeType, _mid: Decimal) -> ExecutorConfigBase:
    # Below the fees, so that there are fills.
    return XEMMExecutorConfig(
        **_pairs(config, side),
        maker_side=side,
        order_amount=config.amount,
        min_profitability=-60 * PIP,
        target_profitability=-40 * PIP,
        max_profitability=-20 * PIP,
    )


def _arbitrage(config: SingleExecutorConfig, side: TradeType, _mid: Decimal) -> ExecutorConfigBase:
    # At a loss: two exchanges of the sandbox are seldom so far apart that it earns the fees.
    return ArbitrageExecutorConfig(**_pairs(config, side), order_amount=config.amount, min_profitability=-200 * PIP)


EXECUTORS: dict[str, Callable[[SingleExecutorConfig, TradeType, Decimal], ExecutorConfigBase]] = {
    "arbitrage": _arbitrage,
    "dca": _dca,
    "grid": _grid,
    "order": _order(ExecutionStrategy.LIMIT),
    "order-chaser": _order(ExecutionStrategy.LIMIT_CHASER),
    "order-maker": _order(ExecutionStrategy.LIMIT_MAKER),
    "order-market": _order(ExecutionStrategy.MARKET),
    "position": _position,
    "twap-maker": _twap(TWAPMode.MAKER),
    "twap-taker": _twap(TWAPMode.TAKER),
    "xemm": _xemm,
}
