#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# A V2 market making controller asks for `cooldown_time`, the time to wait before it replaces an executor that traded.
# Guess: after an order of a level was filled and its position closed, the level stays without orders for that time.
# What happens: it does so after a stop-loss only. After a take-profit, a trailing stop or the time limit the next order
# of the level is placed at the next look. Where the market falls too slowly for the stop-loss, each time limit sells at
# market price, and the level buys again at once.
#
# Observed:
#   cooldown_time 60 s; a purchase of level 0 was filled, and its position closed by
#   STOP_LOSS: the level is placed again 60 s later
#   TRAILING_STOP: the level is placed again 1 s later
#   TAKE_PROFIT: the level is placed again 1 s later
#   TIME_LIMIT: the level is placed again 1 s later
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

"$python" -I - <<'PYTHON' | check_observed
import asyncio
from decimal import Decimal

from hummingbot.core.data_type.common import TradeType
from hummingbot.strategy_v2.executors.executor_orchestrator import ExecutorOrchestrator  # noqa: F401; imports in order
from hummingbot.strategy_v2.controllers.market_making_controller_base import (
    MarketMakingControllerBase, MarketMakingControllerConfigBase,
)
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig
from hummingbot.strategy_v2.models.base import RunnableStatus
from hummingbot.strategy_v2.models.executors import CloseType
from hummingbot.strategy_v2.models.executors_info import ExecutorInfo

NAME, PAIR, ID, LEVEL, COOLDOWN, CLOSED_AT = "any", "BAY-USD", "any", "buy_0", 60, 1000
SETTINGS = MarketMakingControllerConfigBase(
    id=ID, controller_name="any", connector_name=NAME, trading_pair=PAIR, total_amount_quote=Decimal(1000),
    buy_spreads=[0.01], sell_spreads=[], buy_amounts_pct=[1], sell_amounts_pct=[], cooldown_time=COOLDOWN,
    skip_rebalance=True,
)


class Controller(MarketMakingControllerBase):
    """The base class with the plainest of plans: a position per level."""

    def get_executor_config(self, level_id: str, price: Decimal, amount: Decimal) -> PositionExecutorConfig:
        return PositionExecutorConfig(
            timestamp=self.market_data_provider.time(), controller_id=ID, level_id=level_id, connector_name=NAME,
            trading_pair=PAIR, side=TradeType.BUY, entry_price=price, amount=amount,
            triple_barrier_config=self.config.triple_barrier_config,
        )


class Market:
    """The clock and the prices of a controller."""

    now = float(CLOSED_AT)

    def time(self) -> float:
        return self.now

    def get_price_by_type(self, *_: object) -> Decimal:
        return Decimal(100)

    def initialize_rate_sources(self, *_: object) -> None:
        """Its prices are known."""


async def show(close_type: CloseType) -> None:
    """Prints when the controller replaces an executor that ended like that."""
    market = Market()
    controller = Controller(SETTINGS, market, asyncio.Queue())
    await controller.update_processed_data()
    first, *others = controller.determine_executor_actions()
    assert not others and first.executor_config.level_id == LEVEL
    controller.executors_info = [ExecutorInfo(
        id=first.executor_config.id, timestamp=market.now, type="position_executor", status=RunnableStatus.TERMINATED,
        config=first.executor_config, net_pnl_pct=Decimal(0), net_pnl_quote=Decimal(0), cum_fees_quote=Decimal(0),
        filled_amount_quote=Decimal(2000), is_active=False, is_trading=False, custom_info={"level_id": LEVEL},
        close_timestamp=CLOSED_AT, close_type=close_type, controller_id=ID,
    )]
    while True:
        market.now += 1
        actions = controller.determine_executor_actions()
        if actions:
            break
    print(f"{close_type.name}: the level is placed again {market.now - CLOSED_AT:g} s later")


async def main() -> None:
    print(f"cooldown_time {COOLDOWN} s; a purchase of level 0 was filled, and its position closed by")
    for close_type in (CloseType.STOP_LOSS, CloseType.TRAILING_STOP, CloseType.TAKE_PROFIT, CloseType.TIME_LIMIT):
        await show(close_type)


asyncio.run(main())
PYTHON
